/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-peer.h. */
#include "guest-agent/writers/vss-writer-peer.h"

#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

#include "protocol/vss-text.h"

/* Text of an entry of the list of users: five times what glibc proposes. */
#define MAX_ENTRY_BYTES 5120

char *
vss_writer_peer_find_unit (const char *cgroups)
{
  g_auto (GStrv) lines = g_strsplit (cgroups, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      const char *name = strrchr (*line, '/');

      if (name && g_str_has_suffix (name, ".service"))
        return vss_text_sanitise (name + 1, VSS_TEXT_MAX_NAME);
    }
  return NULL;
}

static char *
read_proc (pid_t pid, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int)pid, file);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text ? g_strstrip (text) : NULL;
}

static char *
find_unit_or_program (pid_t pid)
{
  g_autofree char *cgroups = read_proc (pid, "cgroup");
  char *unit = cgroups ? vss_writer_peer_find_unit (cgroups) : NULL;
  g_autofree char *program = unit ? NULL : read_proc (pid, "comm");

  if (unit)
    return unit;
  return vss_text_sanitise (program ? program : "unknown program", VSS_TEXT_MAX_NAME);
}

static char *
find_user (uid_t uid)
{
  char text[MAX_ENTRY_BYTES];
  struct passwd entry;
  struct passwd *found = NULL;

  getpwuid_r (uid, &entry, text, sizeof text, &found);
  if (!found)
    return g_strdup_printf ("%u", (guint)uid);
  return vss_text_sanitise (found->pw_name, VSS_TEXT_MAX_NAME);
}

gboolean
vss_writer_peer_get (int fd, VssWriterPeer *peer)
{
  struct ucred credentials = { 0 };
  socklen_t length = sizeof credentials;
  g_autofree char *program = NULL;
  g_autofree char *user = NULL;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
    return FALSE;
  program = find_unit_or_program (credentials.pid);
  user = find_user (credentials.uid);
  peer->uid = credentials.uid;
  peer->name = g_strdup_printf ("%s (user %s)", program, user);
  peer->location =
      g_strdup_printf ("%s (process %d, user %s)", program, (int)credentials.pid, user);
  return TRUE;
}

void
vss_writer_peer_clear (VssWriterPeer *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->location, g_free);
}
