/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is at the other end of a writer's connection, as the kernel says. Used by the listener, main
 * thread. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

typedef struct
{
  uid_t uid;
  char *name;     /* unit or program, and user: the same each time it connects */
  char *location; /* the same and the process */
} VssWriterPeer;

/* FALSE if the kernel doesn't say. */
gboolean vss_writer_peer_get (int fd, VssWriterPeer *peer);
void vss_writer_peer_clear (VssWriterPeer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssWriterPeer, vss_writer_peer_clear)

/* The unit that a process belongs to, of the text of its /proc/PID/cgroup; NULL if none. */
char *vss_writer_peer_find_unit (const char *cgroups);

G_END_DECLS
