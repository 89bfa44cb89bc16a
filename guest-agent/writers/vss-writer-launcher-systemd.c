/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's program in a transient unit, so that it has nothing of the agent's sandbox, and a
 * control group of its own that ends as a whole. Speaks with the service manager over its own
 * socket, which needs no message bus. See vss-writer-launcher.h. */
#include "guest-agent/writers/vss-writer-launcher.h"

#include <signal.h>
#include <string.h>

#include <gio/gunixfdlist.h>

#include "guest-agent/writers/vss-writer-unit.h"
#include "guest-agent/writers/vss-writer.h"

#define MANAGER_ADDRESS "unix:path=/run/systemd/private"
#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE MANAGER_NAME ".Manager"
#define PEER_INTERFACE "org.freedesktop.DBus.Peer"

/* The manager closes all connections when it is replaced by a newer one. */
#define MAX_TRIES 20
#define RETRY_MS 50
/* The manager answers in a millisecond, unless it is busy. */
#define PING_MS 20
/* How long the end of the agent may wait for it. */
#define LAST_WORD_MS 1000
/* Exit statuses by which the service manager says that it couldn't start the program. */
#define FIRST_MANAGER_STATUS 200
#define LAST_MANAGER_STATUS 245

/* Counted: each call under way holds it. */
typedef struct
{
  char *name;
  char *path; /* of the unit's object */
  GVariant *properties;
  GUnixFDList *descriptors;
  GDBusConnection *connection; /* NULL before */
  guint subscription;
  gulong closed_handler;
  gboolean is_started;
  guint tries;
  guint retry_timer;
  guint ping_timer;         /* until the manager was heard */
  int signal;               /* that it was to be sent before it was started; 0 for none */
  VssWriterEndedFunc ended; /* NULL once it has ended or is freed */
  gpointer user_data;
} Unit;

/* -- life -- */

static void
unit_clear (gpointer data)
{
  Unit *self = data;

  g_free (self->name);
  g_free (self->path);
  g_clear_pointer (&self->properties, g_variant_unref);
  g_clear_object (&self->descriptors);
  g_clear_object (&self->connection);
}

static void
unit_release (gpointer data)
{
  g_rc_box_release_full (data, unit_clear);
}

static void
end (Unit *self, VssWriterEnd how, int status, const char *message)
{
  VssWriterEndedFunc ended = self->ended;

  self->ended = NULL;
  if (ended)
    ended (how, status, message, self->user_data);
}

static void
call (Unit *self, const char *method, GVariant *arguments)
{
  g_dbus_connection_call (self->connection, NULL, MANAGER_PATH, MANAGER_INTERFACE, method,
                          arguments, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
kill_unit (Unit *self, int signal_number)
{
  call (self, "KillUnit", g_variant_new ("(ssi)", self->name, "all", signal_number));
}

/* -- how it has ended -- */

/* The connection has lived until here. */
static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GObject) connection = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
}

/* Nothing of it stays, neither processes nor the unit. The manager drops what it has not worked off
 * when a connection is closed, so the last answer is waited for. */
static void
forget_unit (Unit *self)
{
  kill_unit (self, SIGKILL);
  call (self, "StopUnit", g_variant_new ("(ss)", self->name, "replace"));
  g_dbus_connection_call (self->connection, NULL, MANAGER_PATH, MANAGER_INTERFACE,
                          "ResetFailedUnit", g_variant_new ("(s)", self->name), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_forgotten,
                          g_object_ref (self->connection));
}

static void
end_by_manager (Unit *self, int status)
{
  g_autofree char *message =
      g_strdup_printf ("systemd can't run it (status %d, %s); see journalctl -u %s", status,
                       status == 203   ? "EXEC"
                       : status == 217 ? "USER"
                                       : "see systemd.exec(5)",
                       self->name);

  end (self, VSS_WRITER_END_NOT_STARTED, status, message);
}

static void
end_by_properties (Unit *self, GVariant *properties)
{
  gint32 code = 0;
  gint32 status = 0;

  g_variant_lookup (properties, "ExecMainCode", "i", &code);
  g_variant_lookup (properties, "ExecMainStatus", "i", &status);
  forget_unit (self);
  if (code == CLD_KILLED || code == CLD_DUMPED)
    end (self, VSS_WRITER_END_KILLED, status, NULL);
  else if (code == CLD_EXITED && status >= FIRST_MANAGER_STATUS && status <= LAST_MANAGER_STATUS)
    end_by_manager (self, status);
  else
    end (self, VSS_WRITER_END_EXITED, status, NULL);
}

static void
on_properties (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) properties = reply ? g_variant_get_child_value (reply, 0) : NULL;
  const char *state = "";

  if (properties)
    g_variant_lookup (properties, "ActiveState", "&s", &state);
  if (properties && self->connection && !g_str_equal (state, "activating"))
    end_by_properties (self, properties);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    end (self, VSS_WRITER_END_NOT_STARTED, 0, error->message);
  unit_release (self);
}

/* Looks whether it has ended. */
static void
get_properties (Unit *self)
{
  g_dbus_connection_call (self->connection, NULL, self->path, "org.freedesktop.DBus.Properties",
                          "GetAll", g_variant_new ("(s)", ""), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_properties, g_rc_box_acquire (self));
}

static void
on_job_removed (GDBusConnection *connection,
                const char *sender,
                const char *path,
                const char *interface,
                const char *signal_name,
                GVariant *arguments,
                gpointer user_data)
{
  Unit *self = user_data;
  const char *name = NULL;

  if (!self->connection || !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get_child (arguments, 2, "&s", &name);
  if (g_str_equal (name, self->name))
    get_properties (self);
}

/* -- start -- */

static void
drop_connection (Unit *self)
{
  g_clear_handle_id (&self->ping_timer, g_source_remove);
  if (!self->connection)
    return;
  g_signal_handler_disconnect (self->connection, self->closed_handler);
  g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  g_clear_object (&self->connection);
}

static void connect_to_manager (Unit *self);

static gboolean
on_retry (gpointer user_data)
{
  Unit *self = user_data;

  self->retry_timer = 0;
  connect_to_manager (self);
  return G_SOURCE_REMOVE;
}

static void
try_again (Unit *self, const char *why)
{
  drop_connection (self);
  if (self->retry_timer != 0 || !self->ended)
    return;
  if (++self->tries > MAX_TRIES)
    end (self, VSS_WRITER_END_NOT_STARTED, 0, why);
  else
    self->retry_timer = g_timeout_add (RETRY_MS, on_retry, self);
}

static void
on_closed (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           GError *error,
           gpointer user_data)
{
  try_again (user_data, "systemd has closed the connection");
}

/* One that was closed before the answer may have been heard or not: then the second time the
 * manager says that the unit exists, and it isn't started twice. */
static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), NULL, result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    try_again (self, error->message);
  else if (!reply)
    {
      g_dbus_error_strip_remote_error (error);
      end (self, VSS_WRITER_END_NOT_STARTED, 0, error->message);
    }
  else
    {
      self->is_started = TRUE;
      if (self->connection && self->signal)
        kill_unit (self, self->signal);
    }
  unit_release (self);
}

static void
start_unit (Unit *self)
{
  g_dbus_connection_call_with_unix_fd_list (self->connection, NULL, MANAGER_PATH, MANAGER_INTERFACE,
                                            "StartTransientUnit", self->properties, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, -1, self->descriptors, NULL,
                                            on_started, g_rc_box_acquire (self));
}

/* The manager hangs up on descriptors that it sees while it still reads the end of the
 * authentication, and forgets a message that it has read with that end until another one comes. So
 * the message that carries our descriptors has to wait until it has answered one of some others. */
static void
on_heard (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (G_OBJECT (self->connection) == source && self->ping_timer != 0)
    {
      g_clear_handle_id (&self->ping_timer, g_source_remove);
      if (!reply)
        try_again (self, error->message);
      else if (self->ended)
        start_unit (self);
    }
  unit_release (self);
}

static gboolean
on_ping (gpointer user_data)
{
  Unit *self = user_data;

  g_dbus_connection_call (self->connection, NULL, MANAGER_PATH, PEER_INTERFACE, "Ping", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_heard, g_rc_box_acquire (self));
  return G_SOURCE_CONTINUE;
}

static void
use_connection (Unit *self)
{
  self->closed_handler =
      g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  self->subscription = g_dbus_connection_signal_subscribe (
      self->connection, NULL, MANAGER_INTERFACE, "JobRemoved", MANAGER_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_job_removed, g_rc_box_acquire (self), unit_release);
  if (self->is_started)
    get_properties (self); /* it may have ended meanwhile */
  else
    {
      self->ping_timer = g_timeout_add (PING_MS, on_ping, self);
      on_ping (self);
    }
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (!self->ended)
    g_clear_object (&connection);
  self->connection = connection;
  if (connection)
    use_connection (self);
  else if (self->ended)
    try_again (self, error->message);
  unit_release (self);
}

static void
connect_to_manager (Unit *self)
{
  g_dbus_connection_new_for_address (MANAGER_ADDRESS, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                     NULL, NULL, on_connected, g_rc_box_acquire (self));
}

static gpointer
unit_start (const VssWriterCommand *command,
            VssWriterEndedFunc ended,
            gpointer user_data,
            GError **error)
{
  Unit *self = g_rc_box_new0 (Unit);
  GVariant *properties;

  self->name = vss_writer_unit_make_name (command->name);
  self->descriptors = g_unix_fd_list_new ();
  properties = vss_writer_unit_make_properties (self->name, command, self->descriptors, error);
  if (!properties)
    {
      unit_release (self);
      return NULL;
    }
  self->properties = g_variant_ref_sink (properties);
  self->ended = ended;
  self->user_data = user_data;
  self->path = vss_writer_unit_make_path (self->name);
  connect_to_manager (self);
  return self;
}

/* -- stop -- */

static void
unit_stop (gpointer process, gboolean force)
{
  Unit *self = process;

  self->signal = force ? SIGKILL : SIGTERM;
  if (self->is_started && self->connection)
    kill_unit (self, self->signal);
}

static void
unit_free (gpointer process)
{
  Unit *self = process;
  gboolean is_running = self->ended != NULL;

  self->ended = NULL;
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  if (self->connection && is_running)
    {
      g_autoptr (GVariant) reply = NULL;

      forget_unit (self);
      /* The agent may be ending: an answer shows that all before it was heard. */
      reply = g_dbus_connection_call_sync (self->connection, NULL, MANAGER_PATH, PEER_INTERFACE,
                                           "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, LAST_WORD_MS,
                                           NULL, NULL);
    }
  drop_connection (self);
  g_clear_object (&self->descriptors);
  unit_release (self);
}

static const VssWriterLauncher launcher = {
  .start = unit_start,
  .stop = unit_stop,
  .free = unit_free,
};

const VssWriterLauncher *
vss_writer_launcher_systemd (void)
{
  return &launcher;
}
