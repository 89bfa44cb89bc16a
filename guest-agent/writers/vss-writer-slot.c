/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-slot.h. */
#include "guest-agent/writers/vss-writer-slot.h"

/* What a writer's class id is before anything is known of it. */
#define NO_ID "00000000-0000-0000-0000-000000000000"

struct _VssWriterOrder
{
  VssWriterSlot *slot;
  VssWireWriterEventArguments *event;
  VssWriterSentFunc sent;
  VssWriterToldFunc told;
  gpointer user_data;
};

typedef struct
{
  VssWriterIdentifiedFunc identified;
  gpointer user_data;
} Asker;

struct _VssWriterSlot
{
  GObject parent_instance;

  VssWriter *writer;
  const VssWriterClock *clock;
  gboolean is_closed;

  GQueue orders; /* that wait */
  VssWriterOrder *order; /* that the writer is told */
  GArray *askers;
  guint identify_ms;
  gboolean is_identifying;
  VssWireWriterIdentifyResult *answer;

  VssWireWriterStatus *status;
  char *set_id;
  gint64 since_ms;
};

G_DEFINE_FINAL_TYPE (VssWriterSlot, vss_writer_slot, G_TYPE_OBJECT)

/* -- events -- */

static void pump (VssWriterSlot *self);

static void
order_free (VssWriterOrder *order)
{
  g_object_unref (order->slot);
  vss_wire_writer_event_arguments_free (order->event);
  g_free (order);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterOrder, order_free)

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssWriterOrder) order = user_data;
  g_autoptr (VssWriterSlot) self = g_object_ref (order->slot);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterEventResult) answer =
      vss_writer_send_finish (VSS_WRITER (source), result, &error);

  self->order = NULL;
  order->told (answer, error, order->user_data);
  pump (self);
}

static void
send_next (VssWriterSlot *self)
{
  self->order = g_queue_pop_head (&self->orders);
  self->order->sent (self->order->event, self->order->user_data);
  vss_writer_send_async (self->writer, self->order->event, on_told, self->order);
}

VssWriterOrder *
vss_writer_slot_tell (VssWriterSlot *self,
                      VssWireWriterEventArguments *event,
                      VssWriterSentFunc sent,
                      VssWriterToldFunc told,
                      gpointer user_data)
{
  VssWriterOrder *order = g_new0 (VssWriterOrder, 1);

  order->slot = g_object_ref (self);
  order->event = event;
  order->sent = sent;
  order->told = told;
  order->user_data = user_data;
  g_queue_push_tail (&self->orders, order);
  pump (self);
  return order;
}

gboolean
vss_writer_slot_withdraw (VssWriterSlot *self, VssWriterOrder *order)
{
  if (!g_queue_remove (&self->orders, order))
    return FALSE;
  order_free (order);
  return TRUE;
}

/* -- description -- */

static void
on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssWriterSlot) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) askers = g_steal_pointer (&self->askers);
  VssWireWriterIdentifyResult *answer =
      vss_writer_identify_finish (VSS_WRITER (source), result, &error);

  self->askers = g_array_new (FALSE, FALSE, sizeof (Asker));
  self->is_identifying = FALSE;
  if (answer)
    {
      g_clear_pointer (&self->answer, vss_wire_writer_identify_result_free);
      self->answer = answer;
    }
  for (guint i = 0; i < askers->len; i++)
    {
      Asker *asker = &g_array_index (askers, Asker, i);

      asker->identified (self, error, asker->user_data);
    }
}

void
vss_writer_slot_identify (VssWriterSlot *self,
                          guint timeout_ms,
                          VssWriterIdentifiedFunc identified,
                          gpointer user_data)
{
  Asker asker = { identified, user_data };

  g_array_append_val (self->askers, asker);
  self->identify_ms = timeout_ms;
  pump (self);
}

void
vss_writer_slot_forget_identify (VssWriterSlot *self, gpointer user_data)
{
  for (guint i = self->askers->len; i > 0; i--)
    if (g_array_index (self->askers, Asker, i - 1).user_data == user_data)
      g_array_remove_index (self->askers, i - 1);
}

/* Does what can be done now. */
static void
pump (VssWriterSlot *self)
{
  if (self->is_closed)
    return;
  if (!self->order && !g_queue_is_empty (&self->orders))
    send_next (self);
  if (!self->is_identifying && self->askers->len > 0)
    {
      self->is_identifying = TRUE;
      vss_writer_identify_async (self->writer, self->identify_ms, on_identified,
                                 g_object_ref (self));
    }
}

const VssWireWriterIdentifyResult *
vss_writer_slot_get_answer (VssWriterSlot *self)
{
  return self->answer;
}

const VssWireWriterIdentifyResult *
vss_writer_slot_get_description (VssWriterSlot *self)
{
  return self->answer ? self->answer : vss_writer_peek_identity (self->writer);
}

/* -- the last thing known -- */

VssWireWriterStatus *
vss_writer_status_copy (const VssWireWriterStatus *status)
{
  VssWireWriterStatus *copy = vss_wire_writer_status_new ();

  *copy = *status;
  copy->writer_id = g_strdup (status->writer_id);
  copy->instance_id = g_strdup (status->instance_id);
  copy->name = g_strdup (status->name);
  copy->message = g_strdup (status->message);
  return copy;
}

VssWireWriterStatus *
vss_writer_slot_make_status (VssWriterSlot *self)
{
  const VssWireWriterIdentifyResult *known = vss_writer_slot_get_description (self);
  VssWireWriterStatus *status = vss_wire_writer_status_new ();

  status->writer_id = g_strdup (known && known->writer_id ? known->writer_id : NO_ID);
  status->instance_id = g_strdup (vss_writer_get_instance_id (self->writer));
  status->name = g_strdup (known && known->name ? known->name : vss_writer_get_name (self->writer));
  status->state = VSS_WIRE_WRITER_STATE_STABLE;
  status->failure = VSS_WIRE_WRITER_FAILURE_NONE;
  return status;
}

void
vss_writer_slot_begin (VssWriterSlot *self, const char *set_id)
{
  g_free (self->set_id);
  self->set_id = g_strdup (set_id);
}

void
vss_writer_slot_set_status (VssWriterSlot *self,
                            const VssWireWriterStatus *status,
                            const char *set_id)
{
  if (g_strcmp0 (self->set_id, set_id) != 0)
    return;
  if (!self->status || self->status->state != status->state)
    self->since_ms = vss_writer_clock_now_us (self->clock) / 1000;
  g_clear_pointer (&self->status, vss_wire_writer_status_free);
  self->status = vss_writer_status_copy (status);
}

VssWireWriterStatus *
vss_writer_slot_dup_status (VssWriterSlot *self)
{
  return self->status ? vss_writer_status_copy (self->status) : vss_writer_slot_make_status (self);
}

VssWireWriterInfo *
vss_writer_slot_get_info (VssWriterSlot *self)
{
  g_autoptr (VssWireWriterStatus) status = vss_writer_slot_dup_status (self);
  const VssWireWriterIdentifyResult *known = vss_writer_slot_get_description (self);
  VssWireWriterInfo *info = vss_wire_writer_info_new ();

  info->writer_id = g_steal_pointer (&status->writer_id);
  info->instance_id = g_steal_pointer (&status->instance_id);
  info->name = g_steal_pointer (&status->name);
  info->state = status->state;
  info->failure = status->failure;
  info->message = g_steal_pointer (&status->message);
  info->has_application_code = status->has_application_code;
  info->application_code = status->application_code;
  info->has_last_event = status->has_last_event;
  info->last_event = status->last_event;
  info->has_freeze_us = status->has_freeze_us;
  info->freeze_us = status->freeze_us;
  info->has_thaw_us = status->has_thaw_us;
  info->thaw_us = status->thaw_us;
  info->has_held_us = status->has_held_us;
  info->held_us = status->held_us;
  info->kind = vss_writer_get_kind (self->writer);
  info->location = g_strdup (vss_writer_get_location (self->writer));
  info->level = known ? known->level : VSS_WIRE_WRITER_LEVEL_FRONT_END;
  info->since_ms = self->since_ms;
  info->snapshot_set_id = g_strdup (self->set_id);
  return info;
}

/* -- life -- */

static void
on_lost (VssWriter *writer, const char *reason, VssWriterSlot *self)
{
  g_signal_emit_by_name (self, "lost", reason);
}

VssWriterSlot *
vss_writer_slot_new (VssWriter *writer, const VssWriterClock *clock)
{
  VssWriterSlot *self = g_object_new (VSS_TYPE_WRITER_SLOT, NULL);

  self->writer = g_object_ref (writer);
  self->clock = clock;
  self->since_ms = vss_writer_clock_now_us (clock) / 1000;
  g_signal_connect_object (writer, "lost", G_CALLBACK (on_lost), self, 0);
  return self;
}

void
vss_writer_slot_set_closed (VssWriterSlot *self, gboolean is_closed)
{
  self->is_closed = is_closed;
  pump (self);
}

VssWriter *
vss_writer_slot_get_writer (VssWriterSlot *self)
{
  return self->writer;
}

const VssWriterClock *
vss_writer_slot_get_clock (VssWriterSlot *self)
{
  return self->clock;
}

static void
vss_writer_slot_finalize (GObject *object)
{
  VssWriterSlot *self = VSS_WRITER_SLOT (object);

  g_array_unref (self->askers);
  g_clear_pointer (&self->answer, vss_wire_writer_identify_result_free);
  g_clear_pointer (&self->status, vss_wire_writer_status_free);
  g_free (self->set_id);
  g_object_unref (self->writer);
  G_OBJECT_CLASS (vss_writer_slot_parent_class)->finalize (object);
}

static void
vss_writer_slot_class_init (VssWriterSlotClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_writer_slot_finalize;
  g_signal_new ("lost", VSS_TYPE_WRITER_SLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                1, G_TYPE_STRING);
}

static void
vss_writer_slot_init (VssWriterSlot *self)
{
  g_queue_init (&self->orders);
  self->askers = g_array_new (FALSE, FALSE, sizeof (Asker));
}
