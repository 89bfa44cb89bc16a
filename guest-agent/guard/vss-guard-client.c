/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's end of the thaw guard's socket. One source watches the socket; a second one runs
 * only while a request isn't acknowledged. */
#include "guest-agent/guard/vss-guard-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/guard/vss-guard-protocol.h"

struct _VssGuardClient
{
  GObject parent_instance;

  char *socket_path;
  guint timeout_ms;
  GMainContext *context;
  int fd; /* -1 while there is no guard */
  GSource *watch;
  GSource *deadline; /* of the oldest request that isn't acknowledged */
  guint32 last_serial;
  guint32 acknowledged; /* all requests up to this serial are */
  guint32 arm_serial;
  GTask *arm_task;
};

G_DEFINE_TYPE (VssGuardClient, vss_guard_client, G_TYPE_OBJECT)

enum
{
  SIGNAL_LOST,
  SIGNAL_EXPIRED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
destroy_source (GSource **source)
{
  if (*source != NULL)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

static void
disconnect (VssGuardClient *self)
{
  destroy_source (&self->watch);
  destroy_source (&self->deadline);
  if (self->fd >= 0)
    {
      close (self->fd);
      self->fd = -1;
    }
  self->acknowledged = self->last_serial;
}

static void
lose (VssGuardClient *self,
      const char     *why)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->arm_task);
  gboolean had_guard = self->fd >= 0;

  g_object_ref (self);
  disconnect (self);
  if (task != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                               "the thaw guard at %s %s; check the vss-thaw-guard service",
                               self->socket_path, why);
    }
  if (had_guard)
    {
      g_signal_emit (self, signals[SIGNAL_LOST], 0);
    }
  g_object_unref (self);
}

static gboolean
deadline_passed (gpointer user_data)
{
  VssGuardClient *self = user_data;

  lose (self, "does not answer");
  return G_SOURCE_REMOVE;
}

static void
watch_deadline (VssGuardClient *self)
{
  destroy_source (&self->deadline);
  if (self->acknowledged == self->last_serial)
    {
      return;
    }
  self->deadline = g_timeout_source_new (self->timeout_ms);
  g_source_set_callback (self->deadline, deadline_passed, self, NULL);
  g_source_attach (self->deadline, self->context);
}

static void
handle_ack (VssGuardClient        *self,
            const VssGuardMessage *message)
{
  self->acknowledged = message->serial;
  watch_deadline (self);
  if (self->arm_task != NULL && message->serial == self->arm_serial)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->arm_task);

      if (message->status == 0)
        {
          g_task_return_boolean (task, TRUE);
        }
      else
        {
          g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (message->status),
                                   "the thaw guard at %s refuses to watch over the freeze: %s",
                                   self->socket_path, g_strerror (message->status));
        }
    }
}

static gboolean
socket_ready (int          fd,
              GIOCondition condition,
              gpointer     user_data)
{
  g_autoptr (VssGuardClient) self = g_object_ref (user_data);
  VssGuardMessage message;
  ssize_t length = recv (fd, &message, sizeof message, MSG_DONTWAIT);

  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    {
      return G_SOURCE_CONTINUE;
    }
  if (length != sizeof message || message.magic != VSS_GUARD_MAGIC)
    {
      lose (self, "has gone away");
      return G_SOURCE_REMOVE;
    }
  if (message.type == VSS_GUARD_ACK)
    {
      handle_ack (self, &message);
    }
  else if (message.type == VSS_GUARD_EXPIRED)
    {
      g_signal_emit (self, signals[SIGNAL_EXPIRED], 0, message.generation);
    }
  return G_SOURCE_CONTINUE;
}

gboolean
vss_guard_client_connect (VssGuardClient *self,
                          GError        **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (self->fd >= 0)
    {
      return TRUE;
    }
  if (g_strlcpy (address.sun_path, self->socket_path, sizeof address.sun_path)
      >= sizeof address.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "the path of the thaw guard's socket is too long: %s", self->socket_path);
      return FALSE;
    }
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      int saved = errno;

      if (fd >= 0)
        {
          close (fd);
        }
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "can't reach the thaw guard at %s: %s; start the vss-thaw-guard service",
                   self->socket_path, g_strerror (saved));
      return FALSE;
    }
  self->fd = fd;
  self->watch = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (socket_ready), self, NULL);
  g_source_attach (self->watch, self->context);
  return TRUE;
}

gboolean
vss_guard_client_is_alive (VssGuardClient *self)
{
  return vss_guard_client_connect (self, NULL);
}

static gboolean
send_message (VssGuardClient  *self,
              VssGuardMessage *message,
              const int       *fds,
              guint            n_fds)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (int) * VSS_GUARD_MAX_HOLDS)];
  } control;
  struct iovec part = { message, sizeof *message };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  if (self->fd < 0)
    {
      return FALSE;
    }
  if (n_fds > 0)
    {
      struct cmsghdr *rights;

      memset (&control, 0, sizeof control);
      header.msg_control = &control;
      header.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
      rights = CMSG_FIRSTHDR (&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (rights), fds, sizeof (int) * n_fds);
    }
  message->magic = VSS_GUARD_MAGIC;
  message->serial = self->last_serial + 1;
  if (sendmsg (self->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof *message)
    {
      return FALSE;
    }
  self->last_serial++;
  if (self->deadline == NULL)
    {
      watch_deadline (self);
    }
  return TRUE;
}

void
vss_guard_client_arm_async (VssGuardClient     *self,
                            guint64             generation,
                            gint64              lease_end_ms,
                            const int          *fds,
                            const int          *tids,
                            guint               n_fds,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  VssGuardMessage message = {
    .type = VSS_GUARD_ARM, .generation = generation, .lease_end_ms = lease_end_ms, .count = n_fds
  };
  GError *error = NULL;

  if (self->arm_task != NULL || n_fds > VSS_GUARD_MAX_HOLDS)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                               "the thaw guard can't watch over %u file systems now", n_fds);
      return;
    }
  if (!vss_guard_client_connect (self, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < n_fds; i++)
    {
      message.tids[i] = tids[i];
    }
  self->arm_serial = self->last_serial + 1;
  self->arm_task = g_steal_pointer (&task);
  if (!send_message (self, &message, fds, n_fds))
    {
      lose (self, "does not take requests");
    }
}

gboolean
vss_guard_client_arm_finish (VssGuardClient *self,
                             GAsyncResult   *result,
                             GError        **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
vss_guard_client_renew (VssGuardClient *self,
                        guint64         generation,
                        gint64          lease_end_ms)
{
  VssGuardMessage message = {
    .type = VSS_GUARD_RENEW, .generation = generation, .lease_end_ms = lease_end_ms
  };

  return send_message (self, &message, NULL, 0);
}

gboolean
vss_guard_client_drop (VssGuardClient *self,
                       guint64         generation,
                       guint           index)
{
  VssGuardMessage message = {
    .type = VSS_GUARD_DROP, .generation = generation, .count = index
  };

  return send_message (self, &message, NULL, 0);
}

gboolean
vss_guard_client_disarm (VssGuardClient *self,
                         guint64         generation)
{
  VssGuardMessage message = { .type = VSS_GUARD_DISARM, .generation = generation };

  return send_message (self, &message, NULL, 0);
}

static void
vss_guard_client_finalize (GObject *object)
{
  VssGuardClient *self = VSS_GUARD_CLIENT (object);

  disconnect (self);
  g_main_context_unref (self->context);
  g_free (self->socket_path);
  G_OBJECT_CLASS (vss_guard_client_parent_class)->finalize (object);
}

static void
vss_guard_client_class_init (VssGuardClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_guard_client_finalize;

  signals[SIGNAL_LOST] = g_signal_new ("lost", VSS_TYPE_GUARD_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_EXPIRED] = g_signal_new ("expired", VSS_TYPE_GUARD_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
}

static void
vss_guard_client_init (VssGuardClient *self)
{
  self->fd = -1;
  self->context = g_main_context_ref_thread_default ();
}

VssGuardClient *
vss_guard_client_new (const char *socket_path,
                      guint       timeout_ms)
{
  VssGuardClient *self = g_object_new (VSS_TYPE_GUARD_CLIENT, NULL);

  self->socket_path = g_strdup (socket_path != NULL ? socket_path : VSS_GUARD_DEFAULT_SOCKET);
  self->timeout_ms = timeout_ms != 0 ? timeout_ms : VSS_GUARD_CLIENT_TIMEOUT_MS;
  return self;
}
