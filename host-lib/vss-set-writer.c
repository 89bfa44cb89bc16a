/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a set's record. Called by the requester's object and the coordinator, on the
 * thread of the operation. */
#include "host-lib/vss-set-writer.h"

#include "host-lib/vss-error.h"
#include "protocol/vss-text.h"

VssSetWriter *
vss_set_writer_new (void)
{
  return g_new0 (VssSetWriter, 1);
}

void
vss_set_writer_free (VssSetWriter *self)
{
  if (self == NULL)
    return;
  g_free (self->instance_id);
  g_free (self->writer_id);
  g_free (self->name);
  g_free (self->message);
  g_free (self);
}

static gpointer
copy_writer (gconstpointer source, gpointer user_data)
{
  const VssSetWriter *writer = source;
  VssSetWriter *copy = vss_set_writer_new ();

  *copy = *writer;
  copy->instance_id = g_strdup (writer->instance_id);
  copy->writer_id = g_strdup (writer->writer_id);
  copy->name = g_strdup (writer->name);
  copy->message = g_strdup (writer->message);
  return copy;
}

GPtrArray *
vss_set_writers_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)vss_set_writer_free);
}

GPtrArray *
vss_set_writers_copy (GPtrArray *writers)
{
  GPtrArray *copy = g_ptr_array_copy (writers, copy_writer, NULL);

  g_ptr_array_set_free_func (copy, (GDestroyNotify)vss_set_writer_free);
  return copy;
}

VssSetWriter *
vss_set_writers_find (GPtrArray *writers, const char *instance_id)
{
  for (guint i = 0; i < writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (writers, i);

      if (g_ascii_strcasecmp (writer->instance_id, instance_id) == 0)
        return writer;
    }
  return NULL;
}

guint
vss_set_writers_count_selected (GPtrArray *writers)
{
  guint count = 0;

  for (guint i = 0; i < writers->len; i++)
    count += ((VssSetWriter *)g_ptr_array_index (writers, i))->selected;
  return count;
}

void
vss_set_writers_unselect (GPtrArray *writers)
{
  for (guint i = 0; i < writers->len; i++)
    ((VssSetWriter *)g_ptr_array_index (writers, i))->selected = FALSE;
}

/* -- from the wire -- */

static const gint failure_codes[] = {
  [VSS_WIRE_WRITER_FAILURE_NONE] = VSS_S_OK,
  [VSS_WIRE_WRITER_FAILURE_INCONSISTENT_SNAPSHOT] = VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT,
  [VSS_WIRE_WRITER_FAILURE_OUT_OF_RESOURCES] = VSS_E_WRITERERROR_OUTOFRESOURCES,
  [VSS_WIRE_WRITER_FAILURE_TIMEOUT] = VSS_E_WRITERERROR_TIMEOUT,
  [VSS_WIRE_WRITER_FAILURE_RETRYABLE] = VSS_E_WRITERERROR_RETRYABLE,
  [VSS_WIRE_WRITER_FAILURE_NONRETRYABLE] = VSS_E_WRITERERROR_NONRETRYABLE,
  [VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING] = VSS_E_WRITER_NOT_RESPONDING,
  [VSS_WIRE_WRITER_FAILURE_STATUS_NOT_AVAILABLE] = VSS_E_WRITER_STATUS_NOT_AVAILABLE,
  [VSS_WIRE_WRITER_FAILURE_PARTIAL_FAILURE] = VSS_E_WRITERERROR_PARTIAL_FAILURE,
};

static const VssApplicationLevel levels[] = {
  [VSS_WIRE_WRITER_LEVEL_FRONT_END] = VSS_APP_FRONT_END,
  [VSS_WIRE_WRITER_LEVEL_BACK_END] = VSS_APP_BACK_END,
  [VSS_WIRE_WRITER_LEVEL_SYSTEM] = VSS_APP_SYSTEM,
};

/* The states have the same order on the wire. */
G_STATIC_ASSERT ((gint)VSS_WIRE_WRITER_STATE_STABLE == (gint)VSS_WS_STABLE);
G_STATIC_ASSERT ((gint)VSS_WIRE_WRITER_STATE_FAILED_AT_IDENTIFY == (gint)VSS_WS_FAILED_AT_IDENTIFY);
G_STATIC_ASSERT ((gint)VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_SHUTDOWN ==
                 (gint)VSS_WS_FAILED_AT_BACKUPSHUTDOWN);

gint
vss_writer_failure_to_code (VssWireWriterFailure failure)
{
  return (guint)failure < G_N_ELEMENTS (failure_codes) ? failure_codes[failure]
                                                       : VSS_E_WRITERERROR_NONRETRYABLE;
}

VssWriterState
vss_writer_state_from_wire (VssWireWriterState state)
{
  return (guint)state <= (guint)VSS_WS_FAILED_AT_BACKUPSHUTDOWN ? (VssWriterState)state
                                                                : VSS_WS_UNKNOWN;
}

VssApplicationLevel
vss_application_level_from_wire (VssWireWriterLevel level)
{
  return (guint)level < G_N_ELEMENTS (levels) ? levels[level] : VSS_APP_UNKNOWN;
}

/* A writer that is in a failed state has failed, whatever else the guest says. */
static gint
code_of (const VssWireWriterStatus *status)
{
  gint code = vss_writer_failure_to_code (status->failure);

  if (code == VSS_S_OK &&
      (vss_writer_state_is_failed (vss_writer_state_from_wire (status->state)) ||
       vss_writer_state_from_wire (status->state) == VSS_WS_UNKNOWN))
    return VSS_E_WRITERERROR_NONRETRYABLE;
  return code;
}

static void
update (VssSetWriter *writer, const VssWireWriterStatus *status)
{
  writer->state = vss_writer_state_from_wire (status->state);
  writer->failure = code_of (status);
  g_free (writer->message);
  writer->message =
      status->message != NULL ? vss_text_sanitise (status->message, VSS_TEXT_MAX_MESSAGE) : NULL;
  writer->application_code = status->has_application_code ? status->application_code : 0;
  if (status->has_freeze_us)
    writer->freeze_us = MAX (status->freeze_us, 0);
  if (status->has_thaw_us)
    writer->thaw_us = MAX (status->thaw_us, 0);
}

static const VssWireWriterStatus *
find_status (GPtrArray *statuses, const char *instance_id)
{
  for (guint i = 0; i < statuses->len; i++)
    {
      const VssWireWriterStatus *status = g_ptr_array_index (statuses, i);

      if (g_ascii_strcasecmp (status->instance_id, instance_id) == 0)
        return status;
    }
  return NULL;
}

void
vss_set_writers_update (GPtrArray *writers, GPtrArray *statuses)
{
  for (guint i = 0; statuses != NULL && i < writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (writers, i);
      const VssWireWriterStatus *status = find_status (statuses, writer->instance_id);

      if (status != NULL)
        update (writer, status);
      else if (writer->selected)
        {
          writer->state = VSS_WS_UNKNOWN;
          writer->failure = VSS_E_WRITER_STATUS_NOT_AVAILABLE;
          g_free (writer->message);
          writer->message = g_strdup ("it is not there any more: the guest does not name it");
        }
    }
}
