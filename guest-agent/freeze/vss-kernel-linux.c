/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel that this process runs on. Thread-safe: it keeps nothing. */
#include "guest-agent/freeze/vss-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <glib-unix.h>
#include <linux/close_range.h>
#include <linux/fs.h>

#include "guest-agent/freeze/vss-open-writers.h"

#define RCU_EXPEDITED "/sys/kernel/rcu_expedited"

#define VSS_TYPE_KERNEL_LINUX (vss_kernel_linux_get_type ())
G_DECLARE_FINAL_TYPE (VssKernelLinux, vss_kernel_linux, VSS, KERNEL_LINUX, GObject)

struct _VssKernelLinux
{
  GObject parent_instance;
};

static void kernel_iface_init (VssKernelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (VssKernelLinux, vss_kernel_linux, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (VSS_TYPE_KERNEL, kernel_iface_init))

static VssMountTable *
linux_read_mounts (VssKernel *self,
                   GError   **error)
{
  return vss_mount_table_new ("/proc/self/mountinfo", NULL, error);
}

/* Reads a small file of /proc or /sys without allocating; FALSE if it can't be read. */
static gboolean
read_small (const char *path,
            char       *text,
            gsize       size)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize length;

  if (fd < 0)
    {
      return FALSE;
    }
  length = read (fd, text, size - 1);
  close (fd);
  text[MAX (length, 0)] = '\0';
  return length > 0;
}

static int
read_mount_id (int fd)
{
  char path[64];
  char text[512];
  const char *line;
  int id = -1;

  g_snprintf (path, sizeof path, "/proc/thread-self/fdinfo/%d", fd);
  if (read_small (path, text, sizeof text) && (line = strstr (text, "mnt_id:")) != NULL)
    {
      (void) sscanf (line, "mnt_id: %d", &id);
    }
  return id;
}

static int
linux_open_mount (VssKernel  *self,
                  const char *path,
                  int         mount_id)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    {
      return -errno;
    }
  if (read_mount_id (fd) != mount_id)
    {
      close (fd);
      return -ESTALE;
    }
  return fd;
}

static void
linux_close (VssKernel *self,
             int        fd)
{
  close (fd);
}

static int
linux_freeze (VssKernel *self,
              int        fd)
{
  return ioctl (fd, FIFREEZE, 0) == 0 ? 0 : -errno;
}

static int
linux_thaw (VssKernel *self,
            int        fd)
{
  return ioctl (fd, FITHAW, 0) == 0 ? 0 : -errno;
}

static int
linux_syncfs (VssKernel *self,
              int        fd)
{
  return syncfs (fd) == 0 ? 0 : -errno;
}

static int
linux_unlink_missing (VssKernel  *self,
                      int         fd,
                      const char *name)
{
  return unlinkat (fd, name, 0) == 0 ? 0 : -errno;
}

static int
linux_thread_id (VssKernel *self)
{
  return (int) syscall (SYS_gettid);
}

/* /proc/.../syscall names the call that a thread sleeps in and says "running" for one that is
 * awake, in one read. */
static gboolean
linux_is_blocked_in_unlink (VssKernel *self,
                            int        tid)
{
  char path[64];
  char text[256];

  g_snprintf (path, sizeof path, "/proc/self/task/%d/syscall", tid);
  if (read_small (path, text, sizeof text))
    {
      return g_ascii_isdigit (text[0]) && strtol (text, NULL, 10) == SYS_unlinkat;
    }
  /* A kernel that doesn't tell: asleep where no signal reaches it. */
  g_snprintf (path, sizeof path, "/proc/self/task/%d/stat", tid);
  if (read_small (path, text, sizeof text))
    {
      const char *after_name = strrchr (text, ')');

      return after_name != NULL && g_str_has_prefix (after_name, ") D");
    }
  return FALSE;
}

static int
compare_fds (gconstpointer a,
             gconstpointer b)
{
  return *(const int *) a - *(const int *) b;
}

static void
linux_keep_only (VssKernel *self,
                 const int *fds,
                 guint      n_fds)
{
  g_autofree int *sorted = g_memdup2 (fds, n_fds * sizeof *fds);
  unsigned first = 0;

  qsort (sorted, n_fds, sizeof *sorted, compare_fds);
  /* The first call also gives the thread its own table; without it nothing may be closed. */
  if (syscall (SYS_close_range, (unsigned) sorted[n_fds - 1] + 1, ~0U, CLOSE_RANGE_UNSHARE) != 0)
    {
      return;
    }
  for (guint i = 0; i < n_fds; i++)
    {
      if ((unsigned) sorted[i] > first)
        {
          syscall (SYS_close_range, first, (unsigned) sorted[i] - 1, 0);
        }
      first = (unsigned) sorted[i] + 1;
    }
}

static char *
linux_find_writer (VssKernel           *self,
                   const VssFileSystem *fs)
{
  return vss_open_writers_find ("/proc", fs);
}

static gint64
linux_count_writes (VssKernel           *self,
                    const VssFileSystem *fs)
{
  char path[64];
  char text[512];
  long long writes;

  g_snprintf (path, sizeof path, "/sys/dev/block/%u:%u/stat", fs->device_major, fs->device_minor);
  if (!read_small (path, text, sizeof text)
      || sscanf (text, "%*s %*s %*s %*s %lld", &writes) != 1)
    {
      return -1;
    }
  return writes;
}

static int
linux_get_rcu_expedited (VssKernel *self)
{
  char text[32];

  return read_small (RCU_EXPEDITED, text, sizeof text) ? atoi (text) : -ENOENT;
}

static int
linux_set_rcu_expedited (VssKernel *self,
                         int        value)
{
  int fd = open (RCU_EXPEDITED, O_WRONLY | O_CLOEXEC);
  char text[16];
  int result = 0;

  if (fd < 0)
    {
      return -errno;
    }
  g_snprintf (text, sizeof text, "%d", value);
  if (write (fd, text, strlen (text)) < 0)
    {
      result = -errno;
    }
  close (fd);
  return result;
}

static void
linux_set_core_dumps (VssKernel *self,
                      gboolean   allowed)
{
  (void) prctl (PR_SET_DUMPABLE, allowed ? 1 : 0, 0, 0, 0);
}

static gint64
linux_boot_time_us (VssKernel *self)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* A source on a timerfd: GLib's own time-outs stand still while the guest is suspended. */
typedef struct
{
  GSource source;
  int fd;
} TimerSource;

static gboolean
timer_dispatch (GSource    *source,
                GSourceFunc callback,
                gpointer    user_data)
{
  TimerSource *timer = (TimerSource *) source;
  guint64 count;

  (void) !read (timer->fd, &count, sizeof count);
  return callback != NULL ? callback (user_data) : G_SOURCE_REMOVE;
}

static void
timer_finalize (GSource *source)
{
  close (((TimerSource *) source)->fd);
}

static GSource *
linux_boot_timer_new (VssKernel *self,
                      gint64     at_us)
{
  static GSourceFuncs funcs = { NULL, NULL, timer_dispatch, timer_finalize, NULL, NULL };
  GSource *source = g_source_new (&funcs, sizeof (TimerSource));
  TimerSource *timer = (TimerSource *) source;
  struct itimerspec at = { 0 };

  at_us = MAX (at_us, 1);
  at.it_value.tv_sec = at_us / G_USEC_PER_SEC;
  at.it_value.tv_nsec = (at_us % G_USEC_PER_SEC) * 1000;
  timer->fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  timerfd_settime (timer->fd, TFD_TIMER_ABSTIME, &at, NULL);
  g_source_add_unix_fd (source, timer->fd, G_IO_IN);
  g_source_set_static_name (source, "boot timer");
  return source;
}

static void
kernel_iface_init (VssKernelInterface *iface)
{
  iface->read_mounts = linux_read_mounts;
  iface->open_mount = linux_open_mount;
  iface->close = linux_close;
  iface->freeze = linux_freeze;
  iface->thaw = linux_thaw;
  iface->syncfs = linux_syncfs;
  iface->unlink_missing = linux_unlink_missing;
  iface->thread_id = linux_thread_id;
  iface->is_blocked_in_unlink = linux_is_blocked_in_unlink;
  iface->keep_only = linux_keep_only;
  iface->find_writer = linux_find_writer;
  iface->count_writes = linux_count_writes;
  iface->get_rcu_expedited = linux_get_rcu_expedited;
  iface->set_rcu_expedited = linux_set_rcu_expedited;
  iface->set_core_dumps = linux_set_core_dumps;
  iface->boot_time_us = linux_boot_time_us;
  iface->boot_timer_new = linux_boot_timer_new;
}

static void
vss_kernel_linux_class_init (VssKernelLinuxClass *klass)
{
}

static void
vss_kernel_linux_init (VssKernelLinux *self)
{
}

VssKernel *
vss_kernel_linux_new (void)
{
  return VSS_KERNEL (g_object_new (VSS_TYPE_KERNEL_LINUX, NULL));
}
