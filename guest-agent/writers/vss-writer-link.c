/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-link.h. */
#include "guest-agent/writers/vss-writer-link.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/writers/vss-writer.h"
#include "protocol/vss-session.h"
#include "protocol/vss-text.h"
#include "qapi/vss-wire-dispatch.h"
#include "qapi/vss-wire-marshal.h"

#define PROTOCOL_VERSION 1
/* A daemon that has just connected answers in milliseconds; on a busy guest in a few seconds. */
#define OPEN_TIMEOUT_MS 10000
#define READ_BYTES 4096
/* Then others have their turn, so that a daemon that floods us doesn't keep a thaw waiting. */
#define MAX_READS_PER_TURN 16
/* Bytes without a single answer that we asked for among them: a few messages of the largest size.
 */
#define MAX_UNASKED_BYTES (4 * 1024 * 1024)

struct _VssWriterLink
{
  GObject parent_instance;

  const VssWriterClock *clock;
  int fd; /* -1: closed */
  VssSession *session;
  GHashTable *calls; /* id (the session's) -> GTask */
  char *hello_id;    /* the session's; NULL once it is answered */
  gboolean is_open;
  gint64 last_heard_ms;
  gsize unasked_bytes;
  gboolean is_pumping;
  GSource *input;
  GSource *output;
  GSource *timer;
};

G_DEFINE_FINAL_TYPE (VssWriterLink, vss_writer_link, G_TYPE_OBJECT)

static void pump (VssWriterLink *self);

static gint64
now_ms (VssWriterLink *self)
{
  return vss_writer_clock_now_us (self->clock) / 1000;
}

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* -- the end -- */

void
vss_writer_link_close (VssWriterLink *self, const char *reason)
{
  g_autoptr (VssWriterLink) keep = g_object_ref (self);
  g_autofree char *why = g_strdup (reason);

  if (self->fd < 0)
    return;
  clear_source (&self->input);
  clear_source (&self->output);
  vss_writer_clock_cancel (&self->timer);
  close (self->fd);
  self->fd = -1;
  vss_session_hang_up (self->session);
  pump (self);
  g_signal_emit_by_name (self, "closed", why);
}

/* -- answers -- */

/* The errors of the protocol as those of writers; what the daemon says itself stays as it is. */
static GError *
translate (const GError *error)
{
  if (g_error_matches (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_REMOTE))
    return g_error_copy (error);
  if (g_error_matches (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT))
    return g_error_new_literal (VSS_WRITER_ERROR, VSS_WRITER_ERROR_TIMEOUT,
                                "the writer gave no answer in time");
  if (g_error_matches (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_MALFORMED) ||
      g_error_matches (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TOO_LARGE))
    return g_error_new_literal (VSS_WRITER_ERROR, VSS_WRITER_ERROR_MALFORMED, error->message);
  return g_error_new (VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE, "the writer has hung up: %s",
                      error->message);
}

/* The daemon names the session; what else it says of itself is of no use here. */
static void
take_hello (VssWriterLink *self, VssSessionEvent *event)
{
  JsonObject *hello = event->node && JSON_NODE_HOLDS_OBJECT (event->node)
                          ? json_node_get_object (event->node)
                          : NULL;
  JsonNode *name = hello ? json_object_get_member (hello, "session") : NULL;

  self->hello_id = NULL;
  if (event->error)
    vss_writer_link_close (self, event->error->message);
  else if (!name || json_node_get_value_type (name) != G_TYPE_STRING)
    vss_writer_link_close (self, "it did not name the session in its answer to vss-hello");
  else
    {
      vss_session_begin (self->session, json_node_get_string (name));
      self->is_open = TRUE;
      g_signal_emit_by_name (self, "opened");
    }
}

static void
take_reply (VssWriterLink *self, VssSessionEvent *event)
{
  g_autoptr (GTask) task = NULL;
  gpointer stolen = NULL;

  if (g_strcmp0 (event->id, self->hello_id) == 0)
    {
      take_hello (self, event);
      return;
    }
  if (!g_hash_table_steal_extended (self->calls, event->id, NULL, &stolen))
    return;
  task = stolen;
  if (event->error)
    g_task_return_error (task, translate (event->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&event->node), (GDestroyNotify)json_node_unref);
}

static void
say_hello (VssWriterLink *self)
{
  g_autoptr (VssWireHelloArguments) arguments = vss_wire_hello_arguments_new ();

  arguments->protocol_version = PROTOCOL_VERSION;
  arguments->host_version = g_strdup (VSS_VERSION);
  arguments->requester = g_strdup ("vss-agent");
  self->hello_id = (char *)vss_session_execute (self->session, VSS_WIRE_COMMAND_HELLO,
                                                vss_wire_hello_arguments_to_json (arguments),
                                                now_ms (self), OPEN_TIMEOUT_MS, NULL);
}

static void
handle (VssWriterLink *self, VssSessionEvent *event)
{
  switch (event->kind)
    {
    case VSS_SESSION_EVENT_SYNCED:
      say_hello (self);
      break;
    case VSS_SESSION_EVENT_REPLY:
      take_reply (self, event);
      break;
    case VSS_SESSION_EVENT_FAILED:
      vss_writer_link_close (self, event->error->message);
      break;
    case VSS_SESSION_EVENT_GARBAGE: /* the session counts it */
    case VSS_SESSION_EVENT_EVENT:   /* a writer has nothing to say unasked */
    case VSS_SESSION_EVENT_COMMAND:
    default:
      break;
    }
}

/* -- bytes and time -- */

static gboolean on_writable (int fd, GIOCondition condition, gpointer user_data);

static void
watch (VssWriterLink *self, GSource **source, GIOCondition condition, GUnixFDSourceFunc function)
{
  if (*source || self->fd < 0)
    return;
  *source = g_unix_fd_source_new (self->fd, condition);
  g_source_set_callback (*source, G_SOURCE_FUNC (function), self, NULL);
  g_source_attach (*source, g_main_context_get_thread_default ());
}

static void
flush (VssWriterLink *self)
{
  while (self->fd >= 0)
    {
      g_autoptr (GBytes) output = vss_session_peek_output (self->session);
      gsize length = 0;
      const guint8 *bytes = output ? g_bytes_get_data (output, &length) : NULL;
      gssize put;

      if (length == 0)
        {
          clear_source (&self->output);
          return;
        }
      put = send (self->fd, bytes, length, MSG_NOSIGNAL);
      if (put > 0)
        vss_session_sent (self->session, put);
      else if (errno != EINTR)
        {
          watch (self, &self->output, G_IO_OUT, on_writable); /* of an end reading tells */
          return;
        }
    }
}

static gboolean
on_timer (gpointer user_data)
{
  VssWriterLink *self = user_data;

  vss_writer_clock_cancel (&self->timer);
  vss_session_advance (self->session, now_ms (self));
  pump (self);
  return G_SOURCE_REMOVE;
}

static void
rearm_timer (VssWriterLink *self)
{
  gint64 deadline = vss_session_next_deadline (self->session);

  vss_writer_clock_cancel (&self->timer);
  if (deadline >= 0 && self->fd >= 0)
    self->timer = vss_writer_clock_call_at (self->clock, deadline * 1000, on_timer, self);
}

/* Works off what the session has to say, then sends. */
static void
pump (VssWriterLink *self)
{
  g_autoptr (VssWriterLink) keep = g_object_ref (self);
  VssSessionEvent *event;

  if (self->is_pumping)
    return; /* the loop below goes on */
  self->is_pumping = TRUE;
  while ((event = vss_session_next_event (self->session)))
    {
      handle (self, event);
      vss_session_event_free (event);
    }
  self->is_pumping = FALSE;
  flush (self);
  rearm_timer (self);
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (VssWriterLink) self = g_object_ref (user_data);

  flush (self);
  return G_SOURCE_CONTINUE;
}

static void
receive (VssWriterLink *self, const guint8 *bytes, gsize length)
{
  vss_session_receive (self->session, bytes, length, now_ms (self));
  pump (self);
  self->unasked_bytes += length;
  if (vss_session_last_heard (self->session) != self->last_heard_ms)
    self->unasked_bytes = 0;
  self->last_heard_ms = vss_session_last_heard (self->session);
  if (self->unasked_bytes > MAX_UNASKED_BYTES)
    vss_writer_link_close (self, "it sends what nobody has asked for");
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (VssWriterLink) self = g_object_ref (user_data);
  guint8 bytes[READ_BYTES];

  for (guint reads = 0; reads < MAX_READS_PER_TURN && self->fd >= 0; reads++)
    {
      gssize got = read (self->fd, bytes, sizeof bytes);

      if (got > 0)
        receive (self, bytes, got);
      else if (got < 0 && errno == EAGAIN)
        break;
      else if (got == 0 || errno != EINTR)
        vss_writer_link_close (self, "it has closed the connection");
    }
  return G_SOURCE_CONTINUE;
}

/* -- calls -- */

void
vss_writer_link_execute_async (VssWriterLink *self,
                               const char *command,
                               JsonNode *arguments,
                               guint timeout_ms,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GError) error = NULL;
  const char *id =
      vss_session_execute (self->session, command, arguments, now_ms (self), timeout_ms, &error);

  if (!id)
    {
      g_task_return_error (task, translate (error));
      return;
    }
  g_hash_table_insert (self->calls, (gpointer)id, g_steal_pointer (&task));
  pump (self);
}

JsonNode *
vss_writer_link_execute_finish (VssWriterLink *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- life -- */

static char *
make_nonce (void)
{
  guint8 bytes[16];
  GString *text = g_string_new (NULL);

  /* Can't fail for so few bytes, nor be interrupted. */
  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("the kernel gives no random numbers");
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

VssWriterLink *
vss_writer_link_new (const VssWriterClock *clock, int fd)
{
  VssWriterLink *self = g_object_new (VSS_TYPE_WRITER_LINK, NULL);
  g_autofree char *nonce = make_nonce ();

  self->clock = clock;
  self->fd = fd;
  self->session = vss_session_new (VSS_SESSION_ROLE_HOST, nonce);
  watch (self, &self->input, G_IO_IN, on_readable);
  vss_session_synchronise (self->session, now_ms (self), OPEN_TIMEOUT_MS);
  pump (self);
  return self;
}

static void
vss_writer_link_dispose (GObject *object)
{
  vss_writer_link_close (VSS_WRITER_LINK (object), "the agent ends");
  G_OBJECT_CLASS (vss_writer_link_parent_class)->dispose (object);
}

static void
vss_writer_link_finalize (GObject *object)
{
  VssWriterLink *self = VSS_WRITER_LINK (object);

  g_hash_table_unref (self->calls);
  g_clear_pointer (&self->session, vss_session_free);
  G_OBJECT_CLASS (vss_writer_link_parent_class)->finalize (object);
}

static void
vss_writer_link_class_init (VssWriterLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vss_writer_link_dispose;
  G_OBJECT_CLASS (klass)->finalize = vss_writer_link_finalize;
  g_signal_new ("opened", VSS_TYPE_WRITER_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                0);
  g_signal_new ("closed", VSS_TYPE_WRITER_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                1, G_TYPE_STRING);
}

static void
vss_writer_link_init (VssWriterLink *self)
{
  self->fd = -1;
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
}
