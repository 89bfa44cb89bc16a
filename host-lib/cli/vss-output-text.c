/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers about snapshot sets as text. Called by vss-output.c, main thread. */
#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-output-findings.h"
#include "host-lib/cli/vss-output-forms.h"
#include "host-lib/cli/vss-output-writers.h"
#include "host-lib/cli/vss-safe-text.h"
#include "host-lib/cli/vss-table.h"

/* A line of text; nothing in it can move the cursor. */
static void print_line (FILE *out, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
print_line (FILE *out, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  safe = vss_safe_text (text);
  fprintf (out, "%s\n", safe);
}

static const VssSetDisk *
find_disk (const VssSnapshotSet *set, const char *target)
{
  guint i;

  for (i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (g_strcmp0 (disk->target, target) == 0)
        {
          return disk;
        }
    }
  return NULL;
}

/* One row for each disk of the volume; the volume's name stands in the first. */
static void
add_volume_rows (VssTable *table, const VssSnapshotSet *set, const VssSetVolume *volume)
{
  const char *const none[] = { volume->name, volume->fs_type, "-", NULL };
  guint i;

  for (i = 0; volume->disks != NULL && volume->disks[i] != NULL; i++)
    {
      const VssSetDisk *disk = find_disk (set, volume->disks[i]);
      const char *const cells[] = { i == 0 ? volume->name : NULL,
                                    i == 0 ? volume->fs_type : NULL,
                                    volume->disks[i],
                                    disk != NULL ? disk->image : NULL };

      vss_table_add_row (table, cells);
    }
  if (i == 0)
    {
      vss_table_add_row (table, none);
    }
}

static void
print_volumes (VssCli *cli, const VssSnapshotSet *set)
{
  const char *const titles[] = { "VOLUME", "TYPE", "DISK", "IMAGE", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < set->volumes->len; i++)
    {
      add_volume_rows (table, set, g_ptr_array_index (set->volumes, i));
    }
  vss_table_print (table, TRUE, cli->out);
}

/* "consistency filesystem, frozen for 31.4 ms (commit 20.1 ms)" */
static char *
describe_level (const VssSnapshotSet *set)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *frozen = vss_human_duration (set->frozen_us);
  g_autofree char *commit = vss_human_duration (set->commit_us);

  g_string_append_printf (text,
                          "consistency %s, ",
                          vss_consistency_to_string (set->consistency));
  if (set->frozen_us > 0)
    {
      g_string_append_printf (text, "frozen for %s (commit %s)", frozen, commit);
    }
  else
    {
      g_string_append_printf (text, "not frozen (commit %s)", commit);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
print_left_out (VssCli *cli, GPtrArray *left_out)
{
  guint i;

  for (i = 0; i < left_out->len; i++)
    {
      const VssLeftOut *entry = g_ptr_array_index (left_out, i);

      print_line (cli->out,
                  "not in the set: %s: %s",
                  entry->name,
                  entry->reason != NULL ? entry->reason : "not asked for");
    }
}

static void
print_weakness (VssCli *cli, const VssSnapshotSet *set)
{
  if (set->weakness != NULL)
    {
      print_line (cli->out, "no better than that because: %s", set->weakness);
    }
}

static void
print_dry_run (VssCli *cli, const VssSnapshotSet *set, GPtrArray *left_out)
{
  print_line (cli->out,
              set->consistency == VSS_CONSISTENCY_NONE
                  ? "nothing was done; the set can't be made as things are:"
                  : "nothing was done; the set would be:");
  print_volumes (cli, set);
  vss_text_set_writers (cli, set);
  print_line (cli->out,
              "expected: consistency %s, policy %s, context %s",
              vss_consistency_to_string (set->consistency),
              vss_policy_to_string (set->policy),
              vss_snapshot_context_to_string (set->context));
  print_weakness (cli, set);
  vss_text_findings (cli, set->findings);
  print_left_out (cli, left_out);
}

void
vss_text_created (VssCli *cli,
                  const VssSnapshotSet *set,
                  GPtrArray *left_out,
                  gboolean dry_run)
{
  g_autofree char *level = describe_level (set);

  if (dry_run)
    {
      print_dry_run (cli, set, left_out);
      return;
    }
  if (cli->quiet)
    {
      print_line (cli->out, "%s", set->id);
      return;
    }
  print_volumes (cli, set);
  vss_text_set_writers (cli, set);
  print_line (cli->out, "snapshot set %s: %s", set->id, level);
  print_weakness (cli, set);
  print_left_out (cli, left_out);
}

/* Two rows, as paths are long. */
static void
add_disk_rows (VssTable *table, const VssSetDisk *disk)
{
  g_autofree char *size = vss_human_size (disk->capacity);
  const char *const image[] = { disk->target, size, "image", disk->image_format, disk->image };
  const char *const overlay[] = { NULL, NULL, "overlay", "qcow2", disk->overlay };

  vss_table_add_row (table, image);
  vss_table_add_row (table, overlay);
}

static void
print_disks (VssCli *cli, const VssSnapshotSet *set)
{
  const char *const titles[] = { "DISK", "SIZE", "FILE", "FORMAT", "PATH", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < set->disks->len; i++)
    {
      add_disk_rows (table, g_ptr_array_index (set->disks, i));
    }
  print_line (cli->out, "%s", "");
  vss_table_print (table, TRUE, cli->out);
}

static void
print_holds (VssCli *cli, const VssSnapshotSet *set)
{
  const char *const titles[] = { "FILE SYSTEM", "HELD", "FREEZE", "THAW", "REMARK", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < set->holds->len; i++)
    {
      const VssSetHold *hold = g_ptr_array_index (set->holds, i);
      g_autofree char *freeze = vss_human_duration (hold->freeze_us);
      g_autofree char *thaw = vss_human_duration (hold->thaw_us);
      const char *const cells[] = { hold->mount_point, hold->state, freeze, thaw, hold->reason };

      vss_table_add_row (table, cells);
    }
  if (set->holds->len > 0)
    {
      print_line (cli->out, "%s", "");
      vss_table_print (table, TRUE, cli->out);
    }
}

static void
print_snapshots (VssCli *cli, const VssSnapshotSet *set)
{
  const char *const titles[] = { "VOLUME", "TYPE", "DISKS", "SNAPSHOT", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);
      g_autofree char *disks = volume->disks != NULL ? g_strjoinv (",", volume->disks) : NULL;
      const char *const cells[] = { volume->name, volume->fs_type, disks, volume->snapshot_id };

      vss_table_add_row (table, cells);
    }
  print_line (cli->out, "%s", "");
  vss_table_print (table, TRUE, cli->out);
}

static void
print_owner (VssCli *cli, const VssSetOwner *owner)
{
  const char *host = owner->host != NULL ? owner->host : "an unknown host";
  g_autofree char *renewed = vss_human_time (owner->renewed_us);

  if (owner->requester == NULL)
    {
      return;
    }
  /* Whoever has left doesn't own it any more. */
  if (owner->lease_us == 0)
    {
      print_line (cli->out,
                  "Made by:     %s, process %" G_GINT64_FORMAT " on %s",
                  owner->requester,
                  owner->pid,
                  host);
    }
  else
    {
      print_line (cli->out,
                  "Owner:       %s, process %" G_GINT64_FORMAT " on %s, last heard of %s",
                  owner->requester,
                  owner->pid,
                  host,
                  renewed);
    }
}

void
vss_text_set (VssCli *cli, const VssSnapshotSet *set)
{
  g_autofree char *created = vss_human_time (set->created_us);
  g_autofree char *level = describe_level (set);

  print_line (cli->out, "Set:         %s", set->id);
  print_line (cli->out, "Domain:      %s (%s)", set->domain_name, set->domain_uuid);
  print_line (cli->out, "Created:     %s", created);
  print_line (cli->out, "State:       %s", vss_output_set_state (set->state));
  print_line (cli->out, "Context:     %s", vss_snapshot_context_to_string (set->context));
  print_line (cli->out, "Policy:      %s", vss_policy_to_string (set->policy));
  print_line (cli->out, "Result:      %s", level);
  if (set->weakness != NULL)
    {
      print_line (cli->out, "Because:     %s", set->weakness);
    }
  if (set->lease_expired)
    {
      print_line (cli->out, "Lease:       ran out; the guest thawed by itself");
    }
  print_owner (cli, &set->owner);
  print_snapshots (cli, set);
  print_disks (cli, set);
  print_holds (cli, set);
  vss_text_set_writers (cli, set);
}

static char *
list_volume_names (const VssSnapshotSet *set)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint i;

  for (i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);

      g_string_append_printf (names, "%s%s", i > 0 ? "," : "", volume->name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
add_set_row (VssTable *table, const char *domain, const VssSnapshotSet *set)
{
  g_autofree char *created = vss_human_time (set->created_us);
  g_autofree char *volumes = list_volume_names (set);
  const char *const cells[] = { domain,
                                set->id,
                                created,
                                vss_output_set_state (set->state),
                                vss_consistency_to_string (set->consistency),
                                volumes };

  vss_table_add_row (table, cells);
}

void
vss_text_sets (VssCli *cli, GPtrArray *answers)
{
  const char *const titles[]
      = { "DOMAIN", "SET", "CREATED", "STATE", "CONSISTENCY", "VOLUMES", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;
  guint k;

  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      for (k = 0; answer->sets != NULL && k < answer->sets->len; k++)
        {
          add_set_row (table, answer->domain, g_ptr_array_index (answer->sets, k));
        }
    }
  vss_table_print (table, !cli->quiet, cli->out);
}

void
vss_text_deleted (VssCli *cli, GPtrArray *ids)
{
  guint i;

  for (i = 0; i < ids->len && !cli->quiet; i++)
    {
      print_line (cli->out, "deleted %s", (const char *) g_ptr_array_index (ids, i));
    }
}

void
vss_text_recovered (VssCli *cli, GPtrArray *answers)
{
  guint i;
  guint k;

  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      for (k = 0; answer->actions != NULL && answer->actions[k] != NULL; k++)
        {
          print_line (cli->out, "%s: %s", answer->domain, answer->actions[k]);
        }
    }
}
