/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line of status asks for. */
#pragma once

#include "host-lib/cli/vss-growth.h"

G_BEGIN_DECLS

typedef struct
{
  char *domain;
  gboolean watch;
  guint watch_ms; /* 0: without end */
  guint interval_ms; /* 0: not given, and not watching */
  VssSpaceLimit limit;
} VssStatusOptions;

/* FALSE without @error: --help was answered. */
gboolean vss_status_options_parse (VssStatusOptions *self,
                                   VssCli *cli,
                                   char **argv,
                                   GError **error);
void vss_status_options_clear (VssStatusOptions *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssStatusOptions, vss_status_options_clear)

G_END_DECLS
