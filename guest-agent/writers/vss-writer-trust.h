/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether what is at a path could have been put there by somebody who may not. Used for key files
 * and programs of writers; asks the file system, main thread. */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* A user and the groups it is in, as the system's list of users says. */
typedef struct
{
  uid_t uid;
  gid_t gid;
  GArray *groups; /* of gid_t */
  char *name;
  char *home;
} VssWriterUser;

/* NULL if there is no user of that name. @name: NULL for the agent's own. */
VssWriterUser *vss_writer_user_find (const char *name, GError **error);
void vss_writer_user_free (VssWriterUser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterUser, vss_writer_user_free)

/* Whether only root, the agent's own user and @uid could have written what @status is of. */
gboolean
vss_writer_trust_status (const char *path, const struct stat *status, uid_t uid, GError **error);

/* The same of the file at @path and of every folder that leads to it, links followed. */
gboolean vss_writer_trust_path (const char *path, uid_t uid, GError **error);

G_END_DECLS
