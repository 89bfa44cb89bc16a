/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of freeze.json. Here is decided who may ask (see vss-hold.h); the freezer does the
 * rest. vss-thaw, vss-abort and vss-freeze-status are anybody's at any time. */
#include "guest-agent/commands/vss-commands.h"

#include "guest-agent/commands/vss-command-error.h"
#include "qapi/vss-wire-marshal.h"

/* A command whose answer the freezer will give. */
typedef struct
{
  VssConnection *connection;
  char *id;
  guint64 epoch; /* of the session that asked */
} Call;

static Call *
call_new (VssConnection *connection, const char *id)
{
  Call *call = g_new0 (Call, 1);

  call->connection = g_object_ref (connection);
  call->id = g_strdup (id);
  call->epoch = vss_connection_get_epoch (connection);
  return call;
}

static void
call_free (Call *call)
{
  g_object_unref (call->connection);
  g_free (call->id);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static VssAgentServices *
call_services (Call *call)
{
  return vss_connection_get_services (call->connection);
}

/* Frees the guest for others once the freezer has nothing under way. */
static void
settle (VssAgentServices *services)
{
  g_autoptr (VssWireFreezeStatusResult) status = vss_freezer_get_status (services->freezer);
  VssConnection *holder = vss_hold_get_holder (services->hold);

  if (status->state == VSS_WIRE_FREEZE_STATE_THAWED && !vss_hold_is_undoing (services->hold))
    vss_hold_release (services->hold);
  if (holder)
    vss_connection_hold_changed (holder);
  vss_agent_services_rest (services);
}

static void
call_fail (Call *call, const char *what, const GError *error)
{
  VssAgentServices *services = call_services (call);

  vss_agent_log (services->log, VSS_LOG_FAILED, "%s for %s failed: %s", what,
                 vss_connection_get_requester (call->connection), error->message);
  vss_connection_reply_error (call->connection, call->id, error);
  settle (services);
}

/* Answers that somebody else has the guest. */
static void
refuse (VssConnection *connection, const char *id, const GError *error)
{
  vss_agent_log (vss_connection_get_services (connection)->log, VSS_LOG_REFUSED, "refused %s: %s",
                 vss_connection_get_requester (connection), error->message);
  vss_connection_reply_error (connection, id, error);
}

/* A command that has waited in the port until its host was gone must not start anything. */
static gboolean
check_host (VssConnection *connection, GError **error)
{
  if (vss_connection_is_alive (connection, vss_connection_get_epoch (connection)))
    return TRUE;
  g_set_error (error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_HOLD_LOST,
               "the host has closed the channel; nothing was done");
  return FALSE;
}

static gboolean
check_hold (VssConnection *connection, const char *id)
{
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (GError) error = NULL;

  if (vss_hold_allows (services->hold, connection, vss_agent_services_now_ms (services), &error))
    return TRUE;
  refuse (connection, id, error);
  return FALSE;
}

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

/* -- prepare -- */

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  VssAgentServices *services = call_services (call);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWirePrepareForSnapshotResult) prepared =
      vss_freezer_prepare_finish (VSS_FREEZER (source), result, &error);

  if (!prepared)
    {
      call_fail (call, "preparing", error);
      return;
    }
  vss_agent_log (services->log, VSS_LOG_PREPARED,
                 "prepared %u file systems for %s, generation %" G_GINT64_FORMAT,
                 prepared->volumes->len, vss_connection_get_requester (call->connection),
                 prepared->generation);
  vss_connection_reply (call->connection, call->id,
                        vss_wire_prepare_for_snapshot_result_to_json (prepared));
  settle (services);
}

static void
vss_prepare_for_snapshot (gpointer user_data,
                          const char *id,
                          const VssWirePrepareForSnapshotArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  const char *requester = vss_connection_get_requester (connection);
  g_autoptr (GError) error = NULL;

  if (!check_host (connection, &error) ||
      !vss_hold_take (services->hold, connection, requester, vss_agent_services_now_ms (services),
                      &error))
    {
      refuse (connection, id, error);
      return;
    }
  vss_connection_hold_changed (connection);
  vss_freezer_prepare_async (services->freezer, arguments, requester, on_prepared,
                             call_new (connection, id));
}

/* -- freeze -- */

static gboolean
session_is_alive (gpointer user_data)
{
  Call *call = user_data;

  return vss_connection_is_alive (call->connection, call->epoch);
}

static void
on_frozen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  VssAgentServices *services = call_services (call);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireFreezeResult) frozen =
      vss_freezer_freeze_finish (VSS_FREEZER (source), result, &error);

  if (!frozen)
    {
      call_fail (call, "freezing", error);
      return;
    }
  vss_connection_reply (call->connection, call->id, vss_wire_freeze_result_to_json (frozen));
  vss_agent_log (services->log, VSS_LOG_FROZEN,
                 "froze generation %" G_GINT64_FORMAT " for %s: %u of %u file systems held, "
                 "in %.1f ms",
                 frozen->generation, vss_connection_get_requester (call->connection),
                 count_held (frozen->volumes), frozen->volumes->len, frozen->freeze_us / 1000.0);
  settle (services);
}

static void
vss_freeze (gpointer user_data, const char *id, const VssWireFreezeArguments *arguments)
{
  VssConnection *connection = user_data;

  if (check_hold (connection, id))
    vss_freezer_freeze_async (vss_connection_get_services (connection)->freezer, arguments,
                              session_is_alive, on_frozen, call_new (connection, id));
}

static void
vss_renew_lease (gpointer user_data, const char *id, const VssWireRenewLeaseArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (VssWireLeaseResult) lease = NULL;
  g_autoptr (GError) error = NULL;

  if (!check_hold (connection, id))
    return;
  lease = vss_freezer_renew_lease (services->freezer, arguments, &error);
  if (lease)
    vss_connection_reply (connection, id, vss_wire_lease_result_to_json (lease));
  else
    vss_connection_reply_error (connection, id, error);
}

/* -- thaw and abort -- */

static void
log_thaw (Call *call, VssLogEvent event, const char *what, const VssWireThawResult *thaw)
{
  if (thaw->generation == 0)
    return; /* nothing was frozen */
  vss_agent_log (call_services (call)->log, event,
                 "%s generation %" G_GINT64_FORMAT " for %s: %u of %u file systems were held "
                 "without a gap, for %.1f ms%s",
                 what, thaw->generation, vss_connection_get_requester (call->connection),
                 count_held (thaw->volumes), thaw->volumes->len, thaw->held_us / 1000.0,
                 thaw->lease_expired ? "; the lease had expired" : "");
}

static void
finish_thaw (GObject *source,
             GAsyncResult *result,
             Call *call,
             VssLogEvent event,
             const char *done,
             const char *doing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thaw =
      vss_freezer_thaw_finish (VSS_FREEZER (source), result, &error);

  if (!thaw)
    {
      call_fail (call, doing, error);
      return;
    }
  vss_connection_reply (call->connection, call->id, vss_wire_thaw_result_to_json (thaw));
  log_thaw (call, event, done, thaw);
  settle (call_services (call));
}

static void
on_thawed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;

  finish_thaw (source, result, call, VSS_LOG_THAWED, "thawed", "thawing");
}

static void
vss_thaw (gpointer user_data, const char *id, const VssWireThawArguments *arguments)
{
  VssConnection *connection = user_data;

  vss_freezer_thaw_async (vss_connection_get_services (connection)->freezer, arguments, on_thawed,
                          call_new (connection, id));
}

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;

  finish_thaw (source, result, call, VSS_LOG_ABORTED, "aborted", "aborting");
}

static void
vss_abort (gpointer user_data, const char *id, const VssWireAbortArguments *arguments)
{
  VssConnection *connection = user_data;

  vss_freezer_abort_async (vss_connection_get_services (connection)->freezer, arguments, on_aborted,
                           call_new (connection, id));
}

/* -- the end, and status -- */

static void
vss_post_snapshot (gpointer user_data,
                   const char *id,
                   const VssWirePostSnapshotArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (VssWireWriterStatusResult) result = vss_wire_writer_status_result_new ();
  g_autoptr (GError) error = NULL;

  if (!check_hold (connection, id))
    return;
  if (!vss_freezer_post_snapshot (services->freezer, arguments->snapshot_set_id, &error))
    {
      vss_connection_reply_error (connection, id, error);
      return;
    }
  vss_agent_log (services->log, VSS_LOG_FINISHED, "finished the set %s of %s",
                 arguments->snapshot_set_id, vss_connection_get_requester (connection));
  vss_connection_reply (connection, id, vss_wire_writer_status_result_to_json (result));
  settle (services);
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
