/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtio-serial port: hosts come and go, data comes early and late, the port itself too. */
#include "guest-agent/channel/vss-port.h"

#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/guest-agent/agent-rig.h"
#include "tests/guest-agent/channel/fake-port.h"

#define SET_1 "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000}"
#define FREEZE "{\"generation\": 1, \"deadline-ms\": 9999999, \"timeout-ms\": 1000}"

typedef struct
{
  AgentRig *rig;
  FakePort *fake;
  RigHost *host;
  char *folder;
  char *path;
  VssPort *port;
} Fixture;

static void
from_guest (gpointer user_data, const guint8 *bytes, gsize length)
{
  Fixture *fixture = user_data;

  rig_host_receive (fixture->host, bytes, length);
}

static void
from_host (gpointer user_data, const guint8 *bytes, gsize length)
{
  Fixture *fixture = user_data;

  fake_port_send (fixture->fake, bytes, length);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->rig = agent_rig_new ();
  fixture->fake = fake_port_new ();
  fixture->host = rig_host_new (from_host, fixture);
  fixture->fake->from_guest = from_guest;
  fixture->fake->user_data = fixture;
  fixture->folder = g_dir_make_tmp ("vss-port-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "virtio-ports", "test.0", NULL);
  fixture->port =
      vss_port_new (&fixture->rig->services, fixture->path, fake_port_system (), fixture->fake);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *inner = g_path_get_dirname (fixture->path);

  vss_port_free (fixture->port);
  agent_rig_run ();
  rig_host_free (fixture->host);
  fake_port_free (fixture->fake);
  agent_rig_free (fixture->rig);
  g_unlink (fixture->path);
  g_rmdir (inner);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
open_session (Fixture *fixture)
{
  if (!vss_port_is_open (fixture->port))
    vss_port_start (fixture->port);
  fake_port_set_connected (fixture->fake, TRUE);
  rig_host_open (fixture->host, "host");
}

static void
execute (Fixture *fixture, const char *command, const char *arguments, const char *expected_class)
{
  g_autoptr (JsonObject) reply =
      rig_host_execute (fixture->host, command, arguments, expected_class);
}

static void
freeze (Fixture *fixture)
{
  open_session (fixture);
  execute (fixture, "vss-prepare-for-snapshot", SET_1, NULL);
  execute (fixture, "vss-freeze", FREEZE, NULL);
}

static void
assert_aborted (Fixture *fixture)
{
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "abort"), ==, 1);
}

static void
test_connects (Fixture *fixture, gconstpointer data)
{
  vss_port_start (fixture->port);
  agent_rig_run ();
  g_assert_true (vss_port_is_open (fixture->port));
  g_assert_false (vss_port_is_connected (fixture->port));
  open_session (fixture);
  g_assert_true (vss_port_is_connected (fixture->port));
  execute (fixture, "vss-ping", NULL, NULL);
}

/* Readable and hung up for ever without a host, idle with one: neither wakes the agent. */
static void
test_quiet (Fixture *fixture, gconstpointer data)
{
  guint reads;

  vss_port_start (fixture->port);
  agent_rig_run ();
  reads = fixture->fake->reads;
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  fake_port_set_connected (fixture->fake, TRUE);
  agent_rig_run ();
  g_assert_cmpuint (fixture->fake->reads, ==, reads + 1);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
}

static void
test_host_closes_while_frozen (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fake_port_set_connected (fixture->fake, FALSE);
  assert_aborted (fixture);
  g_assert_false (vss_port_is_connected (fixture->port));
  g_assert_true (vss_port_is_open (fixture->port)); /* never closed while it exists */
  g_assert_cmpuint (fixture->fake->opens, ==, 1);
}

/* The guest was busy: both edges have become one, and only the new host's first byte tells. */
static void
test_host_replaced_unseen (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fixture->fake->is_connected = FALSE;
  fixture->fake->is_connected = TRUE;
  rig_host_open (fixture->host, "the next host");
  assert_aborted (fixture);
}

/* What came while the driver didn't know of the host yet is answered once it does. */
static void
test_data_before_connected (Fixture *fixture, gconstpointer data)
{
  vss_port_start (fixture->port);
  agent_rig_run ();
  vss_session_synchronise (fixture->host->session, 0, 1000);
  {
    g_autoptr (GBytes) output = vss_session_peek_output (fixture->host->session);

    fake_port_send (fixture->fake, g_bytes_get_data (output, NULL), g_bytes_get_size (output));
    vss_session_sent (fixture->host->session, g_bytes_get_size (output));
  }
  agent_rig_run ();
  g_assert_cmpuint (fixture->host->replies->len, ==, 0);
  fake_port_set_connected (fixture->fake, TRUE);
  agent_rig_run ();
  g_assert_cmpuint (fixture->host->replies->len, ==, 1); /* in step */
}

/* A command that the guest reads only after its host has gone must start nothing. */
static void
test_late_command (Fixture *fixture, gconstpointer data)
{
  open_session (fixture);
  fixture->fake->is_connected = FALSE;
  rig_host_send (fixture->host, "vss-prepare-for-snapshot", SET_1);
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "prepare"), ==, 0);
}

static void
test_late_freeze (Fixture *fixture, gconstpointer data)
{
  open_session (fixture);
  execute (fixture, "vss-prepare-for-snapshot", SET_1, NULL);
  fixture->fake->is_connected = FALSE;
  rig_host_send (fixture->host, "vss-freeze", FREEZE);
  agent_rig_run ();
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_THAWED);
}

static void
make_path (Fixture *fixture)
{
  g_autofree char *inner = g_path_get_dirname (fixture->path);

  g_mkdir_with_parents (inner, 0700);
  g_assert_true (g_file_set_contents (fixture->path, "", 0, NULL));
}

static void
wait_until_open (Fixture *fixture)
{
  while (!vss_port_is_open (fixture->port))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_plugged_in_later (Fixture *fixture, gconstpointer data)
{
  fixture->fake->exists = FALSE;
  vss_port_start (fixture->port);
  agent_rig_run ();
  g_assert_false (vss_port_is_open (fixture->port));
  fixture->fake->exists = TRUE;
  make_path (fixture);
  wait_until_open (fixture);
  open_session (fixture);
}

static void
test_unplugged_while_frozen (Fixture *fixture, gconstpointer data)
{
  make_path (fixture);
  freeze (fixture);
  fake_port_unplug (fixture->fake);
  assert_aborted (fixture);
  g_assert_false (vss_port_is_open (fixture->port));

  g_unlink (fixture->path);
  fixture->fake->exists = TRUE;
  make_path (fixture);
  wait_until_open (fixture);
  open_session (fixture);
  execute (fixture, "vss-ping", NULL, NULL);
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  int other;

  make_path (fixture);
  other = g_open (fixture->path, O_RDWR | O_CLOEXEC, 0);
  fixture->fake->is_busy = TRUE;
  vss_port_start (fixture->port);
  agent_rig_run ();
  g_assert_false (vss_port_is_open (fixture->port));
  g_assert_nonnull (strstr (fixture->rig->log->str, "in use by another program"));
  fixture->fake->is_busy = FALSE;
  close (other); /* this is what tells the agent */
  wait_until_open (fixture);
}

/* A host that sends without end doesn't keep others from being heard. */
static gboolean
on_other_source (gpointer user_data)
{
  gboolean *was_called = user_data;

  *was_called = TRUE;
  return G_SOURCE_REMOVE;
}

static void
test_flood_is_fair (Fixture *fixture, gconstpointer data)
{
  g_autofree guint8 *flood = g_malloc0 (1000000);
  gboolean was_called = FALSE;

  open_session (fixture);
  fake_port_send (fixture->fake, flood, 1000000);
  g_idle_add (on_other_source, &was_called);
  while (!was_called)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->fake->to_guest->len, >, 0);
  agent_rig_run ();
  g_assert_cmpuint (fixture->fake->to_guest->len, ==, 0);
  rig_host_open (fixture->host, "host"); /* and the port goes on */
}

#define ADD(name, function) g_test_add ("/port/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("connects", test_connects);
  ADD ("quiet", test_quiet);
  ADD ("host-closes-while-frozen", test_host_closes_while_frozen);
  ADD ("host-replaced-unseen", test_host_replaced_unseen);
  ADD ("data-before-connected", test_data_before_connected);
  ADD ("late-command", test_late_command);
  ADD ("late-freeze", test_late_freeze);
  ADD ("plugged-in-later", test_plugged_in_later);
  ADD ("unplugged-while-frozen", test_unplugged_while_frozen);
  ADD ("busy", test_busy);
  ADD ("flood-is-fair", test_flood_is_fair);
  return g_test_run ();
}
