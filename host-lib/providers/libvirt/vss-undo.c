/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a whole set away. On the worker thread. */
#include "host-lib/providers/libvirt/vss-undo.h"

#include "host-lib/providers/libvirt/vss-config.h"
#include "host-lib/providers/libvirt/vss-image-lock.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/providers/libvirt/vss-removal.h"
#include "host-lib/providers/libvirt/vss-situation.h"
#include "host-lib/providers/libvirt/vss-snapshot-object.h"

/* One undoing under way. */
typedef struct
{
  VssLibvirtSession *session;
  VssSnapshotSet *set;
  const VssMergeWatch *watch;
  VssRecoverFunc report;
  gpointer report_data;
  gboolean ask_qemu; /* libvirt's view may be wrong; asking marks the domain as tainted */
  gboolean running;
  VssDomainView *libvirt;
  VssQemuView *qemu; /* NULL if it wasn't asked */
} VssUndo;

static void
clear_views (VssUndo *undo)
{
  g_clear_pointer (&undo->libvirt, vss_domain_view_free);
  g_clear_pointer (&undo->qemu, vss_qemu_view_free);
}

static void tell (VssUndo *undo, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
tell (VssUndo *undo, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (undo->report == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  undo->report (undo->set->id, text, undo->report_data);
}

/* QEMU first: its answer waits until a libvirtd that just came back knows its domain again. */
static gboolean
load_views (VssUndo *undo, GError **error)
{
  clear_views (undo);
  undo->running = vss_libvirt_session_is_running (undo->session);
  if (undo->running && undo->ask_qemu)
    {
      undo->qemu = vss_qemu_view_load (undo->session, error);
      if (undo->qemu == NULL)
        return FALSE;
    }
  undo->libvirt = vss_domain_view_load (undo->session->domain, 0, error);
  return undo->libvirt != NULL;
}

static VssSituation
situation_of (VssUndo *undo, const VssSetDisk *disk)
{
  return vss_situation_of (disk, undo->running, undo->libvirt, undo->qemu);
}

/* A libvirtd that was killed may come back without a machine that still runs, if it can't read what
 * it wrote about it. Nothing of that machine may be touched then. */
static gboolean
check_not_lost (VssUndo *undo, const VssDiskView *view, GError **error)
{
  if (undo->running || view == NULL || view->disk->path == NULL ||
      !vss_libvirt_session_is_local (undo->session) ||
      vss_image_lock_probe (view->disk->path) != VSS_IMAGE_LOCK_HELD)
    return TRUE;
  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "cannot take set %s away: libvirt says that domain %s is not running, but a process "
               "has its image %s open; if that is the domain's QEMU, libvirt has lost it: shut the "
               "guest down from inside, start the domain, then repeat",
               undo->set->id, undo->session->domain_name, view->disk->path);
  return FALSE;
}

/* All or nothing: one disk that can't go back keeps the whole set. */
static gboolean
check_all (VssUndo *undo, GError **error)
{
  for (guint i = 0; i < undo->set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (undo->set->disks, i);
      const VssSituationRow *row = vss_situation_row (situation_of (undo, disk));
      const VssDiskView *view = vss_domain_view_find (undo->libvirt, disk->target);

      if (!check_not_lost (undo, view, error))
        return FALSE;
      if (row->action != VSS_UNDO_REFUSE)
        continue;
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                   "cannot take set %s away: disk %s %s (overlay %s, active image %s); %s",
                   undo->set->id, disk->target, row->meaning, disk->overlay,
                   view != NULL && view->disk->path != NULL ? view->disk->path : "none",
                   row->advice);
      return FALSE;
    }
  return TRUE;
}

static gboolean
needs_merge (VssUndo *undo)
{
  for (guint i = 0; i < undo->set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (undo->set->disks, i);
      VssUndoAction action = vss_situation_row (situation_of (undo, disk))->action;

      if (action == VSS_UNDO_MERGE || action == VSS_UNDO_REPAIR || action == VSS_UNDO_RETURN)
        return TRUE;
    }
  return FALSE;
}

static gboolean
bring_back (VssUndo *undo, VssSetDisk *disk, GError **error)
{
  const VssSituationRow *row = vss_situation_row (situation_of (undo, disk));
  const VssDiskView *view = vss_domain_view_find (undo->libvirt, disk->target);

  tell (undo, "disk %s %s", disk->target, row->meaning);
  switch (row->action)
    {
    case VSS_UNDO_MERGE:
      return vss_merge_by_libvirt (undo->session, undo->set, disk, undo->watch, error);
    case VSS_UNDO_REPAIR:
      return vss_merge_by_qemu (undo->session, undo->set, disk, view->alias, undo->watch, error);
    case VSS_UNDO_RETURN:
      return vss_merge_return (undo->session, undo->set, disk, view, error) &&
             vss_merge_by_libvirt (undo->session, undo->set, disk, undo->watch, error);
    case VSS_UNDO_NOTHING:
    case VSS_UNDO_REFUSE:
      break;
    }
  /* What a snapshot that never took place left open. */
  return undo->qemu == NULL || vss_qemu_view_find_node (undo->qemu, disk->overlay, NULL) == NULL ||
         vss_merge_drop_nodes (undo->session, disk->overlay, error);
}

static gboolean
bring_all_back (VssUndo *undo, GError **error)
{
  for (guint i = 0; i < undo->set->disks->len; i++)
    {
      if (!bring_back (undo, g_ptr_array_index (undo->set->disks, i), error))
        return FALSE;
    }
  return TRUE;
}

/* The definition that the next start uses may still name the overlay, where libvirtd was killed
 * between its two files. */
static gboolean
correct_config (VssUndo *undo, GError **error)
{
  for (guint i = 0; i < undo->set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (undo->set->disks, i);
      gboolean changed = FALSE;

      /* Of a domain that doesn't run there is only this definition, and it was looked at. */
      if (situation_of (undo, disk) != VSS_SITUATION_IMAGE)
        continue;
      if (!vss_config_replace_source (undo->session, disk->target, disk->overlay, disk->image,
                                      disk->image_format, &changed, error))
        return FALSE;
      if (changed)
        tell (undo, "the stored definition of disk %s names %s again", disk->target, disk->image);
    }
  return TRUE;
}

/* From here on the set is no longer a point in time: the images change. */
static gboolean
mark_deleting (VssUndo *undo, GError **error)
{
  undo->set->state = VSS_SET_DELETING;
  return vss_record_save (undo->session, undo->set, error);
}

static gboolean
run (VssUndo *undo, GError **error)
{
  if (!load_views (undo, error) || !check_all (undo, error))
    return FALSE;
  if (needs_merge (undo) && !mark_deleting (undo, error))
    return FALSE;
  if (!bring_all_back (undo, error) || !load_views (undo, error) || !check_all (undo, error))
    return FALSE;
  if (needs_merge (undo))
    {
      g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
                   "cannot take set %s away: a disk is on its overlay again; repeat",
                   undo->set->id);
      return FALSE;
    }
  return correct_config (undo, error) &&
         vss_removal_of_overlays (undo->session, undo->set, undo->ask_qemu, error) &&
         vss_snapshot_object_remove (undo->session, undo->set, error) &&
         vss_record_remove (undo->session, undo->set, error);
}

/* Before a commit was tried, and after one was confirmed, libvirt's view is right; in between, and
 * when a merge was interrupted, libvirtd may have been killed before it wrote down what QEMU did.
 */
static gboolean
outcome_is_unknown (const VssSnapshotSet *set)
{
  return set->state == VSS_SET_COMMITTING || set->state == VSS_SET_DELETING;
}

gboolean
vss_undo_set (VssLibvirtSession *session,
              VssSnapshotSet *set,
              const VssMergeWatch *watch,
              VssRecoverFunc report,
              gpointer report_data,
              GError **error)
{
  VssUndo undo = { .session = session,
                   .set = set,
                   .watch = watch,
                   .report = report,
                   .report_data = report_data,
                   .ask_qemu = outcome_is_unknown (set) };
  gboolean done = run (&undo, error);

  clear_views (&undo);
  return done;
}
