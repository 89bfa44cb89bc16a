/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-gather.h. */
#include "guest-agent/writers/vss-writer-gather.h"

#include "protocol/vss-json-guard.h"
#include "qapi/vss-wire-marshal.h"

/* Of the answer: the rest of a message is for those that are absent, and the envelope. */
#define MAX_ANSWER_BYTES (VSS_JSON_GUARD_MAX_BYTES * 3 / 4)

typedef struct
{
  GPtrArray *slots;   /* asked, in their order */
  GPtrArray *reasons; /* why each is absent: NULL if it isn't */
  guint waits_for;
  gboolean *answered;
  guint timeout_ms;
  GSource *timer;
} Gather;

static void
gather_free (gpointer data)
{
  Gather *gather = data;

  vss_writer_clock_cancel (&gather->timer);
  g_ptr_array_unref (gather->slots);
  g_ptr_array_unref (gather->reasons);
  g_free (gather->answered);
  g_free (gather);
}

static void
add_absent (VssWireGatherWriterMetadataResult *result, VssWriterSlot *slot, const char *reason)
{
  VssWireAbsentWriter *absent = vss_wire_absent_writer_new ();

  absent->name = g_strdup (vss_writer_get_name (vss_writer_slot_get_writer (slot)));
  absent->reason = g_strdup (reason);
  g_ptr_array_add (result->absent, absent);
}

/* Its description without the components, and what the description lacks; through the wire's own
 * form, whose length counts. */
static VssWireWriterMetadata *
make_metadata (VssWriterSlot *slot, gsize *length, GError **error)
{
  const VssWireWriterIdentifyResult *answer = vss_writer_slot_get_answer (slot);
  g_autoptr (JsonNode) node = vss_wire_writer_identify_result_to_json (answer);
  JsonObject *object = json_node_get_object (node);
  g_autofree char *text = NULL;

  if (json_object_has_member (object, "components"))
    json_object_remove_member (object, "components");
  json_object_set_string_member (object, "instance-id",
                                 vss_writer_get_instance_id (vss_writer_slot_get_writer (slot)));
  json_object_set_int_member (object, "component-count",
                              answer->components ? answer->components->len : 0);
  text = json_to_string (node, FALSE);
  *length = strlen (text);
  return vss_wire_writer_metadata_from_json (node, VSS_WIRE_PARSE_STRICT, error);
}

static void
finish (GTask *task)
{
  Gather *gather = g_task_get_task_data (task);
  VssWireGatherWriterMetadataResult *result = vss_wire_gather_writer_metadata_result_new ();
  gsize filled = 0;

  vss_writer_clock_cancel (&gather->timer);
  for (guint i = 0; i < gather->slots->len; i++)
    {
      VssWriterSlot *slot = g_ptr_array_index (gather->slots, i);
      const char *reason = g_ptr_array_index (gather->reasons, i);
      g_autoptr (GError) error = NULL;
      VssWireWriterMetadata *metadata = NULL;
      gsize length = 0;

      if (!reason)
        metadata = make_metadata (slot, &length, &error);
      if (metadata && filled + length <= MAX_ANSWER_BYTES)
        {
          filled += length;
          g_ptr_array_add (result->writers, metadata);
          continue;
        }
      if (metadata)
        reason = "what it says of itself, beside its components, is too long";
      g_clear_pointer (&metadata, vss_wire_writer_metadata_free);
      add_absent (result, slot, reason ? reason : error->message);
    }
  g_task_return_pointer (task, result,
                         (GDestroyNotify)vss_wire_gather_writer_metadata_result_free);
  g_object_unref (task);
}

static void
on_identified (VssWriterSlot *slot, const GError *error, gpointer user_data)
{
  GTask *task = user_data;
  Gather *gather = g_task_get_task_data (task);
  guint index;

  if (!g_ptr_array_find (gather->slots, slot, &index) || gather->answered[index])
    return;
  gather->answered[index] = TRUE;
  if (error)
    gather->reasons->pdata[index] = g_strdup (error->message);
  if (--gather->waits_for == 0)
    finish (task);
}

static gboolean
on_limit (gpointer user_data)
{
  GTask *task = user_data;
  Gather *gather = g_task_get_task_data (task);

  for (guint i = 0; i < gather->slots->len; i++)
    {
      vss_writer_slot_forget_identify (g_ptr_array_index (gather->slots, i), task);
      if (!gather->answered[i])
        gather->reasons->pdata[i] =
            g_strdup_printf ("it did not describe itself within %u ms", gather->timeout_ms);
    }
  finish (task);
  return G_SOURCE_REMOVE;
}

void
vss_writer_gather_async (VssWriterRegistry *registry,
                         guint timeout_ms,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (registry, NULL, callback, user_data);
  GPtrArray *registered = vss_writer_registry_get_slots (registry);
  const VssWriterClock *clock = vss_writer_registry_get_clock (registry);
  Gather *gather = g_new0 (Gather, 1);

  gather->slots = g_ptr_array_new_with_free_func (g_object_unref);
  gather->reasons = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, gather, gather_free);
  for (guint i = 0; i < registered->len; i++)
    g_ptr_array_add (gather->slots, g_object_ref (g_ptr_array_index (registered, i)));
  g_ptr_array_set_size (gather->reasons, (int)gather->slots->len);
  gather->answered = g_new0 (gboolean, gather->slots->len);
  gather->timeout_ms = timeout_ms;
  gather->waits_for = gather->slots->len;
  if (gather->waits_for == 0)
    {
      finish (task);
      return;
    }
  gather->timer = vss_writer_clock_call_at (
      clock, vss_writer_clock_now_us (clock) + timeout_ms * (gint64)1000, on_limit, task);
  for (guint i = 0; i < gather->slots->len; i++)
    {
      VssWriterSlot *slot = g_ptr_array_index (gather->slots, i);
      guint own_ms = vss_writer_get_timeout_ms (vss_writer_slot_get_writer (slot),
                                                VSS_WIRE_WRITER_EVENT_IDENTIFY);

      vss_writer_slot_identify (slot, MIN (own_ms, timeout_ms), on_identified, task);
    }
}

VssWireGatherWriterMetadataResult *
vss_writer_gather_finish (VssWriterRegistry *registry, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
