/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Port links: keeps /dev/virtio-ports/NAME pointing at the ports that exist, also after a port
 * was plugged in or out. Called by main.c on its one thread; not used where udev runs.
 */
#include "port-links.h"

#include <glob.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/virtio-ports"
/* The kernel's own device events, before any udev has seen them. */
#define KERNEL_EVENTS 1

static void
remove_stale (void)
{
  glob_t found;

  if (glob (FOLDER "/*", 0, NULL, &found) != 0)
    return;
  for (size_t i = 0; i < found.gl_pathc; i++)
    if (access (found.gl_pathv[i], F_OK) != 0)
      unlink (found.gl_pathv[i]);
  globfree (&found);
}

static void
link_one (const char *sysfs_file)
{
  char port[32], name[128] = "", target[64], path[192];
  FILE *file = fopen (sysfs_file, "re");

  if (!file)
    return;
  if (fgets (name, sizeof name, file))
    name[strcspn (name, "\n")] = '\0';
  fclose (file);
  if (!name[0] || strchr (name, '/')
      || sscanf (sysfs_file, "/sys/class/virtio-ports/%31[^/]", port) != 1)
    return;
  snprintf (target, sizeof target, "../%s", port);
  snprintf (path, sizeof path, FOLDER "/%s", name);
  unlink (path);
  if (symlink (target, path) != 0)
    perror (path);
}

static void
link_all (void)
{
  glob_t found;

  mkdir (FOLDER, 0755);
  remove_stale ();
  if (glob ("/sys/class/virtio-ports/*/name", 0, NULL, &found) != 0)
    return;
  for (size_t i = 0; i < found.gl_pathc; i++)
    link_one (found.gl_pathv[i]);
  globfree (&found);
}

/* Makes the links and returns a descriptor that becomes readable when devices come or go. */
int
port_links_watch (void)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS };
  int fd = socket (AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      close (fd);
      fd = -1;
    }
  link_all ();
  return fd;
}

void
port_links_update (int watch)
{
  char event[8192];

  while (recv (watch, event, sizeof event, 0) > 0)
    ;
  link_all ();
}
