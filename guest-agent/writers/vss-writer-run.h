/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of a writer's program, from its start to its end: the lines it is told, the lines it
 * says, its last words on standard error, and its end by force. Owned by the writer, main thread;
 * nothing blocks. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"

G_BEGIN_DECLS

typedef struct _VssWriterRun VssWriterRun;

typedef struct
{
  /* A line of its standard output; NULL for one beyond all limits. */
  void (*said) (GBytes *line, gpointer user_data);
  /* It has ended, and nothing more comes; free the run. @message: of one that was not started. */
  void (*ended) (VssWriterEnd end, int status, const char *message, gpointer user_data);
} VssWriterRunCallbacks;

/* Starts @argv as @user and tells it @line. @keep_open: its input ends only with
 * vss_writer_run_tell_last(). NULL with an error. */
VssWriterRun *vss_writer_run_new (const VssWriterEnvironment *environment,
                                  const char *name,
                                  const char *const *argv,
                                  const VssWriterUser *user,
                                  GBytes *line,
                                  gboolean keep_open,
                                  const VssWriterRunCallbacks *callbacks,
                                  gpointer user_data,
                                  GError **error);

/* Tells it @line, and that nothing more will come. */
void vss_writer_run_tell_last (VssWriterRun *self, GBytes *line);

/* Ends it: asks, and after a short while forces it. Waits with both while anything is frozen. */
void vss_writer_run_stop (VssWriterRun *self);

/* The end of what it has said on standard error, fit for logs; NULL if nothing. */
char *vss_writer_run_dup_words (VssWriterRun *self);

/* If it still runs it is killed. */
void vss_writer_run_free (VssWriterRun *self);

G_END_DECLS
