/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stores and finds the records of a domain's sets. On the worker thread. */
#include "host-lib/providers/libvirt/vss-record.h"

#include <string.h>

#include <libvirt/virterror.h>

#include "host-lib/providers/libvirt/vss-volume-io.h"
#include "host-lib/vss-snapshot-set-private.h"

/* Prefix of the metadata element. */
#define RECORD_KEY "vss-set"

#define COPY_INFIX ".vss-"
#define COPY_SUFFIX ".set.xml"
#define UUID_LENGTH 36

/* Bytes of the domain's name that go into a copy's name; with the rest it stays below 255. */
#define COPY_DOMAIN_MAX 128

static gboolean
set_metadata (VssLibvirtSession *session,
              const VssSnapshotSet *set,
              const char *xml,
              unsigned int flags,
              GError **error)
{
  g_autofree char *uri = g_strconcat (VSS_RECORD_NAMESPACE, set->id, NULL);

  if (virDomainSetMetadata (session->domain, VIR_DOMAIN_METADATA_ELEMENT, xml, RECORD_KEY, uri,
                            flags) == 0)
    return TRUE;
  if (xml == NULL && virGetLastErrorCode () == VIR_ERR_NO_DOMAIN_METADATA)
    return TRUE;
  vss_libvirt_set_error (error, "cannot %s the record of set %s in the metadata of domain %s",
                         xml != NULL ? "keep" : "remove", set->id, session->domain_name);
  return FALSE;
}

static char *
to_bounded_xml (const VssSnapshotSet *set, GError **error)
{
  g_autofree char *xml = vss_snapshot_set_to_xml (set);

  if (strlen (xml) <= VSS_SET_XML_MAX)
    return g_steal_pointer (&xml);
  g_set_error (error, VSS_ERROR, VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED,
               "cannot keep the record of set %s: it has %" G_GSIZE_FORMAT
               " bytes, at most %d are possible; take fewer volumes",
               set->id, strlen (xml), VSS_SET_XML_MAX);
  return NULL;
}

gboolean
vss_record_parse_name (const char *name, char **id, guint *generation)
{
  g_autofree char *text = NULL;
  g_autofree char *number = NULL;
  const char *at = NULL;
  guint64 value;

  if (!g_str_has_suffix (name, COPY_SUFFIX))
    return FALSE;
  at = g_strrstr (name, COPY_INFIX);
  if (at == NULL || strlen (at) < strlen (COPY_INFIX) + UUID_LENGTH + 2 + strlen (COPY_SUFFIX))
    return FALSE;
  at += strlen (COPY_INFIX);
  text = g_strndup (at, UUID_LENGTH);
  at += UUID_LENGTH;
  if (!g_uuid_string_is_valid (text) || *at != '.')
    return FALSE;
  number = g_strndup (at + 1, strlen (at + 1) - strlen (COPY_SUFFIX));
  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT32, &value, NULL))
    return FALSE;
  *id = g_steal_pointer (&text);
  *generation = (guint)value;
  return TRUE;
}

static char *
make_name (const VssSnapshotSet *set, guint generation)
{
  gsize keep = MIN (strlen (set->domain_name), COPY_DOMAIN_MAX);

  while (keep > 0 && ((guchar)set->domain_name[keep] & 0xc0) == 0x80)
    keep--;
  return g_strdup_printf ("%.*s" COPY_INFIX "%s.%u" COPY_SUFFIX, (int)keep, set->domain_name,
                          set->id, generation);
}

static void
add_folder (GPtrArray *folders, const char *path)
{
  g_autofree char *folder = path == NULL ? NULL : g_path_get_dirname (path);

  if (folder != NULL && folder[0] == '/' &&
      !g_ptr_array_find_with_equal_func (folders, folder, g_str_equal, NULL))
    g_ptr_array_add (folders, g_steal_pointer (&folder));
}

static GPtrArray *
list_set_folders (const VssSnapshotSet *set)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      add_folder (folders, disk->overlay);
    }
  return folders;
}

/* Removes the copies of the set in one folder up to a generation. */
static gboolean
remove_copies (VssPool *pool,
               const VssSnapshotSet *set,
               char *const *names,
               gint64 last,
               GError **error)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *id = NULL;
      guint generation;
      virStorageVolPtr volume;
      gboolean gone;

      if (!vss_record_parse_name (names[i], &id, &generation) || !g_str_equal (id, set->id) ||
          generation > last)
        continue;
      volume = vss_pool_find_file (pool, names[i], NULL);
      if (volume == NULL)
        continue;
      gone = virStorageVolDelete (volume, 0) == 0;
      if (!gone)
        vss_libvirt_set_error (error, "cannot remove the copy %s of the record of set %s", names[i],
                               set->id);
      virStorageVolFree (volume);
      if (!gone)
        return FALSE;
    }
  return TRUE;
}

/* -1: there is none. */
static gint64
find_last_generation (const VssSnapshotSet *set, char *const *names)
{
  gint64 last = -1;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *id = NULL;
      guint generation;

      if (vss_record_parse_name (names[i], &id, &generation) && g_str_equal (id, set->id))
        last = MAX (last, (gint64)generation);
    }
  return last;
}

static gboolean
save_copy (VssLibvirtSession *session,
           const VssSnapshotSet *set,
           const char *folder,
           const char *xml,
           GError **error)
{
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);
  g_auto (GStrv) names = pool == NULL ? NULL : vss_pool_list_files (pool, error);
  g_autofree char *name = NULL;
  gint64 last;

  if (names == NULL)
    return FALSE;
  last = find_last_generation (set, names);
  name = make_name (set, (guint)(last + 1));
  return vss_volume_write_text (session, pool, name, xml, error) &&
         remove_copies (pool, set, names, last, error);
}

gboolean
vss_record_save (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autofree char *xml = to_bounded_xml (set, error);
  g_autoptr (GPtrArray) folders = NULL;

  if (xml == NULL ||
      !set_metadata (session, set, xml, vss_libvirt_session_affect_flags (session), error))
    return FALSE;
  folders = list_set_folders (set);
  for (guint i = 0; i < folders->len; i++)
    {
      if (!save_copy (session, set, g_ptr_array_index (folders, i), xml, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vss_record_touch (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autofree char *xml = to_bounded_xml (set, error);

  return xml != NULL && set_metadata (session, set, xml, VIR_DOMAIN_AFFECT_CURRENT, error);
}

/* Nobody else who lives is at the set, as the metadata says now; what it doesn't name is free. */
static gboolean
check_free (VssLibvirtSession *session,
            const VssSnapshotSet *set,
            gboolean must_be_ours,
            GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GPtrArray) sets = view == NULL ? NULL : vss_record_list_domain (view, NULL);

  if (sets == NULL)
    return FALSE;
  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *now = g_ptr_array_index (sets, i);
      gboolean busy = now->state != VSS_SET_CREATED || must_be_ours;

      if (!g_str_equal (now->id, set->id) || vss_set_owner_is_self (&now->owner) || !busy ||
          !vss_set_owner_is_alive (&now->owner, g_get_real_time ()))
        continue;
      g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                   "cannot touch set %s: %s (process %" G_GINT64_FORMAT " on %s) is at it (%s)",
                   set->id, now->owner.requester != NULL ? now->owner.requester : "somebody",
                   now->owner.pid, now->owner.host != NULL ? now->owner.host : "unknown",
                   vss_set_state_to_string (now->state));
      return FALSE;
    }
  return TRUE;
}

gboolean
vss_record_claim (VssLibvirtSession *session,
                  VssSnapshotSet *set,
                  const char *requester,
                  gint64 lease_us,
                  GError **error)
{
  if (!check_free (session, set, FALSE, error))
    return FALSE;
  vss_set_owner_fill (&set->owner, requester, lease_us);
  return vss_record_touch (session, set, error) && check_free (session, set, TRUE, error);
}

static VssSnapshotSet *
load_record (VssLibvirtSession *session, const char *id, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);

  if (view == NULL)
    return NULL;
  for (guint i = 0; i < view->records->len; i++)
    {
      const VssRecordText *record = g_ptr_array_index (view->records, i);

      if (g_str_equal (record->id, id))
        return vss_snapshot_set_from_xml (record->xml, error);
    }
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "domain %s has no set %s any more",
               session->domain_name, id);
  return NULL;
}

gboolean
vss_record_renew (VssLibvirtSession *session, VssSnapshotSet *set, gint64 lease_us, GError **error)
{
  g_autoptr (VssSnapshotSet) now = load_record (session, set->id, error);

  if (now == NULL)
    return FALSE;
  if (!vss_set_owner_is_self (&now->owner))
    {
      g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                   "set %s belongs to %s now (process %" G_GINT64_FORMAT " on %s)", set->id,
                   now->owner.requester != NULL ? now->owner.requester : "somebody", now->owner.pid,
                   now->owner.host != NULL ? now->owner.host : "unknown");
      return FALSE;
    }
  now->owner.renewed_us = g_get_real_time ();
  now->owner.lease_us = lease_us;
  set->owner.renewed_us = now->owner.renewed_us;
  set->owner.lease_us = lease_us;
  return lease_us > 0 ? vss_record_touch (session, now, error)
                      : vss_record_save (session, now, error);
}

gboolean
vss_record_remove (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (GPtrArray) folders = list_set_folders (set);

  for (guint i = 0; i < folders->len; i++)
    {
      g_autoptr (VssPool) pool = vss_pool_open (session, g_ptr_array_index (folders, i), error);
      g_auto (GStrv) names = pool == NULL ? NULL : vss_pool_list_files (pool, error);

      if (names == NULL || !remove_copies (pool, set, names, G_MAXINT64, error))
        return FALSE;
    }
  return set_metadata (session, set, NULL, vss_libvirt_session_affect_flags (session), error);
}

static gboolean
has_set (const GPtrArray *sets, const char *id)
{
  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (g_str_equal (set->id, id))
        return TRUE;
    }
  return FALSE;
}

GPtrArray *
vss_record_list_domain (const VssDomainView *view, GPtrArray *damaged)
{
  GPtrArray *sets = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_snapshot_set_free);

  for (guint i = 0; i < view->records->len; i++)
    {
      const VssRecordText *record = g_ptr_array_index (view->records, i);
      g_autoptr (VssSnapshotSet) set = vss_snapshot_set_from_xml (record->xml, NULL);

      /* A record of another domain came with a cloned definition: its files are not ours. */
      if (set != NULL && g_strcmp0 (set->domain_uuid, view->uuid) != 0)
        continue;
      if (set != NULL && g_str_equal (set->id, record->id))
        g_ptr_array_add (sets, g_steal_pointer (&set));
      else if (damaged != NULL)
        g_ptr_array_add (damaged, g_strdup (record->id));
    }
  return sets;
}

static void
forget_damage (GPtrArray *damaged, const char *id)
{
  guint index;

  if (damaged != NULL && g_ptr_array_find_with_equal_func (damaged, id, g_str_equal, &index))
    g_ptr_array_remove_index (damaged, index);
}

static int
compare_generations (gconstpointer a, gconstpointer b)
{
  g_autofree char *id_a = NULL;
  g_autofree char *id_b = NULL;
  guint generation_a = 0;
  guint generation_b = 0;

  vss_record_parse_name (*(char *const *)a, &id_a, &generation_a);
  vss_record_parse_name (*(char *const *)b, &id_b, &generation_b);
  return generation_a < generation_b ? 1 : generation_a > generation_b ? -1 : 0;
}

/* Adds the sets of this domain that a folder's copies name; the newest readable copy counts. */
static gboolean
add_from_folder (VssLibvirtSession *session,
                 const char *folder,
                 GPtrArray *sets,
                 GPtrArray *damaged,
                 GError **error)
{
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);
  g_auto (GStrv) names = pool == NULL ? NULL : vss_pool_list_files (pool, error);

  if (names == NULL)
    return FALSE;
  qsort (names, g_strv_length (names), sizeof *names, compare_generations);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *id = NULL;
      g_autofree char *text = NULL;
      g_autoptr (VssSnapshotSet) set = NULL;
      guint generation;

      if (!vss_record_parse_name (names[i], &id, &generation) || has_set (sets, id))
        continue;
      text = vss_volume_read_text (session, pool, names[i], NULL);
      set = text == NULL ? NULL : vss_snapshot_set_from_xml (text, NULL);
      if (set == NULL || !g_str_equal (set->id, id) ||
          g_strcmp0 (set->domain_uuid, session->domain_uuid) != 0)
        continue;
      forget_damage (damaged, id);
      g_ptr_array_add (sets, g_steal_pointer (&set));
    }
  return TRUE;
}

GPtrArray *
vss_record_list_all (VssLibvirtSession *session,
                     const VssDomainView *view,
                     GPtrArray *damaged,
                     GError **error)
{
  g_autoptr (GPtrArray) sets = vss_record_list_domain (view, damaged);
  g_autoptr (GPtrArray) folders = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < view->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (view->disks, i);

      if (disk->disk->supported)
        add_folder (folders, disk->disk->path);
    }
  for (guint i = 0; i < folders->len; i++)
    {
      if (!add_from_folder (session, g_ptr_array_index (folders, i), sets, damaged, error))
        return NULL;
    }
  return g_steal_pointer (&sets);
}
