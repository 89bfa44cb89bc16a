/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The place of one writer in the registry: carries orders to it one at a time, none while the
 * registry is closed, and keeps what is known of it. Outlives its registration as long as an
 * operation owes it something. Main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-clock.h"
#include "guest-agent/writers/vss-writer.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_SLOT (vss_writer_slot_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterSlot, vss_writer_slot, VSS, WRITER_SLOT, GObject)

/* Of the registry only. */
VssWriterSlot *vss_writer_slot_new (VssWriter *writer, const VssWriterClock *clock);
void vss_writer_slot_set_closed (VssWriterSlot *self, gboolean is_closed);

VssWriter *vss_writer_slot_get_writer (VssWriterSlot *self);
const VssWriterClock *vss_writer_slot_get_clock (VssWriterSlot *self);

/* -- events -- */

/* An order: an event that is to be told. Both functions are called at most once, @told last. */
typedef struct _VssWriterOrder VssWriterOrder;

/* Right before the writer is told: fills in what depends on the moment (the limit). */
typedef void (*VssWriterSentFunc) (VssWireWriterEventArguments *event, gpointer user_data);
/* @result is NULL if there is none; @error says why. */
typedef void (*VssWriterToldFunc) (const VssWireWriterEventResult *result,
                                   const GError *error,
                                   gpointer user_data);

/* Queues @event (transfer full). The order is good until @told is called or it is withdrawn. */
VssWriterOrder *vss_writer_slot_tell (VssWriterSlot *self,
                                      VssWireWriterEventArguments *event,
                                      VssWriterSentFunc sent,
                                      VssWriterToldFunc told,
                                      gpointer user_data);

/* TRUE if the writer hadn't been told yet: it won't be, and @told is not called. */
gboolean vss_writer_slot_withdraw (VssWriterSlot *self, VssWriterOrder *order);

/* -- description -- */

typedef void (*VssWriterIdentifiedFunc) (VssWriterSlot *slot,
                                         const GError *error,
                                         gpointer user_data);

/* Asks the writer to describe itself, beside any event; whoever asks meanwhile gets the same
 * answer. */
void vss_writer_slot_identify (VssWriterSlot *self,
                               guint timeout_ms,
                               VssWriterIdentifiedFunc identified,
                               gpointer user_data);
void vss_writer_slot_forget_identify (VssWriterSlot *self, gpointer user_data);

/* What it said last, or what is known without asking; NULL if nothing is. */
const VssWireWriterIdentifyResult *vss_writer_slot_get_description (VssWriterSlot *self);
/* What it said last, NULL if it has not described itself. */
const VssWireWriterIdentifyResult *vss_writer_slot_get_answer (VssWriterSlot *self);

/* -- the last thing known -- */

/* From here on what is known of it is what operation @set_id says; others are not heard. */
void vss_writer_slot_begin (VssWriterSlot *self, const char *set_id);
void vss_writer_slot_set_status (VssWriterSlot *self,
                                 const VssWireWriterStatus *status,
                                 const char *set_id);
VssWireWriterStatus *vss_writer_slot_dup_status (VssWriterSlot *self);
VssWireWriterInfo *vss_writer_slot_get_info (VssWriterSlot *self);

/* A status of its own; nothing is known of timing and events. */
VssWireWriterStatus *vss_writer_slot_make_status (VssWriterSlot *self);
VssWireWriterStatus *vss_writer_status_copy (const VssWireWriterStatus *status);

/* Signal (main thread): "lost" (const char *reason): the writer's own, see vss-writer.h. */

G_END_DECLS
