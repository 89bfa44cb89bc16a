/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that runs our agent. Each method is one command with its limit; what goes wrong comes
 * out in VSS's codes. Called on worker threads, thaw and abort also beside another call. */
#include "host-lib/guest/vss-agent-error.h"
#include "host-lib/guest/vss-agent-guest-private.h"
#include "host-lib/guest/vss-agent-limits.h"

/* The version of the protocol that this library speaks. */
#define PROTOCOL_VERSION 1

static void vss_agent_guest_init_interface (VssGuestInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssAgentGuest,
                               vss_agent_guest,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_GUEST,
                                                      vss_agent_guest_init_interface))

static JsonNode *
execute (gpointer user_data,
         const char *command,
         JsonNode *arguments,
         gint64 timeout_ms,
         GCancellable *cancellable,
         GError **error)
{
  return vss_agent_link_execute (user_data, command, arguments, timeout_ms, cancellable, error);
}

static GPtrArray *
copy_texts (const char *const *texts)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_free);

  for (; texts != NULL && *texts != NULL; texts++)
    g_ptr_array_add (copy, g_strdup (*texts));
  return copy;
}

/* -- the session -- */

static gboolean
say_hello (VssAgentGuest *self,
           const char *requester,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (VssWireHelloArguments) arguments = vss_wire_hello_arguments_new ();

  arguments->protocol_version = PROTOCOL_VERSION;
  arguments->host_version = g_strdup (VSS_VERSION);
  arguments->requester = g_strdup (requester);
  g_clear_pointer (&self->hello, vss_wire_hello_result_free);
  self->hello = vss_wire_client_hello (&self->client, arguments, VSS_AGENT_HELLO_TIMEOUT_MS,
                                       cancellable, error);
  if (self->hello == NULL)
    return FALSE;
  if (self->hello->protocol_version != PROTOCOL_VERSION)
    {
      g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                   "the agent in the guest of '%s' speaks version %u of the protocol, this library "
                   "version %u: update the older of the two",
                   self->name, self->hello->protocol_version, PROTOCOL_VERSION);
      return FALSE;
    }
  return TRUE;
}

static void
explain_silence (GError **error, GError *cause, const char *name)
{
  if (cause->domain == VSS_ERROR || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, cause);
      return;
    }
  g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
               "cannot talk to the agent in the guest of '%s': %s; look in the guest whether "
               "vss-agent.service runs",
               name, cause->message);
  g_error_free (cause);
}

static gboolean
agent_open (VssGuest *guest,
            const char *requester,
            gboolean force,
            GCancellable *cancellable,
            GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;

  if (vss_agent_link_open (self->link, force, VSS_AGENT_SYNC_TIMEOUT_MS, cancellable, &cause)
      && say_hello (self, requester, cancellable, &cause))
    return TRUE;
  vss_agent_link_close (self->link);
  explain_silence (error, cause, self->name);
  return FALSE;
}

static void
agent_close (VssGuest *guest)
{
  vss_agent_link_close (VSS_AGENT_GUEST (guest)->link);
}

static gboolean
agent_has_lease (VssGuest *guest)
{
  return TRUE;
}

static const VssWireHelloResult *
agent_get_hello (VssGuest *guest)
{
  return VSS_AGENT_GUEST (guest)->hello;
}

void
vss_agent_guest_set_keep_alive (VssAgentGuest *self, gboolean on)
{
  gint64 idle_ms = self->hello != NULL ? self->hello->limits->session_idle_ms : 0;

  vss_agent_link_set_keep_alive (self->link, on ? CLAMP (idle_ms / 3, VSS_AGENT_KEEP_ALIVE_MIN_MS,
                                                         VSS_AGENT_KEEP_ALIVE_MAX_MS)
                                                : 0);
}

/* -- the commands -- */

static VssWireVolumesResult *
agent_query_volumes (VssGuest *guest, GCancellable *cancellable, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireVolumesResult *result;

  result = vss_wire_client_query_volumes (&self->client, VSS_AGENT_QUERY_TIMEOUT_MS, cancellable,
                                          &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "list the file systems",
                               self->name);
  return result;
}

static VssWirePrepareForSnapshotResult *
agent_prepare (VssGuest *guest,
               const char *snapshot_set_id,
               const char *const *mount_points,
               guint timeout_ms,
               const char *const *writers,
               guint writers_timeout_ms,
               GCancellable *cancellable,
               GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWirePrepareForSnapshotArguments) arguments
      = vss_wire_prepare_for_snapshot_arguments_new ();
  GError *cause = NULL;
  VssWirePrepareForSnapshotResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  g_clear_pointer (&arguments->mount_points, g_ptr_array_unref);
  arguments->mount_points = copy_texts (mount_points);
  arguments->timeout_ms = timeout_ms;
  arguments->writers = writers != NULL ? copy_texts (writers) : NULL;
  arguments->has_writers_timeout_ms = writers_timeout_ms > 0;
  arguments->writers_timeout_ms = writers_timeout_ms;
  vss_agent_guest_set_keep_alive (self, TRUE);
  result = vss_wire_client_prepare_for_snapshot (
      &self->client, arguments,
      (gint64) timeout_ms + writers_timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS, cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_BEFORE_HOLD,
                               "prepare the file systems", self->name);
  return result;
}

/* The guest's clock is asked first: whatever it says was true before its answer came, so a freeze
 * that begins up to VSS_AGENT_FREEZE_START_MS after that begins before we give up, whose limit
 * runs from the answer on. */
static VssWireFreezeResult *
freeze (VssAgentGuest *self,
        gint64 generation,
        guint timeout_ms,
        guint lease_ms,
        guint writers_timeout_ms,
        GCancellable *cancellable,
        GError **error)
{
  g_autoptr (VssWireFreezeArguments) arguments = vss_wire_freeze_arguments_new ();
  g_autoptr (VssWirePingResult) ping = NULL;

  ping = vss_wire_client_ping (&self->client, VSS_AGENT_PING_TIMEOUT_MS, cancellable, error);
  if (ping == NULL)
    return NULL;
  arguments->generation = generation;
  arguments->deadline_ms = ping->boot_time_ms > G_MAXINT64 - VSS_AGENT_FREEZE_START_MS
                               ? G_MAXINT64
                               : ping->boot_time_ms + VSS_AGENT_FREEZE_START_MS;
  arguments->has_writers_timeout_ms = writers_timeout_ms > 0;
  arguments->writers_timeout_ms = writers_timeout_ms;
  arguments->timeout_ms = timeout_ms;
  arguments->has_lease_ms = lease_ms > 0;
  arguments->lease_ms = lease_ms;
  return vss_wire_client_freeze (
      &self->client, arguments,
      (gint64) VSS_AGENT_FREEZE_START_MS + writers_timeout_ms + timeout_ms
          + VSS_AGENT_ANSWER_MARGIN_MS,
      cancellable, error);
}

static VssWireFreezeResult *
agent_freeze (VssGuest *guest,
              gint64 generation,
              guint timeout_ms,
              guint lease_ms,
              guint writers_timeout_ms,
              GCancellable *cancellable,
              GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireFreezeResult *result;

  result = freeze (self, generation, timeout_ms, lease_ms, writers_timeout_ms, cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_BEFORE_HOLD,
                               "freeze the file systems", self->name);
  return result;
}

static VssWireLeaseResult *
agent_renew_lease (VssGuest *guest, gint64 generation, guint lease_ms, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireRenewLeaseArguments) arguments = vss_wire_renew_lease_arguments_new ();
  GError *cause = NULL;
  VssWireLeaseResult *result;

  arguments->generation = generation;
  arguments->lease_ms = lease_ms;
  result = vss_wire_client_renew_lease (&self->client, arguments, VSS_AGENT_RENEW_TIMEOUT_MS, NULL,
                                        &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_HOLD, "prolong the freeze",
                               self->name);
  return result;
}

static VssWireThawResult *
agent_thaw (VssGuest *guest, gint64 generation, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireThawArguments) arguments = vss_wire_thaw_arguments_new ();
  GError *cause = NULL;
  VssWireThawResult *result;

  arguments->has_generation = generation != 0;
  arguments->generation = generation;
  result = vss_wire_client_thaw (&self->client, arguments, VSS_AGENT_THAW_TIMEOUT_MS, NULL,
                                 &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_HOLD, "thaw the file systems",
                               self->name);
  return result;
}

static VssWireThawResult *
agent_abort (VssGuest *guest, const char *snapshot_set_id, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireAbortArguments) arguments = vss_wire_abort_arguments_new ();
  GError *cause = NULL;
  VssWireThawResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  result = vss_wire_client_abort (&self->client, arguments,
                                  vss_agent_link_is_silent (self->link)
                                      ? VSS_AGENT_ABORT_SILENT_MS
                                      : VSS_AGENT_ABORT_TIMEOUT_MS,
                                  NULL, &cause);
  vss_agent_guest_set_keep_alive (self, FALSE);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_HOLD, "abort the snapshot set",
                               self->name);
  return result;
}

static VssWireFreezeStatusResult *
agent_freeze_status (VssGuest *guest, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireFreezeStatusResult *result;

  result = vss_wire_client_freeze_status (&self->client, VSS_AGENT_STATUS_TIMEOUT_MS, NULL,
                                          &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "ask what is frozen",
                               self->name);
  return result;
}

static VssWireStatusResult *
agent_query_status (VssGuest *guest, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireStatusResult *result;

  result = vss_wire_client_query_status (&self->client, VSS_AGENT_STATUS_TIMEOUT_MS, NULL,
                                         &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "ask for the agent's state",
                               self->name);
  return result;
}

/* -- life -- */

static void
vss_agent_guest_init_interface (VssGuestInterface *iface)
{
  iface->open = agent_open;
  iface->close = agent_close;
  iface->has_lease = agent_has_lease;
  iface->get_hello = agent_get_hello;
  iface->query_volumes = agent_query_volumes;
  iface->prepare = agent_prepare;
  iface->freeze = agent_freeze;
  iface->renew_lease = agent_renew_lease;
  iface->thaw = agent_thaw;
  iface->abort = agent_abort;
  iface->freeze_status = agent_freeze_status;
  iface->query_status = agent_query_status;
  vss_agent_guest_init_writers (iface);
}

static void
vss_agent_guest_finalize (GObject *object)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (object);

  g_object_unref (self->link);
  g_clear_pointer (&self->hello, vss_wire_hello_result_free);
  g_free (self->name);
  G_OBJECT_CLASS (vss_agent_guest_parent_class)->finalize (object);
}

static void
vss_agent_guest_class_init (VssAgentGuestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_agent_guest_finalize;
}

static void
vss_agent_guest_init (VssAgentGuest *self)
{
}

VssAgentGuest *
vss_agent_guest_new (VssChannel *channel, const char *name)
{
  VssAgentGuest *self = g_object_new (VSS_TYPE_AGENT_GUEST, NULL);

  self->name = g_strdup (name);
  self->link = vss_agent_link_new (channel);
  self->client.execute = execute;
  self->client.user_data = self->link;
  return self;
}
