/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the port asks of the kernel; a test scripts its own. Main thread, never blocks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Functions return a number of bytes or a descriptor, or a negative errno. */
typedef struct
{
  int (*open) (gpointer user_data, const char *path);
  gssize (*read) (gpointer user_data, int fd, guint8 *bytes, gsize length);
  gssize (*write) (gpointer user_data, int fd, const guint8 *bytes, gsize length);
  gboolean (*is_hung_up) (gpointer user_data, int fd);
} VssPortSystem;

/* The kernel's virtio-serial ports. */
const VssPortSystem *vss_port_system_linux (void);

G_END_DECLS
