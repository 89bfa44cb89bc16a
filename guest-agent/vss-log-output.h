/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the agent's log lines go: the journal with structured fields if standard error is the
 * journal's, else lines on standard error. Created by main(); its function is the log's sink and
 * runs on the thread that logs. Who doesn't take a line at once loses it, and never makes the
 * agent wait: the journal's own disk may be frozen by somebody else. */
#pragma once

#include "guest-agent/vss-agent-log.h"

G_BEGIN_DECLS

typedef struct _VssLogOutput VssLogOutput;

/* @error_fd: 2 (tests give a pipe). */
VssLogOutput *vss_log_output_new (int error_fd);
void vss_log_output_free (VssLogOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssLogOutput, vss_log_output_free)

void vss_log_output_write (VssLogOutput *self, const VssLogRecord *record);

/* The datagram for the journal's native socket. */
char *vss_log_output_format_journal (const VssLogRecord *record);
/* The line for standard error, with its newline. */
char *vss_log_output_format_line (const VssLogRecord *record);

G_END_DECLS
