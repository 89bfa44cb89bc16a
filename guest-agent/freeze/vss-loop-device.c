/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens the loop device read-only for the moment of one question. */
#include "guest-agent/freeze/vss-loop-device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/loop.h>

gboolean
vss_loop_device_find_holder (const char *device,
                             guint      *holder_major,
                             guint      *holder_minor)
{
  g_autofree char *path = g_build_filename ("/dev", device, NULL);
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct loop_info64 info;
  gboolean known;

  if (fd < 0)
    {
      return FALSE;
    }
  known = ioctl (fd, LOOP_GET_STATUS64, &info) == 0;
  close (fd);
  if (known)
    {
      *holder_major = major (info.lo_device);
      *holder_minor = minor (info.lo_device);
    }
  return known;
}
