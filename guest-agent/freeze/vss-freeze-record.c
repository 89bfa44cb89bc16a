/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes and removes the freeze record. */
#include "guest-agent/freeze/vss-freeze-record.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-record.h"

/* When this process started, so that another one with its number isn't taken for it: field 22 of
 * its stat file. The name, field 2, may have blanks and parentheses in it. */
#define START_TIME_FIELD_AFTER_NAME 19

static char *
read_start_time (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *after_name;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL)
      || (after_name = strrchr (text, ')')) == NULL || strlen (after_name) < 2)
    {
      return g_strdup ("0");
    }
  fields = g_strsplit (after_name + 2, " ", -1);
  return g_strdup (g_strv_length (fields) > START_TIME_FIELD_AFTER_NAME
                     ? fields[START_TIME_FIELD_AFTER_NAME]
                     : "0");
}

gboolean
vss_freeze_record_write (const VssFreezeRecord *self,
                         const char            *path,
                         GError               **error)
{
  g_autoptr (GString) text = g_string_new (VSS_GUARD_RECORD_HEADER "\n");
  g_autofree char *start_time = read_start_time ();

  g_string_append_printf (text, "agent %d %s\n", (int) getpid (), start_time);
  g_string_append_printf (text, "set %s\n", self->set_id);
  g_string_append_printf (text, "generation %" G_GINT64_FORMAT "\n", self->generation);
  g_string_append_printf (text, "lease-end-ms %" G_GINT64_FORMAT "\n", self->lease_end_ms);
  if (self->rcu_expedited >= 0)
    {
      g_string_append_printf (text, "rcu-expedited %d\n", self->rcu_expedited);
    }
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      const VssFileSystem *fs = self->file_systems->pdata[i];
      g_autofree char *name = g_strescape (vss_file_system_get_name (fs), NULL);

      g_string_append_printf (text, "hold %s %s\n", fs->device_number, name);
    }
  g_string_append (text, "end\n");
  if (!g_file_set_contents_full (path, text->str, (gssize) text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    {
      g_prefix_error (error, "can't write the freeze record, without which nothing is frozen: ");
      return FALSE;
    }
  return TRUE;
}

void
vss_freeze_record_remove (const char *path)
{
  (void) g_unlink (path);
}
