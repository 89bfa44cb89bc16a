/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the writers of a set: see the header. */
#include "host-lib/cli/vss-create-writers.h"

#include "host-lib/cli/vss-cli-wait.h"

typedef struct
{
  char *instance_id;
  VssWriterState state;
  gint failure;
  gint64 code;
  char *message;
} Status;

static void
status_clear (Status *self)
{
  g_free (self->instance_id);
  g_free (self->message);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Status, status_clear)

gboolean
vss_create_has_failed_writer (const VssSnapshotSet *set)
{
  guint i;

  for (i = 0; i < set->writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (set->writers, i);

      if (writer->selected && writer->failure != 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static void
take (VssSnapshotSet *set, Status *status)
{
  guint i;

  for (i = 0; set != NULL && i < set->writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (set->writers, i);

      if (g_strcmp0 (writer->instance_id, status->instance_id) == 0)
        {
          g_autofree char *old = writer->message;

          writer->state = status->state;
          writer->failure = status->failure;
          writer->application_code = status->code;
          writer->message = g_steal_pointer (&status->message);
        }
    }
}

static gboolean
look_at (VssBackupComponents *components, guint index, VssSnapshotSet *set)
{
  g_auto (Status) status = { 0 };

  if (!vss_backup_components_get_writer_status_ex (components,
                                                   index,
                                                   &status.instance_id,
                                                   NULL,
                                                   NULL,
                                                   &status.state,
                                                   &status.failure,
                                                   &status.code,
                                                   &status.message,
                                                   NULL))
    {
      return TRUE;
    }
  take (set, &status);
  return status.failure == 0;
}

gboolean
vss_create_ask_writers (VssCli *cli, VssBackupComponents *components, VssSnapshotSet *set)
{
  gboolean good = TRUE;
  guint count = 0;
  guint i;

  if (!vss_cli_wait_to_end (cli,
                            vss_backup_components_gather_writer_status (components, NULL),
                            NULL)
      || !vss_backup_components_get_writer_status_count (components, &count, NULL))
    {
      return TRUE;
    }
  for (i = 0; i < count; i++)
    {
      good = look_at (components, i, set) && good;
    }
  return good;
}
