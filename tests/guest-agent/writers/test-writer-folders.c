/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of key files: what is in them is registered, the later folder wins, and each reading
 * finds what has changed, also what is broken. */
#include "guest-agent/writers/vss-writer-programs.h"
#include "tests/guest-agent/writers/program-rig.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  ProgramRig base; /* folder, clock and environment */
  VssWriterRegistry *registry;
  VssWriterPrograms *programs;
} Rig;

static void
set_up (Rig *rig, gconstpointer data)
{
  g_auto (GStrv) folders = g_new0 (char *, 4);

  program_rig_set_up (&rig->base, NULL);
  folders[0] = g_build_filename (rig->base.folder, "none", NULL);
  folders[1] = g_build_filename (rig->base.folder, "vendor", NULL);
  folders[2] = g_build_filename (rig->base.folder, "own", NULL);
  rig->registry = vss_writer_registry_new (&rig->base.clock);
  rig->programs =
      vss_writer_programs_new (&rig->base.environment, rig->registry, (const char *const *)folders);
}

static void
tear_down (Rig *rig, gconstpointer data)
{
  vss_writer_programs_free (rig->programs);
  g_assert_cmpuint (vss_writer_registry_count (rig->registry), ==, 0);
  g_object_unref (rig->registry);
  program_rig_tear_down (&rig->base, NULL);
}

static void
put (Rig *rig, const char *name, const char *writer)
{
  g_autofree char *text = g_strdup_printf ("[Writer]\nname=%s\nexec=/bin/true\n", writer);

  g_free (program_rig_write (&rig->base, name, text, 0600));
}

/* "name name broken: name broken: name", in the order in which they are known. */
static char *
reload (Rig *rig)
{
  g_autoptr (VssWireWritersResult) result = NULL;
  GString *names = g_string_new (NULL);

  vss_writer_programs_reload (rig->programs);
  result = vss_writer_registry_query (rig->registry);
  for (guint i = 0; i < result->writers->len; i++)
    {
      const VssWireWriterInfo *writer = g_ptr_array_index (result->writers, i);

      g_string_append_printf (names, "%s ", writer->name);
    }
  for (guint i = 0; i < result->broken->len; i++)
    {
      const VssWireAbsentWriter *broken = g_ptr_array_index (result->broken, i);
      g_autofree char *base = g_path_get_basename (broken->name);

      g_assert_false (g_str_has_prefix (broken->reason, broken->name));
      g_string_append_printf (names, "broken:%s ", base);
    }
  return g_string_free (names, FALSE);
}

static void
expect (Rig *rig, const char *wanted)
{
  g_autofree char *names = reload (rig);

  g_assert_cmpstr (names, ==, wanted);
}

static void
test_later_wins (Rig *rig, gconstpointer data)
{
  g_autofree char *link = g_build_filename (rig->base.folder, "own", "c.writer", NULL);

  expect (rig, "");
  put (rig, "vendor/a.writer", "A");
  put (rig, "vendor/b.writer", "B");
  put (rig, "vendor/c.writer", "C");
  put (rig, "vendor/.hidden.writer", "H");
  put (rig, "vendor/d.conf", "D");
  expect (rig, "A B C ");
  put (rig, "own/a.writer", "own");
  g_free (program_rig_write (&rig->base, "own/b.writer", "", 0600));
  g_assert_cmpint (symlink ("/dev/null", link), ==, 0);
  expect (rig, "own ");
}

static void
test_changes (Rig *rig, gconstpointer data)
{
  g_autofree char *path = g_build_filename (rig->base.folder, "own", "b.writer", NULL);
  g_autofree char *kept = NULL;
  GPtrArray *slots;

  put (rig, "own/a.writer", "A");
  put (rig, "own/b.writer", "B");
  expect (rig, "A B ");
  slots = vss_writer_registry_get_slots (rig->registry);
  kept = g_strdup (
      vss_writer_get_instance_id (vss_writer_slot_get_writer (g_ptr_array_index (slots, 0))));
  put (rig, "own/b.writer", "Changed");
  expect (rig, "A Changed ");
  g_assert_nonnull (vss_writer_registry_find (rig->registry, kept));
  g_free (program_rig_write (&rig->base, "own/b.writer", "[Writer]\n", 0600));
  expect (rig, "A broken:b.writer ");
  g_unlink (path);
  expect (rig, "A ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/writer-folders/later-wins", Rig, NULL, set_up, test_later_wins, tear_down);
  g_test_add ("/writer-folders/changes", Rig, NULL, set_up, test_changes, tear_down);
  return g_test_run ();
}
