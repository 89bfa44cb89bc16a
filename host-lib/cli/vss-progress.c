/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells people or programs how far an operation has come: see the header. */
#include "host-lib/cli/vss-progress.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host-lib/cli/vss-safe-text.h"

/* The same step is drawn ten times a second at most: faster can't be read, and a slow line
 * (ssh, serial console) is not to be filled with it. */
#define REDRAW_US (G_USEC_PER_SEC / 10)

/* How long a line waits for a reader that doesn't read, before it is dropped: the guest may be
 * frozen meanwhile. */
#define PATIENCE_MS 100

/* Where the terminal doesn't say how wide it is. */
#define DEFAULT_COLUMNS 80

struct _VssProgress
{
  int fd;
  gboolean for_people;
  gboolean line_shown;
  char *last_step; /* phase and object */
  gint64 drawn_us;
};

static VssProgress *
progress_new (int fd, gboolean for_people)
{
  VssProgress *self = g_new0 (VssProgress, 1);

  self->fd = fd;
  self->for_people = for_people;
  return self;
}

VssProgress *
vss_progress_new_for_people (int fd)
{
  return progress_new (fd, TRUE);
}

VssProgress *
vss_progress_new_for_programs (int fd)
{
  return progress_new (fd, FALSE);
}

void
vss_progress_free (VssProgress *self)
{
  vss_progress_clear_line (self);
  g_free (self->last_step);
  g_free (self);
}

/* A reader that has gone away is no reason to stop: the operation matters more. A line is shorter
 * than PIPE_BUF, so a pipe takes all of it or nothing. */
static void
write_all (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      struct pollfd room = { .fd = fd, .events = POLLOUT };
      gssize n = poll (&room, 1, PATIENCE_MS) != 0 ? write (fd, text, left) : 0;

      if (n < 0 && errno == EINTR)
        {
          continue;
        }
      if (n <= 0)
        {
          return;
        }
      text += n;
      left -= (gsize) n;
    }
}

void
vss_progress_clear_line (VssProgress *self)
{
  if (self->line_shown)
    {
      write_all (self->fd, "\r\033[K");
      self->line_shown = FALSE;
    }
}

static guint
terminal_columns (int fd)
{
  struct winsize size;

  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}

gboolean
vss_progress_is_for_people (VssProgress *self)
{
  return self->for_people;
}

/* So that the line never wraps: a wrapped one can't be wiped. */
static void
cut_to_columns (char *text, guint columns)
{
  char *end = text + strlen (text);

  while (vss_safe_text_columns (text) > columns && end > text)
    {
      end = g_utf8_find_prev_char (text, end);
      *end = '\0';
    }
}

static void
draw (VssProgress *self, const char *phase, const char *object, guint64 done, guint64 total)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *safe = NULL;
  g_autofree char *line = NULL;

  g_string_append (text, phase);
  /* A set's id says nothing to people: there is only one that they wait for. */
  if (object != NULL && *object != '\0' && !g_uuid_string_is_valid (object))
    {
      g_string_append_printf (text, " %s", object);
    }
  if (total > 0)
    {
      double part = (double) MIN (done, total) / (double) total;

      g_string_append_printf (text, " %.0f %%", 100.0 * part);
    }
  safe = vss_safe_text (text->str);
  cut_to_columns (safe, terminal_columns (self->fd) - 1);
  line = g_strconcat ("\r", safe, "\033[K", NULL);
  write_all (self->fd, line);
  self->line_shown = TRUE;
}

static void
step_for_people (VssProgress *self,
                 const char *phase,
                 const char *object,
                 guint64 done,
                 guint64 total)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autofree char *step = g_strdup_printf ("%s %s", phase, object != NULL ? object : "");

  if (g_strcmp0 (step, self->last_step) == 0 && now_us - self->drawn_us < REDRAW_US
      && done != total)
    {
      return;
    }
  draw (self, phase, object, done, total);
  g_free (self->last_step);
  self->last_step = g_steal_pointer (&step);
  self->drawn_us = now_us;
}

void
vss_progress_step (VssProgress *self,
                   const char *phase,
                   const char *object,
                   guint64 done,
                   guint64 total)
{
  g_autofree char *phase_word = vss_safe_word (phase);
  g_autofree char *object_word = vss_safe_word (object);
  g_autofree char *line = NULL;

  if (self->for_people)
    {
      step_for_people (self, phase, object, done, total);
      return;
    }
  line = g_strdup_printf ("%s %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                          phase_word,
                          object_word,
                          done,
                          total);
  write_all (self->fd, line);
}
