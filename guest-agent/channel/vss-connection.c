/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-connection.h. */
#include "guest-agent/channel/vss-connection.h"

#include <sys/random.h>

#include "guest-agent/commands/vss-command-error.h"
#include "guest-agent/commands/vss-commands.h"
#include "protocol/vss-session.h"

/* Lines about dropped bytes that one session may leave in the log. */
#define MAX_GARBAGE_LINES 8
/* Of the requester's name, which is the host's to choose. */
#define MAX_REQUESTER_CHARACTERS 100

struct _VssConnection
{
  GObject parent_instance;

  VssAgentServices *services;
  char *peer;
  const VssConnectionIo *io;
  gpointer io_data; /* the channel; NULL once closed */

  VssSession *session;
  char *session_name; /* NULL while there is no session */
  char *requester;
  guint64 epoch;
  guint garbage_lines;
  gboolean is_pumping;

  GSource *timer;
};

G_DEFINE_FINAL_TYPE (VssConnection, vss_connection, G_TYPE_OBJECT)

static gint64
now_ms (VssConnection *self)
{
  return vss_agent_services_now_ms (self->services);
}

/* -- silence and deadlines -- */

/* The host's silence matters only while it has the guest. */
static gint64
silence_deadline (VssConnection *self)
{
  VssHold *hold = self->services->hold;

  if (vss_hold_get_holder (hold) != self || vss_hold_is_undoing (hold))
    return -1;
  return vss_session_last_heard (self->session) + self->services->config->session_idle_ms;
}

static void
rearm_timer (VssConnection *self)
{
  gint64 deadline = vss_session_next_deadline (self->session);
  gint64 silence = silence_deadline (self);

  if (deadline < 0 || (silence >= 0 && silence < deadline))
    deadline = silence;
  if (deadline < 0 || !self->io_data)
    g_source_set_ready_time (self->timer, -1);
  else
    g_source_set_ready_time (self->timer,
                             g_get_monotonic_time () + MAX (deadline - now_ms (self), 0) * 1000);
}

/* -- undoing -- */

static void
on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssConnection) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thaw =
      vss_freezer_thaw_finish (VSS_FREEZER (source), result, &error);

  if (!thaw)
    vss_agent_log (self->services->log, VSS_LOG_FAILED, "undoing the set of %s failed: %s",
                   vss_connection_get_requester (self), error->message);
  else
    vss_agent_log (self->services->log, VSS_LOG_ABORTED, "undid the set of %s",
                   vss_connection_get_requester (self));
  vss_hold_release (self->services->hold);
  rearm_timer (self);
  vss_agent_services_rest (self->services);
}

/* Thaws and forgets what this connection had under way, if anything. The writers are told as soon
 * as nothing is frozen any more. */
static void
undo (VssConnection *self, const char *reason)
{
  VssHold *hold = self->services->hold;
  VssWireAbortArguments everything = { 0 };

  vss_writer_operations_lose (self->services->writers, self);
  if (vss_hold_get_holder (hold) != self || vss_hold_is_undoing (hold))
    return;
  vss_hold_begin_undoing (hold);
  vss_agent_log (self->services->log, VSS_LOG_SESSION_BROKEN, "%s, undoing what %s has under way",
                 reason, vss_connection_get_requester (self));
  vss_freezer_abort_async (self->services->freezer, &everything, on_undone, g_object_ref (self));
}

static void
end_session (VssConnection *self, const char *reason)
{
  self->epoch++;
  self->garbage_lines = 0;
  undo (self, reason);
  g_clear_pointer (&self->session_name, g_free);
}

/* -- output -- */

static void
flush (VssConnection *self)
{
  while (self->io_data)
    {
      g_autoptr (GBytes) output = vss_session_peek_output (self->session);
      gsize length = 0;
      const guint8 *bytes = output ? g_bytes_get_data (output, &length) : NULL;
      gsize written;

      if (length == 0)
        return;
      written = self->io->write (self->io_data, bytes, length);
      if (written == 0)
        return; /* vss_connection_writable() goes on; the session limits what waits */
      vss_session_sent (self->session, written);
    }
}

/* -- input -- */

static void
drop_channel (VssConnection *self, const char *reason)
{
  vss_connection_hang_up (self, reason);
  if (self->io_data)
    self->io->drop (self->io_data);
}

static void
on_garbage (VssConnection *self, const GError *error)
{
  if (self->garbage_lines++ >= MAX_GARBAGE_LINES)
    return;
  vss_agent_log (self->services->log, VSS_LOG_SESSION_BROKEN, "dropped what came over %s: %s",
                 self->peer, error->message);
}

static void
handle (VssConnection *self, VssSessionEvent *event)
{
  switch (event->kind)
    {
    case VSS_SESSION_EVENT_SYNCED:
      end_session (self, "the host started over");
      break;
    case VSS_SESSION_EVENT_COMMAND:
      vss_commands_execute (self, event->name, event->id, event->node);
      break;
    case VSS_SESSION_EVENT_GARBAGE:
      on_garbage (self, event->error);
      break;
    case VSS_SESSION_EVENT_FAILED:
      drop_channel (self, event->error->message);
      break;
    case VSS_SESSION_EVENT_REPLY:
    case VSS_SESSION_EVENT_EVENT:
    default:
      break; /* a host's */
    }
}

/* Works off what the session has to say, then sends. */
static void
pump (VssConnection *self)
{
  g_autoptr (VssConnection) keep = g_object_ref (self);
  VssSessionEvent *event;

  if (self->is_pumping)
    return; /* an answer from within a command: the loop below goes on */
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
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static gboolean
on_timer (gpointer user_data)
{
  VssConnection *self = user_data;
  gint64 silence = silence_deadline (self);

  g_source_set_ready_time (self->timer, -1);
  if (silence >= 0 && now_ms (self) >= silence)
    {
      self->epoch++; /* the session goes on, but what was asked for in it doesn't */
      undo (self, "the host has been silent for too long");
    }
  vss_session_advance (self->session, now_ms (self));
  pump (self);
  return G_SOURCE_CONTINUE;
}

void
vss_connection_receive (VssConnection *self, const guint8 *bytes, gsize length)
{
  vss_session_receive (self->session, bytes, length, now_ms (self));
  pump (self);
}

void
vss_connection_writable (VssConnection *self)
{
  flush (self);
}

void
vss_connection_hang_up (VssConnection *self, const char *reason)
{
  vss_session_hang_up (self->session);
  end_session (self, reason);
  rearm_timer (self);
  vss_agent_services_rest (self->services);
}

void
vss_connection_close (VssConnection *self, const char *reason)
{
  self->io_data = NULL;
  vss_connection_hang_up (self, reason);
}

/* -- for commands/ -- */

VssAgentServices *
vss_connection_get_services (VssConnection *self)
{
  return self->services;
}

const char *
vss_connection_get_peer (VssConnection *self)
{
  return self->peer;
}

const char *
vss_connection_begin_session (VssConnection *self, const char *requester)
{
  g_autofree char *name = NULL;

  end_session (self, "the host opened a new session");
  name = g_utf8_substring (requester, 0,
                           MIN (g_utf8_strlen (requester, -1), MAX_REQUESTER_CHARACTERS));
  g_free (self->requester);
  self->requester = g_strdup_printf ("%s on %s", name, self->peer);
  self->session_name = vss_session_make_name (self->session);
  vss_session_begin (self->session, self->session_name);
  return self->session_name;
}

const char *
vss_connection_get_requester (VssConnection *self)
{
  return self->requester;
}

guint64
vss_connection_get_epoch (VssConnection *self)
{
  return self->epoch;
}

gboolean
vss_connection_is_alive (VssConnection *self, guint64 epoch)
{
  return self->io_data && self->session_name && self->epoch == epoch &&
         self->io->is_connected (self->io_data);
}

void
vss_connection_reply (VssConnection *self, const char *id, JsonNode *result)
{
  vss_session_reply (self->session, id, result);
  pump (self);
}

void
vss_connection_reply_error (VssConnection *self, const char *id, const GError *error)
{
  vss_session_reply_error (self->session, id, vss_command_error_get_class (error), error->message,
                           NULL);
  pump (self);
}

void
vss_connection_emit (VssConnection *self, const char *name, JsonNode *data)
{
  vss_session_emit (self->session, name, data, now_ms (self));
  pump (self);
}

void
vss_connection_hold_changed (VssConnection *self)
{
  rearm_timer (self);
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

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

VssConnection *
vss_connection_new (VssAgentServices *services,
                    const char *peer,
                    const VssConnectionIo *io,
                    gpointer io_data)
{
  VssConnection *self = g_object_new (VSS_TYPE_CONNECTION, NULL);
  g_autofree char *nonce = make_nonce ();

  self->services = services;
  self->peer = g_strdup (peer);
  self->requester = g_strdup (peer);
  self->io = io;
  self->io_data = io_data;
  self->session = vss_session_new (VSS_SESSION_ROLE_GUEST, nonce);
  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  return self;
}

static void
vss_connection_finalize (GObject *object)
{
  VssConnection *self = VSS_CONNECTION (object);

  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  vss_session_free (self->session);
  g_free (self->session_name);
  g_free (self->requester);
  g_free (self->peer);
  G_OBJECT_CLASS (vss_connection_parent_class)->finalize (object);
}

static void
vss_connection_class_init (VssConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_connection_finalize;
}

static void
vss_connection_init (VssConnection *self)
{
}
