/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a writer's program and ends it: in a transient unit of the service manager, or directly.
 * A table of functions, so that a run of a program doesn't know which. Main thread. */
#pragma once

#include <gio/gio.h>

#include "guest-agent/writers/vss-writer-trust.h"

G_BEGIN_DECLS

/* Exit statuses of programs that mean something: documented in vss-writer(5). */
#define VSS_WRITER_STATUS_DONE 0
#define VSS_WRITER_STATUS_NOT_SUPPORTED 3 /* as of LSB's init scripts */
#define VSS_WRITER_STATUS_RETRYABLE 75    /* EX_TEMPFAIL of sysexits.h */

typedef struct
{
  const char *name; /* of the key file, for the unit's name */
  const char *const *argv;
  const VssWriterUser *user;
  int descriptors[3]; /* its standard input, output and error; the caller's to close */
} VssWriterCommand;

typedef enum
{
  VSS_WRITER_END_EXITED,
  VSS_WRITER_END_KILLED,      /* by a signal */
  VSS_WRITER_END_NOT_STARTED, /* the message says why */
} VssWriterEnd;

/* The program has ended, once. @status: its exit status or signal. */
typedef void (*VssWriterEndedFunc) (VssWriterEnd end,
                                    int status,
                                    const char *message,
                                    gpointer user_data);

typedef struct
{
  /* NULL with an error. @ended is called later, never from within; not after free. */
  gpointer (*start) (const VssWriterCommand *command,
                     VssWriterEndedFunc ended,
                     gpointer user_data,
                     GError **error);
  /* Asks it to end; with @force nothing that it started is left either. */
  void (*stop) (gpointer process, gboolean force);
  /* Of an ended one, or at the end of the agent: then what runs is killed. */
  void (*free) (gpointer process);
} VssWriterLauncher;

/* A session and process group of its own, as the writer's user. */
const VssWriterLauncher *vss_writer_launcher_direct (void);

/* A transient unit of systemd. */
const VssWriterLauncher *vss_writer_launcher_systemd (void);

/* Whether systemd is what has started this system. */
gboolean vss_writer_launcher_has_systemd (void);

G_END_DECLS
