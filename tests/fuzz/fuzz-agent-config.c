/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of settings is refused with a reason that names it, or its values print as a file that
 * gives the same values. */
#include <string.h>

#include "guest-agent/vss-agent-config.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory-file.h"

static VssAgentConfig *
load (const void *bytes, gsize length)
{
  g_autoptr (MemoryFile) file = memory_file_new (bytes, length);
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;

  if (vss_agent_config_load_file (config, file->path, TRUE, &error) &&
      vss_agent_config_check (config, &error))
    {
      g_assert_no_error (error);
      return g_steal_pointer (&config);
    }
  g_assert_nonnull (error);
  g_assert_true (error->domain == VSS_AGENT_CONFIG_ERROR);
  return NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (VssAgentConfig) first = load (data, size);
  g_autoptr (VssAgentConfig) second = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  if (!first)
    return 0;
  g_assert_cmpuint (first->default_lease_ms, <=, first->max_lease_ms);
  g_assert_cmpuint (first->max_volumes, >=, 1);
  text = vss_agent_config_to_text (first);
  second = load (text, strlen (text));
  g_assert_nonnull (second);
  again = vss_agent_config_to_text (second);
  g_assert_cmpstr (text, ==, again);
  return 0;
}
