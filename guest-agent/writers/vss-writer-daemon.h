/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer that is a daemon, connected over a link: man/vss-writer.5.rst. It has described itself
 * before it is registered, and stays who it said it was. Owned by the listener, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"
#include "guest-agent/writers/vss-writer-link.h"
#include "guest-agent/writers/vss-writer.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_DAEMON (vss_writer_daemon_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterDaemon, vss_writer_daemon, VSS, WRITER_DAEMON, GObject)

/* @location: its process and unit, for people. */
VssWriterDaemon *vss_writer_daemon_new (const VssWriterEnvironment *environment,
                                        VssWriterLink *link,
                                        const char *location);

/* Whether both have described themselves as the same instance of the same class. */
gboolean vss_writer_daemon_is_same (VssWriterDaemon *self, VssWriterDaemon *other);

G_END_DECLS
