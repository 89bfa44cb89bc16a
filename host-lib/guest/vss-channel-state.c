/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads from a domain's XML whether it has the agent's channel, and who is at its other end. */
#include "host-lib/guest/vss-channel-state.h"

#include "host-lib/documents/vss-xml.h"

static VssChannelState
state_of_target (const VssXmlNode *target)
{
  if (vss_xml_attr_is (target, "state", "connected"))
    return VSS_CHANNEL_CONNECTED;
  if (vss_xml_attr_is (target, "state", "disconnected"))
    return VSS_CHANNEL_DISCONNECTED;
  return VSS_CHANNEL_UNKNOWN;
}

gboolean
vss_channel_state_read (const char *xml, VssChannelState *state, GError **error)
{
  g_autoptr (VssXml) document = vss_xml_parse (xml, -1, error);
  VssXmlNode *channel;

  if (document == NULL)
    return FALSE;
  *state = VSS_CHANNEL_ABSENT;
  channel = vss_xml_child (vss_xml_child (vss_xml_root (document), "devices"), "channel");
  for (; channel != NULL; channel = vss_xml_next (channel, "channel"))
    {
      const VssXmlNode *target = vss_xml_child (channel, "target");

      if (target != NULL && vss_xml_attr_is (target, "name", VSS_CHANNEL_NAME))
        {
          *state = state_of_target (target);
          return TRUE;
        }
    }
  return TRUE;
}
