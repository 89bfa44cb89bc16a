/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's log: one kind of event, one line. Lines go to a sink (journal or standard error)
 * and stay in a bounded ring, which also answers vss-query-status. While file systems are frozen
 * nothing is written, since a log write may then block for ever: what is said meanwhile is written
 * after the thaw, with the time at which it was said. Any thread may log; no lock is held while
 * the sink writes. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What happened. Each kind has a level and a MESSAGE_ID of its own in vss-agent-log.c and a text
 * in the journal's catalog (data/vss-agent.catalog). */
typedef enum
{
  VSS_LOG_STARTED,
  VSS_LOG_STOPPED,
  VSS_LOG_RECOVERED,
  VSS_LOG_RECOVERY_FAILED,
  VSS_LOG_PORT_OPENED,
  VSS_LOG_PORT_GONE,
  VSS_LOG_PORT_UNUSABLE,
  VSS_LOG_HOST_CONNECTED,
  VSS_LOG_HOST_GONE,
  VSS_LOG_SESSION_OPENED,
  VSS_LOG_SESSION_BROKEN,
  VSS_LOG_REFUSED,
  VSS_LOG_PREPARED,
  VSS_LOG_FROZEN,
  VSS_LOG_THAWED,
  VSS_LOG_THAWED_UNASKED,
  VSS_LOG_ABORTED,
  VSS_LOG_FINISHED,
  VSS_LOG_FAILED,
  VSS_LOG_WRITER_FAILED,
  VSS_LOG_WRITER_RECOVERED,
  VSS_LOG_LIBRARY, /* a message of GLib or another library */
  VSS_LOG_N_EVENTS
} VssLogEvent;

typedef struct
{
  VssLogEvent event;
  int level;           /* syslog's, 0 to 7 */
  gint64 boot_time_ms; /* when it was said */
  gint64 real_time_us;
  char *message;         /* UTF-8 without control characters */
  gboolean written_late; /* it was held back while frozen */
} VssLogRecord;

/* Lines kept; a snapshot set leaves about six. */
#define VSS_LOG_RING_LINES 256
/* Longest message: a line with a path in it, not a document. */
#define VSS_LOG_MAX_MESSAGE_BYTES 1024

/* Writes a record. Must not log itself. */
typedef void (*VssLogSink) (const VssLogRecord *record, gpointer user_data);

/* CLOCK_BOOTTIME in milliseconds. */
typedef gint64 (*VssLogClock) (gpointer user_data);

typedef struct _VssAgentLog VssAgentLog;

/* @user_data is given to both functions and must outlive the log. */
VssAgentLog *vss_agent_log_new (VssLogSink sink, VssLogClock clock, gpointer user_data);
void vss_agent_log_free (VssAgentLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAgentLog, vss_agent_log_free)

/* Lines of a higher level number than @level are dropped; LOG_INFO from the start. */
void vss_agent_log_set_level (VssAgentLog *self, int level);

void vss_agent_log (VssAgentLog *self, VssLogEvent event, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* A line at a level of its own, for VSS_LOG_LIBRARY. */
void vss_agent_log_message (VssAgentLog *self, VssLogEvent event, int level, const char *message);

/* While held back, lines stay in memory; letting go writes them in their order. */
void vss_agent_log_hold_back (VssAgentLog *self, gboolean hold_back);

/* The ring's records, oldest first: (element-type VssLogRecord) copies. */
GPtrArray *vss_agent_log_dup_records (VssAgentLog *self);

/* The MESSAGE_ID of @event, NULL for VSS_LOG_LIBRARY. */
const char *vss_log_event_get_message_id (VssLogEvent event);

G_END_DECLS
