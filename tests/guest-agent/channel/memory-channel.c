/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See memory-channel.h. */
#include "tests/guest-agent/channel/memory-channel.h"

static gsize
channel_write (gpointer io_data, const guint8 *bytes, gsize length)
{
  Channel *channel = io_data;

  if (channel->is_full)
    return 0;
  rig_host_receive (channel->host, bytes, length);
  return length;
}

static gboolean
channel_is_connected (gpointer io_data)
{
  Channel *channel = io_data;

  return !channel->is_hung_up;
}

static void
channel_drop (gpointer io_data)
{
  Channel *channel = io_data;

  channel->is_dropped = TRUE;
}

static const VssConnectionIo channel_io = { channel_write, channel_is_connected, channel_drop };

void
channel_send (gpointer user_data, const guint8 *bytes, gsize length)
{
  Channel *channel = user_data;

  vss_connection_receive (channel->connection, bytes, length);
}

void
channel_init (Channel *channel, AgentRig *rig, const char *name)
{
  *channel = (Channel){ 0 };
  channel->host = rig_host_new (channel_send, channel);
  channel->connection = vss_connection_new (&rig->services, name, &channel_io, channel);
}

void
channel_clear (Channel *channel)
{
  vss_connection_close (channel->connection, "the test ends");
  agent_rig_run ();
  g_assert_finalize_object (channel->connection);
  rig_host_free (channel->host);
}
