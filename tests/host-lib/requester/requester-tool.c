/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A requester as a backup program would write it, over the installed interface: used by the tests
 * with a virtual machine.
 *
 *   requester-tool backup|abort DOMAIN VOLUME...
 *   requester-tool held-up DOMAIN VOLUME...
 *   requester-tool delete DOMAIN SET
 *
 * backup: an auto-release set, in VSS's order of calls. Says what it got, one "key value" a line,
 * then "copying"; goes on when its standard input ends: BackupComplete, release.
 * abort: gives up between PrepareForBackup and DoSnapshotSet.
 * held-up: a set that has to be at least of level filesystem, with a lease of $REQUESTER_LEASE_MS,
 * which is held up for $REQUESTER_HELD_UP_MS between freeze and commit.
 * delete: what a later program does with a set that stayed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-lib/vss.h"

static gboolean
finish (VssAsync *async, GError **error)
{
  g_autoptr (VssAsync) owned = async;

  return owned != NULL && vss_async_finish (owned, error);
}

static gboolean
prepare (VssBackupComponents *backup, char **volumes, GPtrArray *snapshots, GError **error)
{
  g_autofree char *set_id = NULL;
  guint writers = 0;

  if (!vss_backup_components_initialize_for_backup (backup, NULL, error)
      || !vss_backup_components_set_context (backup, VSS_CTX_BACKUP, error)
      || !vss_backup_components_set_backup_state (backup, FALSE, FALSE, VSS_BT_COPY, FALSE, error)
      || !finish (vss_backup_components_gather_writer_metadata (backup, error), error)
      || !vss_backup_components_get_writer_metadata_count (backup, &writers, error)
      || !vss_backup_components_start_snapshot_set (backup, &set_id, error))
    return FALSE;
  printf ("writers %u\nset %s\n", writers, set_id);
  for (guint i = 0; volumes[i] != NULL; i++)
    {
      gboolean supported = FALSE;
      char *snapshot_id = NULL;

      if (!vss_backup_components_is_volume_supported (backup, NULL, volumes[i], &supported, error)
          || !vss_backup_components_add_to_snapshot_set (backup, volumes[i], NULL, &snapshot_id,
                                                         error))
        return FALSE;
      printf ("supported %d\n", supported);
      g_ptr_array_add (snapshots, snapshot_id);
    }
  return finish (vss_backup_components_prepare_for_backup (backup, error), error);
}

static gboolean
tell_snapshots (VssBackupComponents *backup, GPtrArray *snapshots, GError **error)
{
  g_autoptr (VssEnumObject) found = NULL;
  g_autoptr (GPtrArray) objects = NULL;

  for (guint i = 0; i < snapshots->len; i++)
    {
      g_autoptr (VssSnapshotProp) prop
          = vss_backup_components_get_snapshot_properties (backup, snapshots->pdata[i], error);

      if (prop == NULL)
        return FALSE;
      printf ("image %s %s\n", prop->original_volume_name, prop->snapshot_device_object);
    }
  found = vss_backup_components_query (backup, VSS_ID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT,
                                       error);
  if (found == NULL)
    return FALSE;
  objects = vss_enum_object_next (found, 100, error);
  if (objects == NULL)
    return FALSE;
  printf ("found %u\n", objects->len);
  return TRUE;
}

/* The document that a backup program keeps with its backup. */
static gboolean
tell_document (VssBackupComponents *backup, GPtrArray *snapshots, GError **error)
{
  g_autofree char *xml = NULL;
  guint named = 0;

  if (!vss_backup_components_save_as_xml (backup, &xml, error))
    return FALSE;
  for (guint i = 0; i < snapshots->len; i++)
    named += strstr (xml, snapshots->pdata[i]) != NULL;
  printf ("documented %u\n", named);
  return TRUE;
}

static gboolean
back_up (VssBackupComponents *backup, GPtrArray *snapshots, GError **error)
{
  if (!finish (vss_backup_components_do_snapshot_set (backup, error), error)
      || !tell_snapshots (backup, snapshots, error)
      || !tell_document (backup, snapshots, error))
    return FALSE;
  printf ("copying\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
  return finish (vss_backup_components_backup_complete (backup, error), error);
}

static guint
number_of (const char *variable)
{
  const char *text = g_getenv (variable);

  return text != NULL ? (guint) strtoul (text, NULL, 10) : 0;
}

static void
hold_up (VssBackupComponents *backup,
         const char *phase,
         const char *object,
         guint64 done,
         guint64 total,
         gpointer user_data)
{
  if (g_str_equal (phase, "commit"))
    g_usleep ((gulong) number_of ("REQUESTER_HELD_UP_MS") * 1000);
}

static gboolean
be_held_up (VssBackupComponents *backup, GError **error)
{
  if (!vss_backup_components_set_policy (backup, VSS_POLICY_REQUIRE_FILESYSTEM, error)
      || !vss_backup_components_set_lease (backup, number_of ("REQUESTER_LEASE_MS"), error))
    return FALSE;
  vss_backup_components_set_phase_func (backup, hold_up, NULL, NULL);
  return finish (vss_backup_components_do_snapshot_set (backup, error), error);
}

static gboolean
delete_set (VssBackupComponents *backup, const char *set_id, GError **error)
{
  g_autofree char *left = NULL;
  gint deleted = 0;

  if (!vss_backup_components_initialize_for_backup (backup, NULL, error)
      || !vss_backup_components_set_context (backup, VSS_CTX_ALL, error)
      || !vss_backup_components_delete_snapshots (backup, set_id, VSS_OBJECT_SNAPSHOT_SET, FALSE,
                                                  &deleted, &left, error))
    return FALSE;
  printf ("deleted %d\nleft %s\n", deleted, left);
  return vss_backup_components_close (backup, error);
}

static gboolean
run (const char *verb, const char *domain, char **volumes, GError **error)
{
  g_autoptr (GPtrArray) snapshots = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VssBackupComponents) backup = vss_create_backup_components (NULL, domain, error);
  gboolean done;

  if (backup == NULL)
    return FALSE;
  if (g_str_equal (verb, "delete"))
    return delete_set (backup, volumes[0], error);
  done = prepare (backup, volumes, snapshots, error);
  if (done && g_str_equal (verb, "backup"))
    done = back_up (backup, snapshots, error);
  else if (done && g_str_equal (verb, "held-up"))
    done = be_held_up (backup, error);
  else if (done)
    done = vss_backup_components_abort_backup (backup, error);
  return vss_backup_components_close (backup, done ? error : NULL) && done;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 4)
    return 2;
  if (run (argv[1], argv[2], argv + 3, &error))
    return 0;
  fprintf (stderr, "%s: %s\n", vss_error_to_name (error->code), error->message);
  return 1;
}
