/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain's XML says of the agent's channel. */
#include "host-lib/guest/vss-channel-state.h"

static void
check (const char *channels, VssChannelState expected)
{
  g_autofree char *xml = g_strconcat (
      "<domain><devices><disk><target name='org.virtvss.agent.0'/></disk>", channels,
      "</devices></domain>", NULL);
  g_autoptr (GError) error = NULL;
  VssChannelState state;

  g_assert_true (vss_channel_state_read (xml, &state, &error));
  g_assert_no_error (error);
  g_assert_cmpint (state, ==, expected);
}

static void
test_states (void)
{
  check ("", VSS_CHANNEL_ABSENT);
  check ("<channel type='unix'/>", VSS_CHANNEL_ABSENT);
  check ("<channel><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>"
         "</channel>",
         VSS_CHANNEL_ABSENT);
  check ("<channel><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>"
         "</channel><channel><target type='virtio' name='org.virtvss.agent.0' "
         "state='disconnected'/></channel>",
         VSS_CHANNEL_DISCONNECTED);
  check ("<channel><target type='virtio' name='org.virtvss.agent.0' state='connected'/>"
         "</channel>",
         VSS_CHANNEL_CONNECTED);
  check ("<channel><target type='virtio' name='org.virtvss.agent.0'/></channel>",
         VSS_CHANNEL_UNKNOWN);
}

static void
test_no_xml (void)
{
  g_autoptr (GError) error = NULL;
  VssChannelState state = VSS_CHANNEL_CONNECTED;

  g_assert_false (vss_channel_state_read ("no", &state, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (state, ==, VSS_CHANNEL_CONNECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel-state/states", test_states);
  g_test_add_func ("/channel-state/no-xml", test_no_xml);
  return g_test_run ();
}
