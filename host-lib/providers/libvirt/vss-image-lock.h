/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether any QEMU has an image open, told by the locks QEMU takes on it. On any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  VSS_IMAGE_LOCK_FREE,
  VSS_IMAGE_LOCK_HELD,
  VSS_IMAGE_LOCK_UNKNOWN, /* on another host, or not ours to open */
} VssImageLock;

VssImageLock vss_image_lock_probe (const char *path);

G_END_DECLS
