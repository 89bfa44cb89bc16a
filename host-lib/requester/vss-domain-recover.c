/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dead requesters left of a virtual machine: their sets, a guest that is still frozen, writers
 * that wait for them. On the caller's thread. */
#include "host-lib/requester/vss-domain-private.h"

#include "host-lib/guest/vss-guest-reopen.h"
#include "host-lib/providers/vss-provider.h"
#include "host-lib/requester/vss-frozen-leftover.h"

typedef struct
{
  GStrvBuilder *lines;
  GPtrArray *ids; /* element-type utf8; each once */
} Recovered;

static void
on_recovered (const char *snapshot_set_id, const char *what, gpointer user_data)
{
  Recovered *recovered = user_data;
  g_autofree char *line = g_strdup_printf ("%s: %s", snapshot_set_id, what);

  g_strv_builder_add (recovered->lines, line);
  if (!g_ptr_array_find_with_equal_func (recovered->ids, snapshot_set_id, g_str_equal, NULL))
    g_ptr_array_add (recovered->ids, g_strdup (snapshot_set_id));
}

/* A guest that can't be asked keeps nothing else from being recovered. */
static void
thaw_leftover (VssDomain *self, Recovered *recovered, GCancellable *cancellable)
{
  VssGuest *guest = vss_domain_get_guest (self);
  g_autoptr (GPtrArray) sets =
      vss_provider_list_sets (vss_domain_get_provider (self), cancellable, NULL);
  const VssSnapshotSet *left_over = vss_find_set_left_over (sets);
  g_autoptr (GError) error = NULL;
  gboolean thawed = FALSE;

  if (left_over == NULL)
    return;
  if (vss_guest_open (guest, vss_domain_get_requester_name (), FALSE, cancellable, &error))
    {
      vss_thaw_leftover (guest, sets, vss_domain_get_name (self), &thawed, &error);
      vss_guest_close (guest);
    }
  if (thawed)
    on_recovered (left_over->id, "the guest, which was still frozen, was thawed", recovered);
  else if (error != NULL)
    g_debug ("%s", error->message);
}

/**
 * vss_domain_recover:
 * @self: a virtual machine
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Finishes or undoes every set that its owner left half-way, and deletes those whose owner is gone
 * and that were to go with it. The guest's writers are told that these backups are over, if they
 * can be reached. A guest without a lease that such an owner left frozen is thawed. No file that a
 * virtual machine uses is touched. Blocks as long as that takes.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_PROVIDER_VETO, %VSS_E_UNEXPECTED_PROVIDER_ERROR,
 * %VSS_E_UNEXPECTED if anything is left, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): a line for each set that was finished or undone
 *
 * Since: 0.1
 */
GStrv
vss_domain_recover (VssDomain *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Recovered recovered = { lines, ids };
  gboolean whole;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  thaw_leftover (self, &recovered, cancellable);
  whole = vss_provider_recover (vss_domain_get_provider (self), on_recovered, &recovered,
                                cancellable, error);
  vss_guest_shut_writers_down (vss_domain_get_guest (self), vss_domain_get_requester_name (), ids);
  if (!whole)
    return NULL;
  return g_strv_builder_end (lines);
}
