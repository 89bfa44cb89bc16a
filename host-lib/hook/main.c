/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss-start-check: called by libvirt's hook before a domain starts, with its XML on the standard
 * input. Exit status 1 and a sentence only where the start would destroy data; whatever goes wrong
 * here is told and no reason to keep a machine from starting. */
#include <stdio.h>

#include "host-lib/documents/vss-xml.h"
#include "host-lib/providers/libvirt/vss-start-check.h"

#define MAY_START 0
#define MUST_NOT_START 1

/* NULL if there is more than any domain has. */
static char *
read_input (FILE *in)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[65536];
  size_t got;

  while ((got = fread (buffer, 1, sizeof buffer, in)) > 0)
    {
      if (text->len + got > VSS_XML_MAX_SIZE)
        return NULL;
      g_string_append_len (text, buffer, (gssize) got);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

int
main (void)
{
  g_autofree char *xml = read_input (stdin);
  g_autofree char *reason = NULL;
  g_autoptr (GString) remarks = g_string_new (NULL);

  if (xml == NULL)
    {
      fprintf (stderr, "vss-start-check: the domain's XML is too large to be looked at\n");
      return MAY_START;
    }
  if (vss_start_check (xml, &reason, remarks))
    {
      if (remarks->len > 0)
        fprintf (stderr, "vss-start-check: %s", remarks->str);
      return MAY_START;
    }
  fprintf (stderr, "%s\n", reason);
  return MUST_NOT_START;
}
