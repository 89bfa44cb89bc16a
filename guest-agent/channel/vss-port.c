/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-port.h. What the kernel's driver does: while no host has the port open, read gives 0,
 * write gives EAGAIN and poll says hung up, for ever; a change of that is one edge. Data of a new
 * host may come before the driver knows that it is connected, and data of an old host after it has
 * gone: so data is always taken, and only the step from connected to not is a hang-up. */
#include "guest-agent/channel/vss-port.h"

#include <errno.h>
#include <unistd.h>

#include "guest-agent/channel/vss-edge-source.h"
#include "guest-agent/channel/vss-path-watch.h"

/* The driver hands out a page at most. */
#define READ_BYTES 4096
/* Then others have their turn, so that a host that floods us doesn't keep a thaw waiting. */
#define MAX_READS_PER_TURN 64

struct _VssPort
{
  VssAgentServices *services;
  char *path;
  const VssPortSystem *system;
  gpointer system_data;

  VssConnection *connection;
  VssPathWatch *watch; /* armed while there is no port */
  int last_open_error; /* logged once, not at each try */

  int fd; /* -1 while there is no port */
  GSource *edges;
  GSource *next_turn; /* more is to be read */
  gboolean is_connected;
};

static void try_open (gpointer user_data);
static void read_port (gpointer user_data);

/* -- the connection's view -- */

static gsize
io_write (gpointer io_data, const guint8 *bytes, gsize length)
{
  VssPort *self = io_data;
  gssize put;

  if (self->fd < 0)
    return 0;
  do
    put = self->system->write (self->system_data, self->fd, bytes, length);
  while (put == -EINTR);
  /* EAGAIN: full, or no host; both end with an edge. Whatever else is wrong, reading tells. */
  return MAX (put, 0);
}

static gboolean
io_is_connected (gpointer io_data)
{
  VssPort *self = io_data;

  /* Not our flag: that is only as good as the last edge that was worked off. */
  return self->fd >= 0 && !self->system->is_hung_up (self->system_data, self->fd);
}

static void
io_drop (gpointer io_data)
{
  /* The port goes on; the host has to resynchronise. */
}

static const VssConnectionIo port_io = {
  .write = io_write,
  .is_connected = io_is_connected,
  .drop = io_drop,
};

/* -- open and closed -- */

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
close_port (VssPort *self)
{
  clear_source (&self->edges);
  clear_source (&self->next_turn);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->is_connected = FALSE;
}

static void
port_vanished (VssPort *self, int error_number)
{
  vss_agent_log (self->services->log, VSS_LOG_PORT_GONE,
                 "port %s is gone (%s), waiting for it to come back", self->path,
                 g_strerror (error_number));
  close_port (self);
  vss_connection_hang_up (self->connection, "the port was removed");
  try_open (self);
}

static void
log_open_error (VssPort *self, int error_number)
{
  if (error_number == self->last_open_error)
    return;
  self->last_open_error = error_number;
  if (error_number == ENOENT || error_number == ENODEV || error_number == ENXIO)
    vss_agent_log (self->services->log, VSS_LOG_PORT_GONE,
                   "there is no port %s yet: waiting until the host adds this channel to the "
                   "virtual machine",
                   self->path);
  else if (error_number == EBUSY)
    vss_agent_log (self->services->log, VSS_LOG_PORT_UNUSABLE,
                   "port %s is in use by another program: waiting until that closes it",
                   self->path);
  else
    vss_agent_log (self->services->log, VSS_LOG_PORT_UNUSABLE, "cannot open port %s: %s",
                   self->path, g_strerror (error_number));
}

static void
try_open (gpointer user_data)
{
  VssPort *self = user_data;
  g_autoptr (GError) error = NULL;
  int fd;

  if (!vss_path_watch_arm (self->watch, &error))
    vss_agent_log (self->services->log, VSS_LOG_PORT_UNUSABLE, "%s", error->message);
  fd = self->system->open (self->system_data, self->path);
  if (fd < 0)
    {
      log_open_error (self, -fd);
      return;
    }
  vss_path_watch_disarm (self->watch);
  self->last_open_error = 0;
  self->fd = fd;
  self->edges = vss_edge_source_new (fd, read_port, self, &error);
  if (!self->edges)
    {
      vss_agent_log (self->services->log, VSS_LOG_PORT_UNUSABLE, "port %s: %s", self->path,
                     error->message);
      close_port (self);
      return;
    }
  vss_agent_log (self->services->log, VSS_LOG_PORT_OPENED, "opened port %s", self->path);
  g_source_attach (self->edges, g_main_context_get_thread_default ());
}

/* -- reading -- */

static void
set_connected (VssPort *self, gboolean is_connected)
{
  if (self->is_connected == is_connected)
    return;
  self->is_connected = is_connected;
  if (is_connected)
    {
      vss_agent_log (self->services->log, VSS_LOG_HOST_CONNECTED, "a host has opened port %s",
                     self->path);
      return;
    }
  vss_agent_log (self->services->log, VSS_LOG_HOST_GONE, "the host has closed port %s", self->path);
  vss_connection_hang_up (self->connection, "the host has closed the port");
}

static gboolean
on_next_turn (gpointer user_data)
{
  VssPort *self = user_data;

  clear_source (&self->next_turn);
  read_port (self);
  return G_SOURCE_REMOVE;
}

static void
read_next_turn (VssPort *self)
{
  if (self->next_turn)
    return;
  self->next_turn = g_idle_source_new ();
  g_source_set_callback (self->next_turn, on_next_turn, self, NULL);
  g_source_attach (self->next_turn, g_main_context_get_thread_default ());
}

/* After an edge: reads until there is nothing more, then writes what waits. */
static void
read_port (gpointer user_data)
{
  VssPort *self = user_data;
  guint8 bytes[READ_BYTES];

  for (guint reads = 0; reads < MAX_READS_PER_TURN; reads++)
    {
      gssize got = self->system->read (self->system_data, self->fd, bytes, sizeof bytes);

      if (got > 0)
        vss_connection_receive (self->connection, bytes, got);
      else if (got == 0 || got == -EAGAIN)
        {
          set_connected (self, got == -EAGAIN);
          vss_connection_writable (self->connection);
          return;
        }
      else if (got != -EINTR)
        {
          port_vanished (self, -got);
          return;
        }
    }
  read_next_turn (self);
}

/* -- life -- */

VssPort *
vss_port_new (VssAgentServices *services,
              const char *path,
              const VssPortSystem *system,
              gpointer system_data)
{
  VssPort *self = g_new0 (VssPort, 1);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *peer = g_strdup_printf ("port %s", name);

  self->services = services;
  self->path = g_strdup (path);
  self->system = system;
  self->system_data = system_data;
  self->fd = -1;
  self->watch = vss_path_watch_new (path, try_open, self);
  self->connection = vss_connection_new (services, peer, &port_io, self);
  return self;
}

void
vss_port_free (VssPort *self)
{
  close_port (self);
  vss_path_watch_free (self->watch);
  vss_connection_close (self->connection, "the agent stops");
  g_object_unref (self->connection);
  g_free (self->path);
  g_free (self);
}

void
vss_port_start (VssPort *self)
{
  try_open (self);
}

gboolean
vss_port_is_open (VssPort *self)
{
  return self->fd >= 0;
}

gboolean
vss_port_is_connected (VssPort *self)
{
  return self->is_connected;
}
