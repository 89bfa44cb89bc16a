/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever a writer says is an answer within the schema whose texts can be printed, or an error
 * that can. */
#include <string.h>

#include "guest-agent/writers/vss-writer-answer.h"
#include "guest-agent/writers/vss-writer.h"
#include "protocol/vss-text.h"
#include "tests/fuzz/fuzz.h"

static void
check_text (const char *text)
{
  g_autofree char *clean = vss_text_sanitise (text, strlen (text) + 1);

  g_assert_cmpstr (clean, ==, text);
}

static void
check_event (JsonNode *node)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterEventResult) result = vss_writer_answer_to_event (node, &error);

  if (!result)
    check_text (error->message);
  else if (result->message)
    check_text (result->message);
}

static void
check_identity (JsonNode *node)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) result =
      vss_writer_answer_to_identity (node, NULL, &error);

  if (!result)
    {
      check_text (error->message);
      return;
    }
  check_text (result->name);
  g_assert_true (g_uuid_string_is_valid (result->writer_id));
  g_assert_true (result->has_level && result->has_usage && result->has_source);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) line = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = vss_writer_answer_parse (line, &error);

  if (!node)
    {
      g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_MALFORMED);
      check_text (error->message);
      return 0;
    }
  check_event (node);
  check_identity (node);
  return 0;
}
