/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-listener.h. */
#include "guest-agent/writers/vss-writer-listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/channel/vss-socket-listen.h"
#include "guest-agent/writers/vss-writer-daemon.h"
#include "guest-agent/writers/vss-writer-peer.h"

/* A connection, from its acceptance to its end. */
typedef struct
{
  VssWriterListener *listener; /* NULL once that is gone */
  VssWriterPeer peer;
  VssWriterLink *link;
  VssWriterDaemon *daemon;
  gboolean is_registered;
  gboolean is_refused;
} Guest;

struct _VssWriterListener
{
  const VssWriterEnvironment *environment;
  VssWriterRegistry *registry;
  char *path;
  GArray *uids; /* of uid_t, that may register */
  void (*refused) (const char *sentence, gpointer data);
  gpointer user_data;
  int fd;
  GSource *source;
  GPtrArray *guests; /* of Guest */
  gboolean is_closing;
};

/* -- refusing -- */

static void
refuse (VssWriterListener *self, const VssWriterPeer *peer, const char *reason)
{
  g_autofree char *sentence = g_strdup_printf ("refused %s as a writer: %s", peer->name, reason);

  vss_writer_registry_set_broken (self->registry, peer->name, reason);
  self->refused (sentence, self->user_data);
}

static gboolean
may_register (VssWriterListener *self, uid_t uid)
{
  if (uid == 0 || uid == geteuid ())
    return TRUE;
  for (guint i = 0; i < self->uids->len; i++)
    if (g_array_index (self->uids, uid_t, i) == uid)
      return TRUE;
  return FALSE;
}

/* -- a connection -- */

/* Counted: a description that is awaited holds it, too. */
static void
guest_clear (gpointer data)
{
  Guest *self = data;

  g_signal_handlers_disconnect_by_data (self->link, self);
  g_clear_object (&self->daemon);
  g_clear_object (&self->link);
  vss_writer_peer_clear (&self->peer);
}

static void
guest_release (gpointer data)
{
  g_rc_box_release_full (data, guest_clear);
}

/* Hangs up with a reason that the guest's administrator can read. */
static void
guest_refuse (Guest *self, const char *reason)
{
  self->is_refused = TRUE;
  if (self->listener && !self->listener->is_closing)
    refuse (self->listener, &self->peer, reason);
  vss_writer_link_close (self->link, reason);
}

static Guest *
find_same (VssWriterListener *self, Guest *guest)
{
  for (guint i = 0; i < self->guests->len; i++)
    {
      Guest *other = g_ptr_array_index (self->guests, i);

      if (other->is_registered && vss_writer_daemon_is_same (other->daemon, guest->daemon))
        return other;
    }
  return NULL;
}

static void
register_guest (Guest *self)
{
  VssWriterListener *listener = self->listener;
  Guest *same = find_same (listener, self);
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;

  if (same)
    {
      reason = g_strdup_printf ("%s is registered with that writer-id and instance-name already",
                                same->peer.location);
      guest_refuse (self, reason);
    }
  else if (vss_writer_registry_add (listener->registry, VSS_WRITER (self->daemon), &error))
    {
      self->is_registered = TRUE;
      vss_writer_registry_set_broken (listener->registry, self->peer.name, NULL);
    }
  else
    guest_refuse (self, error->message);
}

static void
on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Guest *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) identity =
      vss_writer_identify_finish (VSS_WRITER (source), result, &error);

  if (!identity)
    guest_refuse (self, error->message);
  else if (self->listener)
    register_guest (self);
  guest_release (self);
}

static void
on_opened (VssWriterLink *link, gpointer user_data)
{
  Guest *self = user_data;
  VssWriter *writer = VSS_WRITER (self->daemon);

  vss_writer_identify_async (writer,
                             vss_writer_get_timeout_ms (writer, VSS_WIRE_WRITER_EVENT_IDENTIFY),
                             on_identified, g_rc_box_acquire (self));
}

static void
on_closed (VssWriterLink *link, const char *reason, gpointer user_data)
{
  Guest *self = user_data;
  VssWriterListener *listener = self->listener;

  if (!listener)
    return;
  if (self->is_registered)
    vss_writer_registry_remove (listener->registry, VSS_WRITER (self->daemon), reason);
  else if (!self->is_refused)
    guest_refuse (self, reason); /* it has not come as far as describing itself */
  self->listener = NULL;
  g_ptr_array_remove (listener->guests, self);
}

static void
add_guest (VssWriterListener *self, int fd, const VssWriterPeer *peer)
{
  Guest *guest = g_rc_box_new0 (Guest);

  guest->listener = self;
  guest->peer.uid = peer->uid;
  guest->peer.name = g_strdup (peer->name);
  guest->peer.location = g_strdup (peer->location);
  guest->link = vss_writer_link_new (self->environment->clock, fd);
  guest->daemon = vss_writer_daemon_new (self->environment, guest->link, peer->location);
  g_signal_connect (guest->link, "opened", G_CALLBACK (on_opened), guest);
  g_signal_connect (guest->link, "closed", G_CALLBACK (on_closed), guest);
  g_ptr_array_add (self->guests, guest);
}

/* -- the socket -- */

static gboolean
on_connect (int listen_fd, GIOCondition condition, gpointer user_data)
{
  VssWriterListener *self = user_data;
  int fd = accept4 (listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  g_auto (VssWriterPeer) peer = { 0 };

  if (fd < 0)
    return G_SOURCE_CONTINUE;
  if (!vss_writer_peer_get (fd, &peer))
    close (fd);
  else if (!may_register (self, peer.uid))
    {
      refuse (self, &peer, "its user may not register; see daemon-users in vss-agent.conf(5)");
      close (fd);
    }
  else if (self->guests->len >= VSS_WRITER_LISTENER_MAX_DAEMONS)
    {
      refuse (self, &peer, "too many daemons are connected already");
      close (fd);
    }
  else
    add_guest (self, fd, &peer);
  return G_SOURCE_CONTINUE;
}

/* A name without a user is no reason not to start: the user may come later, with its package. */
static void
add_users (VssWriterListener *self, const char *const *users)
{
  for (; *users; users++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VssWriterUser) user = vss_writer_user_find (*users, &error);

      if (user)
        g_array_append_val (self->uids, user->uid);
      else
        self->refused (error->message, self->user_data);
    }
}

VssWriterListener *
vss_writer_listener_new (const VssWriterEnvironment *environment,
                         VssWriterRegistry *registry,
                         const char *path,
                         const char *const *users,
                         void (*refused) (const char *sentence, gpointer data),
                         gpointer user_data,
                         GError **error)
{
  int fd = vss_socket_listen (path, *users ? 0666 : 0600, VSS_WRITER_LISTENER_MAX_DAEMONS, error);
  VssWriterListener *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (VssWriterListener, 1);
  self->environment = environment;
  self->registry = g_object_ref (registry);
  self->path = g_strdup (path);
  self->uids = g_array_new (FALSE, FALSE, sizeof (uid_t));
  self->refused = refused;
  self->user_data = user_data;
  self->fd = fd;
  self->guests = g_ptr_array_new_with_free_func (guest_release);
  add_users (self, users);
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_connect), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
vss_writer_listener_free (VssWriterListener *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  self->is_closing = TRUE;
  while (self->guests->len > 0)
    {
      Guest *guest = g_ptr_array_index (self->guests, self->guests->len - 1);

      vss_writer_link_close (guest->link, "the agent ends"); /* removes it from the array */
    }
  g_ptr_array_unref (self->guests);
  unlink (self->path);
  close (self->fd);
  g_array_unref (self->uids);
  g_object_unref (self->registry);
  g_free (self->path);
  g_free (self);
}
