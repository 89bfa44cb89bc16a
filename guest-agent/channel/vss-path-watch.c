/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-path-watch.h. */
#include "guest-agent/channel/vss-path-watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <glib-unix.h>

/* udev makes the link to a port by renaming, and removes the folder with its last link. */
#define FOLDER_MASK (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
/* A port has one opener at a time: when that one closes it is our turn. */
#define PATH_MASK (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)
/* Folders that vanish while they are being watched: more than a few times is no coincidence. */
#define MAX_ATTEMPTS 10

struct _VssPathWatch
{
  char *path;
  VssPathWatchFunc function;
  gpointer user_data;
  int fd; /* of inotify, -1 while disarmed */
  GSource *source;
};

VssPathWatch *
vss_path_watch_new (const char *path, VssPathWatchFunc function, gpointer user_data)
{
  VssPathWatch *self = g_new0 (VssPathWatch, 1);

  self->path = g_strdup (path);
  self->function = function;
  self->user_data = user_data;
  self->fd = -1;
  return self;
}

void
vss_path_watch_free (VssPathWatch *self)
{
  vss_path_watch_disarm (self);
  g_free (self->path);
  g_free (self);
}

void
vss_path_watch_disarm (VssPathWatch *self)
{
  if (self->source)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static gboolean
on_event (int fd, GIOCondition condition, gpointer user_data)
{
  VssPathWatch *self = user_data;

  vss_path_watch_disarm (self); /* with everything that waits in it */
  self->function (self->user_data);
  return G_SOURCE_REMOVE;
}

/* The deepest folder on the way to the path that exists. */
static char *
find_folder (VssPathWatch *self)
{
  char *folder = g_path_get_dirname (self->path);

  while (access (folder, F_OK) < 0 && strlen (folder) > 1)
    {
      char *above = g_path_get_dirname (folder);

      g_free (folder);
      folder = above;
    }
  return folder;
}

/* Watches the deepest folder, and makes sure that it still is the deepest. 0 or an errno. */
static int
watch_folder (VssPathWatch *self)
{
  int result = ENOENT;

  for (guint attempt = 0; attempt < MAX_ATTEMPTS; attempt++)
    {
      g_autofree char *folder = find_folder (self);
      g_autofree char *folder_now = NULL;

      result = inotify_add_watch (self->fd, folder, FOLDER_MASK) < 0 ? errno : 0;
      folder_now = find_folder (self);
      if (g_str_equal (folder, folder_now) && result != ENOENT)
        return result;
    }
  return result;
}

gboolean
vss_path_watch_arm (VssPathWatch *self, GError **error)
{
  int error_number;

  vss_path_watch_disarm (self);
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  error_number = self->fd < 0 ? errno : watch_folder (self);
  if (error_number != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (error_number),
                   "cannot wait for %s: %s", self->path, g_strerror (error_number));
      vss_path_watch_disarm (self);
      return FALSE;
    }
  /* Fails if the path doesn't exist: then its folder is what tells. */
  (void)inotify_add_watch (self->fd, self->path, PATH_MASK);

  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_event), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return TRUE;
}
