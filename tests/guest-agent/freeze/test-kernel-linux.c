/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of the real kernel can be tried without being root and without freezing anything. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-agent/freeze/vss-kernel.h"

static void
test_opens_only_the_mount_meant (void)
{
  g_autoptr (VssKernel) kernel = vss_kernel_linux_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VssMountTable) table = vss_kernel_read_mounts (kernel, &error);
  const VssFileSystem *root;
  const VssMount *mount;
  int fd;

  g_assert_no_error (error);
  root = vss_mount_table_find (table, "/");
  g_assert_nonnull (root);
  mount = root->mounts->pdata[0];
  fd = vss_kernel_open_mount (kernel, mount->path, mount->id);
  g_assert_cmpint (fd, >=, 0);
  /* Not open for writing. */
  g_assert_cmpint (fcntl (fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
  vss_kernel_close (kernel, fd);
  g_assert_cmpint (vss_kernel_open_mount (kernel, mount->path, mount->id + 100000), ==, -ESTALE);
  g_assert_cmpint (vss_kernel_open_mount (kernel, "/nonexistent", 1), ==, -ENOENT);
}

typedef struct
{
  VssKernel *kernel;
  int fds[2];
  int kept[2];
  GMutex mutex;
  GCond changed;
  gboolean isolated;
  gboolean done;
} Isolation;

static gpointer
isolate (gpointer user_data)
{
  Isolation *self = user_data;

  vss_kernel_keep_only (self->kernel, self->kept, G_N_ELEMENTS (self->kept));
  g_mutex_lock (&self->mutex);
  self->isolated = TRUE;
  g_cond_broadcast (&self->changed);
  while (!self->done)
    {
      g_cond_wait (&self->changed, &self->mutex);
    }
  g_mutex_unlock (&self->mutex);
  g_assert_cmpint (fcntl (self->kept[0], F_GETFD), >=, 0);
  g_assert_cmpint (fcntl (self->kept[1], F_GETFD), >=, 0);
  return NULL;
}

/* The guard's socket is closed as soon as the process's own table goes, whoever else still lives:
 * so a thread that is blocked in the kernel doesn't hide the death of the agent. */
static void
test_thread_keeps_nothing_else_open (void)
{
  Isolation self = { .kernel = vss_kernel_linux_new () };
  GThread *thread;
  char byte;
  gssize length;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, self.fds), ==, 0);
  self.kept[0] = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  self.kept[1] = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_mutex_init (&self.mutex);
  g_cond_init (&self.changed);
  thread = g_thread_new ("isolated", isolate, &self);
  g_mutex_lock (&self.mutex);
  while (!self.isolated)
    {
      g_cond_wait (&self.changed, &self.mutex);
    }
  g_mutex_unlock (&self.mutex);

  close (self.fds[1]);
  length = recv (self.fds[0], &byte, 1, MSG_DONTWAIT);
  if (length < 0)
    {
      g_test_skip ("close_range is not there");
    }
  else
    {
      g_assert_cmpint (length, ==, 0);
    }
  /* What is closed here stays open there. */
  close (self.kept[0]);
  close (self.kept[1]);
  g_mutex_lock (&self.mutex);
  self.done = TRUE;
  g_cond_broadcast (&self.changed);
  g_mutex_unlock (&self.mutex);
  g_thread_join (thread);
  close (self.fds[0]);
  g_mutex_clear (&self.mutex);
  g_cond_clear (&self.changed);
  g_object_unref (self.kernel);
}

static gboolean
timer_fired (gpointer user_data)
{
  gboolean *fired = user_data;

  *fired = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_boot_timer (void)
{
  g_autoptr (VssKernel) kernel = vss_kernel_linux_new ();
  gint64 now_us = vss_kernel_boot_time_us (kernel);
  g_autoptr (GSource) past = vss_kernel_boot_timer_new (kernel, now_us - 1);
  g_autoptr (GSource) soon = vss_kernel_boot_timer_new (kernel, now_us + 20000);
  gboolean past_fired = FALSE;
  gboolean soon_fired = FALSE;

  g_source_set_callback (past, timer_fired, &past_fired, NULL);
  g_source_set_callback (soon, timer_fired, &soon_fired, NULL);
  g_source_attach (past, NULL);
  g_source_attach (soon, NULL);
  while (!soon_fired)
    {
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_true (past_fired);
  g_assert_cmpint (vss_kernel_boot_time_us (kernel), >=, now_us + 20000);
}

static gpointer
wait_for_mutex (gpointer user_data)
{
  gpointer *data = user_data;

  g_atomic_int_set ((int *) data[1], vss_kernel_thread_id (data[0]));
  g_mutex_lock (data[2]);
  g_mutex_unlock (data[2]);
  return NULL;
}

/* A thread that sleeps, but somewhere else. */
static void
test_other_sleep_is_no_proof (void)
{
  g_autoptr (VssKernel) kernel = vss_kernel_linux_new ();
  int tid = 0;
  GMutex mutex;
  gpointer data[] = { kernel, &tid, &mutex };
  GThread *thread;

  g_mutex_init (&mutex);
  g_mutex_lock (&mutex);
  thread = g_thread_new ("sleeper", wait_for_mutex, data);
  while (g_atomic_int_get (&tid) == 0)
    {
      g_thread_yield ();
    }
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_false (vss_kernel_is_blocked_in_unlink (kernel, tid));
    }
  g_mutex_unlock (&mutex);
  g_thread_join (thread);
  g_assert_false (vss_kernel_is_blocked_in_unlink (kernel, tid));
  g_mutex_clear (&mutex);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel-linux/opens-only-the-mount-meant", test_opens_only_the_mount_meant);
  g_test_add_func ("/kernel-linux/thread-keeps-nothing-else-open",
                   test_thread_keeps_nothing_else_open);
  g_test_add_func ("/kernel-linux/boot-timer", test_boot_timer);
  g_test_add_func ("/kernel-linux/other-sleep-is-no-proof", test_other_sleep_is_no_proof);
  return g_test_run ();
}
