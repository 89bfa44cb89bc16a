/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's channel of a libvirt domain: a blocking stream, since others deliver nothing without
 * libvirt's event loop. Another thread wakes a blocked reader by aborting the stream. The stream
 * has a connection of its own. */
#include "host-lib/guest/vss-domain-channel.h"

#include "host-lib/guest/vss-stream-nudge.h"
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

#include <libvirt/virterror.h>

struct _VssDomainChannel
{
  GObject parent_instance;

  char *uri;
  char uuid[VIR_UUID_STRING_BUFLEN];
  char *name;

  /* Nullable while closed. */
  virConnectPtr connection;
  virDomainPtr domain;
  virStreamPtr stream;
  VssStreamNudge *nudge;

  GMutex lock; /* of aborted */
  gboolean aborted;
};

static void vss_domain_channel_init_interface (VssChannelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssDomainChannel,
                               vss_domain_channel,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_CHANNEL,
                                                      vss_domain_channel_init_interface))

/* By virDomainState. */
static const char *const state_texts[] = {
  [VIR_DOMAIN_NOSTATE] = "in no known state",
  [VIR_DOMAIN_RUNNING] = "running",
  [VIR_DOMAIN_BLOCKED] = "blocked",
  [VIR_DOMAIN_PAUSED] = "paused",
  [VIR_DOMAIN_SHUTDOWN] = "shutting down",
  [VIR_DOMAIN_SHUTOFF] = "shut off",
  [VIR_DOMAIN_CRASHED] = "crashed",
  [VIR_DOMAIN_PMSUSPENDED] = "suspended",
};

const char *
vss_domain_state_text (int state)
{
  if (state < 0 || (gsize) state >= G_N_ELEMENTS (state_texts))
    return state_texts[VIR_DOMAIN_NOSTATE];
  return state_texts[state];
}

gboolean
vss_domain_channel_read_state (virDomainPtr domain, VssChannelState *state, GError **error)
{
  const char *name = virDomainGetName (domain);
  char *xml = virDomainGetXMLDesc (domain, 0);
  gboolean known;

  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the definition of '%s'", name);
      return FALSE;
    }
  known = vss_channel_state_read (xml, state, error);
  free (xml);
  return known;
}

static gboolean
refuse (GError **error, const char *name, const char *text)
{
  g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
               "cannot talk to the agent of '%s': %s", name, text);
  return FALSE;
}

static gboolean
refuse_without_channel (GError **error, const char *name)
{
  g_autofree char *text
      = g_strdup_printf ("it has no channel for it; add it with 'virt-vss enable %s'", name);

  return refuse (error, name, text);
}

static gboolean
check_running (VssDomainChannel *self, GError **error)
{
  g_autofree char *text = NULL;
  int state;

  if (virDomainGetState (self->domain, &state, NULL, 0) < 0)
    {
      vss_libvirt_set_error (error, "cannot read the state of '%s'", self->name);
      return FALSE;
    }
  if (state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_BLOCKED)
    return TRUE;
  text = g_strdup_printf ("the virtual machine is %s; %s it first", vss_domain_state_text (state),
                          state == VIR_DOMAIN_PAUSED ? "resume" : "start");
  return refuse (error, self->name, text);
}

/* Says at once what would otherwise be waited for in vain. */
static gboolean
check_channel (VssDomainChannel *self, GError **error)
{
  VssChannelState state;

  if (!vss_domain_channel_read_state (self->domain, &state, error))
    return FALSE;
  if (state == VSS_CHANNEL_ABSENT)
    return refuse_without_channel (error, self->name);
  if (state == VSS_CHANNEL_DISCONNECTED)
    return refuse (error, self->name,
                   "nobody in the guest has opened its channel; install vss-agent there, or start "
                   "vss-agent.service");
  return TRUE;
}

/* libvirt has one code for a channel that is taken and for other failures of this call; what else
 * there is was checked before. */
static void
set_open_error (VssDomainChannel *self, GError **error)
{
  if (virGetLastErrorCode () == VIR_ERR_OPERATION_FAILED)
    g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                 "the agent's channel of '%s' is taken by another requester (%s); wait until it is "
                 "done, or free it with 'virt-vss thaw %s --force'",
                 self->name, virGetLastErrorMessage (), self->name);
  else
    vss_libvirt_set_error (error, "cannot open the agent's channel of '%s'", self->name);
}

static void
disconnect (VssDomainChannel *self)
{
  g_clear_pointer (&self->nudge, vss_stream_nudge_free);
  g_clear_pointer (&self->stream, virStreamFree);
  g_clear_pointer (&self->domain, virDomainFree);
  g_clear_pointer (&self->connection, virConnectClose);
}

static gboolean
open_stream (VssDomainChannel *self, gboolean force, GError **error)
{
  self->stream = virStreamNew (self->connection, 0);
  if (self->stream != NULL
      && virDomainOpenChannel (self->domain, VSS_CHANNEL_NAME, self->stream,
                               force ? VIR_DOMAIN_CHANNEL_FORCE : 0)
             == 0)
    return TRUE;
  set_open_error (self, error);
  return FALSE;
}

static gboolean
domain_open (VssChannel *channel, gboolean force, GCancellable *cancellable, GError **error)
{
  VssDomainChannel *self = VSS_DOMAIN_CHANNEL (channel);

  if (!vss_libvirt_open (self->uri, self->uuid, &self->connection, &self->domain, error))
    return FALSE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !check_running (self, error)
      || !check_channel (self, error) || !open_stream (self, force, error))
    {
      disconnect (self);
      return FALSE;
    }
  self->nudge = vss_stream_nudge_new (self->connection);
  self->aborted = FALSE;
  return TRUE;
}

static gboolean
is_aborted (VssDomainChannel *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->aborted;
}

static void
set_stream_error (VssDomainChannel *self, GError **error, const char *attempt)
{
  if (is_aborted (self))
    g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE, "the channel was closed");
  else
    g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                 "cannot %s the agent's channel of '%s': %s", attempt,
                 self->name, virGetLastErrorMessage ());
}

static gssize
domain_read (VssChannel *channel, guint8 *buffer, gsize length, GError **error)
{
  VssDomainChannel *self = VSS_DOMAIN_CHANNEL (channel);
  int got = is_aborted (self) ? -1 : virStreamRecv (self->stream, (char *) buffer, length);

  if (got < 0)
    set_stream_error (self, error, "read from");
  return MAX (got, -1);
}

static int
send_some (VssDomainChannel *self, const guint8 *bytes, gsize length)
{
  int sent;

  if (is_aborted (self))
    return -1;
  vss_stream_nudge_begin (self->nudge);
  sent = virStreamSend (self->stream, (const char *) bytes, length);
  vss_stream_nudge_end (self->nudge);
  return sent;
}

static gboolean
domain_write (VssChannel *channel, const guint8 *bytes, gsize length, GError **error)
{
  VssDomainChannel *self = VSS_DOMAIN_CHANNEL (channel);
  gsize done = 0;

  while (done < length)
    {
      int sent = send_some (self, bytes + done, length - done);

      if (sent < 0)
        {
          set_stream_error (self, error, "write to");
          return FALSE;
        }
      done += (gsize) sent;
    }
  return TRUE;
}

static void
domain_interrupt (VssChannel *channel)
{
  VssDomainChannel *self = VSS_DOMAIN_CHANNEL (channel);
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->aborted && self->stream != NULL;
  self->aborted = TRUE;
  g_mutex_unlock (&self->lock);
  if (!first)
    return;
  vss_stream_nudge_begin (self->nudge);
  virStreamAbort (self->stream);
  vss_stream_nudge_end (self->nudge);
}

static void
domain_close (VssChannel *channel)
{
  domain_interrupt (channel);
  disconnect (VSS_DOMAIN_CHANNEL (channel));
}

static void
vss_domain_channel_init_interface (VssChannelInterface *iface)
{
  iface->open = domain_open;
  iface->read = domain_read;
  iface->write = domain_write;
  iface->interrupt = domain_interrupt;
  iface->close = domain_close;
}

static void
vss_domain_channel_finalize (GObject *object)
{
  VssDomainChannel *self = VSS_DOMAIN_CHANNEL (object);

  if (self->stream != NULL)
    domain_close (VSS_CHANNEL (self));
  g_free (self->uri);
  g_free (self->name);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_domain_channel_parent_class)->finalize (object);
}

static void
vss_domain_channel_class_init (VssDomainChannelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_domain_channel_finalize;
}

static void
vss_domain_channel_init (VssDomainChannel *self)
{
  g_mutex_init (&self->lock);
}

VssDomainChannel *
vss_domain_channel_new (virDomainPtr domain)
{
  VssDomainChannel *self = g_object_new (VSS_TYPE_DOMAIN_CHANNEL, NULL);
  char *uri = virConnectGetURI (virDomainGetConnect (domain));

  self->uri = g_strdup (uri);
  free (uri);
  if (virDomainGetUUIDString (domain, self->uuid) < 0)
    g_strlcpy (self->uuid, virDomainGetName (domain), sizeof self->uuid);
  self->name = g_strdup (virDomainGetName (domain));
  return self;
}
