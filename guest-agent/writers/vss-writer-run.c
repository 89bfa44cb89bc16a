/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-run.h. */
#include "guest-agent/writers/vss-writer-run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/writers/vss-writer.h"
#include "protocol/vss-framer.h"
#include "protocol/vss-json-guard.h"
#include "protocol/vss-text.h"

#define READ_BYTES 4096
/* Then others have their turn: a program that floods us must not keep a thaw waiting. */
#define MAX_READS_PER_TURN 16
/* Of what is left in the pipes when it has ended: more than a pipe holds. */
#define MAX_LAST_READS (4 * MAX_READS_PER_TURN)
/* Bytes of standard error that are kept: enough for the message that is made of them. */
#define MAX_WORDS_BYTES (2 * VSS_TEXT_MAX_MESSAGE)
/* From asking it to end to forcing it: time to release a lock, not to write a disk full. */
#define GRACE_US (2 * G_USEC_PER_SEC)
/* How soon to look again whether everything is thawed; a freeze takes a second at most. */
#define FROZEN_US (G_USEC_PER_SEC / 10)

enum
{
  INPUT,
  OUTPUT,
  ERRORS,
  N_PIPES
};

typedef enum
{
  STOP_NOT,
  STOP_ASK,
  STOP_FORCE,
  STOP_DONE
} StopStep;

/* Counted, because a callback may free it within its own dispatch. */
struct _VssWriterRun
{
  const VssWriterEnvironment *environment;
  const VssWriterRunCallbacks *callbacks; /* NULL once freed */
  gpointer user_data;

  gpointer process;
  int pipes[N_PIPES]; /* our ends; -1: closed */
  GSource *sources[N_PIPES];
  GByteArray *input; /* not written yet */
  gboolean keep_open;
  VssFramer *framer;
  GString *words;

  StopStep stop;
  GSource *stop_timer;
};

/* -- pipes -- */

static void
close_pipe (VssWriterRun *self, int which)
{
  if (self->sources[which])
    g_source_destroy (self->sources[which]);
  g_clear_pointer (&self->sources[which], g_source_unref);
  if (self->pipes[which] >= 0)
    close (self->pipes[which]);
  self->pipes[which] = -1;
}

static void
watch_pipe (VssWriterRun *self, int which, GIOCondition condition, GUnixFDSourceFunc function)
{
  if (self->sources[which] || self->pipes[which] < 0)
    return;
  self->sources[which] = g_unix_fd_source_new (self->pipes[which], condition);
  g_source_set_callback (self->sources[which], G_SOURCE_FUNC (function), self, NULL);
  g_source_attach (self->sources[which], g_main_context_get_thread_default ());
}

/* Makes the pipes; the program's ends go into @theirs. */
static gboolean
open_pipes (VssWriterRun *self, int *theirs, GError **error)
{
  for (int which = 0; which < N_PIPES; which++)
    {
      int ends[2];
      int ours = which == INPUT ? 1 : 0;

      if (pipe2 (ends, O_CLOEXEC) < 0 || fcntl (ends[ours], F_SETFL, O_NONBLOCK) < 0)
        {
          g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE,
                       "the program can't be started: no pipe: %s", g_strerror (errno));
          return FALSE;
        }
      self->pipes[which] = ends[ours];
      theirs[which] = ends[1 - ours];
    }
  return TRUE;
}

/* -- what it is told -- */

static gboolean on_writable (int fd, GIOCondition condition, gpointer user_data);

/* A program that doesn't read is none of our business; SIGPIPE is ignored by main(). */
static void
write_input (VssWriterRun *self)
{
  while (self->input->len > 0 && self->pipes[INPUT] >= 0)
    {
      gssize put = write (self->pipes[INPUT], self->input->data, self->input->len);

      if (put >= 0)
        g_byte_array_remove_range (self->input, 0, (guint)put);
      else if (errno == EAGAIN)
        {
          watch_pipe (self, INPUT, G_IO_OUT, on_writable);
          return;
        }
      else if (errno != EINTR)
        {
          close_pipe (self, INPUT);
          return;
        }
    }
  if (self->sources[INPUT])
    g_source_destroy (self->sources[INPUT]);
  g_clear_pointer (&self->sources[INPUT], g_source_unref);
  if (!self->keep_open)
    close_pipe (self, INPUT);
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer user_data)
{
  write_input (user_data);
  return G_SOURCE_CONTINUE;
}

static void
tell (VssWriterRun *self, GBytes *line, gboolean keep_open)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (line, &length);

  self->keep_open = keep_open;
  g_byte_array_append (self->input, bytes, (guint)length);
  write_input (self);
}

void
vss_writer_run_tell_last (VssWriterRun *self, GBytes *line)
{
  tell (self, line, FALSE);
}

/* -- what it says -- */

static gboolean
is_blank (GBytes *line)
{
  gsize length;
  const char *text = g_bytes_get_data (line, &length);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i]))
      return FALSE;
  return TRUE;
}

/* FALSE if nothing more is to be read from it. */
static gboolean
take_frames (VssWriterRun *self)
{
  VssFrame frame;

  while (self->callbacks && vss_framer_next (self->framer, &frame))
    {
      gboolean overlong = frame.kind != VSS_FRAME_LINE;

      if (overlong)
        close_pipe (self, OUTPUT);
      if (overlong || !is_blank (frame.line))
        self->callbacks->said (overlong ? NULL : frame.line, self->user_data);
      vss_frame_clear (&frame);
      if (overlong)
        return FALSE;
    }
  return TRUE;
}

static void
take_words (VssWriterRun *self, const char *bytes, gsize length)
{
  g_string_append_len (self->words, bytes, length);
  if (self->words->len > MAX_WORDS_BYTES)
    g_string_erase (self->words, 0, self->words->len - MAX_WORDS_BYTES);
}

/* Reads until the pipe is empty or it is others' turn. */
static void
read_pipe (VssWriterRun *self, int which, guint max_reads)
{
  guint8 bytes[READ_BYTES];

  for (guint reads = 0; reads < max_reads && self->pipes[which] >= 0; reads++)
    {
      gssize got = read (self->pipes[which], bytes, sizeof bytes);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return;
      if (got <= 0)
        close_pipe (self, which);
      else if (which == ERRORS)
        take_words (self, (const char *)bytes, got);
      else
        {
          vss_framer_push (self->framer, bytes, got);
          if (!take_frames (self))
            return;
        }
    }
}

static void
run_clear (gpointer data)
{
  VssWriterRun *self = data;

  g_byte_array_unref (self->input);
  vss_framer_free (self->framer);
  g_string_free (self->words, TRUE);
}

static void
release (VssWriterRun *self)
{
  g_rc_box_release_full (self, run_clear);
}

static gboolean
on_output (int fd, GIOCondition condition, gpointer user_data)
{
  VssWriterRun *self = g_rc_box_acquire (user_data);

  read_pipe (self, OUTPUT, MAX_READS_PER_TURN);
  release (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_errors (int fd, GIOCondition condition, gpointer user_data)
{
  read_pipe (user_data, ERRORS, MAX_READS_PER_TURN);
  return G_SOURCE_CONTINUE;
}

char *
vss_writer_run_dup_words (VssWriterRun *self)
{
  g_autofree char *text = g_strndup (self->words->str, self->words->len);
  const char *end;

  g_strstrip (text);
  end = strlen (text) > VSS_TEXT_MAX_MESSAGE ? text + strlen (text) - VSS_TEXT_MAX_MESSAGE : text;
  g_strdelimit (text, "\n\r\t", ' ');
  while ((*end & 0xC0) == 0x80)
    end++; /* not from the middle of a character */
  return *end ? vss_text_sanitise (end, VSS_TEXT_MAX_MESSAGE) : NULL;
}

/* -- its end -- */

static void
on_ended (VssWriterEnd end, int status, const char *message, gpointer user_data)
{
  VssWriterRun *self = g_rc_box_acquire (user_data);

  vss_writer_clock_cancel (&self->stop_timer);
  read_pipe (self, ERRORS, MAX_LAST_READS);
  read_pipe (self, OUTPUT, MAX_LAST_READS);
  vss_framer_push (self->framer, (const guint8 *)"\n", 1); /* the last line may lack it */
  take_frames (self);
  if (self->callbacks)
    self->callbacks->ended (end, status, message, self->user_data);
  release (self);
}

static gboolean
on_stop_timer (gpointer user_data)
{
  VssWriterRun *self = user_data;
  gint64 wait_us = GRACE_US;

  vss_writer_clock_cancel (&self->stop_timer);
  if (self->environment->is_frozen (self->environment->user_data))
    wait_us = FROZEN_US;
  else
    {
      self->environment->launcher->stop (self->process, self->stop == STOP_FORCE);
      self->stop++;
    }
  if (self->stop != STOP_DONE)
    self->stop_timer = vss_writer_clock_call_at (
        self->environment->clock, vss_writer_clock_now_us (self->environment->clock) + wait_us,
        on_stop_timer, self);
  return G_SOURCE_REMOVE;
}

void
vss_writer_run_stop (VssWriterRun *self)
{
  if (self->stop != STOP_NOT)
    return;
  self->stop = STOP_ASK;
  on_stop_timer (self);
}

/* -- life -- */

static gboolean
start (VssWriterRun *self, VssWriterCommand *command, GError **error)
{
  gboolean started = FALSE;

  if (open_pipes (self, command->descriptors, error))
    {
      self->process = self->environment->launcher->start (command, on_ended, self, error);
      started = self->process != NULL;
    }
  for (int which = 0; which < N_PIPES; which++)
    if (command->descriptors[which] >= 0)
      close (command->descriptors[which]);
  return started;
}

VssWriterRun *
vss_writer_run_new (const VssWriterEnvironment *environment,
                    const char *name,
                    const char *const *argv,
                    const VssWriterUser *user,
                    GBytes *line,
                    gboolean keep_open,
                    const VssWriterRunCallbacks *callbacks,
                    gpointer user_data,
                    GError **error)
{
  VssWriterRun *self = g_rc_box_new0 (VssWriterRun);
  VssWriterCommand command = { name, argv, user, { -1, -1, -1 } };

  self->environment = environment;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->input = g_byte_array_new ();
  self->framer = vss_framer_new (VSS_JSON_GUARD_MAX_BYTES);
  self->words = g_string_new (NULL);
  for (int which = 0; which < N_PIPES; which++)
    self->pipes[which] = -1;
  if (!start (self, &command, error))
    {
      vss_writer_run_free (self);
      return NULL;
    }
  watch_pipe (self, OUTPUT, G_IO_IN, on_output);
  watch_pipe (self, ERRORS, G_IO_IN, on_errors);
  tell (self, line, keep_open);
  return self;
}

void
vss_writer_run_free (VssWriterRun *self)
{
  self->callbacks = NULL;
  vss_writer_clock_cancel (&self->stop_timer);
  if (self->process)
    self->environment->launcher->free (g_steal_pointer (&self->process));
  for (int which = 0; which < N_PIPES; which++)
    close_pipe (self, which);
  release (self);
}
