/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers about snapshot sets as JSON, and errors. Called by vss-output.c, main thread. */
#include "host-lib/cli/vss-json.h"
#include "host-lib/cli/vss-output-findings.h"
#include "host-lib/cli/vss-output-forms.h"
#include "host-lib/cli/vss-output-writers.h"

void
vss_json_owner (JsonBuilder *builder, const VssSetOwner *owner)
{
  json_builder_set_member_name (builder, "owner");
  if (owner->requester == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  vss_json_string (builder, "requester", owner->requester);
  vss_json_string (builder, "host", owner->host);
  vss_json_int (builder, "pid", owner->pid);
  vss_json_time (builder, "renewed", owner->renewed_us);
  vss_json_int (builder, "lease-us", owner->lease_us);
  json_builder_end_object (builder);
}

static void
add_volumes (JsonBuilder *builder, GPtrArray *volumes)
{
  guint i;

  vss_json_begin_array (builder, "volumes");
  for (i = 0; i < volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (volumes, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "snapshot-id", volume->snapshot_id);
      vss_json_string (builder, "name", volume->name);
      vss_json_string (builder, "mount-point", volume->mount_point);
      vss_json_string (builder, "fs-type", volume->fs_type);
      vss_json_string (builder, "fs-uuid", volume->fs_uuid);
      vss_json_strings (builder, "disks", (const char *const *) volume->disks);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_disks (JsonBuilder *builder, GPtrArray *disks)
{
  guint i;

  vss_json_begin_array (builder, "disks");
  for (i = 0; i < disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (disks, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "target", disk->target);
      vss_json_string (builder, "image", disk->image);
      vss_json_string (builder, "image-format", disk->image_format);
      vss_json_string (builder, "overlay", disk->overlay);
      vss_json_int (builder, "capacity", (gint64) disk->capacity);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_holds (JsonBuilder *builder, GPtrArray *holds)
{
  guint i;

  vss_json_begin_array (builder, "holds");
  for (i = 0; i < holds->len; i++)
    {
      const VssSetHold *hold = g_ptr_array_index (holds, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "mount-point", hold->mount_point);
      vss_json_string (builder, "state", hold->state);
      vss_json_string (builder, "reason", hold->reason);
      vss_json_int (builder, "freeze-us", hold->freeze_us);
      vss_json_int (builder, "thaw-us", hold->thaw_us);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_head (JsonBuilder *builder, const VssSnapshotSet *set)
{
  vss_json_string (builder, "snapshot-set-id", set->id);
  vss_json_string (builder, "domain", set->domain_name);
  vss_json_string (builder, "domain-uuid", set->domain_uuid);
  vss_json_string (builder, "host", set->host_name);
  vss_json_string (builder, "provider-id", set->provider_id);
  vss_json_string (builder, "context", vss_snapshot_context_to_string (set->context));
  vss_json_string (builder, "state", vss_output_set_state (set->state));
  vss_json_string (builder, "policy", vss_policy_to_string (set->policy));
  vss_json_string (builder, "consistency", vss_consistency_to_string (set->consistency));
  vss_json_string (builder, "weakness", set->weakness);
  vss_json_time (builder, "created", set->created_us);
  vss_json_int (builder, "frozen-us", set->frozen_us);
  vss_json_int (builder, "commit-us", set->commit_us);
  vss_json_int (builder, "lease-ms", set->lease_ms);
  vss_json_bool (builder, "lease-expired", set->lease_expired);
}

/* The members of a set; the object is open. */
static void
add_set (JsonBuilder *builder, const VssSnapshotSet *set)
{
  add_head (builder, set);
  vss_json_owner (builder, &set->owner);
  add_volumes (builder, set->volumes);
  add_disks (builder, set->disks);
  add_holds (builder, set->holds);
  vss_json_set_writers (builder, set);
}

static void
add_left_out (JsonBuilder *builder, GPtrArray *left_out)
{
  guint i;

  vss_json_begin_array (builder, "left-out");
  for (i = 0; i < left_out->len; i++)
    {
      const VssLeftOut *entry = g_ptr_array_index (left_out, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "name", entry->name);
      vss_json_strings (builder, "disks", (const char *const *) entry->disks);
      vss_json_string (builder, "reason", entry->reason);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
vss_json_created (VssCli *cli,
                  const VssSnapshotSet *set,
                  GPtrArray *left_out,
                  gboolean dry_run)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  vss_json_bool (builder, "dry-run", dry_run);
  add_set (builder, set);
  add_left_out (builder, left_out);
  if (dry_run)
    {
      vss_json_findings (builder, set->findings);
    }
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

void
vss_json_set (VssCli *cli, const VssSnapshotSet *set)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_set (builder, set);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

/* What could not be asked; the answers of the others are good all the same. */
static void
add_errors (JsonBuilder *builder, GPtrArray *answers)
{
  guint i;

  vss_json_begin_array (builder, "errors");
  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      if (answer->error != NULL)
        {
          json_builder_begin_object (builder);
          vss_json_string (builder, "domain", answer->domain);
          vss_json_error (builder, "error", answer->error);
          json_builder_end_object (builder);
        }
    }
  json_builder_end_array (builder);
}

static void
add_sets_of (JsonBuilder *builder, GPtrArray *sets)
{
  guint i;

  for (i = 0; sets != NULL && i < sets->len; i++)
    {
      json_builder_begin_object (builder);
      add_set (builder, g_ptr_array_index (sets, i));
      json_builder_end_object (builder);
    }
}

void
vss_json_sets (VssCli *cli, GPtrArray *answers)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint i;

  json_builder_begin_object (builder);
  vss_json_begin_array (builder, "sets");
  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      add_sets_of (builder, answer->sets);
    }
  json_builder_end_array (builder);
  add_errors (builder, answers);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

void
vss_json_deleted (VssCli *cli, const char *domain, GPtrArray *ids)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint i;

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_begin_array (builder, "deleted");
  for (i = 0; i < ids->len; i++)
    {
      json_builder_add_string_value (builder, g_ptr_array_index (ids, i));
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

void
vss_json_recovered (VssCli *cli, GPtrArray *answers)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint i;

  json_builder_begin_object (builder);
  vss_json_begin_array (builder, "domains");
  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "domain", answer->domain);
      vss_json_strings (builder, "actions", (const char *const *) answer->actions);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  add_errors (builder, answers);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

void
vss_output_error_json (VssCli *cli, const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  vss_json_error (builder, "error", error);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}
