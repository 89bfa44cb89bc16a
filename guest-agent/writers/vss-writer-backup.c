/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all writers of an operation are told of it: see vss-writer-part.h. */
#include "guest-agent/writers/vss-writer-part.h"

static void
clear (gpointer data)
{
  VssWriterBackup *self = data;

  g_free (self->set_id);
  g_clear_pointer (&self->components, g_ptr_array_unref);
}

VssWriterBackup *
vss_writer_backup_new (const char *set_id)
{
  VssWriterBackup *self = g_rc_box_new0 (VssWriterBackup);

  self->set_id = g_strdup (set_id);
  return self;
}

VssWriterBackup *
vss_writer_backup_ref (VssWriterBackup *self)
{
  return g_rc_box_acquire (self);
}

void
vss_writer_backup_unref (VssWriterBackup *self)
{
  g_rc_box_release_full (self, clear);
}

static VssWireSelectedComponent *
copy_component (const VssWireSelectedComponent *component)
{
  VssWireSelectedComponent *copy = vss_wire_selected_component_new ();

  *copy = *component;
  copy->instance_id = g_strdup (component->instance_id);
  copy->logical_path = g_strdup (component->logical_path);
  copy->name = g_strdup (component->name);
  return copy;
}

void
vss_writer_backup_set_components (VssWriterBackup *self, GPtrArray *components)
{
  g_clear_pointer (&self->components, g_ptr_array_unref);
  self->components =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_selected_component_free);
  for (guint i = 0; i < components->len; i++)
    g_ptr_array_add (self->components, copy_component (g_ptr_array_index (components, i)));
}

VssWireWriterEventArguments *
vss_writer_backup_make_event (VssWriterBackup *self,
                              VssWireWriterEvent event,
                              const char *instance_id)
{
  VssWireWriterEventArguments *arguments = vss_wire_writer_event_arguments_new ();

  arguments->event = event;
  arguments->snapshot_set_id = g_strdup (self->set_id);
  if (!self->has_backup)
    return arguments;
  arguments->has_backup_type = TRUE;
  arguments->backup_type = self->backup_type;
  arguments->has_bootable_system_state = TRUE;
  arguments->bootable_system_state = self->bootable_system_state;
  arguments->has_partial_file_support = TRUE;
  arguments->partial_file_support = self->partial_file_support;
  if (!self->select_components || !self->components)
    return arguments;
  arguments->components =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_selected_component_free);
  for (guint i = 0; i < self->components->len; i++)
    {
      const VssWireSelectedComponent *component = g_ptr_array_index (self->components, i);

      if (g_ascii_strcasecmp (component->instance_id, instance_id) == 0)
        g_ptr_array_add (arguments->components, copy_component (component));
    }
  return arguments;
}
