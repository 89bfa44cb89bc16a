/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-programs.h. */
#include "guest-agent/writers/vss-writer-programs.h"

#include <stdlib.h>
#include <string.h>

#include "guest-agent/writers/vss-writer-program.h"

#define SUFFIX ".writer"

struct _VssWriterPrograms
{
  const VssWriterEnvironment *environment;
  VssWriterRegistry *registry;
  char **folders;
  GHashTable *programs; /* path -> VssWriterProgram */
  GHashTable *broken;   /* set of names that the registry was told */
};

/* The reason mostly begins with the name, which whoever lists them shows before it. */
static void
set_broken (VssWriterPrograms *self, const char *name, const char *reason)
{
  gsize length = strlen (name);

  if (g_str_has_prefix (reason, name) && g_str_has_prefix (reason + length, ": "))
    reason += length + 2;
  vss_writer_registry_set_broken (self->registry, name, reason);
  g_hash_table_add (self->broken, g_strdup (name));
}

static void
forget_broken (VssWriterPrograms *self)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->broken);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    vss_writer_registry_set_broken (self->registry, name, NULL);
  g_hash_table_remove_all (self->broken);
}

/* -- the folders -- */

/* Adds the key files of @folder to @paths, from file name to path. */
static void
list_files (VssWriterPrograms *self, GTree *paths, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  if (error && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    set_broken (self, folder, error->message);
  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, SUFFIX) && name[0] != '.')
      g_tree_replace (paths, g_strdup (name), g_build_filename (folder, name, NULL));
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

/* From path to VssWriterFile, those that can be used and are enabled. */
static GHashTable *
load_files (VssWriterPrograms *self)
{
  g_autoptr (GTree) paths = g_tree_new_full (compare_names, NULL, g_free, g_free);
  GHashTable *files =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)vss_writer_file_free);

  for (char **folder = self->folders; *folder; folder++)
    list_files (self, paths, *folder);
  for (GTreeNode *node = g_tree_node_first (paths); node; node = g_tree_node_next (node))
    {
      g_autoptr (GError) error = NULL;
      const char *path = g_tree_node_value (node);
      VssWriterFile *file = vss_writer_file_load (path, &error);

      if (!file)
        set_broken (self, path, error->message);
      else if (file->enabled)
        g_hash_table_insert (files, file->path, file);
      else
        vss_writer_file_free (file);
    }
  return files;
}

/* -- the registry -- */

/* Removes what is not described as it was; what stays the same is taken out of @files. */
static void
keep_unchanged (VssWriterPrograms *self, GHashTable *files)
{
  GHashTableIter iter;
  gpointer path;
  gpointer program;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, &path, &program))
    {
      VssWriterFile *file = g_hash_table_lookup (files, path);

      if (file && vss_writer_file_equal (file, vss_writer_program_get_file (program)))
        g_hash_table_remove (files, path);
      else
        {
          vss_writer_registry_remove (self->registry, program,
                                      file ? "its key file has changed"
                                           : "its key file is gone, broken or disabled");
          g_hash_table_iter_remove (&iter);
        }
    }
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_program (VssWriterPrograms *self, VssWriterFile *file)
{
  g_autoptr (VssWriterProgram) program = vss_writer_program_new (self->environment, file);
  g_autoptr (GError) error = NULL;

  if (vss_writer_registry_add (self->registry, VSS_WRITER (program), &error))
    g_hash_table_insert (self->programs, file->path, g_object_ref (program));
  else
    set_broken (self, file->path, error->message);
}

/* In the order of their paths. */
static void
add_new (VssWriterPrograms *self, GHashTable *files)
{
  guint length;
  g_autofree char **paths = (char **)g_hash_table_get_keys_as_array (files, &length);

  qsort (paths, length, sizeof *paths, compare_paths);
  for (guint i = 0; i < length; i++)
    {
      gpointer file;

      g_hash_table_steal_extended (files, paths[i], NULL, &file);
      add_program (self, file);
    }
}

void
vss_writer_programs_reload (VssWriterPrograms *self)
{
  g_autoptr (GHashTable) files = NULL;

  forget_broken (self);
  files = load_files (self);
  keep_unchanged (self, files);
  add_new (self, files);
}

/* -- life -- */

VssWriterPrograms *
vss_writer_programs_new (const VssWriterEnvironment *environment,
                         VssWriterRegistry *registry,
                         const char *const *folders)
{
  VssWriterPrograms *self = g_new0 (VssWriterPrograms, 1);

  self->environment = environment;
  self->registry = g_object_ref (registry);
  self->folders = g_strdupv ((char **)folders);
  /* The path belongs to the program's file. */
  self->programs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->broken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
vss_writer_programs_free (VssWriterPrograms *self)
{
  GHashTableIter iter;
  gpointer program;

  g_hash_table_iter_init (&iter, self->programs);
  while (g_hash_table_iter_next (&iter, NULL, &program))
    {
      vss_writer_registry_remove (self->registry, program, "the agent ends");
      vss_writer_program_close (program);
    }
  g_hash_table_unref (self->programs);
  g_hash_table_unref (self->broken);
  g_object_unref (self->registry);
  g_strfreev (self->folders);
  g_free (self);
}
