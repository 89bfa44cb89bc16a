/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard's system calls. Any of the guard's threads; no memory is allocated. */
#include "guest-agent/guard/vss-guard-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A status file has some 1400 bytes; its lines of interest are the third and the last two. */
#define STATUS_BYTES 4096

static int
linux_thaw (void *data,
            int   fd)
{
  return ioctl (fd, FITHAW, 0) == 0 ? 0 : -errno;
}

static bool
read_status (pid_t  pid,
             pid_t  tid,
             char  *text)
{
  char path[64];
  ssize_t length;
  ssize_t total = 0;
  int fd;

  snprintf (path, sizeof path, "/proc/%d/task/%d/status", (int) pid, (int) tid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    {
      return false;
    }
  while (total < STATUS_BYTES - 1
         && (length = read (fd, text + total, (size_t) (STATUS_BYTES - 1 - total))) > 0)
    {
      total += length;
    }
  close (fd);
  text[total] = '\0';
  return total > 0;
}

static const char *
find_field (const char *text,
            const char *name)
{
  const char *line = strstr (text, name);

  if (line == NULL)
    {
      return "";
    }
  line += strlen (name);
  return line + strspn (line, "\t ");
}

static VssGuardThread
linux_look_at_thread (void *data,
                      pid_t pid,
                      pid_t tid)
{
  VssGuardThread thread = { false, false, 0 };
  char text[STATUS_BYTES];
  char state;

  if (!read_status (pid, tid, text))
    {
      return thread;
    }
  state = *find_field (text, "\nState:");
  /* A dead thread never comes back from the kernel. */
  thread.exists = state != 'Z' && state != 'X';
  thread.sleeps = state == 'S' || state == 'T' || state == 't';
  thread.switches = strtoull (find_field (text, "\nvoluntary_ctxt_switches:"), NULL, 10)
                    + strtoull (find_field (text, "\nnonvoluntary_ctxt_switches:"), NULL, 10);
  return thread;
}

static int
linux_open_process (void *data,
                    pid_t pid)
{
  return (int) syscall (SYS_pidfd_open, pid, 0);
}

VssGuardKernel
vss_guard_kernel_linux (void)
{
  VssGuardKernel kernel = { linux_thaw, linux_look_at_thread, linux_open_process, NULL };

  return kernel;
}
