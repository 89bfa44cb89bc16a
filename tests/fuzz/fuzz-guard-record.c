/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The freeze record as the guard reads it: nothing that isn't complete is taken for a record. */
#include <errno.h>
#include <string.h>

#include "guest-agent/guard/vss-guard-record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory-file.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (MemoryFile) file = memory_file_new (data, size);
  g_autofree VssGuardRecord *record = g_new0 (VssGuardRecord, 1);

  if (!vss_guard_record_read (file->path, record))
    {
      g_assert_cmpint (errno, ==, EBADMSG);
      return 0;
    }
  g_assert_nonnull (
      memmem (data, size, VSS_GUARD_RECORD_HEADER "\n", strlen (VSS_GUARD_RECORD_HEADER "\n")));
  g_assert_nonnull (memmem (data, size, "end\n", strlen ("end\n")));
  g_assert_cmpuint (record->count, <=, VSS_GUARD_MAX_HOLDS);
  vss_guard_record_agent_is_gone (record);
  return 0;
}
