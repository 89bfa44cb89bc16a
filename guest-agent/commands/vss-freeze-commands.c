/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of freeze.json. Here is decided who may ask (see vss-hold.h) and that the writers'
 * part comes before the file systems'; freezer and operation do the rest. vss-thaw, vss-abort and vss-freeze-status are anybody's at any time. */
#include "guest-agent/commands/vss-call.h"

#include "guest-agent/commands/vss-command-error.h"
#include "qapi/vss-wire-marshal.h"

static guint
count_held (GPtrArray *volumes)
{
  guint held = 0;

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *volume = g_ptr_array_index (volumes, i);

      held += volume->state == VSS_WIRE_HOLD_STATE_HELD;
    }
  return held;
}

/* How long vss-post-snapshot waits at most for writers that were sent Abort, if the host sets no
 * limit: a minute for each stage, which is four times what they are given by default. */
#define ABORT_WAIT_MS (VSS_WRITER_N_STAGES * 60 * 1000)

/* What the file systems can't do, the writers needn't: those that were told anything are sent Abort.
 */
static void
give_writers_up (VssCall *call)
{
  if (call->operation)
    vss_writer_operation_give_up (call->operation, FALSE);
}

/* The limit of a writers' part that the host may have left out. */
static guint
writers_limit (gboolean has_limit, guint limit_ms)
{
  return has_limit ? limit_ms : G_MAXUINT;
}

/* -- prepare -- */

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  VssAgentServices *services = vss_call_get_services (call);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWirePrepareForSnapshotResult) prepared =
      vss_freezer_prepare_finish (VSS_FREEZER (source), result, &error);

  if (!prepared)
    {
      give_writers_up (call);
      vss_call_fail (call, "preparing", error);
      return;
    }
  prepared->writers = vss_call_get_statuses (call);
  vss_agent_log (services->log, VSS_LOG_PREPARED,
                 "prepared %u file systems for %s, generation %" G_GINT64_FORMAT,
                 prepared->volumes->len, vss_connection_get_requester (call->connection),
                 prepared->generation);
  vss_connection_reply (call->connection, call->id,
                        vss_wire_prepare_for_snapshot_result_to_json (prepared));
  vss_command_settle (services);
}

static void
prepare_file_systems (VssCall *call)
{
  vss_freezer_prepare_async (vss_call_get_services (call)->freezer, call->arguments,
                             vss_connection_get_requester (call->connection), on_prepared, call);
}

static void
on_writers_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (vss_writer_operation_tell_finish (call->operation, result, &error))
    prepare_file_systems (g_steal_pointer (&call));
  else
    vss_call_fail (call, "preparing the writers", error);
}

/* Its writers were told how it ended, so they can't take part once more under the same id. */
static gboolean
is_over (VssWriterOperations *writers, const char *set_id, GError **error)
{
  VssWriterOperation *operation = vss_writer_operations_find (writers, set_id);

  if (!operation || vss_writer_operation_get_phase (operation) == VSS_WRITER_PHASE_ENDED)
    return FALSE;
  g_set_error (error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE,
               "can't prepare snapshot set %s again: its writers were told that it is over; take "
               "another set",
               set_id);
  return TRUE;
}

/* The operation of the set, begun if it has writers and hasn't been; NULL without an error if no
 * writer takes part. */
static VssWriterOperation *
choose_writers (VssConnection *connection,
                const VssWirePrepareForSnapshotArguments *arguments,
                GError **error)
{
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *current;
  g_autoptr (GPtrArray) slots = NULL;

  if (arguments->writers)
    slots = vss_command_find_writers (services, arguments->writers);
  if (!vss_writer_operations_make_room (services->writers, arguments->snapshot_set_id, error))
    return NULL;
  current = vss_writer_operations_get_current (services->writers);
  if (!current && is_over (services->writers, arguments->snapshot_set_id, error))
    return NULL;
  if (!current && slots && slots->len > 0)
    current = vss_writer_operations_begin (services->writers, arguments->snapshot_set_id,
                                           connection, error);
  if (current && slots)
    vss_writer_operation_set_writers (current, slots);
  return current;
}

static gpointer
copy_prepare (const VssWirePrepareForSnapshotArguments *arguments)
{
  g_autoptr (JsonNode) node = vss_wire_prepare_for_snapshot_arguments_to_json (arguments);

  return vss_wire_prepare_for_snapshot_arguments_from_json (node, VSS_WIRE_PARSE_STRICT, NULL);
}

static void
vss_prepare_for_snapshot (gpointer user_data,
                          const char *id,
                          const VssWirePrepareForSnapshotArguments *arguments)
{
  VssConnection *connection = user_data;
  VssWriterOperation *operation;
  g_autoptr (GError) error = NULL;
  VssCall *call;

  if (!vss_command_take_hold (connection, id))
    return;
  operation = choose_writers (connection, arguments, &error);
  call = vss_call_new (connection, id, operation);
  call->arguments = copy_prepare (arguments);
  call->arguments_free = (GDestroyNotify)vss_wire_prepare_for_snapshot_arguments_free;
  if (error)
    {
      vss_call_fail (call, "preparing", error);
      vss_call_free (call);
    }
  else if (operation)
    vss_writer_operation_tell_async (
        operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT,
        writers_limit (arguments->has_writers_timeout_ms, arguments->writers_timeout_ms),
        on_writers_prepared, call);
  else
    prepare_file_systems (call);
}

/* -- freeze -- */

/* The command was at the wrong place: what goes on is not concerned. */
static gboolean
is_misplaced (const GError *error)
{
  return g_error_matches (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_STALE_GENERATION) ||
         g_error_matches (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE);
}

static void
on_frozen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  VssAgentServices *services = vss_call_get_services (call);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireFreezeResult) frozen =
      vss_freezer_freeze_finish (VSS_FREEZER (source), result, &error);

  if (!frozen)
    {
      if (!is_misplaced (error))
        give_writers_up (call);
      vss_call_fail (call, "freezing", error);
      return;
    }
  if (call->operation)
    {
      vss_writer_operation_set_at_rest (call->operation);
      frozen->writers = vss_call_get_statuses (call);
      frozen->has_writers_us = TRUE;
      frozen->writers_us = vss_writer_operation_get_freeze_us (call->operation);
    }
  vss_connection_reply (call->connection, call->id, vss_wire_freeze_result_to_json (frozen));
  vss_agent_log (services->log, VSS_LOG_FROZEN,
                 "froze generation %" G_GINT64_FORMAT " for %s: %u of %u file systems held, "
                 "in %.1f ms",
                 frozen->generation, vss_connection_get_requester (call->connection),
                 count_held (frozen->volumes), frozen->volumes->len, frozen->freeze_us / 1000.0);
  vss_command_settle (services);
}

static void
freeze_file_systems (VssCall *call)
{
  vss_freezer_freeze_async (vss_call_get_services (call)->freezer, call->arguments,
                            vss_call_is_alive, on_frozen, call);
}

static void
on_writers_frozen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (vss_writer_operation_tell_finish (call->operation, result, &error))
    {
      freeze_file_systems (g_steal_pointer (&call));
      return;
    }
  if (!g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE))
    give_writers_up (call);
  vss_call_fail (call, "freezing the writers", error);
}

/* The first FIFREEZE may come later by what the writers are given. */
static VssWireFreezeArguments *
copy_freeze (const VssWireFreezeArguments *arguments, VssWriterOperation *operation)
{
  g_autoptr (JsonNode) node = vss_wire_freeze_arguments_to_json (arguments);
  VssWireFreezeArguments *copy =
      vss_wire_freeze_arguments_from_json (node, VSS_WIRE_PARSE_STRICT, NULL);
  guint allowance_ms = arguments->writers_timeout_ms;

  if (!operation)
    return copy;
  if (!arguments->has_writers_timeout_ms)
    allowance_ms =
        vss_writer_operation_get_longest_ms (operation, VSS_WIRE_WRITER_EVENT_FREEZE);
  if (copy->deadline_ms <= G_MAXINT64 - allowance_ms)
    copy->deadline_ms += allowance_ms;
  return copy;
}

static void
vss_freeze (gpointer user_data, const char *id, const VssWireFreezeArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *operation = vss_writer_operations_get_current (services->writers);
  VssCall *call;

  if (!vss_command_check_hold (connection, id))
    return;
  call = vss_call_new (connection, id, operation);
  call->arguments_free = (GDestroyNotify)vss_wire_freeze_arguments_free;
  if (operation && vss_call_is_alive (call) &&
      vss_freezer_may_freeze (services->freezer, arguments, NULL))
    {
      call->arguments = copy_freeze (arguments, operation);
      vss_writer_operation_tell_async (
          operation, VSS_WIRE_WRITER_EVENT_FREEZE,
          writers_limit (arguments->has_writers_timeout_ms, arguments->writers_timeout_ms),
          on_writers_frozen, call);
      return;
    }
  /* Without writers; or the freezer refuses, and says why. */
  call->arguments = copy_freeze (arguments, NULL);
  freeze_file_systems (call);
}

static void
vss_renew_lease (gpointer user_data, const char *id, const VssWireRenewLeaseArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (VssWireLeaseResult) lease = NULL;
  g_autoptr (GError) error = NULL;

  if (!vss_command_check_hold (connection, id))
    return;
  lease = vss_freezer_renew_lease (services->freezer, arguments, &error);
  if (lease)
    vss_connection_reply (connection, id, vss_wire_lease_result_to_json (lease));
  else
    vss_connection_reply_error (connection, id, error);
}

/* -- thaw and abort -- */

static void
log_thaw (VssCall *call, VssLogEvent event, const char *what, const VssWireThawResult *thaw)
{
  if (thaw->generation == 0)
    return; /* nothing was frozen */
  vss_agent_log (vss_call_get_services (call)->log, event,
                 "%s generation %" G_GINT64_FORMAT " for %s: %u of %u file systems were held "
                 "without a gap, for %.1f ms%s",
                 what, thaw->generation, vss_connection_get_requester (call->connection),
                 count_held (thaw->volumes), thaw->volumes->len, thaw->held_us / 1000.0,
                 thaw->lease_expired ? "; the lease had expired" : "");
}

/* A thaw that came before the freeze spends the generation: writers that wait for it wait for
 * nothing. Those at rest are told to go on when the last file system is thawed. */
static void
thaw_unfrozen_writers (VssAgentServices *services)
{
  VssWriterOperation *operation = vss_writer_operations_get_current (services->writers);
  g_autoptr (VssWireFreezeStatusResult) status = vss_freezer_get_status (services->freezer);

  if (!operation || status->state != VSS_WIRE_FREEZE_STATE_HELD)
    return;
  if (vss_writer_operation_get_phase (operation) < VSS_WRITER_PHASE_AT_REST)
    vss_writer_operation_give_up (operation, FALSE);
}

static void
finish_thaw (GObject *source,
             GAsyncResult *result,
             VssCall *call,
             VssLogEvent event,
             const char *done,
             const char *doing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thaw =
      vss_freezer_thaw_finish (VSS_FREEZER (source), result, &error);

  if (!thaw)
    {
      vss_call_fail (call, doing, error);
      return;
    }
  vss_connection_reply (call->connection, call->id, vss_wire_thaw_result_to_json (thaw));
  thaw_unfrozen_writers (vss_call_get_services (call));
  log_thaw (call, event, done, thaw);
  vss_command_settle (vss_call_get_services (call));
}

static void
on_thawed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;

  finish_thaw (source, result, call, VSS_LOG_THAWED, "thawed", "thawing");
}

static void
vss_thaw (gpointer user_data, const char *id, const VssWireThawArguments *arguments)
{
  VssConnection *connection = user_data;

  vss_freezer_thaw_async (vss_connection_get_services (connection)->freezer, arguments, on_thawed,
                          vss_call_new (connection, id, NULL));
}

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;

  finish_thaw (source, result, call, VSS_LOG_ABORTED, "aborted", "aborting");
}

static void
vss_abort (gpointer user_data, const char *id, const VssWireAbortArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);

  vss_writer_operations_abort (services->writers, arguments->snapshot_set_id);
  vss_freezer_abort_async (services->freezer, arguments, on_aborted,
                           vss_call_new (connection, id, NULL));
}

/* -- the end, and status -- */

static void
on_posted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (vss_writer_operation_tell_finish (call->operation, result, &error))
    vss_call_reply_statuses (call);
  else
    vss_connection_reply_error (call->connection, call->id, error);
}

static void
on_abort_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (VssWireWriterStatusResult) statuses =
      vss_writer_operations_wait_finish (VSS_WRITER_OPERATIONS (source), result, NULL);

  vss_call_reply_statuses (call);
}

/* Writers that were not thawed, but aborted, are waited for and not told PostSnapshot. */
static void
post_to_writers (VssCall *call, guint limit_ms)
{
  VssWriterOperation *operation = call->operation;

  if (vss_writer_operation_get_phase (operation) == VSS_WRITER_PHASE_THAWED)
    {
      vss_writer_operation_tell_async (operation, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT, limit_ms,
                                       on_posted, call);
      return;
    }
  vss_writer_operation_give_up (operation, FALSE);
  vss_writer_operations_wait_async (vss_call_get_services (call)->writers,
                                    vss_writer_operation_get_set_id (operation),
                                    MIN (limit_ms, ABORT_WAIT_MS), on_abort_waited, call);
}

static void
vss_post_snapshot (gpointer user_data,
                   const char *id,
                   const VssWirePostSnapshotArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *operation =
      vss_writer_operations_find (services->writers, arguments->snapshot_set_id);
  g_autoptr (VssCall) call = vss_call_new (connection, id, operation);
  g_autoptr (GError) error = NULL;

  if (!vss_command_check_hold (connection, id))
    return;
  if (!vss_freezer_post_snapshot (services->freezer, arguments->snapshot_set_id, &error))
    {
      vss_connection_reply_error (connection, id, error);
      return;
    }
  vss_agent_log (services->log, VSS_LOG_FINISHED, "finished the set %s of %s",
                 arguments->snapshot_set_id, vss_connection_get_requester (connection));
  if (operation)
    post_to_writers (
        g_steal_pointer (&call),
        writers_limit (arguments->has_writers_timeout_ms, arguments->writers_timeout_ms));
  else
    vss_call_reply_statuses (call);
  vss_command_settle (services);
}

static void
vss_freeze_status (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  g_autoptr (VssWireFreezeStatusResult) status =
      vss_freezer_get_status (vss_connection_get_services (connection)->freezer);

  vss_connection_reply (connection, id, vss_wire_freeze_status_result_to_json (status));
}

void
vss_freeze_commands_register (VssWireHandlers *handlers)
{
  handlers->vss_prepare_for_snapshot = vss_prepare_for_snapshot;
  handlers->vss_freeze = vss_freeze;
  handlers->vss_renew_lease = vss_renew_lease;
  handlers->vss_thaw = vss_thaw;
  handlers->vss_abort = vss_abort;
  handlers->vss_post_snapshot = vss_post_snapshot;
  handlers->vss_freeze_status = vss_freeze_status;
}
