/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's key file is refused with a reason that can be printed, or describes a writer that is
 * the same when it is read again. */
#include "guest-agent/writers/vss-writer-answer.h"
#include "tests/fuzz/fuzz.h"

static void
check_error (const GError *error)
{
  g_assert_true (error->domain == VSS_WRITER_FILE_ERROR);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  const char *text = size > 0 ? (const char *)data : "";
  g_autoptr (VssWriterFile) first = vss_writer_file_parse ("/x/a.writer", text, size, &error);
  g_autoptr (VssWriterFile) second = NULL;
  g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

  if (!first)
    {
      check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_true (!first->enabled || g_path_is_absolute (first->argv[0]));
  second = vss_writer_file_parse ("/x/a.writer", text, size, NULL);
  g_assert_true (vss_writer_file_equal (first, second));
  identity = vss_writer_answer_to_identity (NULL, first, &error);
  g_assert_true (identity ? g_uuid_string_is_valid (identity->writer_id) : error != NULL);
  return 0;
}
