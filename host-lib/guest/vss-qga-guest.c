/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that runs QEMU's agent. What our agent would prove is told from two numbers here: how
 * many file systems it froze, and how many it thawed. Called on worker threads, thaw and abort also
 * beside another call. */
#include "host-lib/guest/vss-qga-guest.h"

#include "host-lib/guest/vss-qga-hold.h"
#include "host-lib/guest/vss-qga-volumes.h"

/* As long as our own agent is waited for: see vss-agent-limits.h. */
#define THAW_TIMEOUT_MS 20000
#define ABORT_TIMEOUT_MS 10000

/* Whoever closes without a word mustn't be blocked long; the thaw goes on after it. */
#define CLOSE_TIMEOUT_MS 3000

#define CAVEAT                                                                                    \
  "the file systems were frozen by QEMU's guest agent: no application was asked, no lease in the " \
  "guest bounds the freeze, and a gap in it would not be seen; install vss-agent in the guest"

struct _VssQgaGuest
{
  GObject parent_instance;

  VssQga *qga;
  char *name;

  GMutex lock; /* of what follows */
  GPtrArray *file_systems; /* nullable; as listed last */
  char *set_id; /* nullable; the set under way */
  GStrv asked; /* nullable; its mount points */
  guint expected; /* how many of them can be frozen */
  gint64 generation;
  VssQgaHold *hold; /* nullable; from the freeze to the end of the set */
};

static void vss_qga_guest_init_interface (VssGuestInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssQgaGuest,
                               vss_qga_guest,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_GUEST,
                                                      vss_qga_guest_init_interface))

/* The clock of all answers: there is none in the guest. */
static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* -- the session -- */

static gboolean
qga_open (VssGuest *guest,
          const char *requester,
          gboolean force,
          GCancellable *cancellable,
          GError **error)
{
  gboolean frozen = FALSE;

  return vss_qga_open (VSS_QGA_GUEST (guest)->qga, &frozen, cancellable, error);
}

/* (transfer full), nullable */
static VssQgaHold *
get_hold (VssQgaGuest *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->hold != NULL ? vss_qga_hold_ref (self->hold) : NULL;
}

static VssQgaHold *
take_hold (VssQgaGuest *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_steal_pointer (&self->hold);
}

static void
qga_close (VssGuest *guest)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  g_autoptr (VssQgaHold) hold = take_hold (self);
  g_autoptr (GError) error = NULL;
  VssQgaHoldState state;

  if (hold != NULL && !vss_qga_hold_end (hold, CLOSE_TIMEOUT_MS, &state, &error))
    g_warning ("%s", error->message);
  vss_qga_close (self->qga);
}

static gboolean
qga_has_lease (VssGuest *guest)
{
  return FALSE;
}

static const char *
qga_get_caveat (VssGuest *guest)
{
  return CAVEAT;
}

static const VssWireHelloResult *
qga_get_hello (VssGuest *guest)
{
  return NULL;
}

/* -- volumes -- */

static gboolean
list_file_systems (VssQgaGuest *self, GError **error)
{
  GPtrArray *file_systems = vss_qga_list_file_systems (self->qga, error);

  if (file_systems == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->file_systems, g_ptr_array_unref);
  self->file_systems = file_systems;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static VssWireVolumesResult *
qga_query_volumes (VssGuest *guest, GCancellable *cancellable, GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  g_autoptr (GPtrArray) disks = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !list_file_systems (self, error))
    return NULL;
  disks = vss_qga_list_disks (self->qga, error);
  return disks != NULL ? vss_qga_volumes_new (self->file_systems, disks) : NULL;
}

/* Why @mount_point can't be frozen, NULL if it can. */
static const char *
why_not (VssQgaGuest *self, const char *mount_point)
{
  for (guint i = 0; self->file_systems != NULL && i < self->file_systems->len; i++)
    {
      const VssQgaFileSystem *file_system = g_ptr_array_index (self->file_systems, i);

      if (g_str_equal (file_system->mount_point, mount_point))
        return vss_qga_why_not_frozen (file_system->fs_type);
    }
  return "the guest has no such file system any more";
}

/* -- what is said of each file system -- */

static VssWireHoldResult *
make_hold_result (const char *mount_point, const char *reason)
{
  VssWireHoldResult *result = vss_wire_hold_result_new ();

  result->mount_point = g_strdup (mount_point);
  result->device_number = g_strdup ("");
  result->state = reason == NULL ? VSS_WIRE_HOLD_STATE_HELD : VSS_WIRE_HOLD_STATE_NOT_HELD;
  result->reason = g_strdup (reason);
  return result;
}

/* @problem: (nullable) what is wrong with all of them. */
static void
add_results (VssQgaGuest *self, GPtrArray *results, const char *problem)
{
  for (guint i = 0; self->asked != NULL && self->asked[i] != NULL; i++)
    {
      const char *reason = why_not (self, self->asked[i]);

      g_ptr_array_add (results,
                       make_hold_result (self->asked[i], reason != NULL ? reason : problem));
    }
}

/* The agent counts, and does not name what it counted. */
static char *
find_problem (VssQgaGuest *self, const VssQgaHoldState *state, const char *failure)
{
  if (failure != NULL)
    return g_strdup (failure);
  if ((guint) state->frozen != self->expected)
    return g_strdup_printf ("QEMU's guest agent froze %d file systems where %u were to be frozen",
                            state->frozen, self->expected);
  if (state->expired)
    return g_strdup ("its time was over before the commit was confirmed, and it was thawed");
  if (state->thawed && state->thawed_count != state->frozen)
    return g_strdup_printf ("QEMU's guest agent froze %d file systems, but %d were still frozen "
                            "when it thawed them: somebody else has thawed",
                            state->frozen, state->thawed_count);
  return NULL;
}

/* -- the set -- */

static VssWirePrepareForSnapshotResult *
qga_prepare (VssGuest *guest,
             const char *snapshot_set_id,
             const char *const *mount_points,
             guint timeout_ms,
             const char *const *writers,
             guint writers_timeout_ms,
             GCancellable *cancellable,
             GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  VssWirePrepareForSnapshotResult *result;

  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !list_file_systems (self, error))
    return NULL;
  g_free (self->set_id);
  self->set_id = g_strdup (snapshot_set_id);
  g_strfreev (self->asked);
  self->asked = g_strdupv ((GStrv) mount_points);
  self->expected = 0;
  for (guint i = 0; self->asked[i] != NULL; i++)
    self->expected += why_not (self, self->asked[i]) == NULL;
  result = vss_wire_prepare_for_snapshot_result_new ();
  result->generation = ++self->generation;
  result->boot_time_ms = now_ms ();
  add_results (self, result->volumes, NULL);
  return result;
}

static GStrv
freezable (VssQgaGuest *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; self->asked[i] != NULL; i++)
    {
      if (why_not (self, self->asked[i]) == NULL)
        g_strv_builder_add (builder, self->asked[i]);
    }
  return g_strv_builder_end (builder);
}

static VssWireFreezeResult *
freeze_result (VssQgaGuest *self, gint64 begun_ms, guint lease_ms)
{
  g_autoptr (VssQgaHold) hold = get_hold (self);
  VssWireFreezeResult *result = vss_wire_freeze_result_new ();
  g_autofree char *failure = NULL;
  g_autofree char *problem = NULL;
  VssQgaHoldState state = { 0 };

  if (hold != NULL)
    {
      vss_qga_hold_get_state (hold, &state);
      failure = vss_qga_hold_get_failure (hold);
    }
  problem = find_problem (self, &state, failure);
  result->generation = self->generation;
  result->boot_time_ms = now_ms ();
  result->lease_end_ms = begun_ms + lease_ms;
  result->freeze_us = (result->boot_time_ms - begun_ms) * 1000;
  add_results (self, result->volumes, problem);
  return result;
}

static VssWireFreezeResult *
qga_freeze (VssGuest *guest,
            gint64 generation,
            guint timeout_ms,
            guint lease_ms,
            guint writers_timeout_ms,
            GCancellable *cancellable,
            GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  g_auto (GStrv) mount_points = NULL;
  gint64 begun_ms = now_ms ();
  VssQgaHold *hold = NULL;

  if (generation != self->generation || self->asked == NULL || self->hold != NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_BAD_STATE, "'%s' is not prepared for a freeze",
                   self->name);
      return NULL;
    }
  mount_points = freezable (self);
  if (mount_points[0] != NULL)
    {
      hold = vss_qga_hold_begin (self->qga, self->name, (const char *const *) mount_points,
                                 timeout_ms, lease_ms, cancellable, error);
      if (hold == NULL)
        return NULL;
    }
  g_mutex_lock (&self->lock);
  self->hold = hold;
  g_mutex_unlock (&self->lock);
  return freeze_result (self, begun_ms, lease_ms);
}

static VssWireLeaseResult *
qga_renew_lease (VssGuest *guest, gint64 generation, guint lease_ms, GError **error)
{
  g_set_error (error, VSS_ERROR, VSS_E_BAD_STATE, "QEMU's guest agent of '%s' has no lease",
               VSS_QGA_GUEST (guest)->name);
  return NULL;
}

static VssWireThawResult *
thaw_result (VssQgaGuest *self, const VssQgaHoldState *state, const char *failure)
{
  VssWireThawResult *result = vss_wire_thaw_result_new ();
  g_autofree char *problem = find_problem (self, state, failure);

  result->generation = self->generation;
  result->lease_expired = state->expired;
  result->held_us = state->held_us;
  result->boot_time_ms = now_ms ();
  add_results (self, result->volumes, problem);
  return result;
}

/* What somebody else left frozen; the agent doesn't say what. */
static VssWireThawResult *
thaw_foreign (VssQgaGuest *self, GError **error)
{
  int count = vss_qga_thaw (self->qga, error);
  VssWireThawResult *result;

  if (count < 0)
    return NULL;
  result = vss_wire_thaw_result_new ();
  result->boot_time_ms = now_ms ();
  return result;
}

static VssWireThawResult *
end (VssQgaGuest *self, guint timeout_ms, GError **error)
{
  g_autoptr (VssQgaHold) hold = get_hold (self);
  VssQgaHoldState state = { 0 };
  g_autofree char *failure = NULL;

  if (hold != NULL)
    {
      if (!vss_qga_hold_end (hold, timeout_ms, &state, error))
        return NULL;
      failure = vss_qga_hold_get_failure (hold);
    }
  return thaw_result (self, &state, failure);
}

static VssWireThawResult *
qga_thaw (VssGuest *guest, gint64 generation, GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);

  if (self->asked == NULL)
    return thaw_foreign (self, error);
  return end (self, THAW_TIMEOUT_MS, error);
}

static void
forget_set (VssQgaGuest *self)
{
  g_autoptr (VssQgaHold) hold = take_hold (self);

  g_clear_pointer (&self->set_id, g_free);
  g_clear_pointer (&self->asked, g_strfreev);
}

static VssWireThawResult *
qga_abort (VssGuest *guest, const char *snapshot_set_id, GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  VssWireThawResult *result;

  /* Without a set named: whatever is frozen, by whomever. */
  if (snapshot_set_id == NULL && self->asked == NULL)
    return thaw_foreign (self, error);
  result = end (self, ABORT_TIMEOUT_MS, error);
  if (result != NULL)
    forget_set (self);
  return result;
}

static VssWireWriterStatusResult *
qga_post_snapshot (VssGuest *guest,
                   const char *snapshot_set_id,
                   guint writers_timeout_ms,
                   GError **error)
{
  forget_set (VSS_QGA_GUEST (guest));
  return vss_wire_writer_status_result_new ();
}

/* -- states -- */

static VssWireFreezeStatusResult *
qga_freeze_status (VssGuest *guest, GError **error)
{
  VssQgaGuest *self = VSS_QGA_GUEST (guest);
  VssWireFreezeStatusResult *result;
  gboolean frozen = FALSE;

  if (!vss_qga_is_frozen (self->qga, &frozen, error))
    return NULL;
  result = vss_wire_freeze_status_result_new ();
  result->state = frozen ? VSS_WIRE_FREEZE_STATE_FROZEN : VSS_WIRE_FREEZE_STATE_THAWED;
  result->boot_time_ms = now_ms ();
  if (!frozen)
    return result;
  result->snapshot_set_id = g_strdup (self->set_id);
  g_ptr_array_add (result->mount_points, g_strdup ("(whatever QEMU's guest agent has frozen)"));
  return result;
}

static VssWireStatusResult *
qga_query_status (VssGuest *guest, GError **error)
{
  VssWireStatusResult *result = vss_wire_status_result_new ();

  result->agent_version = g_strdup ("QEMU's guest agent");
  result->boot_time_ms = now_ms ();
  return result;
}

/* -- life -- */

static void
vss_qga_guest_init_interface (VssGuestInterface *iface)
{
  iface->open = qga_open;
  iface->close = qga_close;
  iface->has_lease = qga_has_lease;
  iface->get_caveat = qga_get_caveat;
  iface->get_hello = qga_get_hello;
  iface->query_volumes = qga_query_volumes;
  iface->prepare = qga_prepare;
  iface->freeze = qga_freeze;
  iface->renew_lease = qga_renew_lease;
  iface->thaw = qga_thaw;
  iface->abort = qga_abort;
  iface->post_snapshot = qga_post_snapshot;
  iface->freeze_status = qga_freeze_status;
  iface->query_status = qga_query_status;
}

static void
vss_qga_guest_finalize (GObject *object)
{
  VssQgaGuest *self = VSS_QGA_GUEST (object);

  forget_set (self);
  g_object_unref (self->qga);
  g_clear_pointer (&self->file_systems, g_ptr_array_unref);
  g_free (self->name);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_qga_guest_parent_class)->finalize (object);
}

static void
vss_qga_guest_class_init (VssQgaGuestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_qga_guest_finalize;
}

static void
vss_qga_guest_init (VssQgaGuest *self)
{
  g_mutex_init (&self->lock);
}

VssQgaGuest *
vss_qga_guest_new (VssQga *qga, const char *name)
{
  VssQgaGuest *self = g_object_new (VSS_TYPE_QGA_GUEST, NULL);

  self->qga = g_object_ref (qga);
  self->name = g_strdup (name);
  return self;
}
