/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VssDomain for the fake library: "db1", "web" and "appliance" exist; the URI fake:///broken can't
 * be opened. */
#include "tests/cli/fake/fake-settings.h"
#include "tests/cli/sample-sets.h"

struct _VssDomain
{
  GObject parent_instance;

  char *name;
};

G_DEFINE_FINAL_TYPE (VssDomain, vss_domain, G_TYPE_OBJECT)

static void
vss_domain_finalize (GObject *object)
{
  g_free (VSS_DOMAIN (object)->name);
  G_OBJECT_CLASS (vss_domain_parent_class)->finalize (object);
}

static void
vss_domain_class_init (VssDomainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_domain_finalize;
}

static void
vss_domain_init (VssDomain *self)
{
}

static gboolean
check_uri (const char *uri, GError **error)
{
  fake_log ("open %s", uri != NULL ? uri : "(default)");
  if (g_strcmp0 (uri, "fake:///broken") == 0)
    {
      g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED, "cannot connect to %s: try another", uri);
      return FALSE;
    }
  return TRUE;
}

VssDomain *
vss_domain_open (const char *connection_uri, const char *domain, GError **error)
{
  VssDomain *self;

  if (!check_uri (connection_uri, error))
    {
      return NULL;
    }
  if (!g_str_equal (domain, "db1") && !g_str_equal (domain, "web")
      && !g_str_equal (domain, "appliance") && !g_str_equal (domain, SAMPLE_DOMAIN_UUID))
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_OBJECT_NOT_FOUND,
                   "cannot find domain %s: see 'virsh list --all'",
                   domain);
      return NULL;
    }
  self = g_object_new (VSS_TYPE_DOMAIN, NULL);
  self->name = g_strdup (g_str_equal (domain, "web") ? "web" : "db1");
  return self;
}

GStrv
vss_list_domains (const char *connection_uri, GError **error)
{
  if (!check_uri (connection_uri, error))
    {
      return NULL;
    }
  return g_strsplit (fake_is ("vanishing") ? "db1,gone,web" : "db1,web", ",", -1);
}

const char *
vss_domain_get_name (VssDomain *self)
{
  return self->name;
}

const char *
vss_domain_get_uuid (VssDomain *self)
{
  return g_str_equal (self->name, "db1") ? SAMPLE_DOMAIN_UUID : "web";
}

G_DEFINE_BOXED_TYPE (VssVolumeInfo, vss_volume_info, vss_volume_info_copy, vss_volume_info_free)

VssVolumeInfo *
vss_volume_info_copy (const VssVolumeInfo *self)
{
  g_assert_not_reached ();
}

void
vss_volume_info_free (VssVolumeInfo *self)
{
  g_free (self->name);
  g_free (self->mount_point);
  g_free (self->fs_type);
  g_free (self->fs_uuid);
  g_free (self->device);
  g_strfreev (self->disks);
  g_free (self->freezability);
  g_free (self->reason);
  g_free (self);
}

GPtrArray *
vss_domain_list_volumes (VssDomain *self,
                         GCancellable *cancellable,
                         GError **agent_error,
                         GError **error)
{
  if (fake_is ("taken"))
    {
      g_set_error (agent_error,
                   VSS_ERROR,
                   VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                   "backup-tool makes a snapshot set of db1: wait for it");
    }
  if (fake_is ("no-agent"))
    {
      g_set_error (agent_error,
                   VSS_ERROR,
                   VSS_E_WRITER_INFRASTRUCTURE,
                   "no agent answers on the channel of db1: install vss-agent in the guest");
    }
  return sample_volumes_new ();
}

GPtrArray *
vss_domain_list_snapshot_sets (VssDomain *self, GCancellable *cancellable, GError **error)
{
  if (g_str_equal (self->name, "web"))
    {
      return g_ptr_array_new ();
    }
  return fake_list_sets (error);
}

G_DEFINE_BOXED_TYPE (VssDomainStatus,
                     vss_domain_status,
                     vss_domain_status_copy,
                     vss_domain_status_free)

VssDomainStatus *
vss_domain_status_copy (const VssDomainStatus *self)
{
  g_assert_not_reached ();
}

void
vss_domain_status_free (VssDomainStatus *self)
{
  g_free (self->vm_state);
  g_free (self->agent_error);
  g_free (self->agent_version);
  g_free (self->freeze_state);
  g_free (self->freeze_owner);
  g_strfreev (self->frozen);
  g_free (self->recovered);
  g_strfreev (self->log);
  g_free (self);
}

VssDomainStatus *
vss_domain_get_status (VssDomain *self, GCancellable *cancellable, GError **error)
{
  VssDomainStatus *status;

  if (!fake_is ("no-agent"))
    {
      return sample_status_new ();
    }
  status = g_new0 (VssDomainStatus, 1);
  status->vm_state = g_strdup ("paused");
  status->has_channel = TRUE;
  status->agent_error = g_strdup ("db1 is paused: resume it");
  status->lease_left_ms = -1;
  return status;
}

gboolean
vss_domain_thaw (VssDomain *self,
                 gboolean force,
                 GStrv *thawed,
                 GCancellable *cancellable,
                 GError **error)
{
  fake_log ("thaw force=%d", force);
  if (fake_is ("taken") && !force)
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                   "cannot open the agent's channel: backup-tool has it");
      return FALSE;
    }
  if (fake_is ("no-agent"))
    {
      g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE, "no agent answers");
      return FALSE;
    }
  *thawed = g_strsplit ("/,/srv/data", ",", -1);
  return TRUE;
}

GStrv
vss_domain_recover (VssDomain *self, GCancellable *cancellable, GError **error)
{
  fake_log ("recover %s", self->name);
  if (g_str_equal (self->name, "db1") && fake_is ("recover-fails"))
    {
      fake_leave_behind (SAMPLE_SET_ID);
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO, "cannot ask QEMU: start the domain");
      return NULL;
    }
  return g_str_equal (self->name, "db1") && fake_is ("recovers")
             ? g_strsplit ("set " SAMPLE_SET_ID ": undone", "|", -1)
             : g_new0 (char *, 1);
}
