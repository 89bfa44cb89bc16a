/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two hosts, a and b, say what they like to an agent whose freezer freezes nothing. Each line of
 * the input is a step:
 *
 *   a>NAME JSON  a command within a's session    a~  a opens a session
 *   a-TEXT       a line that a sends as it is    a!  a hangs up
 *   p            the freezer takes its time      r   it completes what waits
 *   f            its next preparation fails      x   the lease is over
 *   +TEXT        a second goes by for each byte
 *
 * Whatever came before: once both have gone, nothing is frozen and nobody has the guest. */
#include <string.h>

#include "guest-agent/channel/vss-connection.h"
#include "guest-agent/vss-agent-memory.h"
#include "protocol/vss-json-guard.h"
#include "tests/fuzz/fuzz.h"
#include "tests/guest-agent/agent-rig.h"

#define MAX_STEPS 64

/* Linked in place of the agent's own, which would look through all the memory of a sanitizer each
 * time the agent rests. */
void
vss_agent_memory_release (void)
{
}

typedef struct
{
  VssConnection *connection;
  RigHost *host;
} Channel;

static gsize
channel_write (gpointer io_data, const guint8 *bytes, gsize length)
{
  Channel *channel = io_data;

  rig_host_receive (channel->host, bytes, length);
  return length;
}

static gboolean
channel_is_connected (gpointer io_data)
{
  return TRUE;
}

static void
channel_drop (gpointer io_data)
{
}

static const VssConnectionIo channel_io = { channel_write, channel_is_connected, channel_drop };

static void
channel_send (gpointer user_data, const guint8 *bytes, gsize length)
{
  Channel *channel = user_data;

  vss_connection_receive (channel->connection, bytes, length);
}

static void
execute (Channel *channel, const char *command)
{
  const char *blank = strchr (command, ' ');
  g_autofree char *name = blank ? g_strndup (command, blank - command) : g_strdup (command);
  JsonNode *arguments = NULL;
  GBytes *output;

  if (blank && vss_json_guard_check (blank + 1, strlen (blank + 1), NULL))
    arguments = json_from_string (blank + 1, NULL);
  vss_session_execute (channel->host->session, name, arguments, channel->host->now_ms, 1000, NULL);
  while ((output = vss_session_peek_output (channel->host->session)))
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (output, &length);

      vss_session_sent (channel->host->session, length);
      channel_send (channel, bytes, length);
      g_bytes_unref (output);
    }
}

static void
step_channel (Channel *channel, const char *action)
{
  switch (action[0])
    {
    case '>':
      execute (channel, action + 1);
      break;
    case '-':
      channel_send (channel, (const guint8 *) action + 1, strlen (action + 1));
      channel_send (channel, (const guint8 *) "\n", 1);
      break;
    case '~':
      rig_host_open (channel->host, "a host");
      break;
    case '!':
      vss_connection_hang_up (channel->connection, "it hung up");
      break;
    default:
      break;
    }
}

static void
step (AgentRig *rig, Channel *channels, const char *line)
{
  switch (line[0])
    {
    case 'a':
    case 'b':
      step_channel (&channels[line[0] - 'a'], line + 1);
      break;
    case 'p':
      fake_freezer_pause (rig->services.freezer);
      break;
    case 'r':
      fake_freezer_resume (rig->services.freezer);
      break;
    case 'f':
      fake_freezer_fail_prepare (rig->services.freezer);
      break;
    case 'x':
      fake_freezer_expire (rig->services.freezer);
      break;
    case '+':
      rig->now_ms += (gint64) strlen (line) * 1000;
      for (guint i = 0; i < 2; i++)
        vss_connection_hold_changed (channels[i].connection);
      break;
    default:
      break;
    }
  agent_rig_run ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_STEPS);
  AgentRig *rig = agent_rig_new ();
  Channel channels[2];

  for (guint i = 0; i < 2; i++)
    {
      channels[i].host = rig_host_new (channel_send, &channels[i]);
      channels[i].connection =
          vss_connection_new (&rig->services, i == 0 ? "a" : "b", &channel_io, &channels[i]);
      rig_host_open (channels[i].host, "a host");
    }
  for (char **line = lines; *line; line++)
    step (rig, channels, *line);

  fake_freezer_resume (rig->services.freezer);
  for (guint i = 0; i < 2; i++)
    vss_connection_close (channels[i].connection, "the play is over");
  agent_rig_run ();
  g_assert_null (vss_hold_get_holder (rig->services.hold));
  g_assert_cmpint (fake_freezer_get_state (rig->services.freezer), !=,
                   VSS_WIRE_FREEZE_STATE_FROZEN);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_finalize_object (channels[i].connection);
      rig_host_free (channels[i].host);
    }
  agent_rig_free (rig);
  return 0;
}
