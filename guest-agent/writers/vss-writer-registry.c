/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-registry.h. */
#include "guest-agent/writers/vss-writer-registry.h"

#include "protocol/vss-json-guard.h"
#include "qapi/vss-wire-marshal.h"

/* Of a page of components: what is left of a message is for its envelope, and for one component
 * that is a little longer than it was in the writer's own message. */
#define PAGE_BYTES (VSS_JSON_GUARD_MAX_BYTES * 3 / 4)

struct _VssWriterRegistry
{
  GObject parent_instance;

  const VssWriterClock *clock;
  GPtrArray *slots;
  GPtrArray *slots_ever; /* weak: also those that are removed but still owe something */
  GPtrArray *broken;     /* of VssWireAbsentWriter */
  gboolean is_closed;
};

G_DEFINE_FINAL_TYPE (VssWriterRegistry, vss_writer_registry, G_TYPE_OBJECT)

/* -- for programs and daemons -- */

static void
on_slot_gone (gpointer user_data, GObject *slot)
{
  VssWriterRegistry *self = user_data;

  g_ptr_array_remove_fast (self->slots_ever, slot);
}

gboolean
vss_writer_registry_add (VssWriterRegistry *self, VssWriter *writer, GError **error)
{
  VssWriterSlot *slot;

  if (self->slots->len >= VSS_WRITER_REGISTRY_MAX_WRITERS)
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_REFUSED,
                   "can't register the writer %s: there are %d already, which is the limit",
                   vss_writer_get_name (writer), VSS_WRITER_REGISTRY_MAX_WRITERS);
      return FALSE;
    }
  if (vss_writer_registry_find (self, vss_writer_get_instance_id (writer)))
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_REFUSED,
                   "can't register the writer %s: its instance id %s is taken",
                   vss_writer_get_name (writer), vss_writer_get_instance_id (writer));
      return FALSE;
    }
  slot = vss_writer_slot_new (writer, self->clock);
  vss_writer_slot_set_closed (slot, self->is_closed);
  g_ptr_array_add (self->slots, slot);
  g_ptr_array_add (self->slots_ever, slot);
  g_object_weak_ref (G_OBJECT (slot), on_slot_gone, self);
  g_signal_emit_by_name (self, "added", slot);
  return TRUE;
}

void
vss_writer_registry_remove (VssWriterRegistry *self, VssWriter *writer, const char *reason)
{
  for (guint i = 0; i < self->slots->len; i++)
    if (vss_writer_slot_get_writer (g_ptr_array_index (self->slots, i)) == writer)
      {
        g_debug ("the writer %s is not registered any more: %s", vss_writer_get_name (writer),
                 reason);
        g_ptr_array_remove_index (self->slots, i);
        return;
      }
}

void
vss_writer_registry_set_broken (VssWriterRegistry *self, const char *name, const char *reason)
{
  VssWireAbsentWriter *entry;

  for (guint i = 0; i < self->broken->len; i++)
    {
      entry = g_ptr_array_index (self->broken, i);
      if (g_str_equal (entry->name, name))
        {
          g_ptr_array_remove_index (self->broken, i);
          break;
        }
    }
  if (!reason)
    return;
  if (self->broken->len >= VSS_WRITER_REGISTRY_MAX_WRITERS)
    g_ptr_array_remove_index (self->broken, 0);
  entry = vss_wire_absent_writer_new ();
  entry->name = g_strdup (name);
  entry->reason = g_strdup (reason);
  g_ptr_array_add (self->broken, entry);
}

guint
vss_writer_registry_count (VssWriterRegistry *self)
{
  return self->slots->len;
}

/* -- for commands and operations -- */

const VssWriterClock *
vss_writer_registry_get_clock (VssWriterRegistry *self)
{
  return self->clock;
}

VssWriterSlot *
vss_writer_registry_find (VssWriterRegistry *self, const char *instance_id)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      VssWriterSlot *slot = g_ptr_array_index (self->slots, i);

      if (g_ascii_strcasecmp (vss_writer_get_instance_id (vss_writer_slot_get_writer (slot)),
                              instance_id) == 0)
        return slot;
    }
  return NULL;
}

GPtrArray *
vss_writer_registry_get_slots (VssWriterRegistry *self)
{
  return self->slots;
}

void
vss_writer_registry_set_closed (VssWriterRegistry *self, gboolean is_closed)
{
  g_autoptr (GPtrArray) slots = g_ptr_array_new_with_free_func (g_object_unref);

  /* What opening lets happen may make slots come and go. */
  for (guint i = 0; i < self->slots_ever->len; i++)
    g_ptr_array_add (slots, g_object_ref (g_ptr_array_index (self->slots_ever, i)));
  self->is_closed = is_closed;
  for (guint i = 0; i < slots->len; i++)
    vss_writer_slot_set_closed (g_ptr_array_index (slots, i), is_closed);
}

VssWireWritersResult *
vss_writer_registry_query (VssWriterRegistry *self)
{
  VssWireWritersResult *result = vss_wire_writers_result_new ();

  for (guint i = 0; i < self->slots->len; i++)
    g_ptr_array_add (result->writers,
                     vss_writer_slot_get_info (g_ptr_array_index (self->slots, i)));
  for (guint i = 0; i < self->broken->len; i++)
    {
      const VssWireAbsentWriter *entry = g_ptr_array_index (self->broken, i);
      VssWireAbsentWriter *copy = vss_wire_absent_writer_new ();

      copy->name = g_strdup (entry->name);
      copy->reason = g_strdup (entry->reason);
      g_ptr_array_add (result->broken, copy);
    }
  return result;
}

VssWireWriterStatusResult *
vss_writer_registry_get_status (VssWriterRegistry *self)
{
  VssWireWriterStatusResult *result = vss_wire_writer_status_result_new ();

  for (guint i = 0; i < self->slots->len; i++)
    g_ptr_array_add (result->writers,
                     vss_writer_slot_dup_status (g_ptr_array_index (self->slots, i)));
  return result;
}

/* -- components -- */

static gsize
length_of (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);

  return strlen (text);
}

/* Through the wire's own form, which is also how long it is there. */
static VssWireWriterComponent *
copy_component (const VssWireWriterComponent *component, gsize *length, GError **error)
{
  g_autoptr (JsonNode) node = vss_wire_writer_component_to_json (component);

  *length = length_of (node);
  return vss_wire_writer_component_from_json (node, VSS_WIRE_PARSE_STRICT, error);
}

VssWireWriterComponentsResult *
vss_writer_registry_query_components (VssWriterRegistry *self,
                                      const char *instance_id,
                                      guint first,
                                      GError **error)
{
  g_autoptr (VssWireWriterComponentsResult) result = vss_wire_writer_components_result_new ();
  VssWriterSlot *slot = vss_writer_registry_find (self, instance_id);
  const VssWireWriterIdentifyResult *answer = slot ? vss_writer_slot_get_answer (slot) : NULL;
  gsize filled = 0;

  if (!answer)
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_UNKNOWN,
                   slot ? "the writer %s has not described itself yet; gather the writers' metadata"
                        : "there is no writer %s; gather the writers' metadata again",
                   instance_id);
      return NULL;
    }
  for (guint i = first; answer->components && i < answer->components->len; i++)
    {
      gsize length;
      VssWireWriterComponent *component =
          copy_component (g_ptr_array_index (answer->components, i), &length, error);

      if (!component)
        return NULL;
      if (result->components->len > 0 && filled + length > PAGE_BYTES)
        {
          vss_wire_writer_component_free (component);
          break;
        }
      filled += length;
      g_ptr_array_add (result->components, component);
    }
  return g_steal_pointer (&result);
}

/* -- life -- */

VssWriterRegistry *
vss_writer_registry_new (const VssWriterClock *clock)
{
  VssWriterRegistry *self = g_object_new (VSS_TYPE_WRITER_REGISTRY, NULL);

  self->clock = clock;
  return self;
}

static void
vss_writer_registry_dispose (GObject *object)
{
  VssWriterRegistry *self = VSS_WRITER_REGISTRY (object);

  for (guint i = 0; i < self->slots_ever->len; i++)
    g_object_weak_unref (g_ptr_array_index (self->slots_ever, i), on_slot_gone, self);
  g_ptr_array_set_size (self->slots_ever, 0);
  g_ptr_array_set_size (self->slots, 0);
  G_OBJECT_CLASS (vss_writer_registry_parent_class)->dispose (object);
}

static void
vss_writer_registry_finalize (GObject *object)
{
  VssWriterRegistry *self = VSS_WRITER_REGISTRY (object);

  g_ptr_array_unref (self->slots);
  g_ptr_array_unref (self->slots_ever);
  g_ptr_array_unref (self->broken);
  G_OBJECT_CLASS (vss_writer_registry_parent_class)->finalize (object);
}

static void
vss_writer_registry_class_init (VssWriterRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vss_writer_registry_dispose;
  G_OBJECT_CLASS (klass)->finalize = vss_writer_registry_finalize;
  g_signal_new ("added", VSS_TYPE_WRITER_REGISTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, VSS_TYPE_WRITER_SLOT);
}

static void
vss_writer_registry_init (VssWriterRegistry *self)
{
  self->slots = g_ptr_array_new_with_free_func (g_object_unref);
  self->slots_ever = g_ptr_array_new ();
  self->broken = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_absent_writer_free);
}
