/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface VssKernel: passes each call on. */
#include "guest-agent/freeze/vss-kernel.h"

G_DEFINE_INTERFACE (VssKernel, vss_kernel, G_TYPE_OBJECT)

static void
vss_kernel_default_init (VssKernelInterface *iface)
{
}

VssMountTable *
vss_kernel_read_mounts (VssKernel *self,
                        GError   **error)
{
  return VSS_KERNEL_GET_IFACE (self)->read_mounts (self, error);
}

int
vss_kernel_open_mount (VssKernel  *self,
                       const char *path,
                       int         mount_id)
{
  return VSS_KERNEL_GET_IFACE (self)->open_mount (self, path, mount_id);
}

void
vss_kernel_close (VssKernel *self,
                  int        fd)
{
  VSS_KERNEL_GET_IFACE (self)->close (self, fd);
}

int
vss_kernel_freeze (VssKernel *self,
                   int        fd)
{
  return VSS_KERNEL_GET_IFACE (self)->freeze (self, fd);
}

int
vss_kernel_thaw (VssKernel *self,
                 int        fd)
{
  return VSS_KERNEL_GET_IFACE (self)->thaw (self, fd);
}

int
vss_kernel_syncfs (VssKernel *self,
                   int        fd)
{
  return VSS_KERNEL_GET_IFACE (self)->syncfs (self, fd);
}

int
vss_kernel_unlink_missing (VssKernel  *self,
                           int         fd,
                           const char *name)
{
  return VSS_KERNEL_GET_IFACE (self)->unlink_missing (self, fd, name);
}

int
vss_kernel_thread_id (VssKernel *self)
{
  return VSS_KERNEL_GET_IFACE (self)->thread_id (self);
}

gboolean
vss_kernel_is_blocked_in_unlink (VssKernel *self,
                                 int        tid)
{
  return VSS_KERNEL_GET_IFACE (self)->is_blocked_in_unlink (self, tid);
}

void
vss_kernel_keep_only (VssKernel *self,
                      const int *fds,
                      guint      n_fds)
{
  VSS_KERNEL_GET_IFACE (self)->keep_only (self, fds, n_fds);
}

char *
vss_kernel_find_writer (VssKernel           *self,
                        const VssFileSystem *fs)
{
  return VSS_KERNEL_GET_IFACE (self)->find_writer (self, fs);
}

gint64
vss_kernel_count_writes (VssKernel           *self,
                         const VssFileSystem *fs)
{
  return VSS_KERNEL_GET_IFACE (self)->count_writes (self, fs);
}

int
vss_kernel_get_rcu_expedited (VssKernel *self)
{
  return VSS_KERNEL_GET_IFACE (self)->get_rcu_expedited (self);
}

int
vss_kernel_set_rcu_expedited (VssKernel *self,
                              int        value)
{
  return VSS_KERNEL_GET_IFACE (self)->set_rcu_expedited (self, value);
}

void
vss_kernel_set_core_dumps (VssKernel *self,
                           gboolean   allowed)
{
  VSS_KERNEL_GET_IFACE (self)->set_core_dumps (self, allowed);
}

gint64
vss_kernel_boot_time_us (VssKernel *self)
{
  return VSS_KERNEL_GET_IFACE (self)->boot_time_us (self);
}

GSource *
vss_kernel_boot_timer_new (VssKernel *self,
                           gint64     at_us)
{
  return VSS_KERNEL_GET_IFACE (self)->boot_timer_new (self, at_us);
}
