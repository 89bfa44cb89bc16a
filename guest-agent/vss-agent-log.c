/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-log.h. The lock covers the ring and the flag only, never the sink. */
#include "guest-agent/vss-agent-log.h"

#include <syslog.h>

typedef struct
{
  int level;
  const char *message_id;
} EventKind;

static const EventKind event_kinds[VSS_LOG_N_EVENTS] = {
  [VSS_LOG_STARTED] = { LOG_INFO, "2b4f8f6fa4f848e49b6bea16d7b05352" },
  [VSS_LOG_STOPPED] = { LOG_INFO, "92d616bd88b2410c8c9708c533a27163" },
  [VSS_LOG_RECOVERED] = { LOG_WARNING, "36bd9c6aaea64f0ea3a4652f95e29510" },
  [VSS_LOG_RECOVERY_FAILED] = { LOG_CRIT, "328844c88d43437fa481a619c732b62b" },
  [VSS_LOG_PORT_OPENED] = { LOG_INFO, "653d282648c24e19930e5cbc06acff3d" },
  [VSS_LOG_PORT_GONE] = { LOG_NOTICE, "89f01e98a7894945ae0d1bbbc61fc169" },
  [VSS_LOG_PORT_UNUSABLE] = { LOG_WARNING, "32fce7c4499f47928c9a597870fcc161" },
  [VSS_LOG_HOST_CONNECTED] = { LOG_DEBUG, "3356dbafedd6462ba0c1048c2b64fbb2" },
  [VSS_LOG_HOST_GONE] = { LOG_DEBUG, "0fbfdc083bbc450e8460b67a65de43e4" },
  [VSS_LOG_SESSION_OPENED] = { LOG_INFO, "5e331f5ed2344f15b7f0d82590c6f0d1" },
  [VSS_LOG_SESSION_BROKEN] = { LOG_WARNING, "14111a36163442d1b35c2f2fb64c6f3b" },
  [VSS_LOG_REFUSED] = { LOG_NOTICE, "a0350d5a5496470b99f157e100b291a0" },
  [VSS_LOG_PREPARED] = { LOG_INFO, "e20e0c7341874137bea68c4d825554a0" },
  [VSS_LOG_FROZEN] = { LOG_NOTICE, "757574c0310747f6874b88dedfbadb12" },
  [VSS_LOG_THAWED] = { LOG_NOTICE, "530c9d0eaeb14a11b2df343c1cc539a6" },
  [VSS_LOG_THAWED_UNASKED] = { LOG_WARNING, "4c881ace3bf84458808b050880b2524a" },
  [VSS_LOG_ABORTED] = { LOG_NOTICE, "467320c614b74b8aa5842659fc97efac" },
  [VSS_LOG_FINISHED] = { LOG_INFO, "7f0f359727624ea08f956e198d3f3ad0" },
  [VSS_LOG_FAILED] = { LOG_WARNING, "79a156438b0d45899c3c0b49acf6b837" },
  [VSS_LOG_WRITER_FAILED] = { LOG_WARNING, "fdb955344e9d445eb628bedc9df6d4de" },
  [VSS_LOG_WRITER_RECOVERED] = { LOG_WARNING, "fdff06cde530496fb088240941b45317" },
  [VSS_LOG_LIBRARY] = { LOG_DEBUG, NULL },
};

typedef struct
{
  VssLogRecord record;
  gboolean written;
} RingLine;

struct _VssAgentLog
{
  VssLogSink sink;
  VssLogClock clock;
  gpointer user_data;

  GMutex lock;
  int level;
  gboolean hold_back;
  GQueue ring; /* of RingLine, oldest first */
  guint lost;  /* unwritten lines that fell out of the ring while held back */
};

static void
ring_line_free (gpointer data)
{
  RingLine *line = data;

  g_free (line->record.message);
  g_free (line);
}

static void
record_free (gpointer data)
{
  VssLogRecord *record = data;

  g_free (record->message);
  g_free (record);
}

static VssLogRecord *
record_copy (const VssLogRecord *record)
{
  VssLogRecord *copy = g_memdup2 (record, sizeof *record);

  copy->message = g_strdup (record->message);
  return copy;
}

VssAgentLog *
vss_agent_log_new (VssLogSink sink, VssLogClock clock, gpointer user_data)
{
  VssAgentLog *self = g_new0 (VssAgentLog, 1);

  self->sink = sink;
  self->clock = clock;
  self->user_data = user_data;
  self->level = LOG_INFO;
  g_mutex_init (&self->lock);
  g_queue_init (&self->ring);
  return self;
}

void
vss_agent_log_free (VssAgentLog *self)
{
  g_queue_clear_full (&self->ring, ring_line_free);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
vss_agent_log_set_level (VssAgentLog *self, int level)
{
  g_mutex_lock (&self->lock);
  self->level = level;
  g_mutex_unlock (&self->lock);
}

/* Text that may come from the host or a mount point, as one harmless line. */
static char *
clean_message (const char *message)
{
  g_autofree char *valid = g_utf8_make_valid (message, -1);
  gsize length = strlen (valid);

  if (length > VSS_LOG_MAX_MESSAGE_BYTES)
    {
      char *end = g_utf8_find_prev_char (valid, valid + VSS_LOG_MAX_MESSAGE_BYTES + 1);

      *(end ? end : valid) = '\0';
    }
  for (char *at = valid; *at; at++)
    if ((guchar)*at < 0x20 || *at == 0x7f)
      *at = ' ';
  return g_steal_pointer (&valid);
}

/* With the lock held. */
static void
drop_oldest (VssAgentLog *self)
{
  RingLine *oldest = g_queue_pop_head (&self->ring);

  if (!oldest->written)
    self->lost++;
  ring_line_free (oldest);
}

void
vss_agent_log_message (VssAgentLog *self, VssLogEvent event, int level, const char *message)
{
  RingLine *line;
  VssLogRecord *to_write = NULL;

  g_mutex_lock (&self->lock);
  if (level > self->level)
    {
      g_mutex_unlock (&self->lock);
      return;
    }
  line = g_new0 (RingLine, 1);
  line->record.event = event;
  line->record.level = level;
  line->record.boot_time_ms = self->clock (self->user_data);
  line->record.real_time_us = g_get_real_time ();
  line->record.message = clean_message (message);
  line->record.written_late = self->hold_back;
  line->written = !self->hold_back;
  if (self->ring.length == VSS_LOG_RING_LINES)
    drop_oldest (self);
  g_queue_push_tail (&self->ring, line);
  if (line->written)
    to_write = record_copy (&line->record);
  g_mutex_unlock (&self->lock);

  if (to_write)
    {
      self->sink (to_write, self->user_data);
      record_free (to_write);
    }
}

void
vss_agent_log (VssAgentLog *self, VssLogEvent event, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  vss_agent_log_message (self, event, event_kinds[event].level, message);
}

/* With the lock held: copies of what wasn't written yet. */
static GPtrArray *
take_unwritten (VssAgentLog *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (record_free);

  for (GList *link = self->ring.head; link; link = link->next)
    {
      RingLine *line = link->data;

      if (line->written)
        continue;
      line->written = TRUE;
      g_ptr_array_add (records, record_copy (&line->record));
    }
  return records;
}

void
vss_agent_log_hold_back (VssAgentLog *self, gboolean hold_back)
{
  g_autoptr (GPtrArray) records = NULL;
  guint lost = 0;

  g_mutex_lock (&self->lock);
  self->hold_back = hold_back;
  if (!hold_back)
    {
      records = take_unwritten (self);
      lost = self->lost;
      self->lost = 0;
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; records && i < records->len; i++)
    self->sink (g_ptr_array_index (records, i), self->user_data);
  if (lost > 0)
    vss_agent_log (self, VSS_LOG_FAILED, "%u log lines were lost while frozen", lost);
}

GPtrArray *
vss_agent_log_dup_records (VssAgentLog *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (record_free);

  g_mutex_lock (&self->lock);
  for (GList *link = self->ring.head; link; link = link->next)
    {
      RingLine *line = link->data;

      g_ptr_array_add (records, record_copy (&line->record));
    }
  g_mutex_unlock (&self->lock);
  return records;
}

const char *
vss_log_event_get_message_id (VssLogEvent event)
{
  return event_kinds[event].message_id;
}
