/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwards each call to the agent that answered when the guest was opened. Called by the
 * coordinator and the requester's objects; between close and open nobody is chosen, and no call
 * but open and close is made. */
#include "host-lib/guest/vss-guest-choice.h"

#include "host-lib/guest/vss-agent-guest.h"
#include "host-lib/guest/vss-domain-channel.h"
#include "host-lib/guest/vss-domain-qga.h"
#include "host-lib/guest/vss-qga-guest.h"

struct _VssGuestChoice
{
  GObject parent_instance;

  VssGuest *preferred;
  VssGuest *fallback;
  VssGuest *current; /* one of the two; the preferred one until the other was opened */
};

static void vss_guest_choice_init_interface (VssGuestInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssGuestChoice,
                               vss_guest_choice,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_GUEST,
                                                      vss_guest_choice_init_interface))

static VssGuest *
current (VssGuest *guest)
{
  return VSS_GUEST_CHOICE (guest)->current;
}

/* -- the choice -- */

static gboolean
choice_open (VssGuest *guest,
             const char *requester,
             gboolean force,
             GCancellable *cancellable,
             GError **error)
{
  VssGuestChoice *self = VSS_GUEST_CHOICE (guest);
  g_autoptr (GError) nobody = NULL;
  g_autoptr (GError) second = NULL;

  self->current = self->preferred;
  if (vss_guest_open (self->preferred, requester, force, cancellable, &nobody))
    return TRUE;
  if (g_error_matches (nobody, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE))
    {
      if (vss_guest_open (self->fallback, requester, force, cancellable, &second))
        {
          self->current = self->fallback;
          return TRUE;
        }
      if (!g_error_matches (second, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND))
        {
          g_set_error (error, nobody->domain, nobody->code, "%s; and %s", nobody->message,
                       second->message);
          return FALSE;
        }
    }
  g_propagate_error (error, g_steal_pointer (&nobody));
  return FALSE;
}

/* -- what is forwarded -- */

static void
choice_close (VssGuest *guest)
{
  vss_guest_close (current (guest));
}

static gboolean
choice_has_lease (VssGuest *guest)
{
  return vss_guest_has_lease (current (guest));
}

static const char *
choice_get_caveat (VssGuest *guest)
{
  return vss_guest_get_caveat (current (guest));
}

static const VssWireHelloResult *
choice_get_hello (VssGuest *guest)
{
  return vss_guest_get_hello (current (guest));
}

static VssWireVolumesResult *
choice_query_volumes (VssGuest *guest, GCancellable *cancellable, GError **error)
{
  return vss_guest_query_volumes (current (guest), cancellable, error);
}

static VssWirePrepareForSnapshotResult *
choice_prepare (VssGuest *guest,
                const char *snapshot_set_id,
                const char *const *mount_points,
                guint timeout_ms,
                const char *const *writers,
                guint writers_timeout_ms,
                GCancellable *cancellable,
                GError **error)
{
  return vss_guest_prepare (current (guest), snapshot_set_id, mount_points, timeout_ms, writers,
                            writers_timeout_ms, cancellable, error);
}

static VssWireFreezeResult *
choice_freeze (VssGuest *guest,
               gint64 generation,
               guint timeout_ms,
               guint lease_ms,
               guint writers_timeout_ms,
               GCancellable *cancellable,
               GError **error)
{
  return vss_guest_freeze (current (guest), generation, timeout_ms, lease_ms, writers_timeout_ms,
                           cancellable, error);
}

static VssWireLeaseResult *
choice_renew_lease (VssGuest *guest, gint64 generation, guint lease_ms, GError **error)
{
  return vss_guest_renew_lease (current (guest), generation, lease_ms, error);
}

static VssWireThawResult *
choice_thaw (VssGuest *guest, gint64 generation, GError **error)
{
  return vss_guest_thaw (current (guest), generation, error);
}

static VssWireThawResult *
choice_abort (VssGuest *guest, const char *snapshot_set_id, GError **error)
{
  return vss_guest_abort (current (guest), snapshot_set_id, error);
}

static VssWireWriterStatusResult *
choice_post_snapshot (VssGuest *guest,
                      const char *snapshot_set_id,
                      guint writers_timeout_ms,
                      GError **error)
{
  return vss_guest_post_snapshot (current (guest), snapshot_set_id, writers_timeout_ms, error);
}

static VssWireFreezeStatusResult *
choice_freeze_status (VssGuest *guest, GError **error)
{
  return vss_guest_freeze_status (current (guest), error);
}

static VssWireStatusResult *
choice_query_status (VssGuest *guest, GError **error)
{
  return vss_guest_query_status (current (guest), error);
}

static VssWireGatherWriterMetadataResult *
choice_gather_writer_metadata (VssGuest *guest,
                               guint timeout_ms,
                               GCancellable *cancellable,
                               GError **error)
{
  return vss_guest_gather_writer_metadata (current (guest), timeout_ms, cancellable, error);
}

static VssWireWriterComponentsResult *
choice_query_writer_components (VssGuest *guest,
                                const char *instance_id,
                                guint first,
                                GCancellable *cancellable,
                                GError **error)
{
  return vss_guest_query_writer_components (current (guest), instance_id, first, cancellable,
                                            error);
}

static VssWireWritersResult *
choice_query_writers (VssGuest *guest, GError **error)
{
  return vss_guest_query_writers (current (guest), error);
}

static VssWireWriterStatusResult *
choice_prepare_for_backup (VssGuest *guest,
                           const VssWirePrepareForBackupArguments *arguments,
                           GCancellable *cancellable,
                           GError **error)
{
  return vss_guest_prepare_for_backup (current (guest), arguments, cancellable, error);
}

static VssWireWriterStatusResult *
choice_gather_writer_status (VssGuest *guest,
                             const char *snapshot_set_id,
                             guint timeout_ms,
                             GCancellable *cancellable,
                             GError **error)
{
  return vss_guest_gather_writer_status (current (guest), snapshot_set_id, timeout_ms, cancellable,
                                         error);
}

static VssWireWriterStatusResult *
choice_backup_complete (VssGuest *guest,
                        const char *snapshot_set_id,
                        GPtrArray *components,
                        guint timeout_ms,
                        GCancellable *cancellable,
                        GError **error)
{
  return vss_guest_backup_complete (current (guest), snapshot_set_id, components, timeout_ms,
                                    cancellable, error);
}

static VssWireWriterStatusResult *
choice_backup_shutdown (VssGuest *guest,
                        const char *snapshot_set_id,
                        guint timeout_ms,
                        GError **error)
{
  return vss_guest_backup_shutdown (current (guest), snapshot_set_id, timeout_ms, error);
}

/* -- life -- */

static void
vss_guest_choice_init_interface (VssGuestInterface *iface)
{
  iface->open = choice_open;
  iface->close = choice_close;
  iface->has_lease = choice_has_lease;
  iface->get_caveat = choice_get_caveat;
  iface->get_hello = choice_get_hello;
  iface->query_volumes = choice_query_volumes;
  iface->prepare = choice_prepare;
  iface->freeze = choice_freeze;
  iface->renew_lease = choice_renew_lease;
  iface->thaw = choice_thaw;
  iface->abort = choice_abort;
  iface->post_snapshot = choice_post_snapshot;
  iface->freeze_status = choice_freeze_status;
  iface->query_status = choice_query_status;
  iface->gather_writer_metadata = choice_gather_writer_metadata;
  iface->query_writer_components = choice_query_writer_components;
  iface->query_writers = choice_query_writers;
  iface->prepare_for_backup = choice_prepare_for_backup;
  iface->gather_writer_status = choice_gather_writer_status;
  iface->backup_complete = choice_backup_complete;
  iface->backup_shutdown = choice_backup_shutdown;
}

static void
vss_guest_choice_finalize (GObject *object)
{
  VssGuestChoice *self = VSS_GUEST_CHOICE (object);

  g_object_unref (self->preferred);
  g_object_unref (self->fallback);
  G_OBJECT_CLASS (vss_guest_choice_parent_class)->finalize (object);
}

static void
vss_guest_choice_class_init (VssGuestChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_guest_choice_finalize;
}

static void
vss_guest_choice_init (VssGuestChoice *self)
{
}

VssGuestChoice *
vss_guest_choice_new (VssGuest *preferred, VssGuest *fallback)
{
  VssGuestChoice *self = g_object_new (VSS_TYPE_GUEST_CHOICE, NULL);

  self->preferred = g_object_ref (preferred);
  self->fallback = g_object_ref (fallback);
  self->current = preferred;
  return self;
}

VssGuest *
vss_guest_choice_new_for_domain (virDomainPtr domain)
{
  const char *name = virDomainGetName (domain);
  g_autoptr (VssDomainChannel) channel = vss_domain_channel_new (domain);
  g_autoptr (VssAgentGuest) ours = vss_agent_guest_new (VSS_CHANNEL (channel), name);
  g_autoptr (VssDomainQga) qga = vss_domain_qga_new (domain);
  g_autoptr (VssQgaGuest) qemus = vss_qga_guest_new (VSS_QGA (qga), name);

  return VSS_GUEST (vss_guest_choice_new (VSS_GUEST (ours), VSS_GUEST (qemus)));
}
