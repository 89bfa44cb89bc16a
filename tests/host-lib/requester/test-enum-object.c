/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IVssEnumObject: next, skip, reset, clone. */
#include "host-lib/requester/vss-enum-object-private.h"

static VssEnumObject *
make (guint count)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_object_prop_free);

  for (guint i = 0; i < count; i++)
    {
      VssObjectProp *object = g_new0 (VssObjectProp, 1);

      object->type = VSS_OBJECT_SNAPSHOT;
      object->snapshot = g_new0 (VssSnapshotProp, 1);
      object->snapshot->snapshot_id = g_strdup_printf ("%u", i);
      g_ptr_array_add (objects, object);
    }
  return vss_enum_object_new (objects);
}

/* The ids of the next objects, as one text. */
static char *
next_ids (VssEnumObject *self, guint count)
{
  g_autoptr (GPtrArray) objects = vss_enum_object_next (self, count, NULL);
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < objects->len; i++)
    {
      const VssObjectProp *object = g_ptr_array_index (objects, i);

      g_assert_null (object->provider);
      g_string_append (ids, object->snapshot->snapshot_id);
    }
  return g_string_free (ids, FALSE);
}

static void
check_next (VssEnumObject *self, guint count, const char *expected)
{
  g_autofree char *ids = next_ids (self, count);

  g_assert_cmpstr (ids, ==, expected);
}

static void
test_next (void)
{
  g_autoptr (VssEnumObject) objects = make (5);

  check_next (objects, 0, "");
  check_next (objects, 2, "01");
  check_next (objects, G_MAXUINT, "234");
  check_next (objects, 1, "");
}

static void
test_skip_and_reset (void)
{
  g_autoptr (VssEnumObject) objects = make (5);

  g_assert_true (vss_enum_object_skip (objects, 3, NULL));
  check_next (objects, 1, "3");
  g_assert_true (vss_enum_object_skip (objects, G_MAXUINT, NULL));
  check_next (objects, 1, "");
  g_assert_true (vss_enum_object_reset (objects, NULL));
  check_next (objects, 1, "0");
}

/* A clone goes its own way, and outlives what it was made of. */
static void
test_clone (void)
{
  VssEnumObject *objects = make (4);
  g_autoptr (VssEnumObject) clone = NULL;

  check_next (objects, 2, "01");
  clone = vss_enum_object_clone (objects, NULL);
  check_next (objects, 1, "2");
  g_object_unref (objects);
  check_next (clone, 9, "23");
}

static void
test_empty (void)
{
  g_autoptr (VssEnumObject) objects = make (0);

  check_next (objects, 3, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/enum-object/next", test_next);
  g_test_add_func ("/enum-object/skip-and-reset", test_skip_and_reset);
  g_test_add_func ("/enum-object/clone", test_clone);
  g_test_add_func ("/enum-object/empty", test_empty);
  return g_test_run ();
}
