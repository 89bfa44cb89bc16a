/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's guest agent of a libvirt domain, over a connection of its own: a commit that hangs on the
 * provider's must not keep the thaw away. Called by vss-qga-guest and vss-qga-hold; calls that
 * outlive close() keep the connection until they return. */
#include "host-lib/guest/vss-domain-qga.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <string.h>

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/vss-pipe-guard.h"

/* How long the question for the state may take: an agent that runs answers within milliseconds,
 * in a guest that is short of processor time within seconds. libvirt's own synchronising comes
 * first and takes at most as long. */
#define STATUS_TIMEOUT_S 5

#define STATUS_COMMAND "{\"execute\":\"guest-fsfreeze-status\"}"
#define FROZEN_ANSWER "\"frozen\""

struct _VssDomainQga
{
  GObject parent_instance;

  char *uri;
  char uuid[VIR_UUID_STRING_BUFLEN];
  char *name;

  GMutex lock; /* of the two below */
  virConnectPtr connection; /* nullable while closed */
  virDomainPtr domain;
};

static void vss_domain_qga_init_interface (VssQgaInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssDomainQga,
                               vss_domain_qga,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_QGA, vss_domain_qga_init_interface))

/* -- the connection -- */

/* A reference that survives close(); NULL with an error while closed. */
static virDomainPtr
take_domain (VssDomainQga *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->domain != NULL && virDomainRef (self->domain) == 0)
    return self->domain;
  g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
               "the connection to QEMU's guest agent of '%s' is closed", self->name);
  return NULL;
}

static void
domain_close (VssQga *qga)
{
  VSS_GUARD_PIPES ();
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_clear_pointer (&self->domain, virDomainFree);
  g_clear_pointer (&self->connection, virConnectClose);
}

/* That there is no such agent, or that it doesn't answer, are no failures of libvirt; and newer
 * libvirts have further codes for the second. */
static void
set_error (VssDomainQga *self, GError **error, const char *attempt)
{
  g_autoptr (GError) cause = NULL;
  int code = virGetLastErrorCode ();

  vss_libvirt_set_error (&cause, "cannot %s QEMU's guest agent of '%s'", attempt, self->name);
  if (code == VIR_ERR_ARGUMENT_UNSUPPORTED || code == VIR_ERR_CONFIG_UNSUPPORTED
      || code == VIR_ERR_NO_SUPPORT)
    cause->code = VSS_E_OBJECT_NOT_FOUND;
  else if (cause->code != VSS_E_ACCESSDENIED)
    cause->code = VSS_E_WRITER_INFRASTRUCTURE;
  g_propagate_error (error, g_steal_pointer (&cause));
}

/* -- what is asked -- */

static gboolean
domain_is_frozen (VssQga *qga, gboolean *frozen, GError **error)
{
  VSS_GUARD_PIPES ();
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  virDomainPtr domain = take_domain (self, error);
  char *answer;

  if (domain == NULL)
    return FALSE;
  /* libvirt has no call for it, and its other calls can wait without end. */
  answer = virDomainQemuAgentCommand (domain, STATUS_COMMAND, STATUS_TIMEOUT_S, 0);
  if (answer == NULL)
    set_error (self, error, "ask");
  else
    *frozen = strstr (answer, FROZEN_ANSWER) != NULL;
  virDomainFree (domain);
  free (answer);
  return answer != NULL;
}

static gboolean
domain_open (VssQga *qga, gboolean *frozen, GCancellable *cancellable, GError **error)
{
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;

  domain_close (qga);
  if (!vss_libvirt_open (self->uri, self->uuid, &connection, &domain, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->connection = connection;
  self->domain = domain;
  g_mutex_unlock (&self->lock);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error)
      && domain_is_frozen (qga, frozen, error))
    return TRUE;
  domain_close (qga);
  return FALSE;
}

static GPtrArray *
domain_list_file_systems (VssQga *qga, GError **error)
{
  VSS_GUARD_PIPES ();
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  virDomainPtr domain = take_domain (self, error);
  virTypedParameterPtr parameters = NULL;
  GPtrArray *file_systems = NULL;
  int count = 0;

  if (domain == NULL)
    return NULL;
  if (virDomainGetGuestInfo (domain, VIR_DOMAIN_GUEST_INFO_FILESYSTEM, &parameters, &count, 0) == 0)
    file_systems = vss_domain_qga_read_parameters (parameters, count);
  else
    set_error (self, error, "list the file systems by");
  virTypedParamsFree (parameters, count);
  virDomainFree (domain);
  return file_systems;
}

static GPtrArray *
domain_list_disks (VssQga *qga, GError **error)
{
  VSS_GUARD_PIPES ();
  virDomainPtr domain = take_domain (VSS_DOMAIN_QGA (qga), error);
  g_autoptr (VssDomainView) view = NULL;
  GPtrArray *disks;

  if (domain == NULL)
    return NULL;
  view = vss_domain_view_load (domain, 0, error);
  virDomainFree (domain);
  if (view == NULL)
    return NULL;
  disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);
  for (guint i = 0; i < view->disks->len; i++)
    {
      VssDiskView *disk = g_ptr_array_index (view->disks, i);

      g_ptr_array_add (disks, g_steal_pointer (&disk->disk));
    }
  return disks;
}

static int
domain_freeze (VssQga *qga, const char *const *mount_points, GError **error)
{
  VSS_GUARD_PIPES ();
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  virDomainPtr domain = take_domain (self, error);
  int count;

  if (domain == NULL)
    return -1;
  count = virDomainFSFreeze (domain, (const char **) mount_points,
                             g_strv_length ((GStrv) mount_points), 0);
  if (count < 0)
    set_error (self, error, "freeze by");
  virDomainFree (domain);
  return count;
}

static int
domain_thaw (VssQga *qga, GError **error)
{
  VSS_GUARD_PIPES ();
  VssDomainQga *self = VSS_DOMAIN_QGA (qga);
  virDomainPtr domain = take_domain (self, error);
  int count;

  if (domain == NULL)
    return -1;
  count = virDomainFSThaw (domain, NULL, 0, 0);
  if (count < 0)
    set_error (self, error, "thaw by");
  virDomainFree (domain);
  return count;
}

/* -- life -- */

static void
vss_domain_qga_init_interface (VssQgaInterface *iface)
{
  iface->open = domain_open;
  iface->close = domain_close;
  iface->is_frozen = domain_is_frozen;
  iface->list_file_systems = domain_list_file_systems;
  iface->list_disks = domain_list_disks;
  iface->freeze = domain_freeze;
  iface->thaw = domain_thaw;
}

static void
vss_domain_qga_finalize (GObject *object)
{
  VssDomainQga *self = VSS_DOMAIN_QGA (object);

  domain_close (VSS_QGA (self));
  g_free (self->uri);
  g_free (self->name);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_domain_qga_parent_class)->finalize (object);
}

static void
vss_domain_qga_class_init (VssDomainQgaClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_domain_qga_finalize;
}

static void
vss_domain_qga_init (VssDomainQga *self)
{
  g_mutex_init (&self->lock);
}

VssDomainQga *
vss_domain_qga_new (virDomainPtr domain)
{
  VssDomainQga *self = g_object_new (VSS_TYPE_DOMAIN_QGA, NULL);
  char *uri = virConnectGetURI (virDomainGetConnect (domain));

  self->uri = g_strdup (uri);
  free (uri);
  if (virDomainGetUUIDString (domain, self->uuid) < 0)
    g_strlcpy (self->uuid, virDomainGetName (domain), sizeof self->uuid);
  self->name = g_strdup (virDomainGetName (domain));
  return self;
}
