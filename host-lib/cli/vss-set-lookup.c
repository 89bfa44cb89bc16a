/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the sets of a domain that the command line names: see the header. */
#include "host-lib/cli/vss-set-lookup.h"

#include <string.h>

const VssSnapshotSet *
vss_set_lookup (GPtrArray *sets, const char *prefix, GError **error)
{
  const VssSnapshotSet *found = NULL;
  guint i;

  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (g_ascii_strncasecmp (set->id, prefix, strlen (prefix)) != 0)
        {
          continue;
        }
      if (found != NULL)
        {
          g_set_error (error,
                       VSS_ERROR,
                       VSS_E_OBJECT_NOT_FOUND,
                       "more than one snapshot set begins with %s: give more of the id",
                       prefix);
          return NULL;
        }
      found = set;
    }
  if (found == NULL)
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_OBJECT_NOT_FOUND,
                   "no snapshot set begins with %s: see '" VSS_CLI_PROGRAM " list'",
                   prefix);
    }
  return found;
}

gboolean
vss_set_lookup_has (GPtrArray *sets, const char *id)
{
  guint i;

  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (g_strcmp0 (set->id, id) == 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gint
compare_age (gconstpointer a, gconstpointer b)
{
  const VssSnapshotSet *first = *(const VssSnapshotSet *const *) a;
  const VssSnapshotSet *second = *(const VssSnapshotSet *const *) b;

  return first->created_us < second->created_us   ? 1
         : first->created_us > second->created_us ? -1
                                                  : 0;
}

void
vss_set_lookup_sort (GPtrArray *sets)
{
  g_ptr_array_sort (sets, compare_age);
}
