/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of small files through libvirt's storage streams, and their removal. On the worker
 * thread. */
#include "host-lib/providers/libvirt/vss-volume-io.h"

#include <string.h>

#include <libvirt/virterror.h>

#include "host-lib/documents/vss-xml.h"
#include "host-lib/vss-snapshot-set-private.h"

/* A stream hands out at most this much at once. */
#define CHUNK (64 * 1024)

GByteArray *
vss_volume_read (VssLibvirtSession *session,
                 virStorageVolPtr volume,
                 guint64 offset,
                 gsize length,
                 GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *chunk = g_malloc (CHUNK);
  const char *name = virStorageVolGetName (volume);
  virStreamPtr stream = virStreamNew (session->connection, 0);
  int n = -1;

  if (stream != NULL && virStorageVolDownload (volume, stream, offset, length, 0) == 0)
    {
      while (bytes->len < length &&
             (n = virStreamRecv (stream, chunk, MIN (CHUNK, length - bytes->len))) > 0)
        g_byte_array_append (bytes, (const guint8 *)chunk, (guint)n);
    }
  if (n < 0)
    vss_libvirt_set_error (error, "cannot read %s", name);
  /* The whole was read or nothing more is wanted: an abort is cheaper than the end's handshake
   * and can't fail what was read. */
  if (stream != NULL)
    {
      virStreamAbort (stream);
      virStreamFree (stream);
    }
  return n < 0 ? NULL : g_steal_pointer (&bytes);
}

static gboolean
send_all (virStreamPtr stream, const char *text, gsize length)
{
  for (gsize sent = 0; sent < length;)
    {
      int n = virStreamSend (stream, text + sent, MIN (CHUNK, length - sent));

      if (n < 0)
        return FALSE;
      sent += (gsize)n;
    }
  return virStreamFinish (stream) == 0;
}

gboolean
vss_volume_overwrite (VssLibvirtSession *session,
                      virStorageVolPtr volume,
                      const void *bytes,
                      gsize length,
                      GError **error)
{
  const char *name = virStorageVolGetName (volume);
  virStreamPtr stream = virStreamNew (session->connection, 0);
  gboolean sent = stream != NULL && virStorageVolUpload (volume, stream, 0, length, 0) == 0;

  sent = sent && send_all (stream, bytes, length);
  if (!sent)
    vss_libvirt_set_error (error, "cannot write %s", name);
  if (stream != NULL)
    {
      if (!sent)
        virStreamAbort (stream);
      virStreamFree (stream);
    }
  return sent;
}

gboolean
vss_volume_write_text (VssLibvirtSession *session,
                       VssPool *pool,
                       const char *name,
                       const char *text,
                       GError **error)
{
  g_autoptr (GString) xml = g_string_new ("<volume><name>");
  virStorageVolPtr volume;
  gboolean written;

  vss_xml_append_text (xml, name);
  g_string_append_printf (xml,
                          "</name><capacity>%" G_GSIZE_FORMAT "</capacity><target>"
                          "<format type='raw'/>"
                          "<permissions><mode>0600</mode></permissions></target></volume>",
                          strlen (text));
  volume = vss_pool_create_file (pool, name, xml->str, error);
  if (volume == NULL)
    return FALSE;
  written = vss_volume_overwrite (session, volume, text, strlen (text), error);
  if (!written)
    virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  return written;
}

char *
vss_volume_read_text (VssLibvirtSession *session, VssPool *pool, const char *name, GError **error)
{
  virStorageVolPtr volume = vss_pool_find_file (pool, name, error);
  g_autoptr (GByteArray) bytes = NULL;

  if (volume == NULL)
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "cannot find file %s", name);
      return NULL;
    }
  bytes = vss_volume_read (session, volume, 0, VSS_SET_XML_MAX, error);
  virStorageVolFree (volume);
  if (bytes == NULL)
    return NULL;
  g_byte_array_append (bytes, (const guint8 *)"", 1);
  return g_strdup ((const char *)bytes->data);
}

gboolean
vss_volume_exists (VssLibvirtSession *session, const char *path, gboolean *exists, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);
  g_autoptr (GError) local_error = NULL;
  virStorageVolPtr volume;

  if (pool == NULL)
    return FALSE;
  volume = vss_pool_find_file (pool, name, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *exists = volume != NULL;
  g_clear_pointer (&volume, virStorageVolFree);
  return TRUE;
}

gboolean
vss_volume_remove (VssLibvirtSession *session, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);
  g_autoptr (GError) local_error = NULL;
  virStorageVolPtr volume;
  gboolean gone;

  if (pool == NULL)
    return FALSE;
  volume = vss_pool_find_file (pool, name, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (volume == NULL)
    return TRUE;
  gone = virStorageVolDelete (volume, 0) == 0;
  if (!gone)
    vss_libvirt_set_error (error, "cannot remove %s", path);
  virStorageVolFree (volume);
  return gone;
}
