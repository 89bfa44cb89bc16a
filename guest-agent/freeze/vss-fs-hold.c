/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of one file system. Everything under the mutex is shared with the main thread; what
 * blocks is called without it. */
#include "guest-agent/freeze/vss-fs-hold.h"

#include <errno.h>

#include "guest-agent/freeze/vss-sentinel.h"

/* FITHAW fails only if the file system itself can't go on (an I/O error): tried again, a little
 * later, then left to the freezer and the guard. */
#define THAW_TRIES 5
#define THAW_RETRY_PAUSE_US (50 * 1000)

struct _VssFsHold
{
  gatomicrefcount ref_count; /* the freezer's and the thread's */
  VssKernel *kernel;
  VssMountTable *table;
  const VssFileSystem *fs;
  char *mount_point;
  gboolean freezable;
  VssEventFd *event;

  GMutex mutex;
  GCond changed;
  VssFsOrder order;
  gboolean dismissed;
  gboolean cancelled; /* whatever gets frozen has to be thawed at once */
  int fd;
  int tid;
  gint64 not_after_us;
  VssSentinel *sentinel;
  gboolean proven; /* the sentinel was blocked when the freeze was done */
  gint64 writes; /* that the device had seen when it was flushed */
  VssFsHoldStatus status;
};

void
vss_fs_hold_status_clear (VssFsHoldStatus *status)
{
  g_clear_pointer (&status->reason, g_free);
}

static VssFsHold *
hold_ref (VssFsHold *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
vss_fs_hold_unref (VssFsHold *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    {
      return;
    }
  g_clear_pointer (&self->sentinel, vss_sentinel_release);
  vss_fs_hold_status_clear (&self->status);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  vss_event_fd_unref (self->event);
  vss_mount_table_unref (self->table);
  g_object_unref (self->kernel);
  g_free (self->mount_point);
  g_free (self);
}

/* Takes @reason. */
static void
set_state (VssFsHold       *self,
           VssWireHoldState state,
           char            *reason)
{
  g_mutex_lock (&self->mutex);
  self->status.state = state;
  g_free (self->status.reason);
  self->status.reason = reason;
  g_mutex_unlock (&self->mutex);
}

static gboolean
is_cancelled (VssFsHold *self)
{
  gboolean cancelled;

  g_mutex_lock (&self->mutex);
  cancelled = self->cancelled;
  g_mutex_unlock (&self->mutex);
  return cancelled;
}

static gboolean
is_too_late (VssFsHold *self)
{
  return vss_kernel_boot_time_us (self->kernel) >= self->not_after_us;
}

static int
open_any_mount (VssFsHold *self)
{
  int result = -ENOENT;

  for (guint i = 0; i < self->fs->mounts->len; i++)
    {
      const VssMount *mount = self->fs->mounts->pdata[i];

      if (mount->hidden)
        {
          continue;
        }
      result = vss_kernel_open_mount (self->kernel, mount->path, mount->id);
      if (result >= 0)
        {
          return result;
        }
    }
  return result;
}

static void
carry_out_open (VssFsHold *self)
{
  g_autoptr (GError) error = NULL;
  VssSentinel *sentinel = NULL;
  int fd = open_any_mount (self);
  gboolean dismissed;
  int keep[2];

  if (fd < 0)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't open %s: %s", self->mount_point, g_strerror (-fd)));
      return;
    }
  if (self->freezable)
    {
      sentinel = vss_sentinel_new (self->kernel, fd, &error);
    }
  g_mutex_lock (&self->mutex);
  dismissed = self->dismissed;
  self->fd = dismissed ? -1 : fd;
  self->tid = vss_kernel_thread_id (self->kernel);
  self->sentinel = sentinel;
  g_mutex_unlock (&self->mutex);
  if (dismissed)
    {
      vss_kernel_close (self->kernel, fd);
      return;
    }
  if (error != NULL)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't watch over %s: %s", self->mount_point, error->message));
    }
  keep[0] = fd;
  keep[1] = vss_event_fd_get_fd (self->event);
  vss_kernel_keep_only (self->kernel, keep, G_N_ELEMENTS (keep));
}

static void
carry_out_drain (VssFsHold *self)
{
  int result = vss_kernel_syncfs (self->kernel, self->fd);

  if (result < 0)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't write %s back: %s", self->mount_point,
                                  g_strerror (-result)));
    }
}

static void
carry_out_flush (VssFsHold *self)
{
  g_autofree char *writer = vss_kernel_find_writer (self->kernel, self->fs);
  int result = vss_kernel_syncfs (self->kernel, self->fd);

  self->writes = vss_kernel_count_writes (self->kernel, self->fs);
  if (writer == NULL)
    {
      writer = vss_kernel_find_writer (self->kernel, self->fs);
    }
  if (result < 0)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't write %s back: %s", self->mount_point,
                                  g_strerror (-result)));
    }
  else if (writer != NULL)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s can't be frozen, and %s has a file open for writing on it",
                                  self->fs->fs_type, writer));
    }
  else
    {
      set_state (self, VSS_WIRE_HOLD_STATE_FLUSHED,
                 g_strdup_printf ("%s can't be frozen, only synchronised", self->fs->fs_type));
    }
}

/* FITHAW, and whether the file system was held all the time until then. */
static void
thaw_frozen (VssFsHold *self)
{
  gboolean blocked = self->proven && vss_sentinel_is_blocked (self->sentinel);
  gint64 start_us = vss_kernel_boot_time_us (self->kernel);
  int result = vss_kernel_thaw (self->kernel, self->fd);

  for (guint i = 1; i < THAW_TRIES && result < 0 && result != -EINVAL; i++)
    {
      g_usleep (THAW_RETRY_PAUSE_US);
      result = vss_kernel_thaw (self->kernel, self->fd);
    }
  g_mutex_lock (&self->mutex);
  self->status.thaw_us = vss_kernel_boot_time_us (self->kernel) - start_us;
  self->status.frozen = result < 0 && result != -EINVAL;
  g_mutex_unlock (&self->mutex);

  if (result == -EINVAL)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s was thawed by somebody else", self->mount_point));
    }
  else if (result < 0)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't thaw %s: %s", self->mount_point, g_strerror (-result)));
    }
  else if (!blocked && self->proven)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s was thawed and frozen again by somebody else",
                                  self->mount_point));
    }
}

static void
refuse_freeze (VssFsHold *self,
               int        result)
{
  switch (-result)
    {
    case EBUSY:
      g_mutex_lock (&self->mutex);
      self->status.foreign = TRUE;
      g_mutex_unlock (&self->mutex);
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s is frozen already by somebody else", self->mount_point));
      break;
    case EOPNOTSUPP:
    case ENOTTY:
      carry_out_flush (self);
      break;
    default:
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("can't freeze %s: %s", self->mount_point,
                                  g_strerror (-result)));
      break;
    }
}

static void
carry_out_freeze (VssFsHold *self)
{
  gint64 start_us = vss_kernel_boot_time_us (self->kernel);
  int result;

  if (is_cancelled (self) || is_too_late (self))
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s was not frozen: the time for it was over",
                                  self->mount_point));
      return;
    }
  result = vss_kernel_freeze (self->kernel, self->fd);
  g_mutex_lock (&self->mutex);
  self->status.freeze_us = vss_kernel_boot_time_us (self->kernel) - start_us;
  self->status.frozen = result == 0;
  g_mutex_unlock (&self->mutex);
  if (result != 0)
    {
      refuse_freeze (self, result);
      return;
    }
  if (is_cancelled (self) || is_too_late (self))
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("freezing %s took too long", self->mount_point));
      thaw_frozen (self);
      return;
    }
  self->proven = vss_sentinel_start (self->sentinel);
  if (!self->proven)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s didn't stay frozen", self->mount_point));
      thaw_frozen (self);
      return;
    }
  set_state (self, VSS_WIRE_HOLD_STATE_HELD, NULL);
}

/* For what was only flushed there is nothing to thaw but something to look at. */
static void
carry_out_thaw (VssFsHold *self)
{
  VssWireHoldState state;
  gboolean frozen;

  g_mutex_lock (&self->mutex);
  frozen = self->status.frozen;
  state = self->status.state;
  g_mutex_unlock (&self->mutex);
  if (frozen)
    {
      thaw_frozen (self);
    }
  else if (state == VSS_WIRE_HOLD_STATE_HELD)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s was not frozen", self->mount_point));
    }
  else if (state == VSS_WIRE_HOLD_STATE_FLUSHED && self->writes >= 0
           && vss_kernel_count_writes (self->kernel, self->fs) != self->writes)
    {
      set_state (self, VSS_WIRE_HOLD_STATE_NOT_HELD,
                 g_strdup_printf ("%s can't be frozen and was written to meanwhile",
                                  self->fs->fs_type));
    }
}

static void
carry_out (VssFsHold *self,
           VssFsOrder order)
{
  switch (order)
    {
    case VSS_FS_ORDER_OPEN:
      carry_out_open (self);
      break;
    case VSS_FS_ORDER_DRAIN:
      carry_out_drain (self);
      break;
    case VSS_FS_ORDER_FLUSH:
      carry_out_flush (self);
      break;
    case VSS_FS_ORDER_FREEZE:
      carry_out_freeze (self);
      break;
    case VSS_FS_ORDER_THAW:
      carry_out_thaw (self);
      break;
    case VSS_FS_ORDER_NONE:
      break;
    }
}

static gpointer
run (gpointer user_data)
{
  VssFsHold *self = user_data;

  g_mutex_lock (&self->mutex);
  while (!self->dismissed || self->order != VSS_FS_ORDER_NONE)
    {
      VssFsOrder order = self->order;

      if (order == VSS_FS_ORDER_NONE)
        {
          g_cond_wait (&self->changed, &self->mutex);
          continue;
        }
      g_mutex_unlock (&self->mutex);
      carry_out (self, order);
      g_mutex_lock (&self->mutex);
      /* A thaw that was asked for while freezing is this thread's next order. */
      self->order = self->cancelled && self->status.frozen && order != VSS_FS_ORDER_THAW
                      ? VSS_FS_ORDER_THAW
                      : VSS_FS_ORDER_NONE;
      self->status.busy_with = self->order;
      self->status.ended_us = vss_kernel_boot_time_us (self->kernel);
      if (self->order == VSS_FS_ORDER_NONE)
        {
          vss_event_fd_signal (self->event);
        }
    }
  g_mutex_unlock (&self->mutex);
  vss_fs_hold_unref (self);
  return NULL;
}

VssFsHold *
vss_fs_hold_new (VssKernel                *kernel,
                 VssMountTable            *table,
                 const VssFreezePlanEntry *entry,
                 VssEventFd               *event,
                 GError                  **error)
{
  VssFsHold *self = g_new0 (VssFsHold, 1);
  GThread *thread;

  g_atomic_ref_count_init (&self->ref_count);
  self->kernel = g_object_ref (kernel);
  self->table = vss_mount_table_ref (table);
  self->fs = entry->fs;
  self->mount_point = g_utf8_make_valid (entry->mount_point, -1);
  self->freezable = entry->freezability == VSS_WIRE_FREEZABILITY_FREEZABLE;
  self->event = vss_event_fd_ref (event);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->fd = -1;
  self->writes = -1;
  self->order = VSS_FS_ORDER_OPEN;
  self->status.busy_with = VSS_FS_ORDER_OPEN;
  self->status.state = self->freezable ? VSS_WIRE_HOLD_STATE_HELD : VSS_WIRE_HOLD_STATE_FLUSHED;
  self->status.reason = g_strdup (entry->reason);
  self->status.freeze_us = -1;
  self->status.thaw_us = -1;

  thread = g_thread_try_new ("vss-hold", run, hold_ref (self), error);
  if (thread == NULL)
    {
      vss_fs_hold_unref (self);
      vss_fs_hold_unref (self);
      return NULL;
    }
  g_thread_unref (thread);
  return self;
}

const VssFileSystem *
vss_fs_hold_get_file_system (VssFsHold *self)
{
  return self->fs;
}

gboolean
vss_fs_hold_is_freezable (VssFsHold *self)
{
  return self->freezable;
}

int
vss_fs_hold_get_fd (VssFsHold *self)
{
  int fd;

  g_mutex_lock (&self->mutex);
  fd = self->fd;
  g_mutex_unlock (&self->mutex);
  return fd;
}

int
vss_fs_hold_get_thread_id (VssFsHold *self)
{
  int tid;

  g_mutex_lock (&self->mutex);
  tid = self->tid;
  g_mutex_unlock (&self->mutex);
  return tid;
}

void
vss_fs_hold_order (VssFsHold *self,
                   VssFsOrder order,
                   gint64     not_after_us)
{
  g_mutex_lock (&self->mutex);
  g_assert (self->order == VSS_FS_ORDER_NONE);
  self->order = order;
  self->not_after_us = not_after_us;
  self->status.busy_with = order;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

void
vss_fs_hold_thaw (VssFsHold *self)
{
  g_mutex_lock (&self->mutex);
  self->cancelled = TRUE;
  if (self->order == VSS_FS_ORDER_NONE)
    {
      self->order = VSS_FS_ORDER_THAW;
      self->status.busy_with = VSS_FS_ORDER_THAW;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
}

gboolean
vss_fs_hold_is_busy (VssFsHold *self)
{
  gboolean busy;

  g_mutex_lock (&self->mutex);
  busy = self->order != VSS_FS_ORDER_NONE;
  g_mutex_unlock (&self->mutex);
  return busy;
}

void
vss_fs_hold_get_status (VssFsHold       *self,
                        VssFsHoldStatus *status)
{
  g_mutex_lock (&self->mutex);
  *status = self->status;
  status->reason = g_strdup (self->status.reason);
  g_mutex_unlock (&self->mutex);
}

void
vss_fs_hold_dismiss (VssFsHold *self)
{
  int fd;

  g_mutex_lock (&self->mutex);
  self->dismissed = TRUE;
  fd = self->fd;
  self->fd = -1;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  if (fd >= 0)
    {
      vss_kernel_close (self->kernel, fd);
    }
}
