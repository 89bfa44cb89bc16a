/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fake library does, and what it leaves: see the header. The process lives for one verb,
 * so what it leaves is kept in the environment, too. */
#include "tests/cli/fake/fake-settings.h"

#include <stdio.h>

#include "tests/cli/sample-sets.h"

gboolean
fake_is (const char *word)
{
  g_auto (GStrv) words = g_strsplit (g_getenv ("VSS_FAKE") ? g_getenv ("VSS_FAKE") : "", ",", -1);

  return g_strv_contains ((const char *const *) words, word);
}

void
fake_log (const char *format, ...)
{
  const char *path = g_getenv ("VSS_FAKE_LOG");
  FILE *file = path != NULL ? fopen (path, "a") : NULL;
  va_list arguments;

  if (file != NULL)
    {
      va_start (arguments, format);
      vfprintf (file, format, arguments);
      va_end (arguments);
      fputc ('\n', file);
      fclose (file);
    }
}

void
fake_leave_behind (const char *set_id)
{
  if (fake_is ("left-behind"))
    {
      g_setenv ("VSS_FAKE_LEFT", set_id, TRUE);
    }
  if (fake_is ("lost"))
    {
      g_setenv ("VSS_FAKE_LOST", "1", TRUE);
    }
}

GPtrArray *
fake_list_sets (GError **error)
{
  GPtrArray *sets;

  if (g_getenv ("VSS_FAKE_LOST") != NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED, "cannot reach libvirt");
      return NULL;
    }
  sets = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_snapshot_set_free);
  if (fake_is ("hostile"))
    {
      g_ptr_array_add (sets, sample_hostile_set_new ());
      return sets;
    }
  g_ptr_array_add (sets, sample_old_set_new ());
  g_ptr_array_add (sets, sample_set_new ());
  if (g_getenv ("VSS_FAKE_LEFT") != NULL)
    {
      VssSnapshotSet *left = sample_set_new ();

      g_free (left->id);
      left->id = g_strdup (g_getenv ("VSS_FAKE_LEFT"));
      left->state = VSS_SET_PREPARING;
      g_ptr_array_add (sets, left);
    }
  return sets;
}
