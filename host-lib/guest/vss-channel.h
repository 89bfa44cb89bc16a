/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to a stream of bytes between host and guest. The agent guest owns one: open and close
 * on one thread, read on its reader thread, write on its writer thread, interrupt on any. */
#pragma once

#include <gio/gio.h>

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

#define VSS_TYPE_CHANNEL (vss_channel_get_type ())
G_DECLARE_INTERFACE (VssChannel, vss_channel, VSS, CHANNEL, GObject)

struct _VssChannelInterface
{
  GTypeInterface parent_iface;

  /* @force: takes the channel from whoever has it. Can be opened again after close.
   * VSS_E_SNAPSHOT_SET_IN_PROGRESS (taken), VSS_E_WRITER_INFRASTRUCTURE (nothing there to talk
   * to: the message says what to do), VSS_E_ACCESSDENIED. */
  gboolean (*open) (VssChannel *self, gboolean force, GCancellable *cancellable, GError **error);

  /* Blocks until there are bytes: how many, 0 at the end of the stream, -1 with an error; also
   * after interrupt. */
  gssize (*read) (VssChannel *self, guint8 *buffer, gsize length, GError **error);

  /* Blocks until all is handed over. */
  gboolean (*write) (VssChannel *self, const guint8 *bytes, gsize length, GError **error);

  /* Makes read and write return, now and until close; hangs up. Once is enough. */
  void (*interrupt) (VssChannel *self);

  /* After interrupt and the return of read and write. */
  void (*close) (VssChannel *self);
};

gboolean vss_channel_open (VssChannel *self,
                           gboolean force,
                           GCancellable *cancellable,
                           GError **error);
gssize vss_channel_read (VssChannel *self, guint8 *buffer, gsize length, GError **error);
gboolean vss_channel_write (VssChannel *self,
                            const guint8 *bytes,
                            gsize length,
                            GError **error);
void vss_channel_interrupt (VssChannel *self);
void vss_channel_close (VssChannel *self);

G_END_DECLS
