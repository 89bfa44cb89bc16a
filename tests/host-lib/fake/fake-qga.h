/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's guest agent that does what a test tells it. Any thread. */
#pragma once

#include "host-lib/guest/vss-qga.h"

G_BEGIN_DECLS

#define FAKE_TYPE_QGA (fake_qga_get_type ())
G_DECLARE_FINAL_TYPE (FakeQga, fake_qga, FAKE, QGA, GObject)

FakeQga *fake_qga_new (void);

/* A mount; @target: (nullable) the domain's disk under it. */
void fake_qga_add (FakeQga *self,
                   const char *mount_point,
                   const char *fs_type,
                   const char *device,
                   const char *target);

void fake_qga_refuse_open (FakeQga *self, gint code, const char *text);
/* A freeze stops after so many file systems, and says so by its count alone. */
void fake_qga_freeze_only (FakeQga *self, guint count);
void fake_qga_fail_freeze (FakeQga *self, const char *text);
/* The next freeze waits, until it is let go. */
void fake_qga_hang_freeze (FakeQga *self);
void fake_qga_let_freeze_go (FakeQga *self);
void fake_qga_fail_thaws (FakeQga *self, guint count);
/* Somebody else thaws a file system. */
void fake_qga_thaw_one (FakeQga *self);

gboolean fake_qga_is_frozen (FakeQga *self);
guint fake_qga_count_frozen (FakeQga *self);
guint fake_qga_count_thaws (FakeQga *self);
/* Wait for what other threads do. */
void fake_qga_wait_thawed (FakeQga *self);
void fake_qga_wait_frozen_once (FakeQga *self);

G_END_DECLS
