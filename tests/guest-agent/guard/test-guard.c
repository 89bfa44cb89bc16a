/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard on a real socket, with a made-up FITHAW and made-up threads of the agent. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-protocol.h"
#include "guest-agent/guard/vss-guard.h"

#define N_FILES 3
/* Of arming and disarming: enough to meet a thread that is slow to end. */
#define N_ROUNDS 200
#define LIMIT_US (10 * G_USEC_PER_SEC)
/* Longer than the guard's longest pause between two passes. */
#define SOME_PASSES_MS 350

typedef struct
{
  char *folder;
  char *socket;
  VssGuardKernel kernel;
  VssGuard *guard;
  GThread *thread;
  int stop_fd;
  int client;
  int files[N_FILES];
  ino_t inodes[N_FILES];
  /* what the kernel is like */
  GMutex mutex;
  gboolean frozen[N_FILES];
  guint thaws[N_FILES];
  int result; /* of FITHAW, when not 0 */
  VssGuardThread agent_thread;
  int agent_pipe[2]; /* the guard's pidfd: its end closes when the agent is gone */
} Fixture;

static int
fake_thaw (void *data,
           int   fd)
{
  Fixture *fixture = data;
  struct stat status;
  int result = -EBADF;

  g_assert_cmpint (fstat (fd, &status), ==, 0);
  g_mutex_lock (&fixture->mutex);
  for (guint i = 0; i < N_FILES; i++)
    {
      if (fixture->inodes[i] == status.st_ino)
        {
          fixture->thaws[i]++;
          result = fixture->result != 0 ? fixture->result : fixture->frozen[i] ? 0 : -EINVAL;
          fixture->frozen[i] = fixture->frozen[i] && result != 0;
        }
    }
  g_mutex_unlock (&fixture->mutex);
  return result;
}

static VssGuardThread
fake_look (void *data,
           pid_t pid,
           pid_t tid)
{
  Fixture *fixture = data;
  VssGuardThread thread;

  g_mutex_lock (&fixture->mutex);
  thread = fixture->agent_thread;
  g_mutex_unlock (&fixture->mutex);
  return thread;
}

static int
fake_open_process (void *data,
                   pid_t pid)
{
  Fixture *fixture = data;

  return fcntl (fixture->agent_pipe[0], F_DUPFD_CLOEXEC, 0);
}

static gpointer
run (gpointer user_data)
{
  g_assert_true (vss_guard_run (user_data));
  return NULL;
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("guard-XXXXXX", NULL);
  fixture->socket = g_build_filename (fixture->folder, "sock", NULL);
  g_mutex_init (&fixture->mutex);
  fixture->agent_thread.exists = TRUE;
  g_assert_cmpint (pipe2 (fixture->agent_pipe, O_CLOEXEC), ==, 0);
  for (guint i = 0; i < N_FILES; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", fixture->folder, i);
      struct stat status;

      fixture->files[i] = open (path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
      g_assert_cmpint (fstat (fixture->files[i], &status), ==, 0);
      fixture->inodes[i] = status.st_ino;
      g_unlink (path);
    }
  fixture->kernel.thaw = fake_thaw;
  fixture->kernel.look_at_thread = fake_look;
  fixture->kernel.open_process = fake_open_process;
  fixture->kernel.data = fixture;
  fixture->stop_fd = eventfd (0, EFD_CLOEXEC);
  fixture->guard = vss_guard_new (fixture->socket, &fixture->kernel, fixture->stop_fd);
  g_assert_nonnull (fixture->guard);
  fixture->thread = g_thread_new ("guard", run, fixture->guard);
  fixture->client = connect_to (fixture->socket);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  guint64 one = 1;

  g_assert_cmpint (write (fixture->stop_fd, &one, sizeof one), ==, sizeof one);
  g_thread_join (fixture->thread);
  vss_guard_free (fixture->guard);
  close (fixture->stop_fd);
  close (fixture->client);
  close (fixture->agent_pipe[0]);
  close (fixture->agent_pipe[1]);
  for (guint i = 0; i < N_FILES; i++)
    {
      close (fixture->files[i]);
    }
  g_unlink (fixture->socket);
  g_rmdir (fixture->folder);
  g_mutex_clear (&fixture->mutex);
  g_free (fixture->socket);
  g_free (fixture->folder);
}

static gint64
boot_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
send_to (int              client,
         VssGuardMessage *message,
         const int       *fds,
         guint            n_fds)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (int) * N_FILES)];
  } control = { 0 };
  struct iovec part = { message, sizeof *message };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      struct cmsghdr *rights;

      header.msg_control = &control;
      header.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      rights = CMSG_FIRSTHDR (&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (rights), fds, sizeof (int) * n_fds);
    }
  message->magic = VSS_GUARD_MAGIC;
  g_assert_cmpint (sendmsg (client, &header, 0), ==, sizeof *message);
}

static VssGuardMessage
receive_from (int client)
{
  VssGuardMessage message = { 0 };

  g_assert_cmpint (recv (client, &message, sizeof message, 0), ==, sizeof message);
  return message;
}

/* The status of the acknowledgement. */
static int
ask (int         client,
     guint       type,
     gint64      lease_end_ms,
     guint       count,
     const int  *fds,
     guint       n_fds)
{
  VssGuardMessage message = {
    .type = type, .serial = 7, .generation = 5, .lease_end_ms = lease_end_ms, .count = count
  };

  for (guint i = 0; i < n_fds; i++)
    {
      message.tids[i] = 100 + (int) i;
    }
  send_to (client, &message, fds, n_fds);
  message = receive_from (client);
  while (message.type == VSS_GUARD_EXPIRED)
    {
      message = receive_from (client);
    }
  g_assert_cmpuint (message.type, ==, VSS_GUARD_ACK);
  g_assert_cmpuint (message.serial, ==, 7);
  return message.status;
}

static int
arm (Fixture *fixture,
     gint64   lease_ms)
{
  return ask (fixture->client, VSS_GUARD_ARM, boot_ms () + lease_ms, N_FILES, fixture->files,
              N_FILES);
}

static void
freeze_all (Fixture *fixture)
{
  g_mutex_lock (&fixture->mutex);
  for (guint i = 0; i < N_FILES; i++)
    {
      fixture->frozen[i] = TRUE;
    }
  g_mutex_unlock (&fixture->mutex);
}

static gboolean
is_any_frozen (Fixture *fixture)
{
  gboolean any = FALSE;

  g_mutex_lock (&fixture->mutex);
  for (guint i = 0; i < N_FILES; i++)
    {
      any = any || fixture->frozen[i];
    }
  g_mutex_unlock (&fixture->mutex);
  return any;
}

static guint
count_thaws (Fixture *fixture,
             guint    index)
{
  guint count;

  g_mutex_lock (&fixture->mutex);
  count = fixture->thaws[index];
  g_mutex_unlock (&fixture->mutex);
  return count;
}

static void
set_agent_thread (Fixture *fixture,
                  gboolean exists,
                  gboolean sleeps,
                  guint64  switches)
{
  g_mutex_lock (&fixture->mutex);
  fixture->agent_thread.exists = exists;
  fixture->agent_thread.sleeps = sleeps;
  fixture->agent_thread.switches = switches;
  g_mutex_unlock (&fixture->mutex);
}

static void
wait_thawed (Fixture *fixture)
{
  gint64 limit_us = g_get_monotonic_time () + LIMIT_US;

  while (is_any_frozen (fixture))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit_us);
      g_usleep (1000);
    }
}

/* Until the guard has forgotten what it was armed with. */
static void
wait_idle (Fixture *fixture)
{
  gint64 limit_us = g_get_monotonic_time () + LIMIT_US;
  int client = connect_to (fixture->socket);
  int status;

  while (ask (client, VSS_GUARD_ARM, boot_ms () + 60000, 1, fixture->files, 1) != 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit_us);
      g_usleep (1000);
    }
  /* Where the agent is made to be gone, the guard may be done by itself. */
  status = ask (client, VSS_GUARD_DISARM, 0, 0, NULL, 0);
  g_assert_true (status == 0 || status == ESRCH);
  close (client);
}

static void
test_thaws_at_the_end_of_the_lease (Fixture      *fixture,
                                    gconstpointer data)
{
  VssGuardMessage event;
  gint64 earliest_ms;

  freeze_all (fixture);
  earliest_ms = boot_ms () + 100;
  g_assert_cmpint (arm (fixture, 100), ==, 0);
  g_assert_true (is_any_frozen (fixture));
  wait_thawed (fixture);
  g_assert_cmpint (boot_ms (), >=, earliest_ms);
  event = receive_from (fixture->client);
  g_assert_cmpuint (event.type, ==, VSS_GUARD_EXPIRED);
  g_assert_cmpuint (event.generation, ==, 5);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_RENEW, boot_ms () + 5000, 0, NULL, 0), ==,
                   ETIME);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, 0);
  wait_idle (fixture);
}

static void
test_renewal_counts (Fixture      *fixture,
                     gconstpointer data)
{
  freeze_all (fixture);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_RENEW, boot_ms () + 50, 0, NULL, 0), ==, 0);
  wait_thawed (fixture);
}

static void
test_disarmed_touches_nothing (Fixture      *fixture,
                               gconstpointer data)
{
  freeze_all (fixture);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, 0);
  wait_idle (fixture);
  close (fixture->client);
  fixture->client = connect_to (fixture->socket);
  wait_idle (fixture);
  g_assert_true (is_any_frozen (fixture));
  g_assert_cmpuint (count_thaws (fixture, 0), ==, 0);
}

/* One set may follow the other directly. */
static void
test_disarmed_is_free_at_once (Fixture      *fixture,
                               gconstpointer data)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_assert_cmpint (arm (fixture, 60000), ==, 0);
      g_assert_cmpint (ask (fixture->client, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, 0);
      g_assert_cmpint (ask (fixture->client, VSS_GUARD_RENEW, boot_ms () + 50, 0, NULL, 0), ==,
                       ESRCH);
    }
}

static void
test_hang_up_thaws_at_once (Fixture      *fixture,
                            gconstpointer data)
{
  freeze_all (fixture);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  close (fixture->client);
  fixture->client = connect_to (fixture->socket);
  wait_thawed (fixture);
  /* Still thawing: the agent's process lives and may be freezing. */
  g_assert_cmpint (arm (fixture, 60000), ==, EBUSY);
  close (fixture->agent_pipe[1]);
  fixture->agent_pipe[1] = dup (fixture->agent_pipe[0]);
  wait_idle (fixture);
}

static void
test_process_gone_thaws_at_once (Fixture      *fixture,
                                 gconstpointer data)
{
  freeze_all (fixture);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  close (fixture->agent_pipe[1]);
  fixture->agent_pipe[1] = dup (fixture->agent_pipe[0]);
  wait_thawed (fixture);
  wait_idle (fixture);
}

/* EINVAL while a FIFREEZE is under way, which completes afterwards although its process is dead. */
static void
test_thaws_what_freezes_late (Fixture      *fixture,
                              gconstpointer data)
{
  set_agent_thread (fixture, TRUE, FALSE, 10);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  close (fixture->client);
  fixture->client = connect_to (fixture->socket);
  g_usleep (SOME_PASSES_MS * 1000);
  g_assert_cmpuint (count_thaws (fixture, 0), >, 1);
  freeze_all (fixture);
  wait_thawed (fixture);
  g_usleep (SOME_PASSES_MS * 1000);
  freeze_all (fixture);
  wait_thawed (fixture);
  set_agent_thread (fixture, FALSE, FALSE, 0);
  wait_idle (fixture);
}

/* While the agent is stopped nothing of it can freeze, but somebody else may. */
static void
test_leaves_others_alone_while_the_agent_is_stopped (Fixture      *fixture,
                                                     gconstpointer data)
{
  guint passes;

  freeze_all (fixture);
  set_agent_thread (fixture, TRUE, TRUE, 10);
  g_assert_cmpint (arm (fixture, 50), ==, 0);
  wait_thawed (fixture);
  g_usleep (SOME_PASSES_MS * 1000);
  passes = count_thaws (fixture, 0);
  freeze_all (fixture);
  g_usleep (SOME_PASSES_MS * 1000);
  g_assert_cmpuint (count_thaws (fixture, 0), ==, passes);
  g_assert_true (is_any_frozen (fixture));
  /* It has run again: whatever is frozen now may be its doing. */
  set_agent_thread (fixture, TRUE, TRUE, 11);
  wait_thawed (fixture);
}

static void
test_dropped_is_not_ours (Fixture      *fixture,
                          gconstpointer data)
{
  freeze_all (fixture);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_DROP, 0, 1, NULL, 0), ==, 0);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_DROP, 0, N_FILES, NULL, 0), ==, EINVAL);
  close (fixture->agent_pipe[1]);
  fixture->agent_pipe[1] = dup (fixture->agent_pipe[0]);
  wait_idle (fixture);
  g_assert_cmpuint (count_thaws (fixture, 0), >, 0);
  g_assert_cmpuint (count_thaws (fixture, 1), ==, 0);
  g_assert_cmpuint (count_thaws (fixture, 2), >, 0);
}

static void
test_failing_thaw_is_repeated (Fixture      *fixture,
                               gconstpointer data)
{
  freeze_all (fixture);
  g_mutex_lock (&fixture->mutex);
  fixture->result = -EIO;
  g_mutex_unlock (&fixture->mutex);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  close (fixture->agent_pipe[1]);
  fixture->agent_pipe[1] = dup (fixture->agent_pipe[0]);
  g_usleep (SOME_PASSES_MS * 1000);
  g_assert_cmpuint (count_thaws (fixture, 0), >, 1);
  g_mutex_lock (&fixture->mutex);
  fixture->result = 0;
  g_mutex_unlock (&fixture->mutex);
  wait_thawed (fixture);
  wait_idle (fixture);
}

static void
test_refuses (Fixture      *fixture,
              gconstpointer data)
{
  int other = connect_to (fixture->socket);

  g_assert_cmpint (ask (other, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, ESRCH);
  g_assert_cmpint (ask (other, VSS_GUARD_ARM, boot_ms () + 1000, 2, fixture->files, 1), ==,
                   EINVAL);
  g_assert_cmpint (ask (other, VSS_GUARD_ARM, boot_ms () + 1000, 0, NULL, 0), ==, EINVAL);
  g_assert_cmpint (ask (other, VSS_GUARD_ARM, 0, 1, fixture->files, 1), ==, EINVAL);
  g_assert_cmpint (ask (other, 99, 0, 0, NULL, 0), ==, ESRCH);
  g_assert_cmpint (arm (fixture, 60000), ==, 0);
  g_assert_cmpint (ask (other, VSS_GUARD_ARM, boot_ms () + 1000, 1, fixture->files, 1), ==, EBUSY);
  /* Another one can't disarm what isn't its own. */
  g_assert_cmpint (ask (other, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, ESRCH);
  g_assert_cmpint (send (other, "nonsense", 8, 0), ==, 8);
  {
    char byte;

    g_assert_cmpint (recv (other, &byte, 1, 0), ==, 0);
  }
  close (other);
  g_assert_cmpint (ask (fixture->client, VSS_GUARD_DISARM, 0, 0, NULL, 0), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/guard/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("thaws-at-the-end-of-the-lease", test_thaws_at_the_end_of_the_lease);
  ADD ("renewal-counts", test_renewal_counts);
  ADD ("disarmed-touches-nothing", test_disarmed_touches_nothing);
  ADD ("disarmed-is-free-at-once", test_disarmed_is_free_at_once);
  ADD ("hang-up-thaws-at-once", test_hang_up_thaws_at_once);
  ADD ("process-gone-thaws-at-once", test_process_gone_thaws_at_once);
  ADD ("thaws-what-freezes-late", test_thaws_what_freezes_late);
  ADD ("leaves-others-alone-while-the-agent-is-stopped",
       test_leaves_others_alone_while_the_agent_is_stopped);
  ADD ("dropped-is-not-ours", test_dropped_is_not_ours);
  ADD ("failing-thaw-is-repeated", test_failing_thaw_is_repeated);
  ADD ("refuses", test_refuses);
#undef ADD
  return g_test_run ();
}
