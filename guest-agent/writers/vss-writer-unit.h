/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's program as a transient unit of systemd: its name and its settings. Used by the
 * launcher; pure functions. */
#pragma once

#include <gio/gunixfdlist.h>

#include "guest-agent/writers/vss-writer-launcher.h"

G_BEGIN_DECLS

/* vss-writer-NAME-RANDOM.service, with what unit names may have. */
char *vss_writer_unit_make_name (const char *name);

/* The path of a unit's object. */
char *vss_writer_unit_make_path (const char *name);

/* The arguments of StartTransientUnit; the program's descriptors are added to @descriptors. NULL
 * with an error. */
GVariant *vss_writer_unit_make_properties (const char *name,
                                           const VssWriterCommand *command,
                                           GUnixFDList *descriptors,
                                           GError **error);

G_END_DECLS
