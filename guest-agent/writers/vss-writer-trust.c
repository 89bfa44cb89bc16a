/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-trust.h. */
#include "guest-agent/writers/vss-writer-trust.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "guest-agent/writers/vss-writer-file.h"

/* A user is in a handful of groups; a list that is longer is cut. */
#define MAX_GROUPS 256
/* Text of an entry of the list of users: five times what glibc proposes. */
#define MAX_ENTRY_BYTES 5120

/* -- users -- */

static void
add_groups (VssWriterUser *user)
{
  int count = MAX_GROUPS;

  g_array_set_size (user->groups, MAX_GROUPS);
  if (getgrouplist (user->name, user->gid, (gid_t *)user->groups->data, &count) < 0)
    count = MAX_GROUPS;
  g_array_set_size (user->groups, count);
}

VssWriterUser *
vss_writer_user_find (const char *name, GError **error)
{
  char text[MAX_ENTRY_BYTES];
  struct passwd entry;
  struct passwd *found = NULL;
  VssWriterUser *user;

  if (name)
    getpwnam_r (name, &entry, text, sizeof text, &found);
  else
    getpwuid_r (geteuid (), &entry, text, sizeof text, &found);
  if (!found && name)
    {
      g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_VALUE,
                   "there is no user \"%s\"", name);
      return NULL;
    }
  user = g_new0 (VssWriterUser, 1);
  user->uid = found ? found->pw_uid : geteuid ();
  user->gid = found ? found->pw_gid : getegid ();
  user->name = g_strdup (found ? found->pw_name : "root");
  user->home = g_strdup (found ? found->pw_dir : "/");
  user->groups = g_array_new (FALSE, FALSE, sizeof (gid_t));
  add_groups (user);
  return user;
}

void
vss_writer_user_free (VssWriterUser *self)
{
  g_array_unref (self->groups);
  g_free (self->name);
  g_free (self->home);
  g_free (self);
}

/* -- trust -- */

static gboolean
is_trusted (uid_t owner, uid_t uid)
{
  return owner == 0 || owner == geteuid () || owner == uid;
}

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_UNTRUSTED,
               "%s %s; only root and the writer's user may be able to change it", path, why);
  return FALSE;
}

gboolean
vss_writer_trust_status (const char *path, const struct stat *status, uid_t uid, GError **error)
{
  /* In a folder like /tmp nobody can replace what is another's. */
  gboolean is_sticky = S_ISDIR (status->st_mode) && (status->st_mode & S_ISVTX);

  if (!is_trusted (status->st_uid, uid))
    return refuse (path, "belongs to another user", error);
  if (is_sticky)
    return TRUE;
  if (status->st_mode & S_IWOTH)
    return refuse (path, "can be written by everybody", error);
  if ((status->st_mode & S_IWGRP) && status->st_gid != 0)
    return refuse (path, "can be written by a group", error);
  return TRUE;
}

static gboolean
trust_one (const char *path, uid_t uid, GError **error)
{
  struct stat status;

  if (stat (path, &status) == 0)
    return vss_writer_trust_status (path, &status, uid, error);
  g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_READ, "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

gboolean
vss_writer_trust_path (const char *path, uid_t uid, GError **error)
{
  char *resolved = realpath (path, NULL);
  g_autofree char *place = g_strdup (resolved ? resolved : path);

  free (resolved);
  while (trust_one (place, uid, error))
    {
      char *folder;

      if (g_str_equal (place, "/"))
        return TRUE;
      folder = g_path_get_dirname (place);
      g_free (place);
      place = folder;
    }
  return FALSE;
}
