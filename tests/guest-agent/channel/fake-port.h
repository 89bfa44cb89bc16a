/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtio-serial port that behaves as the kernel's driver does: without a host, read gives 0 and
 * write EAGAIN; each change is an edge; what was sent before the host closed is still read after;
 * data may come before the guest knows that it is connected. An eventfd carries the edges. */
#pragma once

#include "guest-agent/channel/vss-port-system.h"

G_BEGIN_DECLS

typedef struct
{
  GByteArray *to_guest;
  void (*from_guest) (gpointer user_data, const guint8 *bytes, gsize length);
  gpointer user_data;

  gboolean exists;
  gboolean is_busy;      /* another program has it open */
  gboolean is_connected; /* as the guest's driver sees it */
  int open_fd;           /* the guest's, -1 if it hasn't opened the port */
  guint opens;
  guint reads;
} FakePort;

FakePort *fake_port_new (void);
void fake_port_free (FakePort *port);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakePort, fake_port_free)

/* For vss_port_new(), with the port as its data. */
const VssPortSystem *fake_port_system (void);

/* The host's side; each is an edge for the guest. */
void fake_port_set_connected (FakePort *port, gboolean is_connected);
void fake_port_send (FakePort *port, const guint8 *bytes, gsize length);
void fake_port_unplug (FakePort *port);

/* An edge without anything new, as after a buffer of ours was used up. */
void fake_port_edge (FakePort *port);

G_END_DECLS
