/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes and judges overlays. On the worker thread; what is only computed is pure. */
#include "host-lib/providers/libvirt/vss-overlay.h"

#include <stdlib.h>
#include <string.h>

#include "host-lib/documents/vss-xml.h"
#include "host-lib/providers/libvirt/vss-volume-io.h"

#define INFIX ".vss-"
#define SUFFIX ".qcow2"
#define UUID_LENGTH 36

/* Longest file name on the file systems that matter. */
#define NAME_LENGTH_MAX 255

/* Mode of what may hold anything of the guest: its owner's only. */
#define OVERLAY_MODE "0600"

/* Of a file that is there for a moment, and the length that no empty overlay reaches (its L1 table
 * is the largest part: this is enough for a disk of 1 PiB). */
#define TEMPORARY_SUFFIX ".tmp"
#define EMPTY_LENGTH_MAX (32 * 1024 * 1024)

#define QCOW2_HEADER_LENGTH 72
#define QCOW2_MAGIC 0x514649fb
#define QCOW2_OFFSET_VERSION 4
#define QCOW2_OFFSET_L1_SIZE 36
#define QCOW2_OFFSET_L1_TABLE 40

/* QEMU's own limit for an L1 table (32 MiB of entries). */
#define QCOW2_L1_ENTRIES_MAX (4 * 1024 * 1024)

/* Length of the suffix of ours that @name ends in, 0 for none. */
static gsize
own_suffix_length (const char *name)
{
  gsize suffix = strlen (INFIX) + UUID_LENGTH + strlen (SUFFIX);
  gsize length = strlen (name);
  g_autofree char *id = NULL;
  const char *at;

  if (length <= suffix || !g_str_has_suffix (name, SUFFIX))
    return 0;
  at = name + length - suffix;
  if (!g_str_has_prefix (at, INFIX))
    return 0;
  id = g_strndup (at + strlen (INFIX), UUID_LENGTH);
  return g_uuid_string_is_valid (id) ? suffix : 0;
}

char *
vss_overlay_path (const char *folder, const char *image, const char *set_id)
{
  g_autofree char *name = g_path_get_basename (image);
  g_autofree char *suffix = g_strconcat (INFIX, set_id, SUFFIX, NULL);
  g_autofree char *full = NULL;
  gsize keep = strlen (name) - own_suffix_length (name);

  keep = MIN (keep, NAME_LENGTH_MAX - strlen (suffix));
  /* Never in the middle of a character. */
  while (keep > 0 && ((guchar)name[keep] & 0xc0) == 0x80)
    keep--;
  name[keep] = '\0';
  full = g_strconcat (name, suffix, NULL);
  return g_build_filename (folder, full, NULL);
}

gboolean
vss_overlay_is_of_set (const char *path, const char *set_id)
{
  g_autofree char *suffix = g_strconcat (INFIX, set_id, SUFFIX, NULL);

  return path[0] == '/' && g_uuid_string_is_valid (set_id) && g_str_has_suffix (path, suffix);
}

static char *
write_volume_xml (const VssSetDisk *disk, const char *name)
{
  GString *xml = g_string_new ("<volume><name>");

  vss_xml_append_text (xml, name);
  g_string_append_printf (xml,
                          "</name><capacity unit='bytes'>%" G_GUINT64_FORMAT "</capacity>"
                          "<target><format type='qcow2'/><compat>1.1</compat>"
                          "<permissions><mode>" OVERLAY_MODE "</mode></permissions></target>"
                          "<backingStore><path>",
                          disk->capacity);
  vss_xml_append_text (xml, disk->image);
  g_string_append (xml, "</path><format");
  vss_xml_append_attr (xml, "type", disk->image_format);
  g_string_append (xml, "/></backingStore></volume>");
  return g_string_free (xml, FALSE);
}

static gboolean
differs (GError **error, const char *path, const char *what, const char *is, const char *should)
{
  g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
               "cannot use the new overlay %s: its %s is %s instead of %s", path, what,
               is != NULL ? is : "missing", should);
  return FALSE;
}

/* The new file as libvirt reads it back. */
static gboolean
check_volume_xml (const char *xml, const VssSetDisk *disk, GError **error)
{
  g_autoptr (VssXml) doc = vss_xml_parse (xml, -1, error);
  g_autofree char *capacity = NULL;
  g_autofree char *path = NULL;
  g_autofree char *mode = NULL;
  g_autofree char *format = NULL;
  g_autofree char *backing = NULL;
  g_autofree char *backing_format = NULL;
  g_autofree char *wanted = g_strdup_printf ("%" G_GUINT64_FORMAT, disk->capacity);
  const VssXmlNode *target;
  const VssXmlNode *store;

  if (doc == NULL)
    return FALSE;
  target = vss_xml_child (vss_xml_root (doc), "target");
  store = vss_xml_child (vss_xml_root (doc), "backingStore");
  capacity = vss_xml_child_text (vss_xml_root (doc), "capacity");
  path = vss_xml_child_text (target, "path");
  mode = vss_xml_child_text (vss_xml_child (target, "permissions"), "mode");
  format = vss_xml_attr (vss_xml_child (target, "format"), "type");
  backing = vss_xml_child_text (store, "path");
  backing_format = vss_xml_attr (vss_xml_child (store, "format"), "type");

  if (g_strcmp0 (capacity, wanted) != 0)
    return differs (error, disk->overlay, "size", capacity, wanted);
  if (g_strcmp0 (path, disk->overlay) != 0)
    return differs (error, disk->overlay, "path", path, disk->overlay);
  if (g_strcmp0 (mode, OVERLAY_MODE) != 0)
    return differs (error, disk->overlay, "mode", mode, OVERLAY_MODE);
  if (g_strcmp0 (format, "qcow2") != 0)
    return differs (error, disk->overlay, "format", format, "qcow2");
  if (g_strcmp0 (backing, disk->image) != 0)
    return differs (error, disk->overlay, "backing file", backing, disk->image);
  if (g_strcmp0 (backing_format, disk->image_format) != 0)
    return differs (error, disk->overlay, "backing format", backing_format, disk->image_format);
  return TRUE;
}

static gboolean
check_volume (virStorageVolPtr volume, const VssSetDisk *disk, GError **error)
{
  char *xml = virStorageVolGetXMLDesc (volume, 0);
  gboolean good;

  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot check the new overlay %s", disk->overlay);
      return FALSE;
    }
  good = check_volume_xml (xml, disk, error);
  free (xml);
  return good;
}

gboolean
vss_overlay_create (VssPool *pool, const VssSetDisk *disk, GError **error)
{
  g_autofree char *name = g_path_get_basename (disk->overlay);
  g_autofree char *xml = write_volume_xml (disk, name);
  virStorageVolPtr volume;
  gboolean good;

  volume = vss_pool_create_file (pool, name, xml, error);
  if (volume == NULL)
    return FALSE;
  good = check_volume (volume, disk, error);
  if (!good)
    virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  return good;
}

/* An empty overlay under another name, as bytes. Its remains of an earlier attempt are replaced. */
static GByteArray *
make_empty_bytes (VssPool *pool,
                  VssLibvirtSession *session,
                  const VssSetDisk *disk,
                  const char *name,
                  GError **error)
{
  g_autofree char *temporary = g_strconcat (name, TEMPORARY_SUFFIX, NULL);
  g_autofree char *xml = write_volume_xml (disk, temporary);
  virStorageVolPtr volume = vss_pool_find_file (pool, temporary, NULL);
  GByteArray *bytes;

  if (volume != NULL)
    {
      virStorageVolDelete (volume, 0);
      virStorageVolFree (volume);
    }
  volume = vss_pool_create_file (pool, temporary, xml, error);
  if (volume == NULL)
    return NULL;
  bytes = vss_volume_read (session, volume, 0, EMPTY_LENGTH_MAX, error);
  virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  return bytes;
}

gboolean
vss_overlay_clear (VssPool *pool,
                   VssLibvirtSession *session,
                   const VssSetDisk *disk,
                   GError **error)
{
  g_autofree char *name = g_path_get_basename (disk->overlay);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GByteArray) bytes = NULL;
  virStorageVolPtr volume = vss_pool_find_file (pool, name, &local_error);
  gboolean cleared;

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (volume == NULL)
    return vss_overlay_create (pool, disk, error);
  /* In place: libvirt has given this very file to QEMU's user. What lies behind the new end is
   * counted as free by the new header. */
  bytes = make_empty_bytes (pool, session, disk, name, error);
  cleared = bytes != NULL && vss_volume_overwrite (session, volume, bytes->data, bytes->len, error);
  virStorageVolFree (volume);
  return cleared;
}

static guint64
read_be (const guint8 *bytes, guint length)
{
  guint64 value = 0;

  for (guint i = 0; i < length; i++)
    value = value << 8 | bytes[i];
  return value;
}

VssQcow2Header
vss_qcow2_read_header (const guint8 *bytes, gsize length)
{
  VssQcow2Header header = { FALSE, 0, 0 };

  if (length < QCOW2_HEADER_LENGTH || read_be (bytes, 4) != QCOW2_MAGIC ||
      read_be (bytes + QCOW2_OFFSET_VERSION, 4) < 2)
    return header;
  header.complete = TRUE;
  header.l1_entries = (guint32)read_be (bytes + QCOW2_OFFSET_L1_SIZE, 4);
  header.l1_offset = read_be (bytes + QCOW2_OFFSET_L1_TABLE, 8);
  return header;
}

static gboolean
is_all_zero (const GByteArray *bytes)
{
  for (guint i = 0; i < bytes->len; i++)
    {
      if (bytes->data[i] != 0)
        return FALSE;
    }
  return TRUE;
}

/* The making of an overlay writes its header last but for sizes: a file of zeros has no data. */
static gboolean
judge_volume (VssLibvirtSession *session, virStorageVolPtr volume, gboolean *empty, GError **error)
{
  g_autoptr (GByteArray) start = vss_volume_read (session, volume, 0, QCOW2_HEADER_LENGTH, error);
  g_autoptr (GByteArray) l1 = NULL;
  VssQcow2Header header;

  if (start == NULL)
    return FALSE;
  header = vss_qcow2_read_header (start->data, start->len);
  if (!header.complete)
    {
      *empty = is_all_zero (start); /* anything else is not ours to judge */
      return TRUE;
    }
  if (header.l1_entries == 0)
    {
      *empty = TRUE;
      return TRUE;
    }
  if (header.l1_entries > QCOW2_L1_ENTRIES_MAX)
    {
      *empty = FALSE;
      return TRUE;
    }
  l1 = vss_volume_read (session, volume, header.l1_offset,
                        (gsize)header.l1_entries * sizeof (guint64), error);
  if (l1 == NULL)
    return FALSE;
  *empty = is_all_zero (l1); /* a table beyond the file's end is all holes */
  return TRUE;
}

gboolean
vss_overlay_is_empty (VssLibvirtSession *session, const char *path, gboolean *empty, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);
  g_autoptr (GError) local_error = NULL;
  virStorageVolPtr volume;
  gboolean judged;

  if (pool == NULL)
    return FALSE;
  volume = vss_pool_find_file (pool, name, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (volume == NULL)
    {
      *empty = TRUE;
      return TRUE;
    }
  judged = judge_volume (session, volume, empty, error);
  virStorageVolFree (volume);
  return judged;
}
