/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-events.h. */
#include "guest-agent/writers/vss-writer-events.h"

struct _VssWriterEvents
{
  GPtrArray *parts;
  const VssWriterClock *clock;
  VssWireWriterEvent event;
  gint64 limit_us; /* 0 for none */
  void (*done) (gpointer user_data);
  gpointer user_data;
  VssWriterEvents **place;

  guint step; /* stages that were told */
  guint waits_for;
  gboolean is_telling;
  gboolean is_cancelled;
};

static void
events_free (VssWriterEvents *self)
{
  g_ptr_array_unref (self->parts);
  g_free (self);
}

static gboolean
is_release (VssWireWriterEvent event)
{
  return event == VSS_WIRE_WRITER_EVENT_THAW || event == VSS_WIRE_WRITER_EVENT_ABORT;
}

/* Which stage is the @step-th; only one step for events that all are told at once. */
static gboolean
is_in_step (VssWireWriterEvent event, VssWriterPart *part, guint step)
{
  VssWriterStage stage = vss_writer_part_get_stage (part);

  if (event == VSS_WIRE_WRITER_EVENT_FREEZE)
    return stage == step;
  return !is_release (event) || VSS_WRITER_N_STAGES - 1 - stage == step;
}

static guint
count_steps (VssWireWriterEvent event)
{
  return event == VSS_WIRE_WRITER_EVENT_FREEZE || is_release (event) ? VSS_WRITER_N_STAGES : 1;
}

static guint
get_left_ms (VssWriterEvents *self)
{
  gint64 left_us;

  if (!self->limit_us)
    return G_MAXUINT;
  left_us = self->limit_us - vss_writer_clock_now_us (self->clock);
  return left_us > 0 ? (guint)((left_us + 999) / 1000) : 0;
}

static void go_on (VssWriterEvents *self);

static void
on_done (VssWriterPart *part, gpointer user_data)
{
  VssWriterEvents *self = user_data;

  self->waits_for--;
  if (!self->is_telling)
    go_on (self);
}

static void
tell_step (VssWriterEvents *self)
{
  self->is_telling = TRUE;
  for (guint i = 0; i < self->parts->len && !self->is_cancelled; i++)
    {
      VssWriterPart *part = g_ptr_array_index (self->parts, i);

      if (!is_in_step (self->event, part, self->step) || !vss_writer_part_takes (part, self->event))
        continue;
      self->waits_for++;
      if (is_release (self->event))
        vss_writer_part_release (part, self->event, on_done, self);
      else
        vss_writer_part_tell (part, self->event, get_left_ms (self), on_done, self);
    }
  self->is_telling = FALSE;
  self->step++;
}

static void
go_on (VssWriterEvents *self)
{
  while (self->waits_for == 0 && !self->is_cancelled && self->step < count_steps (self->event))
    tell_step (self);
  if (self->waits_for > 0)
    return;
  if (!self->is_cancelled)
    {
      *self->place = NULL;
      self->done (self->user_data);
    }
  events_free (self);
}

void
vss_writer_events_run (GPtrArray *parts,
                       const VssWriterClock *clock,
                       VssWireWriterEvent event,
                       guint limit_ms,
                       void (*done) (gpointer user_data),
                       gpointer user_data,
                       VssWriterEvents **result)
{
  VssWriterEvents *self = g_new0 (VssWriterEvents, 1);

  self->parts = g_ptr_array_ref (parts);
  self->clock = clock;
  self->event = event;
  if (limit_ms != G_MAXUINT)
    self->limit_us = vss_writer_clock_now_us (clock) + limit_ms * (gint64)1000;
  self->done = done;
  self->user_data = user_data;
  self->place = result;
  *result = self;
  go_on (self);
}

void
vss_writer_events_cancel (VssWriterEvents *self)
{
  self->is_cancelled = TRUE;
  *self->place = NULL;
}

VssWireWriterEvent
vss_writer_events_get_event (VssWriterEvents *self)
{
  return self->event;
}

guint
vss_writer_events_get_longest_ms (GPtrArray *parts, VssWireWriterEvent event)
{
  guint longest_ms = 0;

  for (guint step = 0; step < count_steps (event); step++)
    {
      guint step_ms = 0;

      for (guint i = 0; i < parts->len; i++)
        {
          VssWriterPart *part = g_ptr_array_index (parts, i);
          VssWriter *writer = vss_writer_slot_get_writer (vss_writer_part_get_slot (part));

          if (is_in_step (event, part, step) && vss_writer_part_takes (part, event))
            step_ms = MAX (step_ms, vss_writer_get_timeout_ms (writer, event));
        }
      longest_ms += step_ms;
    }
  return longest_ms;
}
