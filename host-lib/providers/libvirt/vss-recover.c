/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recovery of one domain. On the worker thread. */
#include "host-lib/providers/libvirt/vss-recover.h"

#include "host-lib/providers/libvirt/vss-config.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/providers/libvirt/vss-situation.h"
#include "host-lib/providers/libvirt/vss-undo.h"
#include "host-lib/vss-snapshot-set-private.h"

/* Rows: state; columns: owner dead, owner alive; for sets that stay and for those that go with
 * their owner. */
static const VssRecoverAction actions[4][2][2] = {
  [VSS_SET_PREPARING] = { { VSS_RECOVER_UNDO, VSS_RECOVER_UNDO },
                          { VSS_RECOVER_LEAVE, VSS_RECOVER_LEAVE } },
  [VSS_SET_COMMITTING] = { { VSS_RECOVER_UNDO, VSS_RECOVER_UNDO },
                           { VSS_RECOVER_LEAVE, VSS_RECOVER_LEAVE } },
  [VSS_SET_CREATED] = { { VSS_RECOVER_CHECK, VSS_RECOVER_UNDO },
                        { VSS_RECOVER_CHECK, VSS_RECOVER_LEAVE } },
  [VSS_SET_DELETING] = { { VSS_RECOVER_UNDO, VSS_RECOVER_UNDO },
                         { VSS_RECOVER_LEAVE, VSS_RECOVER_LEAVE } },
};

VssRecoverAction
vss_recover_action (VssSetState state, gboolean alive, gboolean auto_release)
{
  return actions[state][alive ? 1 : 0][auto_release ? 1 : 0];
}

/* One recovery under way. */
typedef struct
{
  VssLibvirtSession *session;
  VssRecoverFunc report;
  gpointer report_data;
  GCancellable *cancellable;
  GString *left; /* what could not be done */
} VssRecovery;

static void tell (VssRecovery *recovery, const char *id, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
tell (VssRecovery *recovery, const char *id, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (recovery->report == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  recovery->report (id, text, recovery->report_data);
}

static void
leave (VssRecovery *recovery, const char *id, const char *why)
{
  tell (recovery, id, "%s", why);
  if (recovery->left->len > 0)
    g_string_append (recovery->left, "; ");
  g_string_append (recovery->left, why);
}

static void
undo (VssRecovery *recovery, VssSnapshotSet *set)
{
  g_autoptr (GError) error = NULL;
  VssMergeWatch watch = { .cancellable = recovery->cancellable };

  tell (recovery, set->id, "was left %s by %s", vss_set_state_to_string (set->state),
        set->owner.requester != NULL ? set->owner.requester : "somebody");
  if (vss_record_claim (recovery->session, set, "recover", VSS_MERGE_LEASE_US, &error) &&
      vss_undo_set (recovery->session, set, &watch, recovery->report, recovery->report_data,
                    &error))
    tell (recovery, set->id, "is gone, its disks are on their images");
  else
    leave (recovery, set->id, error->message);
}

static gboolean
has_record (const VssDomainView *view, const char *id)
{
  for (guint i = 0; i < view->records->len; i++)
    {
      const VssRecordText *record = g_ptr_array_index (view->records, i);

      if (g_str_equal (record->id, id))
        return TRUE;
    }
  return FALSE;
}

/* Somebody may have defined the domain again from an older XML: its record is lost then, and its
 * next start would go on with an old image. */
static void
check_disk (VssRecovery *recovery,
            const VssSnapshotSet *set,
            const VssSetDisk *disk,
            const VssDomainView *live,
            gboolean running)
{
  VssSituation situation = vss_situation_of (disk, running, live, NULL);
  g_autoptr (GError) error = NULL;
  gboolean changed = FALSE;

  if (situation == VSS_SITUATION_OFF_IMAGE || situation == VSS_SITUATION_IMAGE)
    {
      g_autofree char *why = g_strdup_printf (
          "disk %s of set %s %s, but the newer data is in %s: %s", disk->target, set->id,
          vss_situation_row (situation)->meaning, disk->overlay,
          running ? "the domain was started from an older definition; stop it before it writes "
                    "more, and define it with the overlay"
                  : "define the domain with the overlay before it is started");

      leave (recovery, set->id, why);
      return;
    }
  if (situation != VSS_SITUATION_OVERLAY)
    return;
  if (!vss_config_replace_source (recovery->session, disk->target, disk->image, disk->overlay,
                                  "qcow2", &changed, &error))
    leave (recovery, set->id, error->message);
  else if (changed)
    tell (recovery, set->id,
          "the stored definition of disk %s named %s; it names the overlay %s now", disk->target,
          disk->image, disk->overlay);
}

static void
check (VssRecovery *recovery, const VssSnapshotSet *set)
{
  VssLibvirtSession *session = recovery->session;
  gboolean running = vss_libvirt_session_is_running (session);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssDomainView) live = vss_domain_view_load (session->domain, 0, &error);
  g_autoptr (VssDomainView) stored =
      live == NULL ? NULL : vss_domain_view_load (session->domain, VIR_DOMAIN_XML_INACTIVE, &error);

  if (stored == NULL)
    {
      leave (recovery, set->id, error->message);
      return;
    }
  for (guint i = 0; i < set->disks->len; i++)
    check_disk (recovery, set, g_ptr_array_index (set->disks, i), live, running);
  if (has_record (live, set->id) &&
      (virDomainIsPersistent (session->domain) != 1 || has_record (stored, set->id)))
    return;
  if (vss_record_save (session, set, &error))
    tell (recovery, set->id, "its record was lost from the domain's metadata and is there again");
  else
    leave (recovery, set->id, error->message);
}

static void
recover_set (VssRecovery *recovery, VssSnapshotSet *set)
{
  gboolean alive = vss_set_owner_is_alive (&set->owner, g_get_real_time ());

  switch (vss_recover_action (set->state, alive, vss_snapshot_set_is_auto_release (set)))
    {
    case VSS_RECOVER_LEAVE:
      tell (recovery, set->id, "its owner %s is at work (%s)",
            set->owner.requester != NULL ? set->owner.requester : "unknown",
            vss_set_state_to_string (set->state));
      break;
    case VSS_RECOVER_CHECK:
      check (recovery, set);
      break;
    case VSS_RECOVER_UNDO:
      undo (recovery, set);
      break;
    }
}

/* Newer sets lie above older ones: they go first. */
static int
compare_age (gconstpointer a, gconstpointer b)
{
  const VssSnapshotSet *set_a = *(VssSnapshotSet *const *)a;
  const VssSnapshotSet *set_b = *(VssSnapshotSet *const *)b;
  gint64 key_a = set_a->created_us != 0 ? set_a->created_us : G_MAXINT64;
  gint64 key_b = set_b->created_us != 0 ? set_b->created_us : G_MAXINT64;

  return key_a < key_b ? 1 : key_a > key_b ? -1 : 0;
}

static gboolean
finish (VssRecovery *recovery, GError **error)
{
  if (recovery->left->len == 0)
    return TRUE;
  g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
               "recovery of domain %s is incomplete: %s", recovery->session->domain_name,
               recovery->left->str);
  return FALSE;
}

gboolean
vss_recover_domain (VssLibvirtSession *session,
                    VssRecoverFunc report,
                    gpointer report_data,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GString) left = g_string_new (NULL);
  VssRecovery recovery = { session, report, report_data, cancellable, left };
  g_autoptr (GPtrArray) damaged = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GPtrArray) sets =
      view == NULL ? NULL : vss_record_list_all (session, view, damaged, error);

  if (sets == NULL)
    return FALSE;
  g_ptr_array_sort (sets, compare_age);
  for (guint i = 0; i < sets->len; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      recover_set (&recovery, g_ptr_array_index (sets, i));
    }
  for (guint i = 0; i < damaged->len; i++)
    leave (&recovery, g_ptr_array_index (damaged, i),
           "its record is damaged and has no readable copy: compare the domain's disks with the "
           "files beside them, then remove the record by hand (virsh metadata --remove)");
  return finish (&recovery, error);
}
