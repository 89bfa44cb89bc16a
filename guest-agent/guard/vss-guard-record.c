/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thawing by path, when both the agent and the guard that had the descriptors have died. Runs in
 * a process of its own (ExecStopPost of the guard's unit), so blocking is harmless here. */
#include "guest-agent/guard/vss-guard-record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Between two passes while the agent's process is still there. */
#define PASS_PAUSE_MS 20

/* An agent that is alive thaws by itself within milliseconds when its guard is gone. One that is
 * stopped or dying inside a FIFREEZE may take as long as a slow disk does. */
#define MAX_WAIT_MS 60000

bool
vss_guard_record_read (const char     *path,
                       VssGuardRecord *record)
{
  FILE *file = fopen (path, "re");
  char *line = NULL;
  size_t size = 0;
  bool header = false;
  bool complete = false;
  VssGuardRecordHold hold;

  if (file == NULL)
    {
      return false;
    }
  memset (record, 0, sizeof *record);
  record->rcu_expedited = -1;
  while (getline (&line, &size, file) > 0)
    {
      int pid;

      header = header || strcmp (line, VSS_GUARD_RECORD_HEADER "\n") == 0;
      complete = complete || strcmp (line, "end\n") == 0;
      if (sscanf (line, "agent %d %llu", &pid, &record->agent_start) == 2)
        {
          record->agent = pid;
        }
      (void) sscanf (line, "rcu-expedited %d", &record->rcu_expedited);
      if (sscanf (line, "hold %u:%u ", &hold.device_major, &hold.device_minor) == 2
          && record->count < VSS_GUARD_MAX_HOLDS)
        {
          record->holds[record->count++] = hold;
        }
    }
  free (line);
  fclose (file);
  if (!header || !complete)
    {
      errno = EBADMSG;
      return false;
    }
  return true;
}

/* Turns the \ooo of mountinfo back into bytes, in place. */
static void
unescape (char *text)
{
  char *out = text;

  while (*text != '\0')
    {
      if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7'
          && text[3] >= '0' && text[3] <= '7')
        {
          *out++ = (char) ((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
          text += 4;
        }
      else
        {
          *out++ = *text++;
        }
    }
  *out = '\0';
}

/* Which mount a descriptor is on: stat() wouldn't tell for btrfs, and may hang. */
static int
read_mount_id (int fd)
{
  char path[64];
  char line[128];
  int id = -1;
  FILE *file;

  snprintf (path, sizeof path, "/proc/self/fdinfo/%d", fd);
  file = fopen (path, "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    {
      if (sscanf (line, "mnt_id: %d", &id) == 1)
        {
          break;
        }
    }
  if (file != NULL)
    {
      fclose (file);
    }
  return id;
}

/* Opens a mount of the file system, whichever of them can be reached. -1 if none can. */
static int
open_device (const VssGuardRecordHold *hold)
{
  FILE *file = fopen ("/proc/self/mountinfo", "re");
  char *line = NULL;
  size_t size = 0;
  int fd = -1;

  while (file != NULL && fd < 0 && getline (&line, &size, file) > 0)
    {
      unsigned device_major;
      unsigned device_minor;
      int start = 0;
      int end = 0;
      int id;

      if (sscanf (line, "%d %*d %u:%u %*s %n%*s%n", &id, &device_major, &device_minor, &start,
                  &end) < 3
          || device_major != hold->device_major || device_minor != hold->device_minor)
        {
          continue;
        }
      line[end] = '\0';
      unescape (line + start);
      fd = open (line + start, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
      if (fd >= 0 && read_mount_id (fd) != id)
        {
          close (fd);
          fd = -1;
        }
    }
  free (line);
  if (file != NULL)
    {
      fclose (file);
    }
  return fd;
}

bool
vss_guard_record_agent_is_gone (const VssGuardRecord *record)
{
  char path[64];
  char text[1024];
  unsigned long long start = 0;
  const char *after_name;
  size_t length;
  FILE *file;

  snprintf (path, sizeof path, "/proc/%d/stat", (int) record->agent);
  file = fopen (path, "re");
  if (file == NULL)
    {
      return true;
    }
  length = fread (text, 1, sizeof text - 1, file);
  fclose (file);
  text[length] = '\0';
  after_name = strrchr (text, ')');
  if (after_name == NULL
      || sscanf (after_name + 1,
                 " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
                 " %llu",
                 &start) != 1)
    {
      return true;
    }
  return start != record->agent_start;
}

static void
pause_ms (long ms)
{
  struct timespec pause = { ms / 1000, (ms % 1000) * 1000000 };

  nanosleep (&pause, NULL);
}

static void
restore_rcu_expedited (int value)
{
  int fd = open ("/sys/kernel/rcu_expedited", O_WRONLY | O_CLOEXEC);
  char text[16];

  if (fd < 0)
    {
      return;
    }
  snprintf (text, sizeof text, "%d", value);
  (void) !write (fd, text, strlen (text));
  close (fd);
}

/* Whether every file system was found thawed. */
static bool
thaw_all (const VssGuardRecord *record,
          const VssGuardKernel *kernel)
{
  bool all = true;

  for (unsigned i = 0; i < record->count; i++)
    {
      int fd = open_device (&record->holds[i]);
      int result;

      if (fd < 0)
        {
          /* Not mounted any more, or only where this process can't see it. */
          fprintf (stderr, "vss-thaw-guard: no mount point of %u:%u found\n",
                   record->holds[i].device_major, record->holds[i].device_minor);
          continue;
        }
      result = kernel->thaw (kernel->data, fd);
      close (fd);
      all = all && (result == -EINVAL || result == -EOPNOTSUPP);
    }
  return all;
}

bool
vss_guard_recover (const char           *path,
                   const VssGuardKernel *kernel)
{
  VssGuardRecord *record = malloc (sizeof *record);
  bool done = false;

  if (record == NULL || !vss_guard_record_read (path, record))
    {
      bool nothing = record != NULL && (errno == ENOENT || errno == EBADMSG);

      free (record);
      return nothing;
    }
  for (long waited_ms = 0; !done && waited_ms <= MAX_WAIT_MS; waited_ms += PASS_PAUSE_MS)
    {
      /* Asked before the pass: what was frozen until then is found by it. */
      bool gone = vss_guard_record_agent_is_gone (record);

      done = thaw_all (record, kernel) && (gone || access (path, F_OK) != 0);
      if (!done)
        {
          pause_ms (PASS_PAUSE_MS);
        }
    }
  if (done && access (path, F_OK) == 0)
    {
      if (record->rcu_expedited >= 0)
        {
          restore_rcu_expedited (record->rcu_expedited);
        }
      unlink (path);
    }
  free (record);
  return done;
}
