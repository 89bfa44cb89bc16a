/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes snapshot XML, and keeps libvirt's snapshot objects. On the worker thread. */
#include "host-lib/providers/libvirt/vss-snapshot-object.h"

#include <string.h>

#include <libvirt/virterror.h>

#include "host-lib/documents/vss-xml.h"

static char *
object_name (const VssSnapshotSet *set)
{
  return g_strconcat ("vss-", set->id, NULL);
}

static void
write_disks (GString *xml, const VssSnapshotSet *set, GStrv other_disks)
{
  g_string_append (xml, "<disks>");
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      g_string_append (xml, "<disk");
      vss_xml_append_attr (xml, "name", disk->target);
      g_string_append (xml, " snapshot=\"external\" type=\"file\"><driver type=\"qcow2\"/><source");
      vss_xml_append_attr (xml, "file", disk->overlay);
      g_string_append (xml, "/></disk>");
    }
  for (guint i = 0; other_disks != NULL && other_disks[i] != NULL; i++)
    {
      g_string_append (xml, "<disk");
      vss_xml_append_attr (xml, "name", other_disks[i]);
      g_string_append (xml, " snapshot=\"no\"/>");
    }
  g_string_append (xml, "</disks>");
}

char *
vss_snapshot_object_commit_xml (const VssSnapshotSet *set, GStrv other_disks)
{
  g_autofree char *name = object_name (set);
  GString *xml = g_string_new ("<domainsnapshot><name>");

  vss_xml_append_text (xml, name);
  g_string_append (xml, "</name>");
  write_disks (xml, set, other_disks);
  g_string_append (xml, "</domainsnapshot>");
  return g_string_free (xml, FALSE);
}

static void
write_parent (VssLibvirtSession *session, GString *xml)
{
  virDomainSnapshotPtr current = virDomainSnapshotCurrent (session->domain, 0);

  if (current == NULL)
    return;
  g_string_append (xml, "<parent><name>");
  vss_xml_append_text (xml, virDomainSnapshotGetName (current));
  g_string_append (xml, "</name></parent>");
  virDomainSnapshotFree (current);
}

gboolean
vss_snapshot_object_add (VssLibvirtSession *session,
                         const VssSnapshotSet *set,
                         const char *domain_xml,
                         GStrv other_disks,
                         GError **error)
{
  g_autofree char *name = object_name (set);
  g_autoptr (GString) xml = g_string_new ("<domainsnapshot><name>");
  virDomainSnapshotPtr snapshot;

  vss_xml_append_text (xml, name);
  g_string_append (xml, "</name><state>disk-snapshot</state>");
  g_string_append_printf (xml, "<creationTime>%" G_GINT64_FORMAT "</creationTime>",
                          set->created_us / G_USEC_PER_SEC);
  write_parent (session, xml);
  g_string_append (xml, "<memory snapshot=\"no\"/>");
  write_disks (xml, set, other_disks);
  g_string_append (xml, domain_xml);
  g_string_append (xml, "</domainsnapshot>");

  snapshot = virDomainSnapshotCreateXML (session->domain, xml->str,
                                         VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE |
                                             VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT |
                                             VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY);
  if (snapshot == NULL)
    {
      vss_libvirt_set_error (error, "cannot show set %s as a snapshot of domain %s", set->id,
                             session->domain_name);
      return FALSE;
    }
  virDomainSnapshotFree (snapshot);
  return TRUE;
}

gboolean
vss_snapshot_object_remove (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autofree char *name = object_name (set);
  virDomainSnapshotPtr snapshot = virDomainSnapshotLookupByName (session->domain, name, 0);
  gboolean removed;

  if (snapshot == NULL)
    {
      if (virGetLastErrorCode () == VIR_ERR_NO_DOMAIN_SNAPSHOT)
        return TRUE;
      vss_libvirt_set_error (error, "cannot look for the snapshot %s of domain %s", name,
                             session->domain_name);
      return FALSE;
    }
  removed = virDomainSnapshotDelete (snapshot, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY) == 0;
  if (!removed)
    vss_libvirt_set_error (error, "cannot remove the snapshot object %s of domain %s", name,
                           session->domain_name);
  virDomainSnapshotFree (snapshot);
  return removed;
}
