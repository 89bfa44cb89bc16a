/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever a domain's XML says, each disk can be asked about, and each record looked at. */
#include "host-lib/providers/libvirt/vss-domain-view.h"

#include "host-lib/vss-snapshot-set-private.h"
#include "tests/fuzz/fuzz.h"

static void
check_disk (const VssDomainView *view, const VssDiskView *disk)
{
  g_assert_nonnull (disk->disk->target);
  g_assert_nonnull (vss_domain_view_find (view, disk->disk->target));
  g_assert_true (disk->disk->supported || disk->disk->unsupported_reason != NULL);
  for (guint i = 0; i < disk->chain->len; i++)
    {
      const VssChainImage *image = g_ptr_array_index (disk->chain, i);

      g_assert_nonnull (image->path);
      g_assert_cmpint (vss_disk_view_position (disk, image->path), <=, i);
      g_assert_true (vss_domain_view_uses (view, image->path));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssDomainView) view = vss_domain_view_parse (xml, &error);

  if (view == NULL)
    {
      g_assert_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  for (guint i = 0; i < view->disks->len; i++)
    check_disk (view, g_ptr_array_index (view->disks, i));
  for (guint i = 0; i < view->records->len; i++)
    {
      const VssRecordText *record = g_ptr_array_index (view->records, i);
      VssSnapshotSet *set = vss_snapshot_set_from_xml (record->xml, NULL);

      g_clear_pointer (&set, vss_snapshot_set_free);
    }
  return 0;
}
