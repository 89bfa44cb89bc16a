/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that does what a test tells it, and records what it was asked. Any thread. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "tests/host-lib/fake/fake-writers.h"

G_BEGIN_DECLS

#define FAKE_TYPE_GUEST (fake_guest_get_type ())
G_DECLARE_FINAL_TYPE (FakeGuest, fake_guest, FAKE, GUEST, GObject)

/* Called on entry of a step, on the thread of the call. */
typedef void (*FakeGuestHook) (const char *step, gpointer user_data);

FakeGuest *fake_guest_new (void);

/* A freezable file system on the disks with these serial numbers (comma-separated). */
VssWireVolume *fake_guest_add_volume (FakeGuest *self,
                                      const char *mount_point,
                                      const char *serials);

/* The next call of @step ("open", "volumes", "prepare", "freeze", "renew", "thaw", "abort",
 * "post-snapshot", "freeze-status", "status"; "gather-metadata", "components", "query-writers",
 * "prepare-for-backup", "writer-status", "backup-complete", "backup-shutdown") fails; it has done
 * its work all the same. */
void fake_guest_fail (FakeGuest *self, const char *step, gint code);
/* From @step on every call fails with @code, and nothing is done any more. */
void fake_guest_die_at (FakeGuest *self, const char *step, gint code);
/* @step does not return until it is cancelled. Its work is done. */
void fake_guest_hang_at (FakeGuest *self, const char *step);
void fake_guest_set_hook (FakeGuest *self, FakeGuestHook hook, gpointer user_data);

/* What the answer to the freeze or the thaw says of @mount_point, instead of "held". */
void fake_guest_lose_at_freeze (FakeGuest *self, const char *mount_point);
void fake_guest_lose_at_thaw (FakeGuest *self, const char *mount_point);
void fake_guest_hide_at_thaw (FakeGuest *self, const char *mount_point);
void fake_guest_expire_lease (FakeGuest *self);
void fake_guest_answer_generation (FakeGuest *self, gint64 at_freeze, gint64 at_thaw);
/* What is left of the lease in the answer to the freeze. */
void fake_guest_set_lease_left (FakeGuest *self, gint64 left_ms);

/* The guest's writers. It has none, and an agent that doesn't know of any, before this is called. */
FakeWriters *fake_guest_get_writers (FakeGuest *self);

/* The steps so far, in order, as one text: "open volumes prepare freeze thaw". (transfer full) */
char *fake_guest_get_calls (FakeGuest *self);
guint fake_guest_count (FakeGuest *self, const char *step);
gboolean fake_guest_is_frozen (FakeGuest *self);
gboolean fake_guest_is_open (FakeGuest *self);
guint fake_guest_get_lease_ms (FakeGuest *self);

G_END_DECLS
