/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real shell scripts as writers, started directly, with the real clock and a freeze that the test
 * declares. */
#pragma once

#include "guest-agent/writers/vss-writer-program.h"

G_BEGIN_DECLS

typedef struct
{
  char *folder;
  VssWriterClock clock;
  VssWriterEnvironment environment;
  gboolean frozen;
  VssWriterProgram *program;
  char *lost; /* what the signal said */
} ProgramRig;

void program_rig_set_up (ProgramRig *rig, gconstpointer data);
void program_rig_tear_down (ProgramRig *rig, gconstpointer data);

/* Writes @script as a shell script and makes it the writer; @keys are further lines of [Writer]. */
void program_rig_install (ProgramRig *rig, const char *script, const char *keys);

char *program_rig_write (ProgramRig *rig, const char *name, const char *text, int mode);
gboolean program_rig_exists (ProgramRig *rig, const char *name);
char *program_rig_read (ProgramRig *rig, const char *name);
/* Runs the main loop until the file is there, or gone. */
void program_rig_await_file (ProgramRig *rig, const char *name, gboolean is_there);

/* Tells the event and waits for what comes of it. */
VssWireWriterEventResult *
program_rig_send (ProgramRig *rig, VssWireWriterEvent event, guint timeout_ms, GError **error);
VssWireWriterIdentifyResult *
program_rig_identify (ProgramRig *rig, guint timeout_ms, GError **error);

/* Whether a process with that number runs. */
gboolean program_rig_is_running (const char *pid);

G_END_DECLS
