/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket for writers that are daemons: lets in whom the settings allow, has each describe
 * itself, and registers it until it hangs up. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"
#include "guest-agent/writers/vss-writer-registry.h"

G_BEGIN_DECLS

/* Connections at a time: a guest has a handful of writers. */
#define VSS_WRITER_LISTENER_MAX_DAEMONS 64

typedef struct _VssWriterListener VssWriterListener;

/* @users: names of users that may register besides root, NULL-terminated. What is refused is told
 * to @registry and, the first time, to @refused. NULL with a GFileError. */
VssWriterListener *vss_writer_listener_new (const VssWriterEnvironment *environment,
                                            VssWriterRegistry *registry,
                                            const char *path,
                                            const char *const *users,
                                            void (*refused) (const char *sentence, gpointer data),
                                            gpointer user_data,
                                            GError **error);

/* Hangs up on all daemons and removes the socket. */
void vss_writer_listener_free (VssWriterListener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterListener, vss_writer_listener_free)

G_END_DECLS
