/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set's record is refused with a reason, or read and written again as one that means the same. */
#include <string.h>

#include "host-lib/vss-error.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/fuzz/fuzz.h"

static VssSnapshotSet *
read_record (const char *xml)
{
  g_autoptr (GError) error = NULL;
  VssSnapshotSet *set = vss_snapshot_set_from_xml (xml, &error);

  if (set != NULL)
    g_assert_no_error (error);
  else
    g_assert_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT);
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  return set;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (VssSnapshotSet) first = read_record (xml);
  g_autoptr (VssSnapshotSet) second = NULL;
  g_autofree char *written = NULL;
  g_autofree char *again = NULL;

  if (first == NULL)
    return 0;
  for (guint i = 0; i < first->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (first->disks, i);

      g_assert_true (disk->overlay[0] == '/' && disk->image[0] == '/');
    }
  written = vss_snapshot_set_to_xml (first);
  if (strlen (written) > VSS_SET_XML_MAX)
    return 0;
  second = read_record (written);
  g_assert_nonnull (second);
  again = vss_snapshot_set_to_xml (second);
  g_assert_cmpstr (written, ==, again);
  return 0;
}
