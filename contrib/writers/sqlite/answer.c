/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See answer.h. */
#include "answer.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "database.h"

/* The exit status of a failure after which another try may succeed, see vss-writer(5). */
#define EXIT_RETRYABLE 75

/* Beside the database: the write-ahead log with its index, and the rollback journal. */
static const char *const log_suffixes[] = { "-wal", "-shm", "-journal" };

/* -- told -- */

gboolean
vss_told_read (GDataInputStream *input, VssTold *told)
{
  g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL);
  g_autoptr (JsonNode) node = line != NULL ? json_from_string (line, NULL) : NULL;
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node)
                                                                     : NULL;

  *told = (VssTold){ NULL, 0 };
  if (object != NULL && json_object_has_member (object, "event"))
    told->event = g_strdup (json_object_get_string_member (object, "event"));
  if (object != NULL && json_object_has_member (object, "timeout-ms"))
    told->timeout_ms = json_object_get_int_member (object, "timeout-ms");
  return line != NULL;
}

void
vss_told_clear (VssTold *told)
{
  g_clear_pointer (&told->event, g_free);
}

/* -- answers -- */

static void
say (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *line = json_to_string (root, FALSE);

  printf ("%s\n", line);
  fflush (stdout);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

int
vss_answer_event (const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gboolean is_busy = g_error_matches (error, VSS_DATABASE_ERROR, VSS_DATABASE_ERROR_BUSY);

  json_builder_begin_object (builder);
  add_text (builder, "failure", error == NULL ? "none" : is_busy ? "retryable" : "nonretryable");
  if (error != NULL)
    add_text (builder, "message", error->message);
  json_builder_end_object (builder);
  say (builder);
  if (error == NULL)
    return EXIT_SUCCESS;
  return is_busy ? EXIT_RETRYABLE : EXIT_FAILURE;
}

static void
add_file (JsonBuilder *builder, const char *folder, const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);

  json_builder_begin_object (builder);
  add_text (builder, "path", folder);
  add_text (builder, "filespec", file);
  json_builder_set_member_name (builder, "recursive");
  json_builder_add_boolean_value (builder, FALSE);
  json_builder_end_object (builder);
}

/* The folder is the logical path: two databases may have the same name. */
static void
add_component (JsonBuilder *builder, const char *database)
{
  g_autofree char *folder = g_path_get_dirname (database);
  g_autofree char *name = g_path_get_basename (database);

  json_builder_begin_object (builder);
  add_text (builder, "type", "database");
  add_text (builder, "logical-path", folder);
  add_text (builder, "name", name);
  json_builder_set_member_name (builder, "selectable");
  json_builder_add_boolean_value (builder, TRUE);
  json_builder_set_member_name (builder, "database-files");
  json_builder_begin_array (builder);
  add_file (builder, folder, name, "");
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "database-log-files");
  json_builder_begin_array (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (log_suffixes); i++)
    add_file (builder, folder, name, log_suffixes[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
vss_answer_identity (char **databases)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "components");
  json_builder_begin_array (builder);
  for (; *databases != NULL; databases++)
    add_component (builder, *databases);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  say (builder);
}
