/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks before a set that are about a folder in which overlays will be: can they be made
 * there, is there room, may QEMU reach them. On the worker thread; changes nothing.
 *
 * Of labels only what libvirt tells of the folder itself can be checked: its mode and owner against
 * the user of the domain's QEMU. SELinux' and AppArmor's are set by libvirt for each overlay when
 * the set is committed. */
#include "host-lib/providers/libvirt/vss-preflight.h"

#include <stdlib.h>

#include <sys/stat.h>

#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-pool.h"
#include "host-lib/vss-finding-private.h"

/* What an overlay takes before anything is written to it: header, refcounts, and an L1 table with
 * an entry of 8 bytes for each 512 MiB of the disk. */
#define OVERLAY_BASE (G_GUINT64_CONSTANT (256) * 1024)
#define OVERLAY_L1_SPAN (G_GUINT64_CONSTANT (512) << 20)

#define MIB_SHIFT 20

typedef struct
{
  VssLibvirtSession *session;
  const char *folder;
  const GPtrArray *disks;
  const VssHostSettings *settings;
  VssSnapshotSet *set;
} Check;

/* -- the kind of the pool -- */

/* Whether files can be made in a pool of this type. */
static gboolean
holds_files (const char *type)
{
  static const char *const types[] = { "dir", "fs", "netfs", NULL };

  return type != NULL && g_strv_contains (types, type);
}

static gboolean
check_kind (const Check *check, const VssXmlNode *pool)
{
  g_autofree char *type = vss_xml_attr (pool, "type");
  g_autofree char *name = vss_xml_child_text (pool, "name");

  if (holds_files (type))
    return TRUE;
  vss_findings_add (check->set->findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO, check->folder,
                    "cannot make overlays in %s: it is the target of storage pool '%s', which is "
                    "of type %s and holds no files; stop that pool, or move the image",
                    check->folder, name, type);
  return FALSE;
}

/* -- room -- */

static void
check_space (const Check *check, VssPool *pool)
{
  guint64 needed = check->settings->free_min;
  guint64 most = 0;
  guint64 available = 0;
  GError *error = NULL;

  if (!vss_pool_get_free (pool, &available, &error))
    {
      vss_findings_take_error (check->set->findings, VSS_FINDING_FATAL, check->folder, error);
      return;
    }
  for (guint i = 0; i < check->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (check->disks, i);
      virDomainBlockInfo info = { 0 };

      if (virDomainGetBlockInfo (check->session->domain, disk->disk->target, &info, 0) < 0)
        continue;
      needed += OVERLAY_BASE + info.capacity / OVERLAY_L1_SPAN * sizeof (guint64);
      most += info.capacity;
    }
  if (available < needed)
    vss_findings_add (check->set->findings, VSS_FINDING_FATAL, VSS_E_INSUFFICIENT_STORAGE,
                      check->folder,
                      "cannot make overlays in %s: %" G_GUINT64_FORMAT " MiB are free, at least %"
                      G_GUINT64_FORMAT " are needed; free space there, or delete older sets",
                      check->folder, available >> MIB_SHIFT, needed >> MIB_SHIFT);
  else if (available < most)
    vss_findings_add (check->set->findings, VSS_FINDING_NOTE, VSS_E_INSUFFICIENT_STORAGE,
                      check->folder,
                      "the overlays in %s can grow to %" G_GUINT64_FORMAT " MiB until the set is "
                      "deleted, and %" G_GUINT64_FORMAT " MiB are free: a virtual machine that "
                      "writes more than that is stopped by the full disk",
                      check->folder, most >> MIB_SHIFT, available >> MIB_SHIFT);
}

/* -- names -- */

static void
check_names (const Check *check, VssPool *pool)
{
  for (guint i = 0; i < check->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (check->disks, i);
      g_autofree char *overlay
          = vss_overlay_path (check->folder, disk->disk->path, check->set->id);
      g_autofree char *name = g_path_get_basename (overlay);
      virStorageVolPtr volume = vss_pool_find_file (pool, name, NULL);

      if (volume == NULL)
        continue;
      virStorageVolFree (volume);
      vss_findings_add (check->set->findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO,
                        disk->disk->target,
                        "cannot make overlay %s: there is a file of that name; move it away",
                        overlay);
    }
}

/* -- may QEMU reach it -- */

/* The user and group of the domain's QEMU, from libvirt's DAC label "+107:+107". FALSE if libvirt
 * names none: QEMU is the connection's own user then. */
static gboolean
read_qemu_user (VssLibvirtSession *session, guint64 *user, guint64 *group)
{
  virSecurityLabelPtr labels = NULL;
  int n = virDomainGetSecurityLabelList (session->domain, &labels);
  gboolean found = FALSE;

  for (int i = 0; i < n && !found; i++)
    {
      g_auto (GStrv) parts = g_strsplit (labels[i].label, ":", 2);

      found = g_strv_length (parts) == 2 && parts[0][0] == '+' && parts[1][0] == '+'
              && g_ascii_string_to_unsigned (parts[0] + 1, 10, 0, G_MAXUINT32, user, NULL)
              && g_ascii_string_to_unsigned (parts[1] + 1, 10, 0, G_MAXUINT32, group, NULL);
    }
  free (labels);
  return found;
}

static gboolean
read_number (const VssXmlNode *node, const char *name, guint base, guint64 *value)
{
  g_autofree char *text = vss_xml_child_text (node, name);

  return text != NULL && g_ascii_string_to_unsigned (text, base, 0, G_MAXUINT32, value, NULL);
}

static void
check_reach (const Check *check, const VssXmlNode *pool)
{
  const VssXmlNode *rights = vss_xml_child (vss_xml_child (pool, "target"), "permissions");
  guint64 user, group, mode, owner, owning_group, search;

  if (!read_qemu_user (check->session, &user, &group) || user == 0
      || !read_number (rights, "mode", 8, &mode) || !read_number (rights, "owner", 10, &owner)
      || !read_number (rights, "group", 10, &owning_group))
    return;
  search = user == owner ? S_IXUSR : group == owning_group ? S_IXGRP : S_IXOTH;
  if ((mode & search) != 0)
    return;
  vss_findings_add (check->set->findings, VSS_FINDING_FATAL, VSS_E_ACCESSDENIED, check->folder,
                    "QEMU of domain %s, which runs as user %" G_GUINT64_FORMAT
                    ", may not enter %s (mode 0%" G_GINT64_MODIFIER
                    "o), and could not open an overlay there; allow it with 'chmod o+x %s'",
                    check->session->domain_name, user, check->folder, mode, check->folder);
}

void
vss_preflight_folder (VssLibvirtSession *session,
                      const char *folder,
                      const GPtrArray *disks,
                      const VssHostSettings *settings,
                      VssSnapshotSet *set)
{
  const Check check = { session, folder, disks, settings, set };
  GError *error = NULL;
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, &error);
  g_autoptr (VssXml) xml = pool == NULL ? NULL : vss_pool_read (pool, &error);

  if (xml == NULL)
    {
      vss_findings_take_error (set->findings, VSS_FINDING_FATAL, folder, error);
      return;
    }
  if (!check_kind (&check, vss_xml_root (xml)))
    return;
  check_space (&check, pool);
  check_names (&check, pool);
  check_reach (&check, vss_xml_root (xml));
}
