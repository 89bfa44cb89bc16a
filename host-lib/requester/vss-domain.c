/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a virtual machine outside of a backup. Each call opens the guest's agent
 * for itself and hangs up afterwards; libvirt's connection is kept. Used by one thread at a
 * time. */
#include "host-lib/requester/vss-domain-private.h"

#include "host-lib/guest/vss-domain-channel.h"
#include "host-lib/guest/vss-guest-choice.h"
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"
#include "host-lib/requester/vss-frozen-leftover.h"
#include "host-lib/requester/vss-set-reservation.h"
#include "host-lib/vss-pipe-guard.h"

#include <string.h>

struct _VssDomain
{
  GObject parent_instance;

  VssProvider *provider;
  VssGuest *guest;
  virDomainPtr domain; /* nullable in tests */
  char *name;
  char *uuid;
};

G_DEFINE_FINAL_TYPE (VssDomain, vss_domain, G_TYPE_OBJECT)

/* -- life -- */

static void
vss_domain_init (VssDomain *self)
{
}

static void
vss_domain_finalize (GObject *object)
{
  VssDomain *self = VSS_DOMAIN (object);

  g_clear_object (&self->guest);
  g_clear_object (&self->provider);
  if (self->domain != NULL)
    virDomainFree (self->domain);
  g_free (self->name);
  g_free (self->uuid);
  G_OBJECT_CLASS (vss_domain_parent_class)->finalize (object);
}

static void
vss_domain_class_init (VssDomainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_domain_finalize;
}

VssDomain *
vss_domain_new (VssProvider *provider, VssGuest *guest, const char *name, const char *uuid)
{
  VssDomain *self = g_object_new (VSS_TYPE_DOMAIN, NULL);

  self->provider = g_object_ref (provider);
  self->guest = g_object_ref (guest);
  self->name = g_strdup (name);
  self->uuid = g_strdup (uuid);
  return self;
}

virDomainPtr
vss_domain_get_libvirt (VssDomain *self)
{
  return self->domain;
}

VssProvider *
vss_domain_get_provider (VssDomain *self)
{
  return self->provider;
}

VssGuest *
vss_domain_get_guest (VssDomain *self)
{
  return self->guest;
}

/**
 * vss_domain_open: (constructor)
 * @connection_uri: (nullable): libvirt's URI; %NULL for libvirt's default
 * @domain: the virtual machine's name, UUID or id
 * @error: return location for an error
 *
 * Connects to libvirt and finds a virtual machine. Blocks.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_ACCESSDENIED, %VSS_E_OBJECT_NOT_FOUND, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the virtual machine
 *
 * Since: 0.1
 */
VssDomain *
vss_domain_open (const char *connection_uri, const char *domain, GError **error)
{
  g_autoptr (VssLibvirtProvider) provider = NULL;
  g_autoptr (VssGuest) guest = NULL;
  virConnectPtr connection = NULL;
  virDomainPtr found = NULL;
  char uuid[VIR_UUID_STRING_BUFLEN] = "";
  VssDomain *self;

  if (domain == NULL || domain[0] == '\0')
    {
      g_set_error (error, VSS_ERROR, VSS_E_INVALIDARG, "no virtual machine is named");
      return NULL;
    }
  if (!vss_libvirt_open (connection_uri, domain, &connection, &found, error))
    return NULL;
  provider = vss_libvirt_provider_new (connection, found);
  guest = vss_guest_choice_new_for_domain (found);
  virDomainGetUUIDString (found, uuid);
  self = vss_domain_new (VSS_PROVIDER (provider), guest, virDomainGetName (found), uuid);
  self->domain = found;
  virConnectClose (connection);
  return self;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GStrv
names_of (virDomainPtr *domains, int count)
{
  GPtrArray *names = g_ptr_array_new ();

  for (int i = 0; i < count; i++)
    {
      g_ptr_array_add (names, g_strdup (virDomainGetName (domains[i])));
      virDomainFree (domains[i]);
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}

/**
 * vss_list_domains:
 * @connection_uri: (nullable): libvirt's URI; %NULL for libvirt's default
 * @error: return location for an error
 *
 * Lists the virtual machines of a host, running or not. Blocks.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR
 *
 * Returns: (transfer full): their names, sorted
 *
 * Since: 0.1
 */
GStrv
vss_list_domains (const char *connection_uri, GError **error)
{
  VSS_GUARD_PIPES ();
  virConnectPtr connection = virConnectOpen (connection_uri);
  virDomainPtr *domains = NULL;
  GStrv names = NULL;
  int count = -1;

  if (connection != NULL)
    count = virConnectListAllDomains (connection, &domains, 0);
  if (count >= 0)
    names = names_of (domains, count);
  else
    vss_libvirt_set_error (error, "cannot list the virtual machines of %s",
                           connection_uri != NULL ? connection_uri : "the default connection");
  free (domains);
  if (connection != NULL)
    virConnectClose (connection);
  return names;
}

/**
 * vss_domain_get_name:
 * @self: a virtual machine
 *
 * Returns: its name
 *
 * Since: 0.1
 */
const char *
vss_domain_get_name (VssDomain *self)
{
  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  return self->name;
}

/**
 * vss_domain_get_uuid:
 * @self: a virtual machine
 *
 * Returns: its UUID
 *
 * Since: 0.1
 */
const char *
vss_domain_get_uuid (VssDomain *self)
{
  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  return self->uuid;
}

/* -- volumes and sets -- */

/* Who asks, for the guest's log. */
const char *
vss_domain_get_requester_name (void)
{
  const char *program = g_get_prgname ();

  return program != NULL ? program : "libvss";
}

/* A guest that a dead requester left frozen can't list anything before it is thawed. */
static gboolean
thaw_first (VssDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) sets = NULL;

  if (vss_guest_has_lease (self->guest))
    return TRUE;
  sets = vss_provider_list_sets (self->provider, cancellable, error);
  return sets != NULL && vss_thaw_leftover (self->guest, sets, self->name, NULL, error);
}

static VssWireVolumesResult *
ask_for_volumes (VssDomain *self, GCancellable *cancellable, GError **error)
{
  VssWireVolumesResult *volumes = NULL;

  if (!vss_guest_open (self->guest, vss_domain_get_requester_name (), FALSE, cancellable, error))
    return NULL;
  if (thaw_first (self, cancellable, error))
    volumes = vss_guest_query_volumes (self->guest, cancellable, error);
  vss_guest_close (self->guest);
  return volumes;
}

/**
 * vss_domain_list_volumes:
 * @self: a virtual machine
 * @cancellable: (nullable): a cancellable
 * @agent_error: (out) (optional) (nullable) (transfer full): why the guest could not be asked
 * @error: return location for an error
 *
 * Lists what can be added to a set: the guest's file systems, and the disks that carry none that
 * is known. Blocks up to 20 seconds.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %G_IO_ERROR_CANCELLED. An agent
 * that can't be asked is no error: see @agent_error.
 *
 * Returns: (transfer container) (element-type VssVolumeInfo): the volumes
 *
 * Since: 0.1
 */
GPtrArray *
vss_domain_list_volumes (VssDomain *self,
                         GCancellable *cancellable,
                         GError **agent_error,
                         GError **error)
{
  g_autoptr (VssVolumeMap) map = NULL;
  g_autoptr (GError) no_agent = NULL;
  VssWireVolumesResult *volumes;
  GPtrArray *disks;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  disks = vss_provider_list_disks (self->provider, cancellable, error);
  if (disks == NULL)
    return NULL;
  volumes = ask_for_volumes (self, cancellable, &no_agent);
  if (volumes == NULL)
    vss_explain_in_progress (self->provider, self->name, &no_agent);
  map = vss_volume_map_new (disks, volumes, no_agent);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (no_agent != NULL && agent_error != NULL)
    *agent_error = g_steal_pointer (&no_agent);
  return vss_volume_info_list (map);
}

/**
 * vss_domain_list_snapshot_sets:
 * @self: a virtual machine
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists all sets of the virtual machine, also unfinished ones, whatever their context.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR
 *
 * Returns: (transfer container) (element-type VssSnapshotSet): the sets
 *
 * Since: 0.1
 */
GPtrArray *
vss_domain_list_snapshot_sets (VssDomain *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  return vss_provider_list_sets (self->provider, cancellable, error);
}

/* -- the state of guest and agent -- */

static gboolean
read_vm (VssDomain *self, VssDomainStatus *status, GError **error)
{
  VSS_GUARD_PIPES ();
  VssChannelState channel = VSS_CHANNEL_UNKNOWN;
  int state = VIR_DOMAIN_NOSTATE;

  if (self->domain == NULL)
    {
      status->vm_state = g_strdup ("running");
      status->has_channel = TRUE;
      return TRUE;
    }
  if (virDomainGetState (self->domain, &state, NULL, 0) < 0)
    {
      vss_libvirt_set_error (error, "cannot read the state of '%s'", self->name);
      return FALSE;
    }
  if (!vss_domain_channel_read_state (self->domain, &channel, error))
    return FALSE;
  status->vm_state = g_strdup (vss_domain_state_text (state));
  status->has_channel = channel != VSS_CHANNEL_ABSENT;
  return TRUE;
}

/* Our agent's state is what is asked for. Of QEMU's there is nothing to tell but this. */
static void
tell_of_substitute (VssDomain *self, const VssWireFreezeStatusResult *freeze, GError **error)
{
  const char *frozen = freeze->state == VSS_WIRE_FREEZE_STATE_FROZEN
                           ? ", and holds file systems frozen now: 'virt-vss thaw' ends that"
                           : "";

  g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
               "there is no vss-agent in the guest of '%s', only QEMU's guest agent, which can hold "
               "the file systems%s",
               self->name, frozen);
}

static gboolean
ask_agent (VssDomain *self,
           VssDomainStatus *status,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (VssWireFreezeStatusResult) freeze = NULL;
  g_autoptr (VssWireStatusResult) agent = NULL;

  if (!vss_guest_open (self->guest, vss_domain_get_requester_name (), FALSE, cancellable, error))
    return FALSE;
  freeze = vss_guest_freeze_status (self->guest, error);
  if (freeze != NULL && vss_guest_has_lease (self->guest))
    agent = vss_guest_query_status (self->guest, error);
  else if (freeze != NULL)
    tell_of_substitute (self, freeze, error);
  vss_guest_close (self->guest);
  if (agent == NULL)
    return FALSE;
  vss_domain_status_fill (status, freeze, agent);
  return TRUE;
}

/**
 * vss_domain_get_status:
 * @self: a virtual machine
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells how the virtual machine and its agent are, and what is frozen. Blocks up to 20 seconds.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_OBJECT_NOT_FOUND, %VSS_E_UNEXPECTED_PROVIDER_ERROR,
 * %G_IO_ERROR_CANCELLED. An agent that can't be asked is no error: see
 * #VssDomainStatus.agent_error.
 *
 * Returns: (transfer full): the state
 *
 * Since: 0.1
 */
VssDomainStatus *
vss_domain_get_status (VssDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssDomainStatus) status = NULL;
  g_autoptr (GError) agent_error = NULL;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  status = vss_domain_status_new ();
  if (!read_vm (self, status, error))
    return NULL;
  status->agent_connected = ask_agent (self, status, cancellable, &agent_error);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (agent_error != NULL)
    status->agent_error = g_strdup (agent_error->message);
  return g_steal_pointer (&status);
}

/* QEMU's agent serves everybody: only the records tell that somebody is at it. */
static gboolean
is_free (VssDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) sets = NULL;
  const VssSnapshotSet *other;

  if (vss_guest_has_lease (self->guest))
    return TRUE;
  sets = vss_provider_list_sets (self->provider, cancellable, error);
  if (sets == NULL)
    return FALSE;
  other = vss_find_set_in_progress (sets);
  if (other != NULL)
    g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                 "snapshot set %s of '%s' is being made; wait until it is done", other->id,
                 self->name);
  return other == NULL;
}

/**
 * vss_domain_thaw:
 * @self: a virtual machine
 * @force: take the agent's channel from whoever has it
 * @thawed: (out) (optional) (transfer full): the mount points of the file systems that were frozen
 * @cancellable: (nullable): a cancellable; of use until the thaw is asked for
 * @error: return location for an error
 *
 * Has the agent thaw whatever it has frozen, and gives up the set that it was frozen for. Of a
 * guest with only QEMU's agent, @thawed has one line instead of mount points: that agent doesn't
 * name them. Blocks up to 30 seconds.
 *
 * Errors: %VSS_E_SNAPSHOT_SET_IN_PROGRESS if another requester has the agent and @force is %FALSE,
 * %VSS_E_WRITER_INFRASTRUCTURE if there is no agent to talk to, %VSS_E_REBOOT_REQUIRED if a file
 * system can't be thawed, %VSS_E_HOLD_WRITES_TIMEOUT if the agent does not answer,
 * %VSS_E_ACCESSDENIED, %G_IO_ERROR_CANCELLED
 *
 * Returns: %TRUE if nothing is frozen any more
 *
 * Since: 0.1
 */
gboolean
vss_domain_thaw (VssDomain *self,
                 gboolean force,
                 GStrv *thawed,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (VssWireFreezeStatusResult) before = NULL;
  g_autoptr (VssWireThawResult) result = NULL;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), FALSE);
  if (!vss_guest_open (self->guest, vss_domain_get_requester_name (), force, cancellable, error))
    return FALSE;
  if (!force && !is_free (self, cancellable, error))
    {
      vss_guest_close (self->guest);
      return FALSE;
    }
  /* Only for the list: an agent that doesn't tell is asked to thaw nevertheless. */
  before = vss_guest_freeze_status (self->guest, NULL);
  result = vss_guest_abort (self->guest, NULL, error);
  vss_guest_close (self->guest);
  if (result == NULL)
    return FALSE;
  if (thawed != NULL)
    *thawed = vss_strv_of_guest (before != NULL ? before->mount_points : NULL);
  return TRUE;
}
