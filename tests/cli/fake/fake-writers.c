/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of the fake library. */
#include "tests/cli/fake/fake-settings.h"
#include "tests/cli/sample-writers.h"

GPtrArray *
vss_domain_list_writers (VssDomain *self,
                         GPtrArray **absent,
                         GCancellable *cancellable,
                         GError **error)
{
  fake_log ("writers");
  if (fake_is ("no-agent"))
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_WRITER_INFRASTRUCTURE,
                   "no agent answers on the channel of db1: install vss-agent in the guest");
      return NULL;
    }
  if (absent != NULL)
    {
      *absent = sample_absent_writers_new ();
    }
  return sample_known_writers_new ();
}

gboolean
vss_backup_components_disable_writer_instances (VssBackupComponents *self,
                                                const char *const *instance_ids,
                                                GError **error)
{
  guint i;

  for (i = 0; instance_ids[i] != NULL; i++)
    {
      fake_log ("disable %s", instance_ids[i]);
    }
  return TRUE;
}

gboolean
vss_backup_components_get_writer_metadata_count (VssBackupComponents *self,
                                                 guint *count,
                                                 GError **error)
{
  *count = 2;
  return TRUE;
}

VssExamineWriterMetadata *
vss_backup_components_get_writer_metadata (VssBackupComponents *self,
                                           guint index,
                                           char **instance_id,
                                           GError **error)
{
  g_autoptr (GPtrArray) metadata = sample_metadata_new ();

  return g_object_ref (g_ptr_array_index (metadata, index));
}

GPtrArray *
vss_backup_components_get_absent_writers (VssBackupComponents *self, GError **error)
{
  return sample_absent_writers_new ();
}

VssAsync *
vss_backup_components_gather_writer_status (VssBackupComponents *self, GError **error)
{
  fake_log ("status");
  return fake_async_done (NULL);
}

gboolean
vss_backup_components_get_writer_status_count (VssBackupComponents *self,
                                               guint *count,
                                               GError **error)
{
  *count = fake_is ("writer-vetoes") || fake_is ("writer-late") ? 1 : 0;
  return TRUE;
}

gboolean
vss_backup_components_get_writer_status_ex (VssBackupComponents *self,
                                            guint index,
                                            char **instance_id,
                                            char **writer_id,
                                            char **writer_name,
                                            VssWriterState *state,
                                            gint *failure,
                                            gint64 *application_code,
                                            char **application_message,
                                            GError **error)
{
  *instance_id = g_strdup (SAMPLE_WRITER_INSTANCE);
  *state = fake_is ("writer-late") ? VSS_WS_FAILED_AT_BACKUP_COMPLETE : VSS_WS_FAILED_AT_FREEZE;
  *failure = VSS_E_WRITERERROR_RETRYABLE;
  *application_code = 17;
  *application_message = g_strdup ("the lock was taken");
  return TRUE;
}

gboolean
vss_backup_components_save_as_xml (VssBackupComponents *self, char **xml, GError **error)
{
  fake_log ("document");
  *xml = g_strdup ("<document/>\n");
  return TRUE;
}
