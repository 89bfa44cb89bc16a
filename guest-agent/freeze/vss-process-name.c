/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "guest-agent/freeze/vss-process-name.h"

char *
vss_process_describe (const char *folder,
                      const char *pid)
{
  g_autofree char *path = g_build_filename (folder, "comm", NULL);
  g_autofree char *name = NULL;
  g_autofree char *valid = NULL;

  if (!g_file_get_contents (path, &name, NULL, NULL))
    {
      return g_strdup_printf ("process %s", pid);
    }
  valid = g_utf8_make_valid (g_strchomp (name), -1);
  return g_strdup_printf ("%s (process %s)", valid, pid);
}
