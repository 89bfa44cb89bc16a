/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. Its clock starts at the real one's time, which the guard goes by. Descriptors are
 * real ones, of a file for each file system, so that they can be handed to a guard; a copy is
 * recognised by its inode. */
#include "fake-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <glib/gstdio.h>

static const char mountinfo[] = "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
                                "21 20 0:20 / /run rw - tmpfs tmpfs rw\n"
                                "22 20 8:16 / /one rw - ext4 /dev/vdb rw\n"
                                "23 20 8:32 / /two rw - ext4 /dev/vdc rw\n"
                                "24 20 8:48 / /esp rw - vfat /dev/vdd rw\n"
                                "25 20 8:64 / /ro ro - ext4 /dev/vde ro\n";

static const char *const paths[] = { "/", "/one", "/two", "/esp", "/ro" };

typedef struct
{
  const char *path;
  char *file;
  ino_t inode;
  gboolean frozen;
  guint thaws; /* tells one freeze from the next */
  int results[FAKE_N_CALLS];
  gboolean hangs[FAKE_N_CALLS];
  guint counts[FAKE_N_CALLS];
  gboolean lets_through;
  char *writer;
  gint64 writes;
} FakeFs;

typedef struct
{
  int tid;
  FakeFs *fs;
  guint thaws;
} Sleeper;

struct _FakeKernel
{
  GObject parent_instance;
  GMutex mutex;
  GCond changed;
  char *folder;
  FakeFs file_systems[G_N_ELEMENTS (paths)];
  GArray *sleepers; /* (element-type Sleeper) */
  GPtrArray *timers; /* (element-type GSource) */
  gint64 now_us;
  int rcu;
  gboolean core_dumps;
  guint n_hanging;
  guint n_open;
};

typedef struct
{
  GSource source;
  gint64 at_us;
} FakeTimer;

static void kernel_iface_init (VssKernelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (FakeKernel, fake_kernel, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (VSS_TYPE_KERNEL, kernel_iface_init))

static FakeFs *
find_path (FakeKernel *self,
           const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      if (strcmp (self->file_systems[i].path, path) == 0)
        {
          return &self->file_systems[i];
        }
    }
  g_error ("no such file system: %s", path);
}

static FakeFs *
find_fd (FakeKernel *self,
         int         fd)
{
  struct stat status;

  for (guint i = 0; fstat (fd, &status) == 0 && i < G_N_ELEMENTS (paths); i++)
    {
      if (self->file_systems[i].inode == status.st_ino)
        {
          return &self->file_systems[i];
        }
    }
  return NULL;
}

/* Counts, hangs if told to, and says what to return. With the mutex held. */
static int
enter (FakeKernel *self,
       FakeFs     *fs,
       FakeCall    call)
{
  fs->counts[call]++;
  self->n_hanging++;
  while (fs->hangs[call])
    {
      g_cond_wait (&self->changed, &self->mutex);
    }
  self->n_hanging--;
  return fs->results[call];
}

static VssMountTable *
fake_read_mounts (VssKernel *kernel,
                  GError   **error)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  g_autofree char *path = g_build_filename (self->folder, "mountinfo", NULL);

  return vss_mount_table_new (path, self->folder, error);
}

static int
fake_open_mount (VssKernel  *kernel,
                 const char *path,
                 int         mount_id)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  FakeFs *fs;
  int result;

  g_mutex_lock (&self->mutex);
  fs = find_path (self, path);
  result = enter (self, fs, FAKE_OPEN);
  if (result == 0)
    {
      result = open (fs->file, O_RDONLY | O_CLOEXEC);
      self->n_open++;
    }
  g_mutex_unlock (&self->mutex);
  return result;
}

static void
fake_close (VssKernel *kernel,
            int        fd)
{
  FakeKernel *self = FAKE_KERNEL (kernel);

  g_mutex_lock (&self->mutex);
  self->n_open--;
  g_mutex_unlock (&self->mutex);
  close (fd);
}

static int
fake_freeze (VssKernel *kernel,
             int        fd)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  FakeFs *fs = find_fd (self, fd);
  int result;

  g_mutex_lock (&self->mutex);
  result = fs != NULL ? enter (self, fs, FAKE_FREEZE) : -EBADF;
  if (result == 0 && fs->frozen)
    {
      result = -EBUSY;
    }
  if (result == 0)
    {
      fs->frozen = TRUE;
    }
  g_mutex_unlock (&self->mutex);
  return result;
}

static int
thaw_fs (FakeKernel *self,
         FakeFs     *fs)
{
  int result = enter (self, fs, FAKE_THAW);

  if (result == 0 && !fs->frozen)
    {
      result = -EINVAL;
    }
  if (result == 0)
    {
      fs->frozen = FALSE;
      fs->thaws++;
      g_cond_broadcast (&self->changed);
    }
  return result;
}

static int
fake_thaw (VssKernel *kernel,
           int        fd)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  FakeFs *fs = find_fd (self, fd);
  int result;

  g_mutex_lock (&self->mutex);
  result = fs != NULL ? thaw_fs (self, fs) : -EBADF;
  g_mutex_unlock (&self->mutex);
  return result;
}

static int
fake_syncfs (VssKernel *kernel,
             int        fd)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  FakeFs *fs = find_fd (self, fd);
  int result;

  g_mutex_lock (&self->mutex);
  result = fs != NULL ? enter (self, fs, FAKE_SYNCFS) : -EBADF;
  g_mutex_unlock (&self->mutex);
  return result;
}

/* Waits for the freeze that it meets, like the kernel: woken by any thaw, even if it is frozen
 * again at once. */
static int
fake_unlink_missing (VssKernel  *kernel,
                     int         fd,
                     const char *name)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  FakeFs *fs = find_fd (self, fd);
  Sleeper sleeper = { (int) syscall (SYS_gettid), fs, 0 };

  g_mutex_lock (&self->mutex);
  if (fs != NULL && fs->frozen && !fs->lets_through)
    {
      sleeper.thaws = fs->thaws;
      g_array_append_val (self->sleepers, sleeper);
      while (fs->thaws == sleeper.thaws)
        {
          g_cond_wait (&self->changed, &self->mutex);
        }
      for (guint i = self->sleepers->len; i > 0; i--)
        {
          if (g_array_index (self->sleepers, Sleeper, i - 1).tid == sleeper.tid)
            {
              g_array_remove_index (self->sleepers, i - 1);
            }
        }
    }
  g_mutex_unlock (&self->mutex);
  return -ENOENT;
}

static int
fake_thread_id (VssKernel *kernel)
{
  return (int) syscall (SYS_gettid);
}

static gboolean
fake_is_blocked_in_unlink (VssKernel *kernel,
                           int        tid)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  gboolean blocked = FALSE;

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->sleepers->len; i++)
    {
      const Sleeper *sleeper = &g_array_index (self->sleepers, Sleeper, i);

      blocked = blocked || (sleeper->tid == tid && sleeper->fs->thaws == sleeper->thaws);
    }
  g_mutex_unlock (&self->mutex);
  return blocked;
}

static void
fake_keep_only (VssKernel *kernel,
                const int *fds,
                guint      n_fds)
{
}

static char *
fake_find_writer (VssKernel           *kernel,
                  const VssFileSystem *fs)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  char *writer;

  g_mutex_lock (&self->mutex);
  writer = g_strdup (find_path (self, vss_file_system_get_name (fs))->writer);
  g_mutex_unlock (&self->mutex);
  return writer;
}

static gint64
fake_count_writes (VssKernel           *kernel,
                   const VssFileSystem *fs)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  gint64 writes;

  g_mutex_lock (&self->mutex);
  writes = find_path (self, vss_file_system_get_name (fs))->writes;
  g_mutex_unlock (&self->mutex);
  return writes;
}

static int
fake_get_rcu_expedited (VssKernel *kernel)
{
  return fake_kernel_get_rcu (FAKE_KERNEL (kernel));
}

static int
fake_set_rcu_expedited (VssKernel *kernel,
                        int        value)
{
  fake_kernel_set_rcu (FAKE_KERNEL (kernel), value);
  return 0;
}

static void
fake_set_core_dumps (VssKernel *kernel,
                     gboolean   allowed)
{
  FAKE_KERNEL (kernel)->core_dumps = allowed;
}

static gint64
fake_boot_time_us (VssKernel *kernel)
{
  FakeKernel *self = FAKE_KERNEL (kernel);
  gint64 now_us;

  g_mutex_lock (&self->mutex);
  now_us = self->now_us;
  g_mutex_unlock (&self->mutex);
  return now_us;
}

static gboolean
timer_dispatch (GSource    *source,
                GSourceFunc callback,
                gpointer    user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSource *
fake_boot_timer_new (VssKernel *kernel,
                     gint64     at_us)
{
  static GSourceFuncs funcs = { NULL, NULL, timer_dispatch, NULL, NULL, NULL };
  FakeKernel *self = FAKE_KERNEL (kernel);
  GSource *source = g_source_new (&funcs, sizeof (FakeTimer));

  ((FakeTimer *) source)->at_us = at_us;
  g_source_set_ready_time (source, at_us <= fake_boot_time_us (kernel) ? 0 : -1);
  g_ptr_array_add (self->timers, g_source_ref (source));
  return source;
}

static void
kernel_iface_init (VssKernelInterface *iface)
{
  iface->read_mounts = fake_read_mounts;
  iface->open_mount = fake_open_mount;
  iface->close = fake_close;
  iface->freeze = fake_freeze;
  iface->thaw = fake_thaw;
  iface->syncfs = fake_syncfs;
  iface->unlink_missing = fake_unlink_missing;
  iface->thread_id = fake_thread_id;
  iface->is_blocked_in_unlink = fake_is_blocked_in_unlink;
  iface->keep_only = fake_keep_only;
  iface->find_writer = fake_find_writer;
  iface->count_writes = fake_count_writes;
  iface->get_rcu_expedited = fake_get_rcu_expedited;
  iface->set_rcu_expedited = fake_set_rcu_expedited;
  iface->set_core_dumps = fake_set_core_dumps;
  iface->boot_time_us = fake_boot_time_us;
  iface->boot_timer_new = fake_boot_timer_new;
}

static void
fake_kernel_finalize (GObject *object)
{
  FakeKernel *self = FAKE_KERNEL (object);
  g_autofree char *path = g_build_filename (self->folder, "mountinfo", NULL);

  (void) g_unlink (path);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      (void) g_unlink (self->file_systems[i].file);
      g_free (self->file_systems[i].file);
      g_free (self->file_systems[i].writer);
    }
  (void) g_rmdir (self->folder);
  g_free (self->folder);
  g_array_unref (self->sleepers);
  g_ptr_array_unref (self->timers);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (fake_kernel_parent_class)->finalize (object);
}

static void
fake_kernel_class_init (FakeKernelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_kernel_finalize;
}

static void
fake_kernel_init (FakeKernel *self)
{
  struct timespec now;
  g_autofree char *path = NULL;

  self->core_dumps = TRUE;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->sleepers = g_array_new (FALSE, FALSE, sizeof (Sleeper));
  self->timers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  self->folder = g_dir_make_tmp ("fake-kernel-XXXXXX", NULL);
  clock_gettime (CLOCK_BOOTTIME, &now);
  self->now_us = (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
  path = g_build_filename (self->folder, "mountinfo", NULL);
  g_assert_true (g_file_set_contents (path, mountinfo, -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      FakeFs *fs = &self->file_systems[i];
      struct stat status;

      fs->path = paths[i];
      fs->file = g_strdup_printf ("%s/fs-%u", self->folder, i);
      g_assert_true (g_file_set_contents (fs->file, "", 0, NULL));
      g_assert_cmpint (stat (fs->file, &status), ==, 0);
      fs->inode = status.st_ino;
    }
}

FakeKernel *
fake_kernel_new (void)
{
  return g_object_new (FAKE_TYPE_KERNEL, NULL);
}

void
fake_kernel_set_result (FakeKernel *self,
                        const char *path,
                        FakeCall    call,
                        int         result)
{
  g_mutex_lock (&self->mutex);
  find_path (self, path)->results[call] = result;
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_hang (FakeKernel *self,
                  const char *path,
                  FakeCall    call)
{
  g_mutex_lock (&self->mutex);
  find_path (self, path)->hangs[call] = TRUE;
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_release (FakeKernel *self)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      memset (self->file_systems[i].hangs, 0, sizeof self->file_systems[i].hangs);
    }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

gboolean
fake_kernel_is_hanging (FakeKernel *self)
{
  gboolean hanging;

  g_mutex_lock (&self->mutex);
  hanging = self->n_hanging > 0;
  g_mutex_unlock (&self->mutex);
  return hanging;
}

void
fake_kernel_freeze_foreign (FakeKernel *self,
                            const char *path)
{
  g_mutex_lock (&self->mutex);
  find_path (self, path)->frozen = TRUE;
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_thaw_foreign (FakeKernel *self,
                          const char *path)
{
  FakeFs *fs;

  g_mutex_lock (&self->mutex);
  fs = find_path (self, path);
  fs->frozen = FALSE;
  fs->thaws++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_write (FakeKernel *self,
                   const char *path)
{
  g_mutex_lock (&self->mutex);
  find_path (self, path)->writes++;
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_set_writer (FakeKernel *self,
                        const char *path,
                        const char *writer)
{
  g_mutex_lock (&self->mutex);
  g_free (find_path (self, path)->writer);
  find_path (self, path)->writer = g_strdup (writer);
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_let_unlink_through (FakeKernel *self,
                                const char *path)
{
  g_mutex_lock (&self->mutex);
  find_path (self, path)->lets_through = TRUE;
  g_mutex_unlock (&self->mutex);
}

gboolean
fake_kernel_is_frozen (FakeKernel *self,
                       const char *path)
{
  gboolean frozen;

  g_mutex_lock (&self->mutex);
  frozen = find_path (self, path)->frozen;
  g_mutex_unlock (&self->mutex);
  return frozen;
}

guint
fake_kernel_count (FakeKernel *self,
                   const char *path,
                   FakeCall    call)
{
  guint count;

  g_mutex_lock (&self->mutex);
  count = find_path (self, path)->counts[call];
  g_mutex_unlock (&self->mutex);
  return count;
}

gboolean
fake_kernel_allows_core_dumps (FakeKernel *self)
{
  return self->core_dumps;
}

int
fake_kernel_get_rcu (FakeKernel *self)
{
  int value;

  g_mutex_lock (&self->mutex);
  value = self->rcu;
  g_mutex_unlock (&self->mutex);
  return value;
}

void
fake_kernel_set_rcu (FakeKernel *self,
                     int         value)
{
  g_mutex_lock (&self->mutex);
  self->rcu = value;
  g_mutex_unlock (&self->mutex);
}

void
fake_kernel_advance_ms (FakeKernel *self,
                        gint64      ms)
{
  gint64 now_us;

  g_mutex_lock (&self->mutex);
  self->now_us += ms * 1000;
  now_us = self->now_us;
  g_mutex_unlock (&self->mutex);
  for (guint i = 0; i < self->timers->len; i++)
    {
      GSource *source = self->timers->pdata[i];

      if (!g_source_is_destroyed (source) && ((FakeTimer *) source)->at_us <= now_us)
        {
          g_source_set_ready_time (source, 0);
        }
    }
}

guint
fake_kernel_count_open (FakeKernel *self)
{
  guint count;

  g_mutex_lock (&self->mutex);
  count = self->n_open;
  g_mutex_unlock (&self->mutex);
  return count;
}

static int
guard_thaw (void *data,
            int   fd)
{
  FakeKernel *self = data;
  FakeFs *fs = find_fd (self, fd);
  int result;

  g_mutex_lock (&self->mutex);
  result = fs != NULL ? thaw_fs (self, fs) : -EBADF;
  g_mutex_unlock (&self->mutex);
  return result;
}

VssGuardKernel
fake_kernel_for_guard (FakeKernel *self)
{
  VssGuardKernel kernel = vss_guard_kernel_linux ();

  kernel.thaw = guard_thaw;
  kernel.data = self;
  return kernel;
}
