/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See agent-rig.h. */
#include "tests/guest-agent/agent-rig.h"

#include <unistd.h>

#include <glib/gstdio.h>

/* Of everything that a test waits for; never reached by one that passes. */
#define WAIT_LIMIT_MS 10000

static void
log_sink (const VssLogRecord *record, gpointer user_data)
{
  AgentRig *rig = user_data;

  g_string_append_printf (rig->log, "%s\n", record->message);
}

static gint64
rig_clock (gpointer user_data)
{
  AgentRig *rig = user_data;

  return rig->now_ms;
}

static gint64
writer_now_us (gpointer user_data)
{
  AgentRig *rig = user_data;

  return rig->now_ms * 1000;
}

/* Ready when the test has moved the clock that far. */
typedef struct
{
  GSource source;
  AgentRig *rig;
  gint64 at_us;
} RigTimer;

static gboolean
rig_timer_prepare (GSource *source, int *timeout_ms)
{
  RigTimer *timer = (RigTimer *)source;

  *timeout_ms = -1;
  return timer->rig->now_ms * 1000 >= timer->at_us;
}

static gboolean
rig_timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs rig_timer_funcs = { .prepare = rig_timer_prepare,
                                        .dispatch = rig_timer_dispatch };

static GSource *
writer_timer_new (gpointer user_data, gint64 at_us)
{
  GSource *source = g_source_new (&rig_timer_funcs, sizeof (RigTimer));
  RigTimer *timer = (RigTimer *)source;

  timer->rig = user_data;
  timer->at_us = at_us;
  return source;
}

static void
make_writers (AgentRig *rig)
{
  g_autofree char *name = g_strdup_printf ("agent-rig-%d-%p", (int)getpid (), (void *)rig);
  VssWriterOperationsConfig config = {
    .rest_limit_ms = rig->config->writers_rest_limit_ms,
    .operation_limit_s = rig->config->writers_operation_limit_s,
  };

  rig->record = g_build_filename (g_get_tmp_dir (), name, NULL);
  config.record_path = rig->record;
  rig->writer_clock = (VssWriterClock){ writer_now_us, writer_timer_new, rig };
  rig->registry = vss_writer_registry_new (&rig->writer_clock);
  rig->services.writers = vss_writer_operations_new (rig->registry, &config);
  vss_agent_services_connect_writers (&rig->services);
}

AgentRig *
agent_rig_new (void)
{
  AgentRig *rig = g_new0 (AgentRig, 1);

  rig->config = vss_agent_config_new ();
  rig->now_ms = 1000000;
  rig->log = g_string_new (NULL);
  rig->services.config = rig->config;
  rig->services.log = vss_agent_log_new (log_sink, rig_clock, rig);
  rig->services.freezer = fake_freezer_new ();
  rig->services.hold = vss_hold_new ();
  rig->services.boot_time_ms = rig_clock;
  rig->services.clock_data = rig;
  rig->services.boot_id = "00000000-0000-0000-0000-000000000000";
  vss_agent_log_set_level (rig->services.log, 7);
  make_writers (rig);
  return rig;
}

void
agent_rig_free (AgentRig *rig)
{
  agent_rig_run ();
  g_assert_finalize_object (rig->services.writers);
  g_assert_finalize_object (rig->registry);
  g_assert_finalize_object (rig->services.freezer);
  vss_hold_free (rig->services.hold);
  vss_agent_log_free (rig->services.log);
  vss_agent_config_free (rig->config);
  g_string_free (rig->log, TRUE);
  (void)g_unlink (rig->record);
  g_free (rig->record);
  g_free (rig);
}

void
agent_rig_run (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* -- the host -- */

static void
free_event (gpointer data)
{
  vss_session_event_free (data);
}

RigHost *
rig_host_new (void (*send) (gpointer, const guint8 *, gsize), gpointer user_data)
{
  RigHost *host = g_new0 (RigHost, 1);

  host->session = vss_session_new (VSS_SESSION_ROLE_HOST, "0123456789abcdef0123456789abcdef");
  host->send = send;
  host->user_data = user_data;
  host->replies = g_ptr_array_new_with_free_func (free_event);
  return host;
}

void
rig_host_free (RigHost *host)
{
  vss_session_free (host->session);
  g_free (host->name);
  g_ptr_array_unref (host->replies);
  g_free (host);
}

static void
send_output (RigHost *host)
{
  for (;;)
    {
      g_autoptr (GBytes) output = vss_session_peek_output (host->session);
      gsize length;
      const guint8 *bytes;

      if (!output)
        return;
      bytes = g_bytes_get_data (output, &length);
      vss_session_sent (host->session, length);
      host->send (host->user_data, bytes, length);
    }
}

void
rig_host_receive (RigHost *host, const guint8 *bytes, gsize length)
{
  VssSessionEvent *event;

  vss_session_receive (host->session, bytes, length, host->now_ms);
  while ((event = vss_session_next_event (host->session)))
    g_ptr_array_add (host->replies, event);
}

static gboolean
on_wait_limit (gpointer user_data)
{
  g_error ("waited for too long");
  return G_SOURCE_REMOVE;
}

/* The first event of @kind, with @id unless that is NULL. */
static VssSessionEvent *
take_event (RigHost *host, VssSessionEventKind kind, const char *id)
{
  for (guint i = 0; i < host->replies->len; i++)
    {
      VssSessionEvent *event = g_ptr_array_index (host->replies, i);

      if (event->kind == kind && (!id || g_strcmp0 (event->id, id) == 0))
        return g_ptr_array_steal_index (host->replies, i);
    }
  return NULL;
}

static VssSessionEvent *
wait_for_event (RigHost *host, VssSessionEventKind kind, const char *id)
{
  guint limit = g_timeout_add (WAIT_LIMIT_MS, on_wait_limit, NULL);
  VssSessionEvent *event;

  while (!(event = take_event (host, kind, id)))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
  return event;
}

VssSessionEvent *
rig_host_take_event (RigHost *host)
{
  return take_event (host, VSS_SESSION_EVENT_EVENT, NULL);
}

void
rig_host_synchronise (RigHost *host)
{
  g_autoptr (VssSessionEvent) synced = NULL;

  vss_session_synchronise (host->session, host->now_ms, WAIT_LIMIT_MS);
  send_output (host);
  synced = wait_for_event (host, VSS_SESSION_EVENT_SYNCED, NULL);
}

void
rig_host_open (RigHost *host, const char *requester)
{
  g_autoptr (JsonObject) hello = NULL;
  g_autofree char *arguments = g_strdup_printf (
      "{\"protocol-version\": 1, \"host-version\": \"0.1.0\", \"requester\": \"%s\"}", requester);

  rig_host_synchronise (host);
  hello = rig_host_execute (host, "vss-hello", arguments, NULL);
  g_free (host->name);
  host->name = g_strdup (json_object_get_string_member (hello, "session"));
  vss_session_begin (host->session, host->name);
}

const char *
rig_host_send (RigHost *host, const char *command, const char *arguments)
{
  JsonNode *node = arguments ? json_from_string (arguments, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  const char *id =
      vss_session_execute (host->session, command, node, host->now_ms, WAIT_LIMIT_MS, &error);

  g_assert_no_error (error);
  send_output (host);
  return id;
}

JsonObject *
rig_host_wait (RigHost *host, const char *id, char **error_class)
{
  g_autofree char *wanted = g_strdup (id);
  g_autoptr (VssSessionEvent) reply = wait_for_event (host, VSS_SESSION_EVENT_REPLY, wanted);

  if (reply->error)
    {
      *error_class = g_strdup (vss_protocol_error_get_class (reply->error));
      return NULL;
    }
  *error_class = NULL;
  return json_node_dup_object (reply->node);
}

JsonObject *
rig_host_execute (RigHost *host,
                  const char *command,
                  const char *arguments,
                  const char *expected_class)
{
  g_autofree char *error_class = NULL;
  JsonObject *reply = rig_host_wait (host, rig_host_send (host, command, arguments), &error_class);

  g_assert_cmpstr (error_class, ==, expected_class);
  return reply;
}
