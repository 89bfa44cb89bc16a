/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of an agent guest that its writers have a part in, outside of the window. Called on
 * worker threads. */
#include "host-lib/guest/vss-agent-error.h"
#include "host-lib/guest/vss-agent-guest-private.h"
#include "host-lib/guest/vss-agent-limits.h"

/* -- metadata -- */

static VssWireGatherWriterMetadataResult *
agent_gather_writer_metadata (VssGuest *guest,
                              guint timeout_ms,
                              GCancellable *cancellable,
                              GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  const VssWireGatherWriterMetadataArguments arguments = { .timeout_ms = timeout_ms };
  GError *cause = NULL;
  VssWireGatherWriterMetadataResult *result;

  result = vss_wire_client_gather_writer_metadata (&self->client, &arguments,
                                                   (gint64)timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS,
                                                   cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "ask the writers who they are",
                               self->name);
  return result;
}

static VssWireWriterComponentsResult *
agent_query_writer_components (VssGuest *guest,
                               const char *instance_id,
                               guint first,
                               GCancellable *cancellable,
                               GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireQueryWriterComponentsArguments) arguments =
      vss_wire_query_writer_components_arguments_new ();
  GError *cause = NULL;
  VssWireWriterComponentsResult *result;

  arguments->instance_id = g_strdup (instance_id);
  arguments->first = first;
  result = vss_wire_client_query_writer_components (
      &self->client, arguments, VSS_AGENT_STATUS_TIMEOUT_MS, cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "list a writer's components",
                               self->name);
  return result;
}

static VssWireWritersResult *
agent_query_writers (VssGuest *guest, GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireWritersResult *result;

  result = vss_wire_client_query_writers (&self->client, VSS_AGENT_STATUS_TIMEOUT_MS, NULL, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "list the writers", self->name);
  return result;
}

/* -- events -- */

static VssWireWriterStatusResult *
agent_prepare_for_backup (VssGuest *guest,
                          const VssWirePrepareForBackupArguments *arguments,
                          GCancellable *cancellable,
                          GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  GError *cause = NULL;
  VssWireWriterStatusResult *result;

  vss_agent_guest_set_keep_alive (self, TRUE);
  result = vss_wire_client_prepare_for_backup (
      &self->client, arguments, (gint64)arguments->timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS,
      cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "prepare the writers", self->name);
  return result;
}

static VssWireWriterStatusResult *
agent_gather_writer_status (VssGuest *guest,
                            const char *snapshot_set_id,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireGatherWriterStatusArguments) arguments =
      vss_wire_gather_writer_status_arguments_new ();
  GError *cause = NULL;
  VssWireWriterStatusResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  arguments->timeout_ms = timeout_ms;
  result = vss_wire_client_gather_writer_status (&self->client, arguments,
                                                 (gint64)timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS,
                                                 cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_ASK, "ask how the writers are",
                               self->name);
  return result;
}

static VssWireWriterStatusResult *
agent_post_snapshot (VssGuest *guest,
                     const char *snapshot_set_id,
                     guint writers_timeout_ms,
                     GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWirePostSnapshotArguments) arguments = vss_wire_post_snapshot_arguments_new ();
  GError *cause = NULL;
  VssWireWriterStatusResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  arguments->has_writers_timeout_ms = writers_timeout_ms > 0;
  arguments->writers_timeout_ms = writers_timeout_ms;
  result = vss_wire_client_post_snapshot (&self->client, arguments,
                                          (gint64)VSS_AGENT_POST_TIMEOUT_MS + writers_timeout_ms,
                                          NULL, &cause);
  vss_agent_guest_set_keep_alive (self, FALSE);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_AFTER, "finish the snapshot set",
                               self->name);
  return result;
}

static GPtrArray *
copy_components (GPtrArray *components)
{
  GPtrArray *copy =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_selected_component_free);

  for (guint i = 0; components != NULL && i < components->len; i++)
    {
      const VssWireSelectedComponent *from = g_ptr_array_index (components, i);
      VssWireSelectedComponent *to = vss_wire_selected_component_new ();

      to->instance_id = g_strdup (from->instance_id);
      to->type = from->type;
      to->logical_path = g_strdup (from->logical_path);
      to->name = g_strdup (from->name);
      to->has_succeeded = from->has_succeeded;
      to->succeeded = from->succeeded;
      g_ptr_array_add (copy, to);
    }
  return copy;
}

static VssWireWriterStatusResult *
agent_backup_complete (VssGuest *guest,
                       const char *snapshot_set_id,
                       GPtrArray *components,
                       guint timeout_ms,
                       GCancellable *cancellable,
                       GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireBackupCompleteArguments) arguments = vss_wire_backup_complete_arguments_new ();
  GError *cause = NULL;
  VssWireWriterStatusResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  g_clear_pointer (&arguments->components, g_ptr_array_unref);
  arguments->components = copy_components (components);
  arguments->timeout_ms = timeout_ms;
  result = vss_wire_client_backup_complete (&self->client, arguments,
                                            (gint64)timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS,
                                            cancellable, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_AFTER,
                               "tell the writers that the backup is complete", self->name);
  return result;
}

static VssWireWriterStatusResult *
agent_backup_shutdown (VssGuest *guest,
                       const char *snapshot_set_id,
                       guint timeout_ms,
                       GError **error)
{
  VssAgentGuest *self = VSS_AGENT_GUEST (guest);
  g_autoptr (VssWireBackupShutdownArguments) arguments = vss_wire_backup_shutdown_arguments_new ();
  GError *cause = NULL;
  VssWireWriterStatusResult *result;

  arguments->snapshot_set_id = g_strdup (snapshot_set_id);
  arguments->timeout_ms = timeout_ms;
  result = vss_wire_client_backup_shutdown (
      &self->client, arguments, (gint64)timeout_ms + VSS_AGENT_ANSWER_MARGIN_MS, NULL, &cause);
  if (result == NULL)
    vss_agent_error_propagate (error, cause, VSS_AGENT_CALL_AFTER,
                               "tell the writers that the backup is over", self->name);
  return result;
}

void
vss_agent_guest_init_writers (VssGuestInterface *iface)
{
  iface->gather_writer_metadata = agent_gather_writer_metadata;
  iface->query_writer_components = agent_query_writer_components;
  iface->query_writers = agent_query_writers;
  iface->prepare_for_backup = agent_prepare_for_backup;
  iface->gather_writer_status = agent_gather_writer_status;
  iface->post_snapshot = agent_post_snapshot;
  iface->backup_complete = agent_backup_complete;
  iface->backup_shutdown = agent_backup_shutdown;
}
