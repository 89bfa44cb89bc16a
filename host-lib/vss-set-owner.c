/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who owns a set, and whether that process still lives. Called by coordinator, providers and
 * recovery, on any thread; reads /proc, keeps nothing. */
#include "host-lib/vss-snapshot-set-private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Field of /proc/PID/stat that holds the start time, counted from the state (field 3). */
#define STAT_START_AFTER_STATE 19

static char *
read_boot_id (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return g_strdup ("unknown");
  return g_strdup (g_strstrip (text));
}

static char *
read_pid_namespace (void)
{
  char *link = g_file_read_link ("/proc/self/ns/pid", NULL);

  return link != NULL ? link : g_strdup ("unknown");
}

/* -1: no such process, -2: it can't be told. */
static gint64
read_start_time (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *after_name;
  gint64 start;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return kill ((pid_t)pid, 0) < 0 && errno == ESRCH ? -1 : -2;

  /* The name may hold blanks and parentheses: the last one ends it. */
  after_name = strrchr (text, ')');
  if (after_name == NULL || after_name[1] != ' ')
    return -2;
  fields = g_strsplit (after_name + 2, " ", STAT_START_AFTER_STATE + 2);
  if (g_strv_length (fields) <= STAT_START_AFTER_STATE ||
      !g_ascii_string_to_signed (fields[STAT_START_AFTER_STATE], 10, 0, G_MAXINT64, &start, NULL))
    return -2;
  /* A zombie holds nothing any more. */
  return fields[0][0] == 'Z' || fields[0][0] == 'X' ? -1 : start;
}

static void
free_texts (VssSetOwner *owner)
{
  g_clear_pointer (&owner->requester, g_free);
  g_clear_pointer (&owner->host, g_free);
  g_clear_pointer (&owner->boot_id, g_free);
  g_clear_pointer (&owner->pid_namespace, g_free);
}

void
vss_set_owner_clear (VssSetOwner *owner)
{
  free_texts (owner);
  memset (owner, 0, sizeof *owner);
}

void
vss_set_owner_fill (VssSetOwner *owner, const char *requester, gint64 lease_us)
{
  char *name = g_strdup (requester); /* may be the owner's own */
  gboolean goes_on = owner->since_us > 0 && vss_set_owner_is_self (owner);

  free_texts (owner);
  owner->requester = name;
  owner->host = g_strdup (g_get_host_name ());
  owner->boot_id = read_boot_id ();
  owner->pid_namespace = read_pid_namespace ();
  owner->pid = getpid ();
  owner->pid_start = read_start_time (owner->pid);
  owner->renewed_us = g_get_real_time ();
  owner->lease_us = lease_us;
  if (!goes_on)
    owner->since_us = owner->renewed_us;
}

char *
vss_set_owner_describe (const VssSetOwner *owner, gint64 now_us)
{
  gint64 since_us = owner->since_us > 0 ? owner->since_us : owner->renewed_us;

  return g_strdup_printf ("%s (process %" G_GINT64_FORMAT " on %s, for %" G_GINT64_FORMAT " s)",
                          owner->requester != NULL ? owner->requester : "somebody", owner->pid,
                          owner->host != NULL ? owner->host : "an unknown host",
                          MAX (now_us - since_us, 0) / G_USEC_PER_SEC);
}

/* Whether the owner's pid means the same here as where it was written. */
static gboolean
shares_our_pids (const VssSetOwner *owner)
{
  g_autofree char *boot_id = read_boot_id ();
  g_autofree char *pid_namespace = read_pid_namespace ();

  return owner->pid > 0 && g_strcmp0 (owner->host, g_get_host_name ()) == 0 &&
         g_strcmp0 (owner->boot_id, boot_id) == 0 &&
         g_strcmp0 (owner->pid_namespace, pid_namespace) == 0;
}

gboolean
vss_set_owner_is_self (const VssSetOwner *owner)
{
  return shares_our_pids (owner) && owner->pid == getpid () &&
         owner->pid_start == read_start_time (owner->pid);
}

gboolean
vss_set_owner_is_alive (const VssSetOwner *owner, gint64 now_us)
{
  if (owner->lease_us <= 0)
    return FALSE; /* released */

  if (shares_our_pids (owner))
    {
      gint64 start = read_start_time (owner->pid);

      if (start == -1 || (start >= 0 && owner->pid_start >= 0 && start != owner->pid_start))
        return FALSE;
    }
  if (owner->renewed_us > G_MAXINT64 - owner->lease_us)
    return TRUE;
  return now_us <= owner->renewed_us + owner->lease_us;
}
