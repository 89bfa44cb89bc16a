/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to a stream of bytes: each function forwards to the implementation, without SIGPIPE. */
#include "host-lib/guest/vss-channel.h"

#include "host-lib/vss-pipe-guard.h"

G_DEFINE_INTERFACE (VssChannel, vss_channel, G_TYPE_OBJECT)

static void
vss_channel_default_init (VssChannelInterface *iface)
{
}

gboolean
vss_channel_open (VssChannel *self, gboolean force, GCancellable *cancellable, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_CHANNEL_GET_IFACE (self)->open (self, force, cancellable, error);
}

gssize
vss_channel_read (VssChannel *self, guint8 *buffer, gsize length, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_CHANNEL_GET_IFACE (self)->read (self, buffer, length, error);
}

gboolean
vss_channel_write (VssChannel *self, const guint8 *bytes, gsize length, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_CHANNEL_GET_IFACE (self)->write (self, bytes, length, error);
}

void
vss_channel_interrupt (VssChannel *self)
{
  VSS_GUARD_PIPES ();

  VSS_CHANNEL_GET_IFACE (self)->interrupt (self);
}

void
vss_channel_close (VssChannel *self)
{
  VSS_GUARD_PIPES ();

  VSS_CHANNEL_GET_IFACE (self)->close (self);
}
