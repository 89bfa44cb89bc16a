/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-debts.h. */
#include "guest-agent/writers/vss-writer-debts.h"

struct _VssWriterDebts
{
  GObject parent_instance;

  VssWriterRecord *record;
};

G_DEFINE_FINAL_TYPE (VssWriterDebts, vss_writer_debts, G_TYPE_OBJECT)

typedef struct
{
  VssWriterDebts *debts;
  VssWriterSlot *slot;
  char *set_id;
} Debt;

static void
on_sent (VssWireWriterEventArguments *event, gpointer user_data)
{
  Debt *debt = user_data;
  VssWriter *writer = vss_writer_slot_get_writer (debt->slot);
  g_autofree char *text = g_strdup_printf (
      "sent the writer %s the abort of snapshot set %s that a killed agent owed it",
      vss_writer_get_name (writer), debt->set_id);

  vss_writer_record_remove (debt->debts->record, debt->set_id, writer);
  g_signal_emit_by_name (debt->debts, "paid", text);
}

static void
on_told (const VssWireWriterEventResult *result, const GError *error, gpointer user_data)
{
  Debt *debt = user_data;
  const char *why = error ? error->message : result->message;
  g_autofree char *text = NULL;

  if (error || result->failure != VSS_WIRE_WRITER_FAILURE_NONE)
    {
      text = g_strdup_printf ("the writer %s failed at the abort that a killed agent owed it: %s",
                              vss_writer_get_name (vss_writer_slot_get_writer (debt->slot)),
                              why ? why : "it gave no reason");
      g_signal_emit_by_name (debt->debts, "failed", text);
    }
  g_object_unref (debt->debts);
  g_object_unref (debt->slot);
  g_free (debt->set_id);
  g_free (debt);
}

static void
on_added (VssWriterRegistry *registry, VssWriterSlot *slot, VssWriterDebts *self)
{
  VssWriter *writer = vss_writer_slot_get_writer (slot);
  const char *set_id = vss_writer_record_find_left_behind (self->record, writer);
  VssWireWriterEventArguments *event;
  Debt *debt;

  if (!set_id)
    return;
  debt = g_new0 (Debt, 1);
  debt->debts = g_object_ref (self);
  debt->slot = g_object_ref (slot);
  debt->set_id = g_strdup (set_id);
  event = vss_wire_writer_event_arguments_new ();
  event->event = VSS_WIRE_WRITER_EVENT_ABORT;
  event->snapshot_set_id = g_strdup (set_id);
  event->timeout_ms = vss_writer_get_timeout_ms (writer, VSS_WIRE_WRITER_EVENT_ABORT);
  vss_writer_slot_tell (slot, event, on_sent, on_told, debt);
}

VssWriterDebts *
vss_writer_debts_new (VssWriterRegistry *registry, VssWriterRecord *record)
{
  VssWriterDebts *self = g_object_new (VSS_TYPE_WRITER_DEBTS, NULL);

  self->record = vss_writer_record_ref (record);
  g_signal_connect_object (registry, "added", G_CALLBACK (on_added), self, 0);
  return self;
}

static void
vss_writer_debts_finalize (GObject *object)
{
  vss_writer_record_unref (VSS_WRITER_DEBTS (object)->record);
  G_OBJECT_CLASS (vss_writer_debts_parent_class)->finalize (object);
}

static void
vss_writer_debts_class_init (VssWriterDebtsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_writer_debts_finalize;
  g_signal_new ("paid", VSS_TYPE_WRITER_DEBTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_STRING);
  g_signal_new ("failed", VSS_TYPE_WRITER_DEBTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vss_writer_debts_init (VssWriterDebts *self)
{
}
