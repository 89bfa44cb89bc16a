/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line of create asks for. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

typedef struct
{
  char *domain;
  GStrv volumes; /* nullable: all */
  gint context;
  VssPolicy policy;
  guint lease_ms; /* 0: the library's default */
  GStrv writers; /* nullable: all */
  GStrv exclude_writers; /* nullable: none */
  VssBackupType backup_type;
  char *document; /* nullable: file for the components document */
  char *exec; /* nullable: command to run while the set exists */
  gboolean dry_run;
} VssCreateOptions;

/* FALSE without @error: --help was answered. */
gboolean vss_create_options_parse (VssCreateOptions *self,
                                   VssCli *cli,
                                   char **argv,
                                   GError **error);
void vss_create_options_clear (VssCreateOptions *self);

/* Whether writers take part in a set of @context. */
gboolean vss_create_context_has_writers (gint context);

/* Whether a set of @context is deleted when its requester ends. */
gboolean vss_create_context_is_auto_release (gint context);

/* Whether @set is less than @policy was meant to give, although it was kept. */
gboolean vss_create_is_weaker (VssPolicy policy, const VssSnapshotSet *set);

G_END_DECLS
