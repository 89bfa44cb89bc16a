/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel over a Unix socket. Owned and called as vss-channel.h says. */
#include "host-lib/guest/vss-socket-channel.h"

#include <gio/gunixsocketaddress.h>

struct _VssSocketChannel
{
  GObject parent_instance;

  char *path; /* nullable: there is one socket only */
  GSocket *socket; /* nullable while closed */
  GCancellable *interrupted;
};

static void vss_socket_channel_init_interface (VssChannelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssSocketChannel,
                               vss_socket_channel,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_CHANNEL,
                                                      vss_socket_channel_init_interface))

/* Whatever GIO says, as nothing there to talk to. */
static void
take_error (GError **error, GError *cause, const char *attempt, const char *path)
{
  gint code = VSS_E_WRITER_INFRASTRUCTURE;

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, cause);
      return;
    }
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    code = VSS_E_ACCESSDENIED;
  g_set_error (error, VSS_ERROR, code, "cannot %s the agent's socket '%s': %s", attempt,
               path != NULL ? path : "(connected)", cause->message);
  g_error_free (cause);
}

static gboolean
socket_open (VssChannel *channel, gboolean force, GCancellable *cancellable, GError **error)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (channel);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) new_socket = NULL;
  GError *cause = NULL;

  g_cancellable_reset (self->interrupted);
  if (self->path == NULL && self->socket != NULL)
    return TRUE;
  if (self->path == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                   "cannot open the agent's socket again: it was handed over connected");
      return FALSE;
    }
  address = g_unix_socket_address_new (self->path);
  new_socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                             G_SOCKET_PROTOCOL_DEFAULT, &cause);
  if (new_socket == NULL || !g_socket_connect (new_socket, address, cancellable, &cause))
    {
      take_error (error, cause, "connect to", self->path);
      return FALSE;
    }
  self->socket = g_steal_pointer (&new_socket);
  return TRUE;
}

static gssize
socket_read (VssChannel *channel, guint8 *buffer, gsize length, GError **error)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (channel);
  GError *cause = NULL;
  gssize got;

  got = g_socket_receive (self->socket, (char *) buffer, length, self->interrupted, &cause);
  if (got < 0)
    take_error (error, cause, "read from", self->path);
  return got;
}

static gboolean
socket_write (VssChannel *channel, const guint8 *bytes, gsize length, GError **error)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (channel);
  GError *cause = NULL;
  gsize done = 0;

  while (done < length)
    {
      gssize sent = g_socket_send (self->socket, (const char *) bytes + done, length - done,
                                   self->interrupted, &cause);

      if (sent < 0)
        {
          take_error (error, cause, "write to", self->path);
          return FALSE;
        }
      done += (gsize) sent;
    }
  return TRUE;
}

static void
socket_interrupt (VssChannel *channel)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (channel);

  g_cancellable_cancel (self->interrupted);
}

static void
socket_close (VssChannel *channel)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (channel);

  if (self->socket != NULL)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
}

static void
vss_socket_channel_init_interface (VssChannelInterface *iface)
{
  iface->open = socket_open;
  iface->read = socket_read;
  iface->write = socket_write;
  iface->interrupt = socket_interrupt;
  iface->close = socket_close;
}

static void
vss_socket_channel_finalize (GObject *object)
{
  VssSocketChannel *self = VSS_SOCKET_CHANNEL (object);

  socket_close (VSS_CHANNEL (self));
  g_free (self->path);
  g_object_unref (self->interrupted);
  G_OBJECT_CLASS (vss_socket_channel_parent_class)->finalize (object);
}

static void
vss_socket_channel_class_init (VssSocketChannelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_socket_channel_finalize;
}

static void
vss_socket_channel_init (VssSocketChannel *self)
{
  self->interrupted = g_cancellable_new ();
}

VssSocketChannel *
vss_socket_channel_new (const char *path)
{
  VssSocketChannel *self = g_object_new (VSS_TYPE_SOCKET_CHANNEL, NULL);

  self->path = g_strdup (path);
  return self;
}

VssSocketChannel *
vss_socket_channel_new_connected (GSocket *socket)
{
  VssSocketChannel *self = g_object_new (VSS_TYPE_SOCKET_CHANNEL, NULL);

  self->socket = g_object_ref (socket);
  return self;
}
