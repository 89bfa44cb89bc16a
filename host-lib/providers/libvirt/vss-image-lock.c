/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the kernel about the locks on one image file; takes none. On any thread. */
#include "host-lib/providers/libvirt/vss-image-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The bytes of an image that QEMU locks: permissions it uses from 100 on, permissions it denies
 * to others from 200 on. */
#define LOCK_FIRST_BYTE 100
#define LOCK_BYTES 200

VssImageLock
vss_image_lock_probe (const char *path)
{
  struct flock lock = {
    .l_type = F_WRLCK,
    .l_whence = SEEK_SET,
    .l_start = LOCK_FIRST_BYTE,
    .l_len = LOCK_BYTES,
  };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int result;

  if (fd < 0)
    return VSS_IMAGE_LOCK_UNKNOWN;
  result = fcntl (fd, F_OFD_GETLK, &lock);
  close (fd);
  if (result < 0)
    return VSS_IMAGE_LOCK_UNKNOWN;
  return lock.l_type == F_UNLCK ? VSS_IMAGE_LOCK_FREE : VSS_IMAGE_LOCK_HELD;
}
