/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's program in a transient unit, so that it has nothing of the agent's sandbox, and a
 * control group of its own that ends as a whole. Speaks with the service manager over its own
 * socket, which needs no message bus. See vss-writer-launcher.h. */
#include "guest-agent/writers/vss-writer-launcher.h"

#include <signal.h>
#include <string.h>

#include <gio/gunixfdlist.h>

#include "guest-agent/writers/vss-writer.h"

#define MANAGER_ADDRESS "unix:path=/run/systemd/private"
#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE MANAGER_NAME ".Manager"
#define SERVICE_INTERFACE MANAGER_NAME ".Service"

/* What is left of the unit when its main process has ended gets so long. */
#define STOP_US (2 * G_USEC_PER_SEC)
/* If the agent is gone and can't end it: longer than the longest limit of an event. */
#define START_US ((guint64)61 * 60 * G_USEC_PER_SEC)
/* Of the key file's name in the unit's, which may have 255 altogether. */
#define MAX_NAME_CHARACTERS 100
/* Exit statuses by which the service manager says that it couldn't start the program. */
#define FIRST_MANAGER_STATUS 200
#define LAST_MANAGER_STATUS 245

/* Counted: each call under way holds it. */
typedef struct
{
  char *name;
  char *path; /* of the unit's object, NULL before it was found */
  GVariant *properties;
  GUnixFDList *descriptors;
  GDBusConnection *connection; /* NULL before */
  guint subscription;
  gulong closed_handler;
  gboolean is_started;
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

/* Nothing of it stays, neither processes nor the unit of a program that has failed. */
static void
forget_unit (Unit *self)
{
  kill_unit (self, SIGKILL);
  call (self, "ResetFailedUnit", g_variant_new ("(s)", self->name));
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

  if (properties)
    end_by_properties (self, properties);
  else
    end (self, VSS_WRITER_END_NOT_STARTED, 0, error->message);
  unit_release (self);
}

/* A unit that has succeeded may be forgotten already; then its main process has no code. */
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

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get_child (arguments, 2, "&s", &name);
  if (!g_str_equal (name, self->name) || !self->path)
    return;
  g_dbus_connection_call (connection, NULL, self->path, "org.freedesktop.DBus.Properties", "GetAll",
                          g_variant_new ("(s)", SERVICE_INTERFACE), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_properties, g_rc_box_acquire (self));
}

static void
on_closed (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           GError *error,
           gpointer user_data)
{
  end (user_data, VSS_WRITER_END_NOT_STARTED, 0, "systemd has closed the connection");
}

/* -- start -- */

/* The object's path of a unit: whatever is no letter or digit is written as its number. */
static char *
make_path (const char *name)
{
  GString *path = g_string_new (MANAGER_PATH "/unit/");

  for (; *name; name++)
    if (g_ascii_isalnum (*name))
      g_string_append_c (path, *name);
    else
      g_string_append_printf (path, "_%02x", (guchar)*name);
  return g_string_free (path, FALSE);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
      G_DBUS_CONNECTION (source), NULL, result, &error);

  if (!reply)
    {
      g_dbus_error_strip_remote_error (error);
      end (self, VSS_WRITER_END_NOT_STARTED, 0, error->message);
    }
  else
    {
      self->is_started = TRUE;
      if (!self->ended)
        kill_unit (self, SIGKILL); /* nobody wants it any more */
      else if (self->signal)
        kill_unit (self, self->signal);
    }
  unit_release (self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Unit *self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (!self->connection)
    end (self, VSS_WRITER_END_NOT_STARTED, 0, error->message);
  if (self->connection && self->ended)
    {
      self->path = make_path (self->name);
      self->closed_handler =
          g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
      self->subscription = g_dbus_connection_signal_subscribe (
          self->connection, NULL, MANAGER_INTERFACE, "JobRemoved", MANAGER_PATH, NULL,
          G_DBUS_SIGNAL_FLAGS_NONE, on_job_removed, g_rc_box_acquire (self), unit_release);
      g_dbus_connection_call_with_unix_fd_list (
          self->connection, NULL, MANAGER_PATH, MANAGER_INTERFACE, "StartTransientUnit",
          self->properties, NULL, G_DBUS_CALL_FLAGS_NONE, -1, self->descriptors, NULL, on_started,
          g_rc_box_acquire (self));
      g_clear_object (&self->descriptors);
    }
  unit_release (self);
}

/* The manager replaces $NAME in arguments; a doubled $ stays one. */
static GVariant *
make_command_line (const char *const *argv)
{
  GVariantBuilder arguments;

  g_variant_builder_init (&arguments, G_VARIANT_TYPE ("as"));
  for (const char *const *argument = argv; *argument; argument++)
    {
      g_auto (GStrv) parts = g_strsplit (*argument, "$", -1);

      g_variant_builder_add_value (&arguments,
                                   g_variant_new_take_string (g_strjoinv ("$$", parts)));
    }
  return g_variant_new_parsed ("[(%s, %@as, false)]", argv[0], g_variant_builder_end (&arguments));
}

static void
add (GVariantBuilder *properties, const char *name, GVariant *value)
{
  g_variant_builder_add (properties, "(sv)", name, value);
}

static gboolean
add_descriptor (Unit *self, GVariantBuilder *properties, const char *name, int fd, GError **error)
{
  int handle = g_unix_fd_list_append (self->descriptors, fd, error);

  if (handle >= 0)
    add (properties, name, g_variant_new_handle (handle));
  return handle >= 0;
}

static gboolean
add_descriptors (Unit *self, GVariantBuilder *properties, const int *fds, GError **error)
{
  return add_descriptor (self, properties, "StandardInputFileDescriptor", fds[0], error) &&
         add_descriptor (self, properties, "StandardOutputFileDescriptor", fds[1], error) &&
         add_descriptor (self, properties, "StandardErrorFileDescriptor", fds[2], error);
}

/* A oneshot: its start is over when the program is. */
static void
add_settings (GVariantBuilder *properties, const VssWriterCommand *command)
{
  g_autofree char *description = g_strdup_printf ("Snapshot writer %s", command->name);

  add (properties, "Description", g_variant_new_string (description));
  add (properties, "Type", g_variant_new_string ("oneshot"));
  add (properties, "ExecStart", make_command_line (command->argv));
  add (properties, "KillMode", g_variant_new_string ("control-group"));
  add (properties, "TimeoutStartUSec", g_variant_new_uint64 (START_US));
  add (properties, "TimeoutStopUSec", g_variant_new_uint64 (STOP_US));
  /* A core dump to a frozen disk never ends. */
  add (properties, "LimitCORE", g_variant_new_uint64 (0));
  if (command->user->uid != 0)
    add (properties, "User", g_variant_new_string (command->user->name));
}

static GVariant *
make_properties (Unit *self, const VssWriterCommand *command, GError **error)
{
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  add_settings (&properties, command);
  if (!add_descriptors (self, &properties, command->descriptors, error))
    {
      g_variant_builder_clear (&properties);
      return NULL;
    }
  return g_variant_new ("(ssa(sv)a(sa(sv)))", self->name, "fail", &properties, NULL);
}

/* vss-writer-NAME-RANDOM.service, with what unit names may have. */
static char *
make_name (const char *name)
{
  g_autofree char *clean = g_strndup (name, MAX_NAME_CHARACTERS);
  g_autofree char *random = g_uuid_string_random ();

  g_strcanon (clean, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-", '_');
  random[8] = '\0';
  return g_strdup_printf ("vss-writer-%s-%s.service", clean, random);
}

static gpointer
unit_start (const VssWriterCommand *command,
            VssWriterEndedFunc ended,
            gpointer user_data,
            GError **error)
{
  Unit *self = g_rc_box_new0 (Unit);
  GVariant *properties;

  self->name = make_name (command->name);
  self->descriptors = g_unix_fd_list_new ();
  properties = make_properties (self, command, error);
  if (!properties)
    {
      unit_release (self);
      return NULL;
    }
  self->properties = g_variant_ref_sink (properties);
  self->ended = ended;
  self->user_data = user_data;
  g_dbus_connection_new_for_address (MANAGER_ADDRESS, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                     NULL, NULL, on_connected, g_rc_box_acquire (self));
  return self;
}

/* -- stop -- */

static void
unit_stop (gpointer process, gboolean force)
{
  Unit *self = process;

  self->signal = force ? SIGKILL : SIGTERM;
  if (self->is_started)
    kill_unit (self, self->signal);
}

static void
unit_free (gpointer process)
{
  Unit *self = process;
  gboolean is_running = self->ended != NULL;

  self->ended = NULL;
  if (self->connection)
    {
      if (is_running)
        forget_unit (self);
      if (self->subscription)
        {
          g_signal_handler_disconnect (self->connection, self->closed_handler);
          g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
        }
      g_dbus_connection_flush (self->connection, NULL, NULL, NULL);
    }
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
