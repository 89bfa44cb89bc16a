/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole agents, several in one process: what they undo at the start, what they tell while they run,
 * and that nothing stays when they stop. */
#include "guest-agent/vss-agent.h"

#include <glib/gstdio.h>

#include "tests/guest-agent/agent-rig.h"
#include "tests/guest-agent/channel/fake-port.h"

#define SET_1 "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000}"
#define FREEZE "{\"generation\": 1, \"deadline-ms\": 9999999999, \"timeout-ms\": 1000}"

/* A virtual machine with an agent in it. */
typedef struct
{
  VssAgentConfig *config;
  VssAgentLog *log;
  GString *lines;
  VssKernel *kernel;
  VssGuardClient *guard;
  FakePort *port;
  RigHost *host;
  VssAgent *agent;
  gboolean is_stopped;
} Machine;

static void
log_sink (const VssLogRecord *record, gpointer user_data)
{
  Machine *machine = user_data;

  g_string_append_printf (machine->lines, "%s\n", record->message);
}

static gint64
log_clock (gpointer user_data)
{
  return 0;
}

static void
from_guest (gpointer user_data, const guint8 *bytes, gsize length)
{
  Machine *machine = user_data;

  rig_host_receive (machine->host, bytes, length);
}

static void
from_host (gpointer user_data, const guint8 *bytes, gsize length)
{
  Machine *machine = user_data;

  fake_port_send (machine->port, bytes, length);
}

static void
machine_init (Machine *machine)
{
  *machine = (Machine){ 0 };
  machine->config = vss_agent_config_new ();
  *machine->config->socket = '\0'; /* the machine that the test runs on is none of its business */
  *machine->config->writers_socket = '\0';
  machine->lines = g_string_new (NULL);
  machine->log = vss_agent_log_new (log_sink, log_clock, machine);
  machine->kernel = vss_kernel_linux_new ();
  machine->guard = vss_guard_client_new ("/nonexistent/guard.sock", 0);
  machine->port = fake_port_new ();
  machine->port->from_guest = from_guest;
  machine->port->user_data = machine;
  machine->host = rig_host_new (from_host, machine);
  machine->agent = vss_agent_new (machine->config, machine->log, machine->kernel, machine->guard,
                                  fake_port_system (), machine->port);
}

static void
machine_start (Machine *machine)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_agent_start (machine->agent, &error));
  g_assert_no_error (error);
  fake_port_set_connected (machine->port, TRUE);
}

static void
on_stopped (gpointer user_data)
{
  gboolean *is_stopped = user_data;

  *is_stopped = TRUE;
}

static void
machine_stop (Machine *machine)
{
  vss_agent_stop (machine->agent, on_stopped, &machine->is_stopped);
  while (!machine->is_stopped)
    g_main_context_iteration (NULL, TRUE);
}

static void
machine_clear (Machine *machine)
{
  if (!machine->is_stopped)
    machine_stop (machine);
  vss_agent_free (machine->agent);
  agent_rig_run ();
  rig_host_free (machine->host);
  fake_port_free (machine->port);
  g_assert_finalize_object (machine->guard);
  g_assert_finalize_object (machine->kernel);
  vss_agent_log_free (machine->log);
  g_string_free (machine->lines, TRUE);
  vss_agent_config_free (machine->config);
}

static void
freeze (Machine *machine)
{
  g_autoptr (JsonObject) prepared = NULL;
  g_autoptr (JsonObject) frozen = NULL;

  rig_host_open (machine->host, "host");
  prepared = rig_host_execute (machine->host, "vss-prepare-for-snapshot", SET_1, NULL);
  frozen = rig_host_execute (machine->host, "vss-freeze", FREEZE, NULL);
}

static VssWireFreezeState
state_of (Machine *machine)
{
  return fake_freezer_get_state (fake_freezer_of_kernel (machine->kernel));
}

static void
test_two_agents (void)
{
  Machine one;
  Machine two;

  machine_init (&one);
  machine_init (&two);
  machine_start (&one);
  machine_start (&two);
  freeze (&one);
  freeze (&two);
  fake_port_set_connected (one.port, FALSE);
  agent_rig_run ();
  g_assert_cmpint (state_of (&one), ==, VSS_WIRE_FREEZE_STATE_THAWED);
  g_assert_cmpint (state_of (&two), ==, VSS_WIRE_FREEZE_STATE_FROZEN);
  machine_clear (&one);
  machine_clear (&two);
}

static void
test_stop_thaws (void)
{
  Machine machine;

  machine_init (&machine);
  machine_start (&machine);
  freeze (&machine);
  machine_stop (&machine);
  g_assert_cmpint (state_of (&machine), ==, VSS_WIRE_FREEZE_STATE_THAWED);
  g_assert_true (g_str_has_suffix (machine.lines->str, "vss-agent stopped\n"));
  machine_clear (&machine);
}

/* Not a line while frozen, all of them after. */
static void
test_log_waits_for_thaw (void)
{
  Machine machine;
  g_autoptr (JsonObject) thawed = NULL;

  machine_init (&machine);
  machine_start (&machine);
  freeze (&machine);
  g_assert_null (strstr (machine.lines->str, "froze generation 1"));
  thawed = rig_host_execute (machine.host, "vss-thaw", NULL, NULL);
  g_assert_nonnull (strstr (machine.lines->str, "froze generation 1"));
  machine_clear (&machine);
}

static void
test_lease_end_is_an_event (void)
{
  Machine machine;
  g_autoptr (VssSessionEvent) event = NULL;
  JsonObject *data;

  machine_init (&machine);
  machine_start (&machine);
  freeze (&machine);
  fake_freezer_expire (fake_freezer_of_kernel (machine.kernel));
  event = rig_host_take_event (machine.host);
  g_assert_nonnull (event);
  g_assert_cmpstr (event->name, ==, "VSS_THAWED");
  data = json_node_get_object (event->node);
  g_assert_cmpint (json_object_get_int_member (data, "generation"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (data, "reason"), ==, "the lease ran out");
  g_assert_nonnull (strstr (machine.lines->str, "without being asked: the lease ran out"));
  machine_clear (&machine);
}

static void
test_tells_what_was_recovered (void)
{
  Machine machine;
  g_autoptr (JsonObject) status = NULL;

  machine_init (&machine);
  vss_agent_free (machine.agent);
  fake_freezer_leave_behind (machine.kernel, "thawed /srv");
  machine.agent = vss_agent_new (machine.config, machine.log, machine.kernel, machine.guard,
                                 fake_port_system (), machine.port);
  machine_start (&machine);
  rig_host_open (machine.host, "host");
  status = rig_host_execute (machine.host, "vss-query-status", NULL, NULL);
  g_assert_cmpstr (json_object_get_string_member (status, "recovered"), ==, "thawed /srv");
  g_assert_nonnull (strstr (machine.lines->str, "a former agent was killed"));
  machine_clear (&machine);
}

static void
test_socket_that_cannot_be (void)
{
  Machine machine;
  g_autoptr (GError) error = NULL;

  machine_init (&machine);
  g_free (machine.config->socket);
  machine.config->socket = g_strdup ("/nonexistent/agent.sock");
  g_assert_false (vss_agent_start (machine.agent, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  machine_clear (&machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/two-agents", test_two_agents);
  g_test_add_func ("/agent/stop-thaws", test_stop_thaws);
  g_test_add_func ("/agent/log-waits-for-thaw", test_log_waits_for_thaw);
  g_test_add_func ("/agent/lease-end-is-an-event", test_lease_end_is_an_event);
  g_test_add_func ("/agent/tells-what-was-recovered", test_tells_what_was_recovered);
  g_test_add_func ("/agent/socket-that-cannot-be", test_socket_that_cannot_be);
  return g_test_run ();
}
