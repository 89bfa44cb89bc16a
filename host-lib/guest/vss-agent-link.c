/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session over a channel, made blocking. The session has no lock: everything that touches it
 * holds ours. The channel's read and write are called without it, so that a stuck peer holds up
 * nobody's deadline. */
#include "host-lib/guest/vss-agent-link.h"

#include "host-lib/guest/vss-agent-limits.h"
#include "protocol/vss-protocol-error.h"
#include "protocol/vss-session.h"
#include "protocol/vss-text.h"

#include <errno.h>
#include <unistd.h>

/* Bytes taken from the channel at a time; messages are mostly smaller. */
#define READ_SIZE 16384

/* A command that somebody waits for; lives on the waiter's stack. */
typedef struct
{
  gboolean opens_session;
  gboolean done;
  JsonNode *result;
  GError *error;
} Call;

struct _VssAgentLink
{
  GObject parent_instance;

  VssChannel *channel;

  GMutex lock; /* of everything below */
  GCond changed; /* a call, the synchronisation or the session has come to an end */
  GCond work; /* there is something for the writer to do */
  VssSession *session; /* nullable while closed */
  GHashTable *calls; /* id -> Call */
  gboolean synced;
  gboolean closing;
  gboolean silent; /* the last command was not answered in time */
  GError *failure; /* nullable; why the session is beyond use */
  GThread *reader;
  GThread *writer;
};

G_DEFINE_FINAL_TYPE (VssAgentLink, vss_agent_link, G_TYPE_OBJECT)

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* -- with the lock held -- */

static void
fail (VssAgentLink *self, GError *error)
{
  if (self->failure == NULL)
    self->failure = error;
  else
    g_error_free (error);
}

/* What comes behind the answer to vss-hello is of the session that it names already. */
static void
begin_session (VssAgentLink *self, JsonNode *hello)
{
  JsonNode *name = hello != NULL && JSON_NODE_HOLDS_OBJECT (hello)
                     ? json_object_get_member (json_node_get_object (hello), "session")
                     : NULL;

  if (name != NULL && json_node_get_value_type (name) == G_TYPE_STRING)
    vss_session_begin (self->session, json_node_get_string (name));
}

static void
finish_call (VssAgentLink *self, VssSessionEvent *event)
{
  Call *call = event->id != NULL ? g_hash_table_lookup (self->calls, event->id) : NULL;

  if (call == NULL)
    return;
  if (call->opens_session)
    begin_session (self, event->node);
  call->done = TRUE;
  call->result = g_steal_pointer (&event->node);
  call->error = g_steal_pointer (&event->error);
  g_hash_table_remove (self->calls, event->id);
}

static void
tell_event (const VssSessionEvent *event)
{
  g_autofree char *name = vss_text_sanitise (event->name, VSS_TEXT_MAX_NAME);

  g_debug ("event from the agent: %s", name);
}

static void
take_events (VssAgentLink *self)
{
  VssSessionEvent *event;

  while ((event = vss_session_next_event (self->session)) != NULL)
    {
      switch (event->kind)
        {
        case VSS_SESSION_EVENT_SYNCED:
          self->synced = TRUE;
          break;
        case VSS_SESSION_EVENT_REPLY:
          finish_call (self, event);
          break;
        case VSS_SESSION_EVENT_FAILED:
          fail (self, g_steal_pointer (&event->error));
          break;
        case VSS_SESSION_EVENT_EVENT:
          tell_event (event);
          break;
        case VSS_SESSION_EVENT_GARBAGE:
          g_debug ("dropped what came from the agent: %s",
                   event->error != NULL ? event->error->message : "garbage");
          break;
        case VSS_SESSION_EVENT_COMMAND: /* never for a host */
          break;
        }
      vss_session_event_free (event);
    }
  g_cond_broadcast (&self->changed);
  g_cond_signal (&self->work);
}

/* The channel has ended, with @cause (transfer full, nullable) or because the peer closed it. */
static void
hang_up (VssAgentLink *self, GError *cause)
{
  g_autoptr (GError) reason = cause;

  fail (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED, "%s",
                           reason != NULL ? reason->message : "the channel was closed"));
  vss_session_hang_up (self->session);
  take_events (self);
}

/* -- the two threads -- */

static gpointer
read_thread (gpointer data)
{
  VssAgentLink *self = data;
  guint8 buffer[READ_SIZE];

  for (;;)
    {
      GError *error = NULL;
      gssize got = vss_channel_read (self->channel, buffer, sizeof buffer, &error);

      g_mutex_lock (&self->lock);
      if (got > 0)
        {
          vss_session_receive (self->session, buffer, (gsize) got, now_ms ());
          take_events (self);
        }
      else
        {
          hang_up (self, error);
        }
      g_mutex_unlock (&self->lock);
      if (got <= 0)
        return NULL;
    }
}

/* Waits with the lock held until there is something to send, and takes it; NULL at the end. */
static GBytes *
next_output (VssAgentLink *self)
{
  while (!self->closing)
    {
      g_autoptr (GBytes) output = NULL;
      gint64 deadline;

      vss_session_advance (self->session, now_ms ());
      take_events (self);
      output = vss_session_peek_output (self->session);
      if (output != NULL)
        {
          vss_session_sent (self->session, g_bytes_get_size (output));
          return g_steal_pointer (&output);
        }
      deadline = vss_session_next_deadline (self->session);
      if (deadline < 0)
        g_cond_wait (&self->work, &self->lock);
      else
        g_cond_wait_until (&self->work, &self->lock, (deadline + 1) * 1000);
    }
  return NULL;
}

static gpointer
write_thread (gpointer data)
{
  VssAgentLink *self = data;
  gboolean going_on = TRUE;

  while (going_on)
    {
      g_autoptr (GBytes) output = NULL;
      GError *error = NULL;
      gsize length = 0;
      const guint8 *bytes;

      g_mutex_lock (&self->lock);
      output = next_output (self);
      g_mutex_unlock (&self->lock);
      if (output == NULL)
        return NULL;
      bytes = g_bytes_get_data (output, &length);
      if (vss_channel_write (self->channel, bytes, length, &error))
        continue;
      g_mutex_lock (&self->lock);
      hang_up (self, error);
      going_on = FALSE;
      g_mutex_unlock (&self->lock);
    }
  return NULL;
}

/* -- waiting -- */

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  VssAgentLink *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gulong
watch_cancellable (VssAgentLink *self, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return 0;
  return g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
}

/* Waits with the lock held until *@done, the session's end, cancellation or @deadline_us. */
static void
wait_for (VssAgentLink *self, const gboolean *done, GCancellable *cancellable, gint64 deadline_us)
{
  while (!*done && self->failure == NULL && !g_cancellable_is_cancelled (cancellable))
    {
      if (!g_cond_wait_until (&self->changed, &self->lock, deadline_us))
        return;
    }
}

static char *
make_nonce (void)
{
  GString *nonce = g_string_new (NULL);
  guint8 bytes[16];

  if (getentropy (bytes, sizeof bytes) < 0)
    g_error ("the kernel gives no random numbers: %s", g_strerror (errno));
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (nonce, "%02x", bytes[i]);
  return g_string_free (nonce, FALSE);
}

static void
start (VssAgentLink *self, gint64 timeout_ms)
{
  g_autofree char *nonce = make_nonce ();

  g_mutex_lock (&self->lock);
  self->session = vss_session_new (VSS_SESSION_ROLE_HOST, nonce);
  self->synced = FALSE;
  self->closing = FALSE;
  self->silent = FALSE;
  g_clear_error (&self->failure);
  vss_session_synchronise (self->session, now_ms (), timeout_ms);
  self->reader = g_thread_new ("vss-link-read", read_thread, self);
  self->writer = g_thread_new ("vss-link-write", write_thread, self);
  g_mutex_unlock (&self->lock);
}

static gboolean
wait_until_synced (VssAgentLink *self,
                   gint64 timeout_ms,
                   GCancellable *cancellable,
                   GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (timeout_ms + VSS_AGENT_STUCK_MS) * 1000;
  gulong handler = watch_cancellable (self, cancellable);
  gboolean synced;

  g_mutex_lock (&self->lock);
  wait_for (self, &self->synced, cancellable, deadline_us);
  synced = self->synced;
  if (!synced && !g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      if (self->failure != NULL && error != NULL)
        *error = g_error_copy (self->failure);
      else
        g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT, "no answer");
    }
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);
  return synced;
}

gboolean
vss_agent_link_open (VssAgentLink *self,
                     gboolean force,
                     gint64 timeout_ms,
                     GCancellable *cancellable,
                     GError **error)
{
  if (!vss_channel_open (self->channel, force, cancellable, error))
    return FALSE;
  start (self, timeout_ms);
  if (wait_until_synced (self, timeout_ms, cancellable, error))
    return TRUE;
  vss_agent_link_close (self);
  return FALSE;
}

void
vss_agent_link_close (VssAgentLink *self)
{
  g_mutex_lock (&self->lock);
  if (self->session == NULL || self->closing)
    {
      g_mutex_unlock (&self->lock);
      return;
    }
  self->closing = TRUE;
  hang_up (self, NULL);
  g_mutex_unlock (&self->lock);
  vss_channel_interrupt (self->channel);
  g_thread_join (g_steal_pointer (&self->reader));
  g_thread_join (g_steal_pointer (&self->writer));
  vss_channel_close (self->channel);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->session, vss_session_free);
  g_mutex_unlock (&self->lock);
}

/* -- commands -- */

static const char *
send_command (VssAgentLink *self,
              const char *command,
              JsonNode *arguments,
              gint64 timeout_ms,
              GError **error)
{
  if (self->session != NULL && self->failure == NULL && !self->closing)
    return vss_session_execute (self->session, command, arguments, now_ms (), timeout_ms, error);
  g_clear_pointer (&arguments, json_node_unref);
  g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED, "%s",
               self->failure != NULL ? self->failure->message : "there is no session");
  return NULL;
}

/* The end of @call, with the lock held: its result, or its error, or why there is neither. */
static JsonNode *
take_result (VssAgentLink *self, Call *call, GCancellable *cancellable, GError **error)
{
  if (call->error != NULL)
    {
      self->silent = g_error_matches (call->error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT);
      g_propagate_error (error, g_steal_pointer (&call->error));
      g_clear_pointer (&call->result, json_node_unref);
      return NULL;
    }
  if (call->done)
    {
      self->silent = FALSE;
      if (call->result == NULL)
        {
          call->result = json_node_new (JSON_NODE_OBJECT);
          json_node_take_object (call->result, json_object_new ());
        }
      return g_steal_pointer (&call->result);
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (self->failure != NULL)
    g_set_error_literal (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED,
                         self->failure->message);
  else
    g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT,
                 "the channel takes no bytes");
  self->silent = TRUE;
  return NULL;
}

JsonNode *
vss_agent_link_execute (VssAgentLink *self,
                        const char *command,
                        JsonNode *arguments,
                        gint64 timeout_ms,
                        GCancellable *cancellable,
                        GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (timeout_ms + VSS_AGENT_STUCK_MS) * 1000;
  gulong handler = watch_cancellable (self, cancellable);
  Call call = { .opens_session = g_str_equal (command, "vss-hello") };
  JsonNode *result = NULL;
  const char *sent_id;

  g_mutex_lock (&self->lock);
  sent_id = send_command (self, command, arguments, timeout_ms, error);
  if (sent_id != NULL)
    {
      g_autofree char *id = g_strdup (sent_id);

      g_hash_table_insert (self->calls, g_strdup (id), &call);
      g_cond_signal (&self->work);
      wait_for (self, &call.done, cancellable, deadline_us);
      g_hash_table_remove (self->calls, id);
      result = take_result (self, &call, cancellable, error);
    }
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);
  return result;
}

gboolean
vss_agent_link_is_silent (VssAgentLink *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->silent;
}

void
vss_agent_link_set_keep_alive (VssAgentLink *self, gint64 interval_ms)
{
  g_mutex_lock (&self->lock);
  if (self->session != NULL)
    vss_session_set_keep_alive (self->session, interval_ms, now_ms ());
  g_cond_signal (&self->work);
  g_mutex_unlock (&self->lock);
}

/* -- life -- */

static void
vss_agent_link_finalize (GObject *object)
{
  VssAgentLink *self = VSS_AGENT_LINK (object);

  vss_agent_link_close (self);
  g_object_unref (self->channel);
  g_hash_table_unref (self->calls);
  g_clear_error (&self->failure);
  g_cond_clear (&self->changed);
  g_cond_clear (&self->work);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_agent_link_parent_class)->finalize (object);
}

static void
vss_agent_link_class_init (VssAgentLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_agent_link_finalize;
}

static void
vss_agent_link_init (VssAgentLink *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_cond_init (&self->work);
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

VssAgentLink *
vss_agent_link_new (VssChannel *channel)
{
  VssAgentLink *self = g_object_new (VSS_TYPE_AGENT_LINK, NULL);

  self->channel = g_object_ref (channel);
  return self;
}
