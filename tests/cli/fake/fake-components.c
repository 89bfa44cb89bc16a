/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VssBackupComponents for the fake library: keeps no order of calls, but logs it. Main thread. */
#include "tests/cli/fake/fake-settings.h"
#include "tests/cli/sample-sets.h"

struct _VssBackupComponents
{
  GObject parent_instance;

  gint context;
  VssPhaseFunc phase;
  gpointer phase_data;
};

G_DEFINE_FINAL_TYPE (VssBackupComponents, vss_backup_components, G_TYPE_OBJECT)

static void
vss_backup_components_class_init (VssBackupComponentsClass *klass)
{
}

static void
vss_backup_components_init (VssBackupComponents *self)
{
}

static void
tell (VssBackupComponents *self, const char *phase, const char *object, guint64 done, guint64 total)
{
  if (self->phase != NULL)
    {
      self->phase (self, phase, object, done, total, self->phase_data);
    }
}

VssBackupComponents *
vss_create_backup_components (const char *connection_uri, const char *domain, GError **error)
{
  return g_object_new (VSS_TYPE_BACKUP_COMPONENTS, NULL);
}

gboolean
vss_backup_components_initialize_for_backup (VssBackupComponents *self,
                                             const char *xml,
                                             GError **error)
{
  return TRUE;
}

gboolean
vss_backup_components_set_context (VssBackupComponents *self, gint context, GError **error)
{
  fake_log ("context %s", vss_snapshot_context_to_string (context));
  self->context = context;
  return TRUE;
}

gboolean
vss_backup_components_set_backup_state (VssBackupComponents *self,
                                        gboolean select_components,
                                        gboolean backup_bootable_system_state,
                                        VssBackupType backup_type,
                                        gboolean partial_file_support,
                                        GError **error)
{
  if (backup_type != VSS_BT_COPY)
    {
      fake_log ("type %d", backup_type);
    }
  return TRUE;
}

gboolean
vss_backup_components_set_policy (VssBackupComponents *self, VssPolicy policy, GError **error)
{
  fake_log ("policy %s", vss_policy_to_string (policy));
  return TRUE;
}

gboolean
vss_backup_components_set_lease (VssBackupComponents *self, guint lease_ms, GError **error)
{
  fake_log ("lease %u", lease_ms);
  return TRUE;
}

gboolean
vss_backup_components_set_requester_name (VssBackupComponents *self,
                                          const char *name,
                                          GError **error)
{
  fake_log ("requester %s", name);
  return TRUE;
}

void
vss_backup_components_set_phase_func (VssBackupComponents *self,
                                      VssPhaseFunc func,
                                      gpointer user_data,
                                      GDestroyNotify destroy)
{
  self->phase = func;
  self->phase_data = user_data;
}

/* What every call about writers does in a context without them. */
static gboolean
refuse_without_writers (VssBackupComponents *self, GError **error)
{
  if ((self->context & VSS_VOLSNAP_ATTR_NO_WRITERS) == 0)
    {
      return FALSE;
    }
  g_set_error (error, VSS_ERROR, VSS_E_BAD_STATE, "the context has no writers");
  return TRUE;
}

VssAsync *
vss_backup_components_gather_writer_metadata (VssBackupComponents *self, GError **error)
{
  fake_log ("gather");
  return fake_async_done (NULL);
}

gboolean
vss_backup_components_start_snapshot_set (VssBackupComponents *self,
                                          char **snapshot_set_id,
                                          GError **error)
{
  fake_log ("start");
  *snapshot_set_id = g_strdup (FAKE_NEW_SET_ID);
  return TRUE;
}

gboolean
vss_backup_components_add_to_snapshot_set (VssBackupComponents *self,
                                           const char *volume_name,
                                           const char *provider_id,
                                           char **snapshot_id,
                                           GError **error)
{
  fake_log ("add %s", volume_name);
  if (g_str_equal (volume_name, "/nowhere"))
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_OBJECT_NOT_FOUND,
                   "cannot add %s: nothing is mounted there",
                   volume_name);
      return FALSE;
    }
  *snapshot_id = g_strdup ("b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a09");
  return TRUE;
}

VssAsync *
vss_backup_components_prepare_for_backup (VssBackupComponents *self, GError **error)
{
  fake_log ("prepare");
  if (refuse_without_writers (self, error))
    {
      return NULL;
    }
  return fake_async_done (NULL);
}

VssAsync *
vss_backup_components_do_snapshot_set (VssBackupComponents *self, GError **error)
{
  fake_log ("do");
  tell (self, "recover", FAKE_NEW_SET_ID, 0, 0);
  tell (self, "preflight", FAKE_NEW_SET_ID, 0, 0);
  tell (self, "overlays", FAKE_NEW_SET_ID, 0, 0);
  tell (self, "freeze", "/srv/my data", 0, 0);
  if (fake_is ("speaks"))
    {
      g_log ("libvss", G_LOG_LEVEL_MESSAGE, "writer '\033[2J' failed");
    }
  if (fake_is ("hang"))
    {
      return fake_async_hang ();
    }
  if (fake_is ("hold-lost"))
    {
      fake_leave_behind (FAKE_NEW_SET_ID);
      return fake_async_done (g_error_new (VSS_ERROR,
                                           VSS_E_HOLD_WRITES_TIMEOUT,
                                           "/srv/data was thawed by somebody else: try again"));
    }
  if (fake_is ("writer-vetoes"))
    {
      return fake_async_done (g_error_new (VSS_ERROR,
                                           VSS_E_PROVIDER_VETO,
                                           "policy require-application was not met"));
    }
  if (fake_is ("writer-fails"))
    {
      return fake_async_done (g_error_new (VSS_ERROR,
                                           VSS_E_WRITERERROR_TIMEOUT,
                                           "writer PostgreSQL took longer than 60 s"));
    }
  return fake_async_done (NULL);
}

static VssSnapshotSet *
result_new (void)
{
  VssSnapshotSet *set = sample_set_new ();

  if (fake_is ("crash"))
    {
      set->consistency = VSS_CONSISTENCY_CRASH;
      set->weakness = g_strdup ("/srv/data was not held");
    }
  return set;
}

VssSnapshotSet *
vss_backup_components_get_snapshot_set (VssBackupComponents *self,
                                        const char *snapshot_set_id,
                                        GError **error)
{
  return result_new ();
}

VssSnapshotSet *
vss_backup_components_dry_run (VssBackupComponents *self, GError **error)
{
  fake_log ("dry-run");
  return result_new ();
}

VssAsync *
vss_backup_components_backup_complete (VssBackupComponents *self, GError **error)
{
  fake_log ("complete");
  if (refuse_without_writers (self, error))
    {
      return NULL;
    }
  return fake_async_done (
      fake_is ("complete-fails")
          ? g_error_new (VSS_ERROR, VSS_E_UNEXPECTED_WRITER_ERROR, "the guest is gone")
          : NULL);
}

VssAsync *
vss_backup_components_delete_snapshot_set (VssBackupComponents *self,
                                           const char *snapshot_set_id,
                                           GError **error)
{
  fake_log ("delete %s", snapshot_set_id);
  tell (self, "merge", "vda", 512, 1024);
  if (fake_is ("delete-fails"))
    {
      fake_leave_behind (snapshot_set_id);
      return fake_async_done (
          g_error_new (VSS_ERROR, VSS_E_PROVIDER_VETO, "vda has a block job: wait for its end"));
    }
  return fake_async_done (NULL);
}

gboolean
vss_backup_components_close (VssBackupComponents *self, GError **error)
{
  fake_log ("close");
  return TRUE;
}
