/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the file of a loop device is. Called when a mount table is made. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Asks the kernel for the device number of the file system that holds the file of @device (loop0):
 * its path alone may be one of another mount namespace. FALSE if it can't be asked. */
gboolean vss_loop_device_find_holder (const char *device, guint *holder_major, guint *holder_minor);

G_END_DECLS
