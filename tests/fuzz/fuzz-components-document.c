/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backup components document that a requester has kept is taken or refused with a reason. */
#include "host-lib/documents/vss-components-document.h"
#include "host-lib/vss-error.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (GError) error = NULL;

  if (vss_components_document_check (xml, &error))
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  return 0;
}
