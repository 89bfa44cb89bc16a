/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the freezer asks of the kernel: the few system calls that freeze, thaw and prove, and the
 * clock that leases run by. VssKernelLinux is the real one; unit tests script a fake.
 * System calls return 0 (or a descriptor) or a negative errno, and may block for as long as the
 * kernel likes; they are made on the freezer's threads, the rest on the main thread. */
#pragma once

#include <glib-object.h>

#include "guest-agent/freeze/vss-mount-table.h"

G_BEGIN_DECLS

#define VSS_TYPE_KERNEL (vss_kernel_get_type ())
G_DECLARE_INTERFACE (VssKernel, vss_kernel, VSS, KERNEL, GObject)

/**
 * VssKernelInterface:
 * @read_mounts: the mount table as it is now
 * @open_mount: opens the mount point @path read-only; -ESTALE if mount @mount_id isn't what is
 *     found there
 * @close: closes what @open_mount gave
 * @freeze: FIFREEZE
 * @thaw: FITHAW
 * @syncfs: syncfs
 * @unlink_missing: unlinkat of a name that doesn't exist: blocks while the file system is frozen
 * @thread_id: the calling thread's number
 * @is_blocked_in_unlink: whether thread @tid sleeps inside unlinkat
 * @keep_only: gives the calling thread a descriptor table of its own in which only @fds are open
 * @find_writer: names a process that has a file of @fs open for writing, NULL if there is none
 * @count_writes: writes that the device of @fs has seen, -1 if unknown
 * @get_rcu_expedited: the value of /sys/kernel/rcu_expedited
 * @set_rcu_expedited: sets it
 * @set_core_dumps: whether a crash of this process may write a core
 * @boot_time_us: CLOCK_BOOTTIME
 * @boot_timer_new: a source (GSourceFunc) that is ready once the boot clock reaches @at_us, also
 *     when that happened while the guest was suspended
 */
struct _VssKernelInterface
{
  GTypeInterface parent;

  VssMountTable *(*read_mounts) (VssKernel *self, GError **error);
  int (*open_mount) (VssKernel *self, const char *path, int mount_id);
  void (*close) (VssKernel *self, int fd);
  int (*freeze) (VssKernel *self, int fd);
  int (*thaw) (VssKernel *self, int fd);
  int (*syncfs) (VssKernel *self, int fd);
  int (*unlink_missing) (VssKernel *self, int fd, const char *name);
  int (*thread_id) (VssKernel *self);
  gboolean (*is_blocked_in_unlink) (VssKernel *self, int tid);
  void (*keep_only) (VssKernel *self, const int *fds, guint n_fds);
  char *(*find_writer) (VssKernel *self, const VssFileSystem *fs);
  gint64 (*count_writes) (VssKernel *self, const VssFileSystem *fs);
  int (*get_rcu_expedited) (VssKernel *self);
  int (*set_rcu_expedited) (VssKernel *self, int value);
  void (*set_core_dumps) (VssKernel *self, gboolean allowed);
  gint64 (*boot_time_us) (VssKernel *self);
  GSource *(*boot_timer_new) (VssKernel *self, gint64 at_us);
};

VssMountTable *vss_kernel_read_mounts (VssKernel *self, GError **error);
int vss_kernel_open_mount (VssKernel *self, const char *path, int mount_id);
void vss_kernel_close (VssKernel *self, int fd);
int vss_kernel_freeze (VssKernel *self, int fd);
int vss_kernel_thaw (VssKernel *self, int fd);
int vss_kernel_syncfs (VssKernel *self, int fd);
int vss_kernel_unlink_missing (VssKernel *self, int fd, const char *name);
int vss_kernel_thread_id (VssKernel *self);
gboolean vss_kernel_is_blocked_in_unlink (VssKernel *self, int tid);
void vss_kernel_keep_only (VssKernel *self, const int *fds, guint n_fds);
char *vss_kernel_find_writer (VssKernel *self, const VssFileSystem *fs);
gint64 vss_kernel_count_writes (VssKernel *self, const VssFileSystem *fs);
int vss_kernel_get_rcu_expedited (VssKernel *self);
int vss_kernel_set_rcu_expedited (VssKernel *self, int value);
void vss_kernel_set_core_dumps (VssKernel *self, gboolean allowed);
gint64 vss_kernel_boot_time_us (VssKernel *self);
GSource *vss_kernel_boot_timer_new (VssKernel *self, gint64 at_us);

/* The kernel that this process runs on. */
VssKernel *vss_kernel_linux_new (void);

G_END_DECLS
