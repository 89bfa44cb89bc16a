/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Port links: /dev/virtio-ports/NAME, as udev makes them, for guests without udev. */
#pragma once

int port_links_watch (void);
void port_links_update (int watch);
