/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent.h. */
#include "guest-agent/vss-agent.h"

#include "guest-agent/channel/vss-listener.h"
#include "guest-agent/channel/vss-port.h"
#include "guest-agent/vss-agent-services.h"
#include "guest-agent/vss-agent-writers.h"
#include "qapi/vss-wire-marshal.h"

struct _VssAgent
{
  VssAgentServices services;
  VssWriterClock writer_clock;
  VssKernel *kernel;
  VssGuardClient *guard;
  const VssPortSystem *port_system;
  gpointer port_system_data;

  char *machine_id;
  char *boot_id;
  char *recovered;

  VssPort *port; /* NULL if none is configured */
  VssListener *listener;

  VssAgentStoppedFunc on_stopped;
  gpointer stopped_data;
};

/* -- what the freezer says by itself -- */

static void
on_thawed_unasked (VssFreezer *freezer, gint64 generation, const char *reason, gpointer user_data)
{
  VssAgent *self = user_data;
  VssConnection *holder = vss_hold_get_holder (self->services.hold);
  g_autoptr (VssWireThawedEvent) event = vss_wire_thawed_event_new ();

  vss_agent_log (self->services.log, VSS_LOG_THAWED_UNASKED,
                 "thawed generation %" G_GINT64_FORMAT " without being asked: %s", generation,
                 reason);
  event->generation = generation;
  event->reason = g_strdup (reason);
  if (holder)
    vss_connection_emit (holder, VSS_WIRE_EVENT_THAWED, vss_wire_thawed_event_to_json (event));
}

static void
on_notify_frozen (VssFreezer *freezer, gboolean frozen, gpointer user_data)
{
  VssAgent *self = user_data;

  vss_agent_log_hold_back (self->services.log, frozen);
}

/* -- start -- */

/* A one-line file, NULL if it can't be read or is empty. */
static char *
read_line (const char *path)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  g_strstrip (text);
  return *text && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : NULL;
}

/* -- what the writers' operations say by themselves -- */

static void
on_writer_failed (VssWriterOperations *writers, const char *sentence, gpointer user_data)
{
  VssAgent *self = user_data;

  vss_agent_log (self->services.log, VSS_LOG_WRITER_FAILED, "%s", sentence);
}

static void
on_writer_recovered (VssWriterOperations *writers, const char *sentence, gpointer user_data)
{
  VssAgent *self = user_data;

  vss_agent_log (self->services.log, VSS_LOG_WRITER_RECOVERED, "%s", sentence);
}

static gint64
writer_now_us (gpointer user_data)
{
  return vss_kernel_boot_time_us (user_data);
}

static GSource *
writer_timer_new (gpointer user_data, gint64 at_us)
{
  return vss_kernel_boot_timer_new (user_data, at_us);
}

static void
make_writers (VssAgent *self)
{
  const VssAgentConfig *config = self->services.config;
  VssWriterOperationsConfig writers_config = {
    .record_path = config->writers_record,
    .rest_limit_ms = config->writers_rest_limit_ms,
    .operation_limit_s = config->writers_operation_limit_s,
  };
  g_autoptr (VssWriterRegistry) registry = NULL;

  self->writer_clock = (VssWriterClock){ writer_now_us, writer_timer_new, self->kernel };
  registry = vss_writer_registry_new (&self->writer_clock);
  self->services.writers = vss_writer_operations_new (registry, &writers_config);
  g_signal_connect (self->services.writers, "failed", G_CALLBACK (on_writer_failed), self);
  g_signal_connect (self->services.writers, "recovered", G_CALLBACK (on_writer_recovered), self);
  vss_agent_services_connect_writers (&self->services);
  self->services.writer_ways = vss_agent_writers_new (&self->services, &self->writer_clock);
}

static gint64
boot_time_ms (gpointer clock_data)
{
  return vss_kernel_boot_time_us (VSS_KERNEL (clock_data)) / 1000;
}

VssAgent *
vss_agent_new (const VssAgentConfig *config,
               VssAgentLog *log,
               VssKernel *kernel,
               VssGuardClient *guard,
               const VssPortSystem *port_system,
               gpointer port_system_data)
{
  VssAgent *self = g_new0 (VssAgent, 1);
  VssFreezerConfig freezer_config = {
    .default_lease_ms = config->default_lease_ms,
    .max_lease_ms = config->max_lease_ms,
    .max_volumes = config->max_volumes,
    .drain_rounds = config->drain_rounds,
    .record_path = config->record,
  };

  self->machine_id = read_line ("/etc/machine-id");
  self->boot_id = read_line ("/proc/sys/kernel/random/boot_id");
  self->kernel = g_object_ref (kernel);
  self->guard = g_object_ref (guard);
  self->port_system = port_system;
  self->port_system_data = port_system_data;

  self->services.config = config;
  self->services.log = log;
  self->services.boot_time_ms = boot_time_ms;
  self->services.clock_data = kernel;
  self->services.freezer = vss_freezer_new (&freezer_config, kernel, guard);
  self->services.hold = vss_hold_new ();
  self->services.machine_id = self->machine_id;
  self->services.boot_id = self->boot_id ? self->boot_id : "unknown";
  g_signal_connect (self->services.freezer, "thawed", G_CALLBACK (on_thawed_unasked), self);
  g_signal_connect (self->services.freezer, "notify-frozen", G_CALLBACK (on_notify_frozen), self);
  make_writers (self);
  return self;
}

static void
recover (VssAgent *self)
{
  g_autoptr (GError) error = NULL;

  self->recovered = vss_freezer_recover (self->services.freezer, &error);
  if (error)
    {
      vss_agent_log (self->services.log, VSS_LOG_RECOVERY_FAILED,
                     "undoing what a former agent left behind failed: %s", error->message);
      g_free (self->recovered);
      self->recovered = g_strdup_printf ("failed: %s", error->message);
    }
  else if (self->recovered)
    vss_agent_log (self->services.log, VSS_LOG_RECOVERED,
                   "a former agent was killed in the middle of a snapshot set: %s",
                   self->recovered);
  self->services.recovered = self->recovered;
}

/* Writers that a former agent left at rest: the file systems are thawed by now. */
static void
recover_writers (VssAgent *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = vss_writer_operations_recover (self->services.writers, &error);

  if (error)
    vss_agent_log (self->services.log, VSS_LOG_RECOVERY_FAILED, "%s", error->message);
  if (found)
    vss_agent_log (self->services.log, VSS_LOG_RECOVERED,
                   "a former agent was killed in the middle of a snapshot set: %s", found);
}

static void
log_start (VssAgent *self)
{
  g_autoptr (GError) error = NULL;

  vss_agent_log (self->services.log, VSS_LOG_STARTED, "vss-agent %s started", VSS_VERSION);
  if (!vss_guard_client_connect (self->guard, &error))
    vss_agent_log (self->services.log, VSS_LOG_FAILED,
                   "%s; nothing will be frozen until vss-thaw-guard.service runs", error->message);
}

gboolean
vss_agent_start (VssAgent *self, GError **error)
{
  const VssAgentConfig *config = self->services.config;

  self->services.started_ms = vss_agent_services_now_ms (&self->services);
  log_start (self);
  recover (self);
  recover_writers (self);
  if (!vss_agent_writers_start (self->services.writer_ways, error))
    return FALSE;
  if (*config->socket)
    {
      self->listener = vss_listener_new (&self->services, config->socket, error);
      if (!self->listener)
        return FALSE;
    }
  if (*config->port)
    {
      self->port =
          vss_port_new (&self->services, config->port, self->port_system, self->port_system_data);
      vss_port_start (self->port);
    }
  return TRUE;
}

/* -- stop -- */

static void
on_writers_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  VssAgent *self = user_data;
  g_autoptr (VssWireWriterStatusResult) statuses =
      vss_writer_operations_wait_finish (VSS_WRITER_OPERATIONS (source), result, NULL);

  vss_agent_log (self->services.log, VSS_LOG_STOPPED, "vss-agent stopped");
  self->on_stopped (self->stopped_data);
}

static void
on_all_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  VssAgent *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thaw =
      vss_freezer_thaw_finish (VSS_FREEZER (source), result, &error);

  if (!thaw)
    vss_agent_log (self->services.log, VSS_LOG_FAILED, "thawing before the stop failed: %s",
                   error->message);
  vss_writer_operations_stop_async (self->services.writers, on_writers_told, self);
}

void
vss_agent_stop (VssAgent *self, VssAgentStoppedFunc on_stopped, gpointer user_data)
{
  VssWireAbortArguments everything = { 0 };

  self->on_stopped = on_stopped;
  self->stopped_data = user_data;
  g_clear_pointer (&self->port, vss_port_free);
  g_clear_pointer (&self->listener, vss_listener_free);
  vss_freezer_abort_async (self->services.freezer, &everything, on_all_undone, self);
}

void
vss_agent_free (VssAgent *self)
{
  g_clear_pointer (&self->port, vss_port_free);
  g_clear_pointer (&self->listener, vss_listener_free);
  g_signal_handlers_disconnect_by_data (self->services.freezer, self);
  g_signal_handlers_disconnect_by_data (self->services.writers, self);
  vss_agent_writers_free (self->services.writer_ways);
  g_object_unref (self->services.writers);
  g_object_unref (self->services.freezer);
  g_object_unref (self->kernel);
  g_object_unref (self->guard);
  vss_hold_free (self->services.hold);
  g_free (self->machine_id);
  g_free (self->boot_id);
  g_free (self->recovered);
  g_free (self);
}
