/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block commit of one disk by QEMU itself, where libvirt was killed in the middle of a snapshot
 * and believes in the old image. On the worker thread. */
#include "host-lib/providers/libvirt/vss-merge.h"

#include "host-lib/providers/libvirt/vss-record.h"

/* libvirt ignores jobs that it hasn't named itself. */
static char *
job_id_of (const VssSetDisk *disk)
{
  return g_strconcat ("vss-", disk->target, NULL);
}

static gboolean
call (VssLibvirtSession *session, const char *command, JsonObject *arguments, GError **error)
{
  g_autoptr (JsonNode) result = vss_qmp_call (session, command, arguments, error);

  return result != NULL;
}

static gboolean
call_for_job (VssLibvirtSession *session, const char *command, const char *job, GError **error)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "device", job);
  return call (session, command, arguments, error);
}

static gboolean
start_commit (VssLibvirtSession *session,
              const VssQemuView *view,
              const VssQemuDevice *device,
              const VssSetDisk *disk,
              const char *job,
              GError **error)
{
  const VssQemuNode *base = vss_qemu_view_find_node (view, disk->image, disk->image_format);
  JsonObject *arguments;

  if (base == NULL || device->node == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
                   "cannot merge %s of disk %s: QEMU has no %s node on %s", disk->overlay,
                   disk->target, disk->image_format, disk->image);
      return FALSE;
    }
  arguments = json_object_new ();
  json_object_set_string_member (arguments, "job-id", job);
  json_object_set_string_member (arguments, "device", device->node);
  json_object_set_string_member (arguments, "top-node", device->node);
  json_object_set_string_member (arguments, "base-node", base->name);
  return call (session, "block-commit", arguments, error);
}

static gboolean
fail_gone (GError **error, const VssSetDisk *disk)
{
  g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
               "cannot merge %s of disk %s into %s: QEMU gave the job up; look for a full disk or "
               "an I/O error, then repeat",
               disk->overlay, disk->target, disk->image);
  return FALSE;
}

/* Until the job is ready, or, if @until_over, until it is gone. */
static gboolean
wait_for_job (VssLibvirtSession *session,
              VssSnapshotSet *set,
              const VssSetDisk *disk,
              const char *job,
              gboolean until_over,
              const VssMergeWatch *watch,
              GError **error)
{
  VssMergeStall stall;

  vss_merge_stall_init (&stall, g_get_monotonic_time ());
  while (TRUE)
    {
      g_autoptr (VssQemuView) view = vss_qemu_view_load (session, error);
      const VssQemuJob *state;

      if (view == NULL)
        return FALSE;
      state = vss_qemu_view_find_job (view, job);
      if (state == NULL)
        return until_over || fail_gone (error, disk);
      if (state->ready && !until_over)
        return TRUE;
      if (watch->progress != NULL)
        watch->progress ("merge", disk->target, state->done, state->total, watch->progress_data);
      if (!vss_merge_stall_check (&stall, state->done, state->total, g_get_monotonic_time ()))
        return vss_merge_set_stalled (error, disk);
      if (!until_over && g_cancellable_set_error_if_cancelled (watch->cancellable, error))
        return FALSE;
      vss_merge_renew (session, set);
      vss_merge_pause ();
    }
}

/* The disk must be on its image now, in QEMU's own words. */
static gboolean
check_end (VssLibvirtSession *session, const VssSetDisk *disk, const char *alias, GError **error)
{
  g_autoptr (VssQemuView) view = vss_qemu_view_load (session, error);
  const VssQemuDevice *device;

  if (view == NULL)
    return FALSE;
  device = vss_qemu_view_find_device (view, alias);
  if (device == NULL || g_strcmp0 (device->file, disk->image) != 0)
    return fail_gone (error, disk);
  return TRUE;
}

gboolean
vss_merge_by_qemu (VssLibvirtSession *session,
                   VssSnapshotSet *set,
                   VssSetDisk *disk,
                   const char *alias,
                   const VssMergeWatch *watch,
                   GError **error)
{
  g_autoptr (VssQemuView) view = vss_qemu_view_load (session, error);
  g_autofree char *job = job_id_of (disk);
  const VssQemuDevice *device = view == NULL ? NULL : vss_qemu_view_find_device (view, alias);

  if (view == NULL)
    return FALSE;
  if (device == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                   "cannot merge disk %s: QEMU has no device %s", disk->target, alias);
      return FALSE;
    }
  if (vss_qemu_view_find_job (view, job) == NULL &&
      !start_commit (session, view, device, disk, job, error))
    return FALSE;
  if (!wait_for_job (session, set, disk, job, FALSE, watch, error))
    {
      call_for_job (session, "block-job-cancel", job, NULL);
      return FALSE;
    }
  disk->merge = VSS_MERGE_READY;
  if (!vss_record_save (session, set, error) ||
      !call_for_job (session, "block-job-complete", job, error) ||
      !wait_for_job (session, set, disk, job, TRUE, watch, error) ||
      !check_end (session, disk, alias, error))
    return FALSE;
  disk->merge = VSS_MERGE_DONE;
  return vss_record_save (session, set, error) &&
         vss_merge_drop_nodes (session, disk->overlay, error);
}

gboolean
vss_merge_drop_nodes (VssLibvirtSession *session, const char *path, GError **error)
{
  g_autoptr (VssQemuView) view = vss_qemu_view_load (session, error);

  if (view == NULL)
    return FALSE;
  /* The format's node first: the protocol's node is its child. */
  for (guint protocol = 0; protocol < 2; protocol++)
    {
      for (guint i = 0; i < view->nodes->len; i++)
        {
          const VssQemuNode *node = g_ptr_array_index (view->nodes, i);
          JsonObject *arguments;

          if (g_strcmp0 (node->file, path) != 0 || node->name == NULL ||
              (g_strcmp0 (node->driver, "file") == 0) != (protocol == 1))
            continue;
          arguments = json_object_new ();
          json_object_set_string_member (arguments, "node-name", node->name);
          if (!call (session, "blockdev-del", arguments, error))
            return FALSE;
        }
    }
  return TRUE;
}
