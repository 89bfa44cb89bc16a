/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-admin-link.h. */
#include "guest-agent/vssadmin/vss-admin-link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/vss-session.h"
#include "qapi/vss-wire-marshal.h"

#define PROTOCOL_VERSION 1
#define READ_BYTES 4096

struct _VssAdminLink
{
  int fd;
  VssSession *session;
  VssWireClient client;
  VssWireHelloResult *hello;
};

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* -- bytes -- */

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", what);
  return FALSE;
}

static gboolean
send_output (VssAdminLink *self, GError **error)
{
  while (TRUE)
    {
      g_autoptr (GBytes) output = vss_session_peek_output (self->session);
      gsize length = 0;
      const guint8 *bytes = output ? g_bytes_get_data (output, &length) : NULL;
      gssize put;

      if (length == 0)
        return TRUE;
      put = send (self->fd, bytes, length, MSG_NOSIGNAL);
      if (put > 0)
        vss_session_sent (self->session, put);
      else if (errno != EINTR)
        return fail (error, "the agent doesn't read what it is asked");
    }
}

/* Waits for bytes or the session's next deadline. */
static gboolean
receive (VssAdminLink *self, GError **error)
{
  gint64 left = vss_session_next_deadline (self->session) - now_ms ();
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLIN };
  guint8 bytes[READ_BYTES];
  gssize got;

  if (poll (&poll_fd, 1, (int)CLAMP (left, 0, VSS_ADMIN_TIMEOUT_MS)) <= 0)
    {
      vss_session_advance (self->session, now_ms ());
      return TRUE;
    }
  got = read (self->fd, bytes, sizeof bytes);
  if (got <= 0)
    return fail (error, "the agent has closed the connection");
  vss_session_receive (self->session, bytes, got, now_ms ());
  return TRUE;
}

/* The next event that is of interest here. NULL with an error. */
static VssSessionEvent *
wait_event (VssAdminLink *self, GError **error)
{
  while (send_output (self, error))
    {
      VssSessionEvent *event = vss_session_next_event (self->session);

      if (!event)
        {
          if (!receive (self, error))
            return NULL;
          continue;
        }
      if (event->kind == VSS_SESSION_EVENT_SYNCED || event->kind == VSS_SESSION_EVENT_REPLY)
        return event;
      if (event->kind == VSS_SESSION_EVENT_FAILED)
        {
          g_propagate_error (error, g_steal_pointer (&event->error));
          vss_session_event_free (event);
          return NULL;
        }
      vss_session_event_free (event);
    }
  return NULL;
}

/* -- calls -- */

static JsonNode *
execute (gpointer user_data,
         const char *command,
         JsonNode *arguments,
         gint64 timeout_ms,
         GCancellable *cancellable,
         GError **error)
{
  VssAdminLink *self = user_data;
  g_autoptr (VssSessionEvent) event = NULL;

  if (!vss_session_execute (self->session, command, arguments, now_ms (), timeout_ms, error))
    return NULL;
  event = wait_event (self, error);
  if (!event)
    return NULL;
  if (event->error)
    g_propagate_error (error, g_steal_pointer (&event->error));
  return event->error || !event->node ? NULL : g_steal_pointer (&event->node);
}

static gboolean
synchronise (VssAdminLink *self, GError **error)
{
  g_autoptr (VssSessionEvent) event = NULL;

  vss_session_synchronise (self->session, now_ms (), VSS_ADMIN_TIMEOUT_MS);
  event = wait_event (self, error);
  return event != NULL;
}

static gboolean
say_hello (VssAdminLink *self, GError **error)
{
  g_autoptr (VssWireHelloArguments) arguments = vss_wire_hello_arguments_new ();

  arguments->protocol_version = PROTOCOL_VERSION;
  arguments->host_version = g_strdup (VSS_VERSION);
  arguments->requester = g_strdup ("vssadmin");
  self->hello = vss_wire_client_hello (&self->client, arguments, VSS_ADMIN_TIMEOUT_MS, NULL, error);
  if (self->hello)
    vss_session_begin (self->session, self->hello->session);
  return self->hello != NULL;
}

const VssWireClient *
vss_admin_link_get_client (VssAdminLink *self)
{
  return &self->client;
}

const VssWireHelloResult *
vss_admin_link_get_hello (VssAdminLink *self)
{
  return self->hello;
}

/* -- life -- */

static int
connect_to (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      fail (error, "the path of the agent's socket is too long");
      return -1;
    }
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "can't reach the agent at %s: %s; %s", path,
               g_strerror (errno),
               errno == EACCES ? "only root may ask it" : "is vss-agent.service running?");
  if (fd >= 0)
    close (fd);
  return -1;
}

static char *
make_nonce (void)
{
  guint64 halves[2];

  /* Can't fail for so few bytes, nor be interrupted. */
  if (getrandom (halves, sizeof halves, 0) != sizeof halves)
    g_error ("the kernel gives no random numbers");
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", halves[0],
                          halves[1]);
}

VssAdminLink *
vss_admin_link_open (const char *path, GError **error)
{
  int fd = connect_to (path, error);
  g_autofree char *nonce = make_nonce ();
  g_autoptr (VssAdminLink) self = NULL;

  if (fd < 0)
    return NULL;
  self = g_new0 (VssAdminLink, 1);
  self->fd = fd;
  self->session = vss_session_new (VSS_SESSION_ROLE_HOST, nonce);
  self->client = (VssWireClient){ execute, self };
  return synchronise (self, error) && say_hello (self, error) ? g_steal_pointer (&self) : NULL;
}

void
vss_admin_link_free (VssAdminLink *self)
{
  close (self->fd);
  vss_session_free (self->session);
  g_clear_pointer (&self->hello, vss_wire_hello_result_free);
  g_free (self);
}
