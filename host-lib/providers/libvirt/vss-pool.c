/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the use of one storage pool. On the provider's worker thread. */
#include "host-lib/providers/libvirt/vss-pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

/* Our transient pools: this, the first 8 digits of the boot id, the process, a random part. */
#define POOL_PREFIX "virt-vss-"
#define BOOT_ID_DIGITS 8

/* Two processes may want the same folder at the same time; the loser finds the winner's pool, or
 * finds it gone again a moment later. */
#define OPEN_LIMIT_US (10 * G_USEC_PER_SEC)
#define OPEN_PAUSE_US (50 * 1000)

struct _VssPool
{
  virStoragePoolPtr pool;
  char *folder;
  char *target;     /* the same folder as the pool names it */
  gboolean ours;    /* to be destroyed */
  gboolean started; /* was defined but inactive: to be stopped */
};

static char *
our_pool_prefix (void)
{
  g_autofree char *boot_id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    return g_strdup (POOL_PREFIX "unknown-");
  return g_strdup_printf (POOL_PREFIX "%.*s-", BOOT_ID_DIGITS, boot_id);
}

/* Whether the pool was left by a process of ours that is gone. */
static gboolean
is_orphan (virStoragePoolPtr pool)
{
  const char *name = virStoragePoolGetName (pool);
  g_autofree char *prefix = our_pool_prefix ();
  char *end = NULL;
  gint64 pid;

  if (!g_str_has_prefix (name, prefix))
    return FALSE;
  pid = g_ascii_strtoll (name + strlen (prefix), &end, 10);
  return pid > 0 && end != NULL && *end == '-' && kill ((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* NULL also if the pool is gone meanwhile. */
static VssXml *
read_xml (virStoragePoolPtr pool, GError **error)
{
  char *xml = virStoragePoolGetXMLDesc (pool, 0);
  VssXml *doc;

  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read storage pool %s", virStoragePoolGetName (pool));
      return NULL;
    }
  doc = vss_xml_parse (xml, -1, error);
  free (xml);
  return doc;
}

/* The folder that a pool covers, NULL if it is of another kind. */
static char *
read_target_folder (virStoragePoolPtr pool)
{
  g_autoptr (VssXml) doc = read_xml (pool, NULL);

  if (doc == NULL)
    return NULL;
  return vss_xml_child_text (vss_xml_child (vss_xml_root (doc), "target"), "path");
}

/* As the folder is known to the host; only a local one can be looked up. */
static char *
canonicalise (VssLibvirtSession *session, const char *folder)
{
  g_autofree char *plain = g_canonicalize_filename (folder, "/");
  char *real = NULL;
  char *copy;

  if (vss_libvirt_session_is_local (session))
    real = realpath (plain, NULL);
  if (real == NULL)
    return g_steal_pointer (&plain);
  copy = g_strdup (real);
  free (real);
  return copy;
}

static virStoragePoolPtr
find_pool (VssLibvirtSession *session, const char *folder, unsigned int flags)
{
  virStoragePoolPtr *pools = NULL;
  virStoragePoolPtr found = NULL;
  int n = virConnectListAllStoragePools (session->connection, &pools, flags);

  for (int i = 0; i < n; i++)
    {
      g_autofree char *target = found == NULL ? read_target_folder (pools[i]) : NULL;
      g_autofree char *real = target == NULL ? NULL : canonicalise (session, target);

      if (g_strcmp0 (real, folder) == 0)
        found = pools[i];
      else
        virStoragePoolFree (pools[i]);
    }
  free (pools);
  return found;
}

static virStoragePoolPtr
make_pool (VssLibvirtSession *session, const char *folder)
{
  g_autofree char *prefix = our_pool_prefix ();
  g_autofree char *unique = g_uuid_string_random ();
  g_autoptr (GString) xml = g_string_new ("<pool type='dir'><name>");

  g_string_append_printf (xml, "%s%d-%s</name><target><path>", prefix, (int)getpid (), unique);
  vss_xml_append_text (xml, folder);
  g_string_append (xml, "</path></target></pool>");
  return virStoragePoolCreateXML (session->connection, xml->str, 0);
}

/* A pool that another of our processes made for a moment is waited for: it may vanish under us. */
static gboolean
is_borrowed (virStoragePoolPtr pool)
{
  return g_str_has_prefix (virStoragePoolGetName (pool), POOL_PREFIX) && !is_orphan (pool);
}

typedef enum
{
  ATTEMPT_DONE,
  ATTEMPT_BUSY,
  ATTEMPT_FAILED,
} VssAttempt;

static VssAttempt
use_active (VssPool *self, gboolean borrow)
{
  self->ours = is_orphan (self->pool);
  if (!borrow && is_borrowed (self->pool))
    return ATTEMPT_BUSY;
  return virStoragePoolRefresh (self->pool, 0) == 0 ? ATTEMPT_DONE : ATTEMPT_FAILED;
}

/* One attempt: an active pool, an inactive one, or a new one. */
static VssAttempt
try_open (VssPool *self, VssLibvirtSession *session, gboolean borrow)
{
  self->pool = find_pool (session, self->folder, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
  if (self->pool != NULL)
    return use_active (self, borrow);

  self->pool = find_pool (session, self->folder, VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE);
  if (self->pool != NULL)
    {
      self->started = virStoragePoolCreate (self->pool, 0) == 0;
      return self->started ? ATTEMPT_DONE : ATTEMPT_FAILED;
    }

  self->pool = make_pool (session, self->folder);
  self->ours = self->pool != NULL;
  return self->ours ? ATTEMPT_DONE : ATTEMPT_FAILED;
}

static void
leave (VssPool *self)
{
  if (self->pool == NULL)
    return;
  if (self->ours || self->started)
    virStoragePoolDestroy (self->pool); /* stops it; no file is touched */
  g_clear_pointer (&self->pool, virStoragePoolFree);
  self->ours = FALSE;
  self->started = FALSE;
}

/* Whether another process can have caused the failure: then it's worth another attempt. */
static gboolean
is_collision (int libvirt_code)
{
  return libvirt_code == VIR_ERR_OPERATION_FAILED || libvirt_code == VIR_ERR_NO_STORAGE_POOL ||
         libvirt_code == VIR_ERR_OPERATION_INVALID;
}

VssPool *
vss_pool_open (VssLibvirtSession *session, const char *folder, GError **error)
{
  g_autoptr (VssPool) self = g_new0 (VssPool, 1);
  gint64 deadline = g_get_monotonic_time () + OPEN_LIMIT_US;

  self->folder = canonicalise (session, folder);
  while (TRUE)
    {
      gboolean last = g_get_monotonic_time () >= deadline;
      VssAttempt attempt = try_open (self, session, last);

      if (attempt == ATTEMPT_DONE)
        break;
      if (attempt == ATTEMPT_FAILED && (last || !is_collision (virGetLastErrorCode ())))
        {
          vss_libvirt_set_error (error, "cannot open folder %s as a storage pool", folder);
          return NULL;
        }
      if (attempt == ATTEMPT_BUSY)
        self->ours = FALSE;
      leave (self);
      g_usleep (OPEN_PAUSE_US);
    }
  self->target = read_target_folder (self->pool);
  if (self->target == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the storage pool of folder %s", folder);
      return NULL;
    }
  return g_steal_pointer (&self);
}

const char *
vss_pool_get_target (VssPool *self)
{
  return self->target;
}

VssXml *
vss_pool_read (VssPool *self, GError **error)
{
  return read_xml (self->pool, error);
}

void
vss_pool_close (VssPool *self)
{
  if (self == NULL)
    return;
  leave (self);
  g_free (self->folder);
  g_free (self->target);
  g_free (self);
}

GStrv
vss_pool_list_files (VssPool *self, GError **error)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  virStorageVolPtr *volumes = NULL;
  int n = virStoragePoolListAllVolumes (self->pool, &volumes, 0);

  if (n < 0)
    {
      vss_libvirt_set_error (error, "cannot list the files in %s", self->folder);
      return NULL;
    }
  for (int i = 0; i < n; i++)
    {
      g_strv_builder_add (names, virStorageVolGetName (volumes[i]));
      virStorageVolFree (volumes[i]);
    }
  free (volumes);
  return g_strv_builder_end (names);
}

virStorageVolPtr
vss_pool_find_file (VssPool *self, const char *name, GError **error)
{
  virStorageVolPtr volume = virStorageVolLookupByName (self->pool, name);

  if (volume == NULL && virGetLastErrorCode () != VIR_ERR_NO_STORAGE_VOL)
    vss_libvirt_set_error (error, "cannot look for %s in %s", name, self->folder);
  return volume;
}

virStorageVolPtr
vss_pool_create_file (VssPool *self, const char *name, const char *volume_xml, GError **error)
{
  virStorageVolPtr volume = virStorageVolCreateXML (self->pool, volume_xml, 0);

  if (volume == NULL)
    vss_libvirt_set_error (error, "cannot create %s in %s", name, self->folder);
  return volume;
}

gboolean
vss_pool_get_space (VssPool *self, guint64 *free_bytes, guint64 *all, GError **error)
{
  virStoragePoolInfo info;

  if (virStoragePoolGetInfo (self->pool, &info) < 0)
    {
      vss_libvirt_set_error (error, "cannot ask for the free space in %s", self->folder);
      return FALSE;
    }
  *free_bytes = info.available;
  *all = info.capacity;
  return TRUE;
}

gboolean
vss_pool_get_free (VssPool *self, guint64 *bytes, GError **error)
{
  guint64 all;

  return vss_pool_get_space (self, bytes, &all, error);
}
