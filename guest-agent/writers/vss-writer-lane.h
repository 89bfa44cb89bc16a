/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer's program is told, one thing after the other, each with its limit: starts a run of
 * it for each event, or tells the run that stays. A writer has two lanes, so that describing
 * itself doesn't wait behind a run that stays. Owned by the writer, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"
#include "guest-agent/writers/vss-writer-file.h"

G_BEGIN_DECLS

typedef struct _VssWriterLane VssWriterLane;

/* How a run has answered. */
typedef enum
{
  VSS_WRITER_EXIT_DONE,
  VSS_WRITER_EXIT_NONRETRYABLE,
  VSS_WRITER_EXIT_RETRYABLE,
  VSS_WRITER_EXIT_NOT_SUPPORTED,
} VssWriterExit;

typedef struct
{
  VssWriterExit exit;
  int status;   /* its exit status */
  GBytes *line; /* what it has said, NULL if nothing */
  char *words;  /* the end of its standard error, NULL if nothing */
} VssWriterReply;

/* @lost: a run that stayed has ended by itself. @owner: what the tasks' source is, too. */
VssWriterLane *vss_writer_lane_new (const VssWriterEnvironment *environment,
                                    const VssWriterFile *file,
                                    void (*lost) (const char *reason, gpointer owner),
                                    GObject *owner);

/* Ends what is under way with VSS_WRITER_ERROR_GONE and kills what runs. */
void vss_writer_lane_close (VssWriterLane *self);

void vss_writer_lane_free (VssWriterLane *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterLane, vss_writer_lane_free)

/* Tells the program @event with @line as its input. @task returns a VssWriterReply, or
 * VSS_WRITER_ERROR_TIMEOUT, _GONE or _MALFORMED. */
void vss_writer_lane_tell (VssWriterLane *self,
                           GTask *task,
                           VssWireWriterEvent event,
                           GBytes *line,
                           guint timeout_ms);

void vss_writer_reply_free (VssWriterReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterReply, vss_writer_reply_free)

G_END_DECLS
