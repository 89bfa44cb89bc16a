/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any mountinfo file is refused, or becomes file systems that each have a name and can be found
 * by it. */
#include <string.h>

#include "guest-agent/freeze/vss-mount-table.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory-file.h"

/* Nothing is there, so that no disk of this machine is looked at. */
#define NO_ROOT "/nonexistent"

static void
check_file_system (VssMountTable *table, const VssFileSystem *fs)
{
  g_assert_cmpuint (fs->mounts->len, >, 0);
  g_assert_nonnull (vss_file_system_get_name (fs));
  g_assert_nonnull (fs->fs_type);
  for (guint i = 0; i < fs->mounts->len; i++)
    {
      const VssMount *mount = g_ptr_array_index (fs->mounts, i);

      if (!mount->hidden)
        {
          g_assert_nonnull (vss_mount_table_find_holder (table, mount->path));
        }
      vss_mount_table_find (table, mount->path);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (MemoryFile) file = memory_file_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssMountTable) table = vss_mount_table_new (file->path, NO_ROOT, &error);
  const GPtrArray *file_systems;

  if (table == NULL)
    {
      g_assert_nonnull (error);
      return 0;
    }
  file_systems = vss_mount_table_get_file_systems (table);
  for (guint i = 0; i < file_systems->len; i++)
    {
      check_file_system (table, g_ptr_array_index (file_systems, i));
    }
  return 0;
}
