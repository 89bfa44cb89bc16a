/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thaw guard with a kernel that freezes nothing, and clients that say anything. Each step of the
 * input is a digit that says what happens, one that says who does it, and what else it needs:
 *
 *   0 connects    1 hangs up    2 arms    3 another request    4 bytes that are no request
 *
 * Each request is acknowledged, and whoever goes while armed has all its descriptors thawed. At
 * the end no copy of any descriptor is left. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-protocol.h"
#include "guest-agent/guard/vss-guard.h"
#include "tests/fuzz/fuzz.h"

/* One more than the guard takes. */
#define N_CLIENTS 5
#define MAX_STEPS 64
#define MAX_FDS 6
/* The guard answers at once; a machine that is busy may take its time. */
#define ANSWER_TIMEOUT_MS 5000
#define FAR_MS G_GINT64_CONSTANT (0x3fffffffffff)

typedef struct
{
  const guint8 *data;
  gsize size;
} Input;

typedef struct
{
  VssGuard *guard;
  char *path;
  int stop_fd;
  int passed[2]; /* a pipe: copies of its second end are handed over */
  int clients[N_CLIENTS];
  guint serial;
  int owner; /* who has armed, -1 */
  guint n_held; /* descriptors that are the guard's to thaw, at least */
  guint thaws_before; /* it armed */
  guint64 generation;
  gboolean is_thawing; /* its lease may be over */
  gboolean is_free; /* there is nothing that the guard could still be at */

  GMutex lock;
  GCond changed;
  guint n_thaws;
} Play;

/* -- the kernel -- */

static int
fake_thaw (void *data, int fd)
{
  Play *play = data;

  g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0);
  g_mutex_lock (&play->lock);
  play->n_thaws++;
  g_cond_broadcast (&play->changed);
  g_mutex_unlock (&play->lock);
  return -EINVAL;
}

static VssGuardThread
fake_look_at_thread (void *data, pid_t pid, pid_t tid)
{
  return (VssGuardThread) { FALSE };
}

/* A process that lives on. */
static int
fake_open_process (void *data, pid_t pid)
{
  return eventfd (0, EFD_CLOEXEC);
}

static gpointer
run_guard (gpointer data)
{
  Play *play = data;

  g_assert_true (vss_guard_run (play->guard));
  return NULL;
}

/* -- steps -- */

static guint8
take (Input *input)
{
  if (input->size == 0)
    return 0;
  input->size--;
  return (guint8) (*input->data++ - '0'); /* so that a play can be written as digits */
}

static void
connect_client (Play *play, guint client)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (play->clients[client] >= 0)
    return;
  g_strlcpy (address.sun_path, play->path, sizeof address.sun_path);
  play->clients[client] = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  g_assert_cmpint (
      connect (play->clients[client], (struct sockaddr *) &address, sizeof address), ==, 0);
}

static void
wait_thaws (Play *play)
{
  gint64 deadline = g_get_monotonic_time () + ANSWER_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;

  g_mutex_lock (&play->lock);
  while (play->n_thaws - play->thaws_before < play->n_held)
    g_assert_true (g_cond_wait_until (&play->changed, &play->lock, deadline));
  g_mutex_unlock (&play->lock);
}

/* The client is gone, by its own will or the guard's. */
static void
leave (Play *play, guint client)
{
  close (play->clients[client]);
  play->clients[client] = -1;
  if (play->owner == (int) client)
    {
      wait_thaws (play);
      play->owner = -1;
    }
}

static guint
count_thaws (Play *play)
{
  guint count;

  g_mutex_lock (&play->lock);
  count = play->n_thaws;
  g_mutex_unlock (&play->lock);
  return count;
}

/* The answer to request @serial; FALSE if the guard has hung up. */
static gboolean
receive (Play *play, guint client, guint32 serial, VssGuardMessage *answer)
{
  struct pollfd poll_fd = { play->clients[client], POLLIN, 0 };

  for (;;)
    {
      gssize length;

      g_assert_cmpint (TEMP_FAILURE_RETRY (poll (&poll_fd, 1, ANSWER_TIMEOUT_MS)), ==, 1);
      length = recv (poll_fd.fd, answer, sizeof *answer, 0);
      if (length <= 0)
        return FALSE;
      g_assert_cmpint (length, ==, sizeof *answer);
      g_assert_cmpuint (answer->magic, ==, VSS_GUARD_MAGIC);
      if (answer->type == VSS_GUARD_EXPIRED)
        continue;
      g_assert_cmpuint (answer->type, ==, VSS_GUARD_ACK);
      g_assert_cmpuint (answer->serial, ==, serial);
      return TRUE;
    }
}

static void
send_bytes (Play *play, guint client, const void *bytes, gsize length, guint n_fds)
{
  char control[CMSG_SPACE (sizeof (int) * MAX_FDS)] = { 0 };
  struct iovec part = { (void *) bytes, length };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      struct cmsghdr *rights;

      header.msg_control = control;
      header.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      rights = CMSG_FIRSTHDR (&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      for (guint i = 0; i < n_fds; i++)
        memcpy (CMSG_DATA (rights) + i * sizeof (int), &play->passed[1], sizeof (int));
    }
  /* One that the guard has turned away can't send. */
  (void) !sendmsg (play->clients[client], &header, MSG_NOSIGNAL);
}

static gint64
take_lease (Input *input)
{
  switch (take (input) % 4)
    {
    case 0:
      return 0;
    case 1:
      return 1; /* over already */
    case 2:
      return G_MAXINT64 - take (input);
    default:
      return FAR_MS;
    }
}

static void
arm (Play *play, guint client, Input *input)
{
  guint n_fds = take (input) % (MAX_FDS + 1);
  VssGuardMessage message = { .magic = VSS_GUARD_MAGIC, .type = VSS_GUARD_ARM };
  VssGuardMessage answer;
  guint before = count_thaws (play);

  message.serial = ++play->serial;
  message.generation = take (input) % 4;
  message.lease_end_ms = take_lease (input);
  message.count = n_fds + take (input) % 2;
  send_bytes (play, client, &message, sizeof message, n_fds);
  if (!receive (play, client, message.serial, &answer))
    leave (play, client);
  else if (answer.status != 0)
    {
      g_assert_false (play->is_free && n_fds > 0 && n_fds == message.count
                      && message.lease_end_ms > 0);
    }
  else
    {
      g_assert_cmpuint (n_fds, >, 0);
      g_assert_cmpuint (n_fds, ==, message.count);
      play->is_free = FALSE;
      play->is_thawing = message.lease_end_ms < FAR_MS;
      play->owner = (int) client;
      play->n_held = n_fds;
      play->thaws_before = before;
      play->generation = message.generation;
    }
}

static void
request (Play *play, guint client, Input *input)
{
  VssGuardMessage message = { .magic = VSS_GUARD_MAGIC };
  VssGuardMessage answer;
  guint n_fds;

  message.type = take (input);
  if (message.type == VSS_GUARD_ARM)
    return;
  n_fds = take (input) % 8 == 0 ? 1 : 0;
  message.serial = ++play->serial;
  message.generation = take (input) % 4;
  message.count = take (input);
  message.lease_end_ms = take_lease (input);
  send_bytes (play, client, &message, sizeof message, n_fds);
  if (!receive (play, client, message.serial, &answer))
    leave (play, client);
  else if (answer.status == 0)
    {
      g_assert_cmpint (play->owner, ==, client);
      g_assert_cmpuint (message.generation, ==, play->generation);
      if (message.type == VSS_GUARD_RENEW && message.lease_end_ms < FAR_MS)
        play->is_thawing = TRUE;
      /* The same one may be dropped twice: what is still held is only known to be less. */
      if (message.type == VSS_GUARD_DROP)
        play->n_held = play->n_held > 0 ? play->n_held - 1 : 0;
      /* One that is thawing goes on until its threads have ended; the owner stays its owner. */
      if (message.type == VSS_GUARD_DISARM)
        {
          play->n_held = 0;
          play->is_free = !play->is_thawing;
          play->owner = play->is_free ? -1 : play->owner;
        }
    }
}

static void
send_garbage (Play *play, guint client, Input *input)
{
  guint8 bytes[sizeof (VssGuardMessage) + 64];
  gsize length = MIN (input->size, take (input) * 4);
  VssGuardMessage answer;

  length = MIN (length, input->size);
  length = MIN (length, sizeof bytes);
  memset (bytes, 0, sizeof bytes);
  memcpy (bytes, input->data, length);
  bytes[0] ^= (bytes[0] == (VSS_GUARD_MAGIC & 0xff));
  input->data += length;
  input->size -= length;
  send_bytes (play, client, bytes, length % 2 == 0 ? length : sizeof bytes, length % MAX_FDS);
  g_assert_false (receive (play, client, 0, &answer));
  leave (play, client);
}

static void
step (Play *play, Input *input)
{
  guint kind = take (input) % 5;
  guint client = take (input) % N_CLIENTS;

  if (kind == 0 || play->clients[client] < 0)
    connect_client (play, client);
  else if (kind == 1)
    leave (play, client);
  else if (kind == 2)
    arm (play, client, input);
  else if (kind == 3)
    request (play, client, input);
  else
    send_garbage (play, client, input);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };
  Play play = { .owner = -1, .is_free = TRUE, .stop_fd = eventfd (0, EFD_CLOEXEC) };
  const VssGuardKernel kernel = { fake_thaw, fake_look_at_thread, fake_open_process, &play };
  GThread *thread;
  char byte;

  play.path = g_strdup_printf ("%s/fuzz-guard-%d", g_get_tmp_dir (), (int) getpid ());
  g_assert_cmpint (pipe2 (play.passed, O_CLOEXEC | O_NONBLOCK), ==, 0);
  for (guint i = 0; i < N_CLIENTS; i++)
    play.clients[i] = -1;
  play.guard = vss_guard_new (play.path, &kernel, play.stop_fd);
  g_assert_nonnull (play.guard);
  thread = g_thread_new ("guard", run_guard, &play);

  for (guint steps = 0; input.size > 0 && steps < MAX_STEPS; steps++)
    step (&play, &input);

  g_assert_cmpint (eventfd_write (play.stop_fd, 1), ==, 0);
  g_thread_join (thread);
  vss_guard_free (play.guard);
  for (guint i = 0; i < N_CLIENTS; i++)
    if (play.clients[i] >= 0)
      close (play.clients[i]);
  close (play.passed[1]);
  g_assert_cmpint (read (play.passed[0], &byte, 1), ==, 0);
  close (play.passed[0]);
  close (play.stop_fd);
  g_unlink (play.path);
  g_free (play.path);
  return 0;
}
