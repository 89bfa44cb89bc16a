/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two hosts, a and b, say what they like to an agent whose freezer freezes nothing and which has
 * two writers, with the instance ids 0 and 1. Each line of the input is a step:
 *
 *   a>NAME JSON  a command within a's session    a~  a opens a session
 *   a-TEXT       a line that a sends as it is    a!  a hangs up
 *   p            the freezer takes its time      r   it completes what waits
 *   f            its next preparation fails      x   the lease is over
 *   +TEXT        a second goes by for each byte
 *   wIEC         writer I (0 or 1) behaves at event E (a letter from a on) in the way C (from a on)
 *   oI           writer I is lost
 *   lI           writer I answers what it has left open
 *
 * Whatever came before: once both have gone, nothing is frozen and nobody has the guest; no writer
 * was told anything while anything was frozen, and whoever was sent Freeze was sent one Thaw or
 * Abort. */
#include <string.h>

#include "guest-agent/channel/vss-connection.h"
#include "guest-agent/vss-agent-memory.h"
#include "protocol/vss-json-guard.h"
#include "tests/fuzz/fuzz.h"
#include "tests/guest-agent/agent-rig.h"
#include "tests/guest-agent/writers/fake-writer.h"

#define MAX_STEPS 64
#define N_WRITERS 2
/* Longer than any limit of a writer. */
#define LONG_MS (20 * 60 * 1000)

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

typedef struct
{
  AgentRig *rig;
  ManualClock clock; /* of the writers themselves */
  Channel channels[2];
  FakeWriter *writers[N_WRITERS];
} Play;

static void
on_notify_frozen (VssFreezer *freezer, gboolean frozen, gpointer user_data)
{
  Play *play = user_data;

  for (guint i = 0; i < N_WRITERS; i++)
    play->writers[i]->is_forbidden = frozen;
}

static void
add_writers (Play *play)
{
  manual_clock_init (&play->clock);
  for (guint i = 0; i < N_WRITERS; i++)
    {
      FakeWriter *writer = fake_writer_new (i == 0 ? "zero" : "one", i, &play->clock, NULL);

      g_free (writer->instance_id);
      writer->instance_id = g_strdup_printf ("%u", i);
      vss_writer_registry_add (play->rig->registry, VSS_WRITER (writer), NULL);
      play->writers[i] = writer;
    }
  g_signal_connect (play->rig->services.freezer, "notify-frozen", G_CALLBACK (on_notify_frozen),
                    play);
}

static void
wait_ms (Play *play, gint64 ms)
{
  play->rig->now_ms += ms;
  play->clock.now_us += ms * 1000;
  agent_rig_run ();
}

static void
answer (FakeWriter *writer)
{
  if (writer->late)
    fake_writer_answer (writer);
}

static void
step_writer (Play *play, const char *line)
{
  FakeWriter *writer = play->writers[line[1] == '1'];

  if (line[0] == 'o')
    g_signal_emit_by_name (writer, "lost", "it fell over");
  else if (line[0] == 'l')
    answer (writer);
  else if (line[1] && line[2] >= 'a' && line[2] < 'a' + FAKE_N_EVENTS && line[3] >= 'a' &&
           line[3] < 'a' + FAKE_N_CONDUCTS)
    writer->conduct[line[2] - 'a'] = line[3] - 'a';
}

/* Whoever is late answers in the end. */
static void
end_writers (Play *play)
{
  for (guint i = 0; i < N_WRITERS; i++)
    for (guint event = 0; event < FAKE_N_EVENTS; event++)
      play->writers[i]->conduct[event] = FAKE_CONDUCT_OK;
  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < N_WRITERS; i++)
        answer (play->writers[i]);
      wait_ms (play, LONG_MS);
    }
  for (guint i = 0; i < N_WRITERS; i++)
    g_assert_false (play->writers[i]->is_owed);
  g_assert_false (g_file_test (play->rig->record, G_FILE_TEST_EXISTS));
}

static void
step (Play *play, const char *line)
{
  AgentRig *rig = play->rig;
  Channel *channels = play->channels;

  switch (line[0])
    {
    case 'w':
    case 'o':
    case 'l':
      step_writer (play, line);
      break;
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
      wait_ms (play, (gint64) strlen (line) * 1000);
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
  Play play = { .rig = agent_rig_new () };
  Channel *channels = play.channels;
  AgentRig *rig = play.rig;

  add_writers (&play);
  for (guint i = 0; i < 2; i++)
    {
      channels[i].host = rig_host_new (channel_send, &channels[i]);
      channels[i].connection =
          vss_connection_new (&rig->services, i == 0 ? "a" : "b", &channel_io, &channels[i]);
      rig_host_open (channels[i].host, "a host");
    }
  for (char **line = lines; *line; line++)
    step (&play, *line);

  fake_freezer_resume (rig->services.freezer);
  for (guint i = 0; i < 2; i++)
    vss_connection_close (channels[i].connection, "the play is over");
  agent_rig_run ();
  g_assert_null (vss_hold_get_holder (rig->services.hold));
  g_assert_cmpint (fake_freezer_get_state (rig->services.freezer), !=,
                   VSS_WIRE_FREEZE_STATE_FROZEN);
  end_writers (&play);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_finalize_object (channels[i].connection);
      rig_host_free (channels[i].host);
    }
  g_signal_handlers_disconnect_by_data (rig->services.freezer, &play);
  agent_rig_free (rig);
  for (guint i = 0; i < N_WRITERS; i++)
    g_assert_finalize_object (play.writers[i]);
  return 0;
}
