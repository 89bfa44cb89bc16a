/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requester's main object: its life, its settings, and what its other files share. Each call
 * checks its arguments, then the order of calls, then does its work. Used on one thread at a time;
 * its operations run on threads of their own. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/documents/vss-components-document.h"
#include "host-lib/guest/vss-guest-choice.h"
#include "host-lib/guest/vss-guest-reopen.h"
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"
#include "host-lib/vss-pipe-guard.h"

G_DEFINE_FINAL_TYPE (VssBackupComponents, vss_backup_components, G_TYPE_OBJECT)

/* -- shared -- */

gboolean
vss_components_check (VssBackupComponents *self, VssCall call, GError **error)
{
  VssSequence state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);
  return vss_sequence_check (&state, call, error);
}

gboolean
vss_components_refuse (VssCall call, GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return vss_call_fail (call, error,
                        g_error_new (VSS_ERROR, VSS_E_INVALIDARG, "%s: %s",
                                     vss_call_get_name (call), text));
}

gboolean
vss_components_check_id (VssCall call, const char *id, GError **error)
{
  if (id != NULL && g_uuid_string_is_valid (id))
    return TRUE;
  return vss_components_refuse (call, error, "'%s' is no UUID", id != NULL ? id : "(none)");
}

VssAsync *
vss_components_start (VssBackupComponents *self,
                      VssAsyncRun run,
                      VssAsyncDone done,
                      gpointer data,
                      GDestroyNotify free_data)
{
  VssAsync *async;

  g_mutex_lock (&self->lock);
  self->state.pending = TRUE;
  async = vss_async_start (G_OBJECT (self), run, done, data, free_data);
  g_set_object (&self->operation, async);
  g_mutex_unlock (&self->lock);
  return async;
}

void
vss_components_ended (VssBackupComponents *self)
{
  self->state.pending = FALSE;
  g_clear_object (&self->operation);
}

void
vss_components_tell (VssBackupComponents *self,
                     VssAsync *async,
                     const char *phase,
                     const char *object,
                     guint64 done,
                     guint64 total)
{
  if (async != NULL)
    vss_async_tell (async, phase, object, done, total);
  if (self->phase_func != NULL)
    self->phase_func (self, phase, object, done, total, self->phase_data);
}

/* -- life -- */

static void
vss_backup_components_init (VssBackupComponents *self)
{
  const char *program = g_get_prgname ();

  g_mutex_init (&self->lock);
  self->context = VSS_CTX_BACKUP;
  self->policy = VSS_POLICY_REPORT;
  self->lease_ms = VSS_DEFAULT_LEASE_MS;
  /* An image of the machine is no link of an application's own chain of backups. */
  self->backup_type = VSS_BT_COPY;
  vss_components_init_writers (self);
  self->requester = g_strdup (program != NULL ? program : "libvss");
}

VssBackupComponents *
vss_backup_components_new (VssProvider *provider,
                           VssGuest *guest,
                           const char *domain_name,
                           const char *domain_uuid,
                           const char *host_name)
{
  VssBackupComponents *self = g_object_new (VSS_TYPE_BACKUP_COMPONENTS, NULL);

  self->gate = vss_provider_gate_new (provider);
  self->guest = g_object_ref (guest);
  self->domain_name = g_strdup (domain_name);
  self->domain_uuid = g_strdup (domain_uuid);
  self->host_name = g_strdup (host_name);
  return self;
}

static VssBackupComponents *
make_for_domain (virConnectPtr connection, virDomainPtr domain)
{
  VSS_GUARD_PIPES ();
  g_autoptr (VssLibvirtProvider) provider = vss_libvirt_provider_new (connection, domain);
  g_autoptr (VssGuest) guest = vss_guest_choice_new_for_domain (domain);
  char *host_name = virConnectGetHostname (connection);
  char uuid[VIR_UUID_STRING_BUFLEN] = "";
  VssBackupComponents *self;

  if (virDomainGetUUIDString (domain, uuid) < 0)
    g_strlcpy (uuid, VSS_ID_NULL, sizeof uuid);
  self = vss_backup_components_new (VSS_PROVIDER (provider), guest,
                                    virDomainGetName (domain), uuid,
                                    host_name != NULL ? host_name : "");
  free (host_name);
  return self;
}

/**
 * vss_create_backup_components:
 * @connection_uri: (nullable): libvirt's URI, such as "qemu:///system"; %NULL for libvirt's default
 * @domain: the virtual machine's name, UUID or id
 * @error: return location for an error
 *
 * Makes the object for one backup, or one series of queries, of a virtual machine. Connects to
 * libvirt, which blocks.
 *
 * VSS: CreateVssBackupComponents
 *
 * Errors: %VSS_E_ACCESSDENIED if libvirt denies the connection, %VSS_E_INVALIDARG if there is no
 * such virtual machine, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the object; release it with vss_backup_components_close()
 *
 * Since: 0.1
 */
VssBackupComponents *
vss_create_backup_components (const char *connection_uri, const char *domain, GError **error)
{
  VssBackupComponents *self;
  virConnectPtr connection = NULL;
  virDomainPtr found = NULL;
  GError *cause = NULL;

  if (domain == NULL || domain[0] == '\0')
    {
      vss_components_refuse (VSS_CALL_CREATE, error, "no virtual machine is named");
      return NULL;
    }
  if (!vss_libvirt_open (connection_uri, domain, &connection, &found, &cause))
    {
      vss_call_fail (VSS_CALL_CREATE, error, cause);
      return NULL;
    }
  self = make_for_domain (connection, found);
  virDomainFree (found);
  virConnectClose (connection);
  return self;
}

/* -- initialising and settings -- */

/**
 * vss_backup_components_initialize_for_backup:
 * @self: the object
 * @xml: (nullable): a document saved by vss_backup_components_save_as_xml(), or %NULL
 * @error: return location for an error
 *
 * Prepares the object for a backup or for queries. The first call of all, and only once.
 *
 * VSS: IVssBackupComponents::InitializeForBackup. A document is checked, and needed by imports
 * only.
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_INVALID_XML_DOCUMENT
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_initialize_for_backup (VssBackupComponents *self,
                                             const char *xml,
                                             GError **error)
{
  GError *cause = NULL;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!vss_components_check (self, VSS_CALL_INITIALIZE_FOR_BACKUP, error))
    return FALSE;
  if (xml != NULL && !vss_components_document_check (xml, &cause))
    return vss_call_fail (VSS_CALL_INITIALIZE_FOR_BACKUP, error, cause);
  g_mutex_lock (&self->lock);
  self->state.mode = VSS_MODE_BACKUP;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * vss_backup_components_set_context:
 * @self: the object
 * @context: a #VssSnapshotContext, to which some of #VssVolumeSnapshotAttributes may be added
 * @error: return location for an error
 *
 * Says what kind of set is made, and which sets are seen: whether it stays when the object is
 * released, and whether writers take part. Once, before vss_backup_components_start_snapshot_set().
 * Without it the context is %VSS_CTX_BACKUP.
 *
 * VSS: IVssBackupComponents::SetContext
 *
 * Errors: %VSS_E_UNSUPPORTED_CONTEXT, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_context (VssBackupComponents *self, gint context, GError **error)
{
  GError *cause = NULL;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!vss_context_check (context, &cause))
    return vss_call_fail (VSS_CALL_SET_CONTEXT, error, cause);
  if (!vss_components_check (self, VSS_CALL_SET_CONTEXT, error))
    return FALSE;
  self->context = context;
  g_mutex_lock (&self->lock);
  self->state.context_set = TRUE;
  self->state.kind = vss_context_kind (context);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * vss_backup_components_set_backup_state:
 * @self: the object
 * @select_components: whether components are chosen one by one
 * @backup_bootable_system_state: whether the bootable state of the system is part of the backup
 * @backup_type: the kind of backup
 * @partial_file_support: whether parts of files may be backed up
 * @error: return location for an error
 *
 * Tells the writers what kind of backup this is. Before
 * vss_backup_components_prepare_for_backup(), which needs it. An image of the machine is best a
 * %VSS_BT_COPY, which leaves the applications' own chains of backups alone; this is also what
 * writers are told for %VSS_BT_UNDEFINED.
 *
 * With @select_components only those writers take part of which a component is added with
 * vss_backup_components_add_component(); else all do that were gathered.
 *
 * VSS: IVssBackupComponents::SetBackupState
 *
 * Errors: %VSS_E_INVALIDARG for an unknown type, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_backup_state (VssBackupComponents *self,
                                        gboolean select_components,
                                        gboolean backup_bootable_system_state,
                                        VssBackupType backup_type,
                                        gboolean partial_file_support,
                                        GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if ((gint) backup_type < VSS_BT_UNDEFINED || (gint) backup_type > VSS_BT_OTHER)
    return vss_components_refuse (VSS_CALL_SET_BACKUP_STATE, error, "there is no backup type %d",
                                  (gint) backup_type);
  if (!vss_components_check (self, VSS_CALL_SET_BACKUP_STATE, error))
    return FALSE;
  self->select_components = select_components;
  self->bootable_system_state = backup_bootable_system_state;
  self->backup_type = backup_type;
  self->partial_file_support = partial_file_support;
  g_mutex_lock (&self->lock);
  self->state.state_set = TRUE;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * vss_backup_components_set_policy:
 * @self: the object
 * @policy: what the set has to reach
 * @error: return location for an error
 *
 * Says what vss_backup_components_do_snapshot_set() has to reach; a set that is less is rolled
 * back. Before vss_backup_components_start_snapshot_set(), so that no guest is asked for
 * %VSS_POLICY_CRASH; a stricter one may still be set until the set is made.
 *
 * VSS has nothing like it: there it is always %VSS_POLICY_REPORT.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_policy (VssBackupComponents *self, VssPolicy policy, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if ((gint) policy < VSS_POLICY_REPORT || (gint) policy > VSS_POLICY_CRASH)
    return vss_components_refuse (VSS_CALL_SET_OPTION, error, "there is no policy %d",
                                  (gint) policy);
  if (!vss_components_check (self, VSS_CALL_SET_OPTION, error))
    return FALSE;
  self->policy = policy;
  return TRUE;
}

/**
 * vss_backup_components_set_lease:
 * @self: the object
 * @lease_ms: how long the guest stays frozen if nothing more is heard, in milliseconds
 * @error: return location for an error
 *
 * Sets the lease of the freeze. It is renewed while the disks' snapshot takes long; the guest's
 * own maximum is the limit of both. 10,000 if it isn't set.
 *
 * VSS has a fixed limit of ten seconds.
 *
 * Errors: %VSS_E_INVALIDARG for 0, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_lease (VssBackupComponents *self, guint lease_ms, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (lease_ms == 0)
    return vss_components_refuse (VSS_CALL_SET_OPTION, error, "a lease of 0 ms freezes nothing");
  if (!vss_components_check (self, VSS_CALL_SET_OPTION, error))
    return FALSE;
  self->lease_ms = lease_ms;
  return TRUE;
}

/**
 * vss_backup_components_set_requester_name:
 * @self: the object
 * @name: who makes the backup, such as "nightly backup of db1"
 * @error: return location for an error
 *
 * Names the requester, for the guest's log, for the record of the set, and for what other
 * requesters are told meanwhile. The program's name if it isn't set.
 *
 * Errors: %VSS_E_INVALIDARG for an empty name or one that is no UTF-8, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_requester_name (VssBackupComponents *self,
                                          const char *name,
                                          GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (name == NULL || name[0] == '\0' || !g_utf8_validate (name, -1, NULL))
    return vss_components_refuse (VSS_CALL_SET_OPTION, error, "the requester has no usable name");
  if (!vss_components_check (self, VSS_CALL_SET_OPTION, error))
    return FALSE;
  g_free (self->requester);
  self->requester = g_strdup (name);
  return TRUE;
}

/**
 * vss_backup_components_set_phase_func:
 * @self: the object
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): what to call
 * @user_data: what to pass to @func
 * @destroy: (nullable): how to free @user_data
 *
 * Has @func called right before each phase of an operation begins, on the operation's own thread,
 * and while sets are merged back. The operation waits until it returns; within the freeze the
 * guest waits, too. #VssAsync::progress says the same in the main context, and later. Call it
 * while no operation is under way.
 *
 * Since: 0.1
 */
void
vss_backup_components_set_phase_func (VssBackupComponents *self,
                                      VssPhaseFunc func,
                                      gpointer user_data,
                                      GDestroyNotify destroy)
{
  g_return_if_fail (VSS_IS_BACKUP_COMPONENTS (self));
  if (self->phase_destroy != NULL)
    self->phase_destroy (self->phase_data);
  self->phase_func = func;
  self->phase_data = user_data;
  self->phase_destroy = destroy;
}

/* -- the end -- */

/* What may block when it is let go. */
typedef struct
{
  VssGuest *guest;
  char *requester;
  GPtrArray *waiting_sets; /* element-type utf8; whose writers wait for us */
  VssProviderGate *gate;
  VssOwnerKeeper *keeper;
  VssSetReservation *reservation;
} Leftovers;

static gpointer
let_go (gpointer data)
{
  Leftovers *leftovers = data;

  vss_guest_close (leftovers->guest);
  vss_guest_shut_writers_down (leftovers->guest, leftovers->requester, leftovers->waiting_sets);
  g_object_unref (leftovers->guest);
  if (leftovers->keeper != NULL)
    vss_owner_keeper_stop (leftovers->keeper);
  g_clear_pointer (&leftovers->reservation, vss_set_reservation_free);
  vss_provider_gate_unref (leftovers->gate);
  g_free (leftovers->requester);
  g_ptr_array_unref (leftovers->waiting_sets);
  g_free (leftovers);
  return NULL;
}

/* Hangs up, which makes the guest thaw, but not on this thread: libvirt may not answer. */
static void
hang_up (VssBackupComponents *self)
{
  Leftovers *leftovers;

  if (self->gate == NULL)
    return;
  leftovers = g_new0 (Leftovers, 1);
  leftovers->guest = g_steal_pointer (&self->guest);
  leftovers->gate = g_steal_pointer (&self->gate);
  leftovers->keeper = g_steal_pointer (&self->keeper);
  leftovers->reservation = g_steal_pointer (&self->reservation);
  leftovers->requester = g_strdup (self->requester);
  leftovers->waiting_sets = g_ptr_array_new_with_free_func (g_free);
  if (self->writers_wait)
    g_ptr_array_add (leftovers->waiting_sets, g_strdup (self->set->id));
  if (self->state.mode == VSS_MODE_CLOSED)
    let_go (leftovers); /* nothing is left that could block */
  else
    g_thread_unref (g_thread_new ("vss-hang-up", let_go, leftovers));
}

static void
vss_backup_components_finalize (GObject *object)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (object);

  hang_up (self);
  vss_backup_components_set_phase_func (self, NULL, NULL, NULL);
  g_clear_object (&self->operation);
  vss_components_clear_writers (self);
  g_clear_pointer (&self->map, vss_volume_map_free);
  g_clear_pointer (&self->set, vss_snapshot_set_free);
  g_free (self->domain_name);
  g_free (self->domain_uuid);
  g_free (self->host_name);
  g_free (self->requester);
  g_free (self->no_guest);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_backup_components_parent_class)->finalize (object);
}

static void
vss_backup_components_class_init (VssBackupComponentsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_backup_components_finalize;
}
