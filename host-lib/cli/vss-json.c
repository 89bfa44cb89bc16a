/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small steps of building a JSON document: see the header. */
#include "host-lib/cli/vss-json.h"

#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-safe-text.h"

static void
add_string (JsonBuilder *builder, const char *value)
{
  g_autofree char *valid = NULL;

  if (value == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  valid = g_utf8_make_valid (value, -1);
  json_builder_add_string_value (builder, valid);
}

void
vss_json_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  add_string (builder, value);
}

void
vss_json_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

void
vss_json_bool (JsonBuilder *builder, const char *key, gboolean value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_boolean_value (builder, value);
}

void
vss_json_strings (JsonBuilder *builder, const char *key, const char *const *values)
{
  guint i;

  vss_json_begin_array (builder, key);
  for (i = 0; values != NULL && values[i] != NULL; i++)
    {
      add_string (builder, values[i]);
    }
  json_builder_end_array (builder);
}

void
vss_json_time (JsonBuilder *builder, const char *key, gint64 time_us)
{
  g_autofree char *number_key = g_strconcat (key, "-us", NULL);
  g_autofree char *text = vss_human_iso_time (time_us);

  json_builder_set_member_name (builder, number_key);
  if (text != NULL)
    {
      json_builder_add_int_value (builder, time_us);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
  vss_json_string (builder, key, text);
}

void
vss_json_begin_array (JsonBuilder *builder, const char *key)
{
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
}

static void
add_error (JsonBuilder *builder, const GError *error)
{
  g_autofree char *number = NULL;
  const char *name = NULL;

  if (error->domain == VSS_ERROR)
    {
      name = vss_error_to_name (error->code);
      number = g_strdup_printf ("0x%08X", (guint) error->code);
    }
  json_builder_begin_object (builder);
  vss_json_string (builder, "code", name);
  vss_json_string (builder, "hresult", number);
  vss_json_string (builder, "message", error->message);
  json_builder_end_object (builder);
}

void
vss_json_error (JsonBuilder *builder, const char *key, const GError *error)
{
  json_builder_set_member_name (builder, key);
  if (error != NULL)
    {
      add_error (builder, error);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
}

void
vss_json_print (VssCli *cli, JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  safe = vss_safe_json (text);
  fprintf (cli->out, "%s\n", safe);
  cli->answered = TRUE;
}
