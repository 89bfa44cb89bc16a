/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-memory.h. */
#include "guest-agent/vss-agent-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Without this much in it a line of smaps isn't the header of a mapping. */
#define HEADER_FORMAT "%lx-%lx %4s %*x %*x:%*x %*u %1s"

static gboolean
parse_header (const char *line, gulong *start, gulong *end, char *permissions, char *path)
{
  path[0] = '\0';
  return sscanf (line, HEADER_FORMAT, start, end, permissions, path) >= 3;
}

gboolean
vss_agent_memory_is_clean (const char *header_line, const char *anonymous_line)
{
  char permissions[5];
  char path[2];
  gulong start;
  gulong end;
  gulong anonymous_kib;

  if (!parse_header (header_line, &start, &end, permissions, path) || path[0] != '/')
    return FALSE;
  /* Relocated read-only data is private and written to: it shows as anonymous memory. */
  if (strcmp (permissions, "r-xp") != 0 && strcmp (permissions, "r--p") != 0)
    return FALSE;
  return sscanf (anonymous_line, "Anonymous: %lu", &anonymous_kib) == 1 && anonymous_kib == 0;
}

static void
let_go (const char *header_line)
{
  char permissions[5];
  char path[2];
  gulong start;
  gulong end;

  if (parse_header (header_line, &start, &end, permissions, path))
    (void)madvise ((void *)start, end - start, MADV_DONTNEED);
}

void
vss_agent_memory_release (void)
{
  g_autofree char *smaps = NULL;
  char *header = NULL;
  char *state = NULL;

  if (!g_file_get_contents ("/proc/self/smaps", &smaps, NULL, NULL))
    return;
  for (char *line = strtok_r (smaps, "\n", &state); line; line = strtok_r (NULL, "\n", &state))
    {
      /* Addresses are in lower-case hexadecimal, the names of the other lines begin in upper case.
       */
      if (!g_ascii_isupper (line[0]))
        header = line;
      else if (header && g_str_has_prefix (line, "Anonymous:") &&
               vss_agent_memory_is_clean (header, line))
        let_go (header);
    }
  g_clear_pointer (&smaps, g_free);
  malloc_trim (0);
}
