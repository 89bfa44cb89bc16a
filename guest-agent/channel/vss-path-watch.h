/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits, without ever waking up for nothing, until a path may be worth trying again: it or a
 * folder on the way to it has appeared, or somebody else has closed it. Used by the port for a
 * device that is plugged in later; main thread. (inotify itself: GFileMonitor brings a thread and
 * loads modules.) */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssPathWatch VssPathWatch;

typedef void (*VssPathWatchFunc) (gpointer user_data);

/* @path: absolute. */
VssPathWatch *vss_path_watch_new (const char *path, VssPathWatchFunc function, gpointer user_data);
void vss_path_watch_free (VssPathWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssPathWatch, vss_path_watch_free)

/* From now on the function is called when something changes, once; then it has to be armed again.
 * Arm first, then try the path: so nothing is missed in between. Error: a GFileError. */
gboolean vss_path_watch_arm (VssPathWatch *self, GError **error);
void vss_path_watch_disarm (VssPathWatch *self);

G_END_DECLS
