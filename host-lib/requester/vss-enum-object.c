/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An enumeration of snapshots or providers: a list made once, and a place in it. The list is
 * shared by clones and never changed. Used on one thread at a time. */
#include "host-lib/requester/vss-enum-object-private.h"

struct _VssEnumObject
{
  GObject parent_instance;

  GPtrArray *objects; /* VssObjectProp */
  guint next;
};

G_DEFINE_FINAL_TYPE (VssEnumObject, vss_enum_object, G_TYPE_OBJECT)

G_DEFINE_BOXED_TYPE (VssObjectProp, vss_object_prop, vss_object_prop_copy, vss_object_prop_free)

/**
 * vss_object_prop_copy:
 * @self: an object's properties
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssObjectProp *
vss_object_prop_copy (const VssObjectProp *self)
{
  VssObjectProp *copy = g_new0 (VssObjectProp, 1);

  copy->type = self->type;
  copy->snapshot = self->snapshot != NULL ? vss_snapshot_prop_copy (self->snapshot) : NULL;
  copy->provider = self->provider != NULL ? vss_provider_prop_copy (self->provider) : NULL;
  return copy;
}

/**
 * vss_object_prop_free:
 * @self: (nullable): an object's properties
 *
 * Frees them with all that they hold.
 *
 * Since: 0.1
 */
void
vss_object_prop_free (VssObjectProp *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->snapshot, vss_snapshot_prop_free);
  g_clear_pointer (&self->provider, vss_provider_prop_free);
  g_free (self);
}

/**
 * vss_enum_object_next:
 * @self: an enumeration
 * @count: how many objects to return at most
 * @error: return location for an error
 *
 * Returns the next objects and moves on behind them.
 *
 * VSS: IVssEnumObject::Next. Fewer than @count, down to none, are what S_FALSE is there.
 *
 * Errors: none at present
 *
 * Returns: (transfer container) (element-type VssObjectProp): the objects
 *
 * Since: 0.1
 */
GPtrArray *
vss_enum_object_next (VssEnumObject *self, guint count, GError **error)
{
  GPtrArray *result;

  g_return_val_if_fail (VSS_IS_ENUM_OBJECT (self), NULL);
  result = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_object_prop_free);
  for (; count > 0 && self->next < self->objects->len; count--)
    g_ptr_array_add (result,
                     vss_object_prop_copy (g_ptr_array_index (self->objects, self->next++)));
  return result;
}

/**
 * vss_enum_object_skip:
 * @self: an enumeration
 * @count: how many objects to leave out
 * @error: return location for an error
 *
 * Moves on, at most to the end.
 *
 * VSS: IVssEnumObject::Skip, which says S_FALSE at the end; here the next
 * vss_enum_object_next() is empty then.
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_enum_object_skip (VssEnumObject *self, guint count, GError **error)
{
  g_return_val_if_fail (VSS_IS_ENUM_OBJECT (self), FALSE);
  self->next += MIN (count, self->objects->len - self->next);
  return TRUE;
}

/**
 * vss_enum_object_reset:
 * @self: an enumeration
 * @error: return location for an error
 *
 * Goes back to the beginning. The objects are those of the query, whatever happened since.
 *
 * VSS: IVssEnumObject::Reset
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_enum_object_reset (VssEnumObject *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_ENUM_OBJECT (self), FALSE);
  self->next = 0;
  return TRUE;
}

/**
 * vss_enum_object_clone:
 * @self: an enumeration
 * @error: return location for an error
 *
 * Makes a second enumeration of the same objects, at the same place.
 *
 * VSS: IVssEnumObject::Clone
 *
 * Errors: none at present
 *
 * Returns: (transfer full): the clone
 *
 * Since: 0.1
 */
VssEnumObject *
vss_enum_object_clone (VssEnumObject *self, GError **error)
{
  VssEnumObject *clone;

  g_return_val_if_fail (VSS_IS_ENUM_OBJECT (self), NULL);
  clone = vss_enum_object_new (g_ptr_array_ref (self->objects));
  clone->next = self->next;
  return clone;
}

VssEnumObject *
vss_enum_object_new (GPtrArray *objects)
{
  VssEnumObject *self = g_object_new (VSS_TYPE_ENUM_OBJECT, NULL);

  self->objects = objects;
  return self;
}

static void
vss_enum_object_finalize (GObject *object)
{
  VssEnumObject *self = VSS_ENUM_OBJECT (object);

  g_clear_pointer (&self->objects, g_ptr_array_unref);
  G_OBJECT_CLASS (vss_enum_object_parent_class)->finalize (object);
}

static void
vss_enum_object_class_init (VssEnumObjectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_enum_object_finalize;
}

static void
vss_enum_object_init (VssEnumObject *self)
{
}
