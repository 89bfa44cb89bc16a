/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns disks and sets that are only in memory. Called by tests and, as a provider, on the worker
 * threads of what they test; a lock covers both. */
#include "host-lib/providers/memory/vss-memory-provider.h"

#include "host-lib/vss-snapshot-set-private.h"

struct _VssMemoryProvider
{
  GObject parent_instance;
  GMutex lock;
  GPtrArray *disks;     /* VssDomainDisk */
  GPtrArray *sets;      /* VssSnapshotSet */
  GHashTable *failures; /* step -> GError */
  GString *calls;
  VssMemoryHook hook;
  gpointer hook_data;
};

static void vss_memory_provider_init_iface (VssProviderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssMemoryProvider,
                               vss_memory_provider,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_PROVIDER,
                                                      vss_memory_provider_init_iface))

static const VssProviderProp memory_properties = {
  .provider_id = (char *)VSS_MEMORY_PROVIDER_ID,
  .provider_name = (char *)"memory",
  .provider_type = VSS_PROV_SOFTWARE,
  .provider_version = (char *)VSS_VERSION,
  .provider_version_id = (char *)VSS_ID_NULL,
  .class_id = (char *)VSS_ID_NULL,
};

static void
vss_memory_provider_init (VssMemoryProvider *self)
{
  g_mutex_init (&self->lock);
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_domain_disk_free);
  self->sets = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_snapshot_set_free);
  self->failures =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_error_free);
  self->calls = g_string_new (NULL);
}

static void
vss_memory_provider_finalize (GObject *object)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (object);

  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->sets);
  g_hash_table_unref (self->failures);
  g_string_free (self->calls, TRUE);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_memory_provider_parent_class)->finalize (object);
}

static void
vss_memory_provider_class_init (VssMemoryProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_memory_provider_finalize;
}

VssMemoryProvider *
vss_memory_provider_new (void)
{
  return g_object_new (VSS_TYPE_MEMORY_PROVIDER, NULL);
}

VssDomainDisk *
vss_memory_provider_add_disk (VssMemoryProvider *self, const char *target)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  VssDomainDisk *disk = vss_domain_disk_new ();

  disk->target = g_strdup (target);
  disk->path = g_strdup_printf ("/memory/%s.qcow2", target);
  disk->format = g_strdup ("qcow2");
  disk->bus = g_strdup ("virtio");
  disk->capacity = 1 << 30;
  disk->supported = TRUE;
  g_ptr_array_add (self->disks, disk);
  return disk;
}

static VssSnapshotSet *
find_set (VssMemoryProvider *self, const char *id, guint *index)
{
  for (guint i = 0; i < self->sets->len; i++)
    {
      VssSnapshotSet *set = g_ptr_array_index (self->sets, i);

      if (g_strcmp0 (set->id, id) == 0)
        {
          if (index != NULL)
            *index = i;
          return set;
        }
    }
  return NULL;
}

static void
store (VssMemoryProvider *self, const VssSnapshotSet *set)
{
  guint index;

  if (find_set (self, set->id, &index) != NULL)
    g_ptr_array_remove_index (self->sets, index);
  g_ptr_array_add (self->sets, vss_snapshot_set_copy (set));
}

static void
drop (VssMemoryProvider *self, const char *id)
{
  guint index;

  if (find_set (self, id, &index) != NULL)
    g_ptr_array_remove_index (self->sets, index);
}

void
vss_memory_provider_add_set (VssMemoryProvider *self, const VssSnapshotSet *set)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  store (self, set);
}

void
vss_memory_provider_fail (VssMemoryProvider *self, const char *step, gint code, const char *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_insert (self->failures, g_strdup (step),
                       g_error_new_literal (VSS_ERROR, code, message));
}

void
vss_memory_provider_set_hook (VssMemoryProvider *self, VssMemoryHook hook, gpointer data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->hook = hook;
  self->hook_data = data;
}

char *
vss_memory_provider_get_calls (VssMemoryProvider *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->calls->str);
}

guint
vss_memory_provider_count_sets (VssMemoryProvider *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->sets->len;
}

/* Every step begins here: recorded, shown to the hook, failed if a failure waits for it. */
static gboolean
begin (VssMemoryProvider *self, const char *step, VssSnapshotSet *set, GError **error)
{
  VssMemoryHook hook;
  gpointer hook_data;
  GError *failure;

  g_mutex_lock (&self->lock);
  if (self->calls->len > 0)
    g_string_append_c (self->calls, ' ');
  g_string_append (self->calls, step);
  hook = self->hook;
  hook_data = self->hook_data;
  g_mutex_unlock (&self->lock);

  if (hook != NULL)
    hook (step, set, hook_data); /* without the lock: it may call back */

  g_mutex_lock (&self->lock);
  failure = g_hash_table_lookup (self->failures, step);
  if (failure != NULL)
    {
      g_propagate_error (error, g_error_copy (failure));
      g_hash_table_remove (self->failures, step);
    }
  g_mutex_unlock (&self->lock);
  return failure == NULL;
}

static const VssProviderProp *
memory_get_properties (VssProvider *provider)
{
  return &memory_properties;
}

static GPtrArray *
memory_list_disks (VssProvider *provider, GCancellable *cancellable, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GPtrArray) disks =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_domain_disk_free);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "list-disks", NULL, error))
    return NULL;
  locker = g_mutex_locker_new (&self->lock);
  for (guint i = 0; i < self->disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (self->disks, i);
      VssDomainDisk *copy = vss_domain_disk_new ();

      *copy = *disk;
      copy->target = g_strdup (disk->target);
      copy->path = g_strdup (disk->path);
      copy->format = g_strdup (disk->format);
      copy->serial = g_strdup (disk->serial);
      copy->wwn = g_strdup (disk->wwn);
      copy->pci_address = g_strdup (disk->pci_address);
      copy->pci_path = g_strdup (disk->pci_path);
      copy->scsi_address = g_strdup (disk->scsi_address);
      copy->bus = g_strdup (disk->bus);
      copy->unsupported_reason = g_strdup (disk->unsupported_reason);
      for (guint j = 0; j < self->sets->len; j++)
        {
          const VssSnapshotSet *set = g_ptr_array_index (self->sets, j);

          copy->sets += vss_snapshot_set_find_disk (set, disk->target) != NULL;
        }
      g_ptr_array_add (disks, copy);
    }
  return g_steal_pointer (&disks);
}

static GPtrArray *
memory_list_sets (VssProvider *provider, GCancellable *cancellable, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GPtrArray) sets =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_snapshot_set_free);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "list-sets", NULL, error))
    return NULL;
  locker = g_mutex_locker_new (&self->lock);
  for (guint i = 0; i < self->sets->len; i++)
    g_ptr_array_add (sets, vss_snapshot_set_copy (g_ptr_array_index (self->sets, i)));
  return g_steal_pointer (&sets);
}

static gboolean
memory_preflight (VssProvider *provider,
                  VssSnapshotSet *set,
                  GCancellable *cancellable,
                  GError **error)
{
  return begin (VSS_MEMORY_PROVIDER (provider), "preflight", set, error);
}

static gboolean
fill_disk (VssMemoryProvider *self, const char *id, VssSetDisk *disk, GError **error)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      const VssDomainDisk *known = g_ptr_array_index (self->disks, i);

      if (g_str_equal (known->target, disk->target))
        {
          g_free (disk->overlay);
          g_free (disk->image);
          g_free (disk->image_format);
          disk->overlay = g_strdup_printf ("/memory/%s.vss-%s.qcow2", disk->target, id);
          disk->image = g_strdup (known->path);
          disk->image_format = g_strdup (known->format);
          disk->capacity = known->capacity;
          return TRUE;
        }
    }
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
               "cannot prepare disk %s: there is no such disk", disk->target);
  return FALSE;
}

static gboolean
memory_prepare (VssProvider *provider,
                VssSnapshotSet *set,
                GCancellable *cancellable,
                GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "prepare", set, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  for (guint i = 0; i < self->sets->len; i++)
    {
      const VssSnapshotSet *other = g_ptr_array_index (self->sets, i);

      if (other->state != VSS_SET_CREATED &&
          vss_set_owner_is_alive (&other->owner, g_get_real_time ()))
        {
          g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                       "cannot prepare set %s: set %s of %s is in progress", set->id, other->id,
                       other->owner.requester);
          return FALSE;
        }
    }
  for (guint i = 0; i < set->disks->len; i++)
    {
      if (!fill_disk (self, set->id, g_ptr_array_index (set->disks, i), error))
        return FALSE;
    }
  set->state = VSS_SET_PREPARING;
  store (self, set);
  return TRUE;
}

static gboolean
memory_pre_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "pre-commit", set, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  set->state = VSS_SET_COMMITTING;
  store (self, set);
  return TRUE;
}

static gboolean
memory_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  return begin (VSS_MEMORY_PROVIDER (provider), "commit", set, error);
}

static gboolean
memory_post_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "post-commit", set, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  set->state = VSS_SET_CREATED;
  store (self, set);
  return TRUE;
}

static gboolean
memory_rollback (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "rollback", set, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  drop (self, set->id);
  return TRUE;
}

static gboolean
memory_delete_set (VssProvider *provider,
                   const char *snapshot_set_id,
                   VssProgressFunc progress,
                   gpointer progress_data,
                   GCancellable *cancellable,
                   GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "delete", NULL, error) ||
      g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  if (find_set (self, snapshot_set_id, NULL) == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                   "cannot delete set %s: there is no such set", snapshot_set_id);
      return FALSE;
    }
  if (progress != NULL)
    progress ("merge", snapshot_set_id, 1, 1, progress_data);
  drop (self, snapshot_set_id);
  return TRUE;
}

static gboolean
memory_renew_owner (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "renew", set, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  set->owner.renewed_us = g_get_real_time ();
  store (self, set);
  return TRUE;
}

static gboolean
memory_release_owner (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "release", set, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  set->owner.lease_us = 0;
  store (self, set);
  return TRUE;
}

static gboolean
is_left_behind (const VssSnapshotSet *set)
{
  if (vss_set_owner_is_alive (&set->owner, g_get_real_time ()))
    return FALSE;
  return set->state != VSS_SET_CREATED || vss_snapshot_set_is_auto_release (set);
}

static gboolean
memory_recover (VssProvider *provider,
                VssRecoverFunc report,
                gpointer report_data,
                GCancellable *cancellable,
                GError **error)
{
  VssMemoryProvider *self = VSS_MEMORY_PROVIDER (provider);
  g_autoptr (GMutexLocker) locker = NULL;

  if (!begin (self, "recover", NULL, error))
    return FALSE;
  locker = g_mutex_locker_new (&self->lock);
  for (guint i = self->sets->len; i > 0; i--)
    {
      const VssSnapshotSet *set = g_ptr_array_index (self->sets, i - 1);

      if (!is_left_behind (set))
        continue;
      if (report != NULL)
        report (set->id, "removed", report_data);
      g_ptr_array_remove_index (self->sets, i - 1);
    }
  return TRUE;
}

static void
vss_memory_provider_init_iface (VssProviderInterface *iface)
{
  iface->get_properties = memory_get_properties;
  iface->list_disks = memory_list_disks;
  iface->list_sets = memory_list_sets;
  iface->preflight = memory_preflight;
  iface->prepare = memory_prepare;
  iface->pre_commit = memory_pre_commit;
  iface->commit = memory_commit;
  iface->post_commit = memory_post_commit;
  iface->rollback = memory_rollback;
  iface->delete_set = memory_delete_set;
  iface->renew_owner = memory_renew_owner;
  iface->release_owner = memory_release_owner;
  iface->recover = memory_recover;
}
