/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's end of a session against any peer and any owner. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session-script.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  session_script_run (VSS_SESSION_ROLE_HOST, data, size);
  return 0;
}
