/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-log-output.h. The journal is spoken to directly, because GLib's writer waits for it. */
#include "guest-agent/vss-log-output.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct _VssLogOutput
{
  int error_fd;
  int journal_fd; /* -1: lines on error_fd */
};

static int
connect_journal (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd >= 0 && connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

VssLogOutput *
vss_log_output_new (int error_fd)
{
  VssLogOutput *self = g_new0 (VssLogOutput, 1);

  self->error_fd = error_fd;
  self->journal_fd = g_log_writer_is_journald (error_fd) ? connect_journal () : -1;
  return self;
}

void
vss_log_output_free (VssLogOutput *self)
{
  if (self->journal_fd >= 0)
    close (self->journal_fd);
  g_free (self);
}

static char *
format_time (gint64 real_time_us)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (real_time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) time = g_date_time_add (seconds, real_time_us % G_USEC_PER_SEC);
  g_autofree char *date = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%06dZ", date, (int)(real_time_us % G_USEC_PER_SEC));
}

char *
vss_log_output_format_journal (const VssLogRecord *record)
{
  GString *text = g_string_new ("SYSLOG_IDENTIFIER=vss-agent\n");
  const char *message_id = vss_log_event_get_message_id (record->event);
  g_autofree char *time = format_time (record->real_time_us);

  g_string_append_printf (text, "PRIORITY=%d\n", record->level);
  if (message_id)
    g_string_append_printf (text, "MESSAGE_ID=%s\n", message_id);
  g_string_append_printf (text, "VSS_TIME=%s\nVSS_BOOT_TIME_MS=%" G_GINT64_FORMAT "\n", time,
                          record->boot_time_ms);
  /* The journal stamps what it receives; a line from the freeze says when it was said. */
  if (record->written_late)
    g_string_append_printf (text, "MESSAGE=[%s] %s\n", time, record->message);
  else
    g_string_append_printf (text, "MESSAGE=%s\n", record->message);
  return g_string_free (text, FALSE);
}

char *
vss_log_output_format_line (const VssLogRecord *record)
{
  g_autofree char *time = format_time (record->real_time_us);

  return g_strdup_printf ("%s vss-agent: %s\n", time, record->message);
}

/* A pipe that is ready takes a page, which is more than a line has, without making us wait. */
static gboolean
is_ready (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

  return poll (&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLOUT) != 0;
}

void
vss_log_output_write (VssLogOutput *self, const VssLogRecord *record)
{
  g_autofree char *text = NULL;
  gsize length;
  gsize done = 0;

  if (self->journal_fd >= 0)
    {
      text = vss_log_output_format_journal (record);
      /* A line that isn't taken is still in the ring, for vss-query-status. */
      (void)!send (self->journal_fd, text, strlen (text), MSG_NOSIGNAL);
      return;
    }
  text = vss_log_output_format_line (record);
  length = strlen (text);
  while (done < length && is_ready (self->error_fd))
    {
      gssize written = write (self->error_fd, text + done, length - done);

      if (written < 0 && errno != EINTR)
        return;
      done += MAX (written, 0);
    }
}
