/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers about a guest as JSON: volumes, status, thaw. Called by vss-output.c. */
#include "host-lib/cli/vss-json.h"
#include "host-lib/cli/vss-output-forms.h"
#include "host-lib/cli/vss-output-overlays.h"

static void
add_volume (JsonBuilder *builder, const VssVolumeInfo *volume)
{
  json_builder_begin_object (builder);
  vss_json_string (builder, "name", volume->name);
  vss_json_string (builder, "mount-point", volume->mount_point);
  vss_json_string (builder, "fs-type", volume->fs_type);
  vss_json_string (builder, "fs-uuid", volume->fs_uuid);
  vss_json_string (builder, "device", volume->device);
  vss_json_int (builder, "size", (gint64) volume->size);
  vss_json_strings (builder, "disks", (const char *const *) volume->disks);
  vss_json_bool (builder, "disks-complete", volume->disks_complete);
  vss_json_bool (builder, "supported", volume->supported);
  vss_json_string (builder, "freezability", volume->freezability);
  vss_json_string (builder, "reason", volume->reason);
  json_builder_end_object (builder);
}

void
vss_json_volumes (VssCli *cli,
                  const char *domain,
                  GPtrArray *volumes,
                  const GError *agent_error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint i;

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_begin_array (builder, "volumes");
  for (i = 0; i < volumes->len; i++)
    {
      add_volume (builder, g_ptr_array_index (volumes, i));
    }
  json_builder_end_array (builder);
  vss_json_error (builder, "agent-error", agent_error);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

static void
add_uptime (JsonBuilder *builder, const VssDomainStatus *status)
{
  json_builder_set_member_name (builder, "uptime-ms");
  if (status->agent_uptime_ms >= 0)
    {
      json_builder_add_int_value (builder, status->agent_uptime_ms);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
}

static void
add_agent (JsonBuilder *builder, const VssDomainStatus *status)
{
  json_builder_set_member_name (builder, "agent");
  json_builder_begin_object (builder);
  vss_json_bool (builder, "has-channel", status->has_channel);
  vss_json_bool (builder, "connected", status->agent_connected);
  vss_json_string (builder, "error", status->agent_error);
  vss_json_string (builder, "version", status->agent_version);
  add_uptime (builder, status);
  vss_json_bool (builder, "guard-alive", status->guard_alive);
  vss_json_string (builder, "recovered", status->recovered);
  vss_json_strings (builder, "log", (const char *const *) status->log);
  json_builder_end_object (builder);
}

static void
add_freeze (JsonBuilder *builder, const VssDomainStatus *status)
{
  json_builder_set_member_name (builder, "freeze");
  if (!status->agent_connected)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  vss_json_string (builder, "state", status->freeze_state);
  vss_json_string (builder, "owner", status->freeze_owner);
  json_builder_set_member_name (builder, "lease-left-ms");
  if (status->lease_left_ms >= 0)
    {
      json_builder_add_int_value (builder, status->lease_left_ms);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
  vss_json_strings (builder, "mount-points", (const char *const *) status->frozen);
  json_builder_end_object (builder);
}

static void
add_set_states (JsonBuilder *builder, GPtrArray *sets)
{
  guint i;

  if (sets == NULL)
    {
      vss_json_string (builder, "sets", NULL);
      return;
    }
  vss_json_begin_array (builder, "sets");
  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "snapshot-set-id", set->id);
      vss_json_string (builder, "state", vss_output_set_state (set->state));
      vss_json_string (builder, "consistency", vss_consistency_to_string (set->consistency));
      vss_json_time (builder, "created", set->created_us);
      vss_json_owner (builder, &set->owner);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
vss_json_status (VssCli *cli,
                 const char *domain,
                 const VssDomainStatus *status,
                 GPtrArray *sets,
                 GPtrArray *overlays,
                 GPtrArray *before)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_string (builder, "vm-state", status->vm_state);
  add_agent (builder, status);
  add_freeze (builder, status);
  add_set_states (builder, sets);
  vss_json_overlays (builder, overlays, before);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

static const char *
enable_outcome (VssEnableOutcome outcome)
{
  const char *const names[] = {
    [VSS_ENABLE_NOT_APPLICABLE] = "not-applicable",
    [VSS_ENABLE_PRESENT] = "present",
    [VSS_ENABLE_ADDED] = "added",
    [VSS_ENABLE_REFUSED] = "refused",
  };

  return names[outcome];
}

void
vss_json_enabled (VssCli *cli,
                  const char *domain,
                  const VssEnableResult *result,
                  const VssDomainStatus *status,
                  gboolean dry_run)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_bool (builder, "dry-run", dry_run);
  vss_json_string (builder, "live", enable_outcome (result->live));
  vss_json_string (builder, "live-reason", result->live_reason);
  vss_json_string (builder, "config", enable_outcome (result->config));
  if (status != NULL)
    {
      add_agent (builder, status);
    }
  else
    {
      vss_json_string (builder, "agent", NULL);
    }
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

void
vss_json_thawed (VssCli *cli, const char *domain, GStrv thawed)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_strings (builder, "thawed", (const char *const *) thawed);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}
