/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-admin-text.h. */
#include "guest-agent/vssadmin/vss-admin-text.h"

#include <string.h>

#include "protocol/vss-text.h"
#include "qapi/vss-wire-marshal.h"

/* Bytes of a text on one line; longer ones are cut. */
#define MAX_LINE_BYTES 512

/* By VssWireWriterState, whose numbers are those of VSS_WRITER_STATE. */
static const char *const state_texts[] = {
  "Unknown",
  "Stable",
  "Waiting for freeze",
  "Waiting for thaw",
  "Waiting for post-snapshot",
  "Waiting for completion",
  "Failed at identify",
  "Failed at prepare backup",
  "Failed at prepare snapshot",
  "Failed at freeze",
  "Failed at thaw",
  "Failed at post-snapshot",
  "Failed at backup complete",
  "Failed at pre-restore",
  "Failed at post-restore",
  "Failed at backup shutdown",
};

/* By VssWireWriterFailure. */
static const char *const failure_texts[] = {
  "No error",       "Inconsistent shadow copy", "Out of resources",
  "Timed out",      "Retryable error",          "Non-retryable error",
  "Not responding", "Status not available",     "Partial failure",
};

G_STATIC_ASSERT (G_N_ELEMENTS (state_texts) == VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_SHUTDOWN + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (failure_texts) == VSS_WIRE_WRITER_FAILURE_PARTIAL_FAILURE + 1);

/* -- lines -- */

/* "   LABEL: TEXT"; nothing for NULL. */
static void
add_line (GString *out, const char *label, const char *text)
{
  g_autofree char *clean = text ? vss_text_sanitise (text, MAX_LINE_BYTES) : NULL;

  if (clean)
    g_string_append_printf (out, "   %s: %s\n", label, clean);
}

static void
add_age (GString *out, gint64 age_ms)
{
  gint64 seconds = MAX (age_ms, 0) / 1000;

  if (seconds < 60)
    g_string_append_printf (out, "   For: %" G_GINT64_FORMAT " s\n", seconds);
  else if (seconds < 3600)
    g_string_append_printf (out, "   For: %" G_GINT64_FORMAT " min\n", seconds / 60);
  else
    g_string_append_printf (out, "   For: %" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min\n",
                            seconds / 3600, seconds / 60 % 60);
}

static void
add_duration (GString *out, const char *label, gboolean is_known, gint64 us)
{
  if (is_known)
    g_string_append_printf (out, "   %s: %" G_GINT64_FORMAT ".%03d ms\n", label, us / 1000,
                            (int)(ABS (us) % 1000));
}

/* -- writers -- */

static void
add_writer (GString *out, const VssWireWriterInfo *writer, gint64 boot_time_ms)
{
  g_autofree char *name = vss_text_sanitise (writer->name, MAX_LINE_BYTES);
  g_autofree char *id = vss_text_sanitise (writer->writer_id, VSS_TEXT_MAX_NAME);
  g_autofree char *instance = vss_text_sanitise (writer->instance_id, VSS_TEXT_MAX_NAME);

  g_string_append_printf (out, "Writer name: '%s'\n   Writer Id: {%s}\n", name, id);
  g_string_append_printf (out, "   Writer Instance Id: {%s}\n", instance);
  g_string_append_printf (out, "   State: [%d] %s\n", (int)writer->state,
                          state_texts[writer->state]);
  g_string_append_printf (out, "   Last error: %s\n", failure_texts[writer->failure]);
  add_line (out, "Message", writer->message);
  if (writer->has_application_code)
    g_string_append_printf (out, "   Application's error: %" G_GINT64_FORMAT "\n",
                            writer->application_code);
  add_line (out, "Kind", vss_wire_writer_kind_to_string (writer->kind));
  add_line (out, "Location", writer->location);
  add_line (out, "Level", vss_wire_writer_level_to_string (writer->level));
  add_age (out, boot_time_ms - writer->since_ms);
  if (writer->has_last_event)
    add_line (out, "Last event", vss_wire_writer_event_to_string (writer->last_event));
  add_duration (out, "Freeze took", writer->has_freeze_us, writer->freeze_us);
  add_duration (out, "At rest", writer->has_held_us, writer->held_us);
  add_duration (out, "Thaw took", writer->has_thaw_us, writer->thaw_us);
  add_line (out, "Snapshot set", writer->snapshot_set_id);
  g_string_append_c (out, '\n');
}

char *
vss_admin_text_writers (const VssWireWritersResult *result, gint64 boot_time_ms)
{
  GString *out = g_string_new (NULL);

  if (result->writers->len == 0 && result->broken->len == 0)
    g_string_append (out, "No writers are registered; vss-writer(5) says how one becomes.\n");
  for (guint i = 0; i < result->writers->len; i++)
    add_writer (out, g_ptr_array_index (result->writers, i), boot_time_ms);
  for (guint i = 0; i < result->broken->len; i++)
    {
      const VssWireAbsentWriter *broken = g_ptr_array_index (result->broken, i);
      g_autofree char *name = vss_text_sanitise (broken->name, MAX_LINE_BYTES);

      g_string_append_printf (out, "Not usable: %s\n", name);
      add_line (out, "Reason", broken->reason);
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

/* -- volumes -- */

static char *
describe_disks (const VssWireVolume *volume)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < volume->disks->len; i++)
    {
      const VssWireDisk *disk = g_ptr_array_index (volume->disks, i);

      g_string_append_printf (text, "%s%s", i == 0 ? "" : ", ", disk->name);
      if (disk->serial)
        g_string_append_printf (text, " (serial %s)", disk->serial);
    }
  if (!volume->disks_complete)
    g_string_append (text, text->len > 0 ? " and others that are not known" : "not known");
  return g_string_free (text, FALSE);
}

static void
add_volume (GString *out, const VssWireVolume *volume)
{
  g_autofree char *mount_point = vss_text_sanitise (volume->mount_point, MAX_LINE_BYTES);
  g_autofree char *disks = describe_disks (volume);

  g_string_append_printf (out, "Volume path: %s\n", mount_point);
  for (guint i = 0; i < volume->other_mount_points->len; i++)
    add_line (out, "Also at", g_ptr_array_index (volume->other_mount_points, i));
  add_line (out, "File system", volume->fs_type);
  add_line (out, "Device", volume->device);
  add_line (out, "UUID", volume->uuid);
  add_line (out, "Can be held still", vss_wire_freezability_to_string (volume->freezability));
  add_line (out, "Reason", volume->reason);
  add_line (out, "Disks", disks);
  g_string_append_c (out, '\n');
}

char *
vss_admin_text_volumes (const VssWireVolumesResult *result)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < result->volumes->len; i++)
    add_volume (out, g_ptr_array_index (result->volumes, i));
  return g_string_free (out, FALSE);
}

/* -- status -- */

static void
add_freeze (GString *out, const VssWireFreezeStatusResult *freeze)
{
  add_line (out, "Freeze", vss_wire_freeze_state_to_string (freeze->state));
  add_line (out, "Snapshot set", freeze->snapshot_set_id);
  add_line (out, "Requester", freeze->requester);
  if (freeze->has_since_ms)
    add_age (out, freeze->boot_time_ms - freeze->since_ms);
  if (freeze->has_lease_end_ms)
    g_string_append_printf (out, "   Thaws by itself in: %" G_GINT64_FORMAT " ms\n",
                            MAX (freeze->lease_end_ms - freeze->boot_time_ms, 0));
  for (guint i = 0; i < freeze->mount_points->len; i++)
    add_line (out, "Frozen", g_ptr_array_index (freeze->mount_points, i));
}

char *
vss_admin_text_status (const VssWireStatusResult *status, const VssWireFreezeStatusResult *freeze)
{
  GString *out = g_string_new (NULL);
  g_autofree char *version = vss_text_sanitise (status->agent_version, VSS_TEXT_MAX_NAME);

  g_string_append_printf (out, "Agent: vss-agent %s\n", version);
  add_age (out, status->boot_time_ms - status->started_ms);
  add_line (out, "Thaw guard",
            status->guard_alive ? "running" : "not running, so nothing can be frozen");
  add_line (out, "Recovered", status->recovered);
  add_freeze (out, freeze);
  return g_string_free (out, FALSE);
}

/* -- JSON -- */

static void clean_node (JsonNode *node);

static void
clean_member (JsonObject *object, const char *name, JsonNode *node, gpointer user_data)
{
  clean_node (node);
}

static void
clean_element (JsonArray *array, guint i, JsonNode *node, gpointer user_data)
{
  clean_node (node);
}

/* The names of members are the schema's, and its nesting is what bounds ours. */
static void
clean_node (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_foreach_member (json_node_get_object (node), clean_member, NULL);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), clean_element, NULL);
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);
      g_autofree char *clean = vss_text_sanitise (text, strlen (text) + 1);

      json_node_set_string (node, clean);
    }
}

char *
vss_admin_text_json (JsonNode *node)
{
  char *text;

  clean_node (node);
  text = json_to_string (node, TRUE);
  json_node_unref (node);
  return text;
}
