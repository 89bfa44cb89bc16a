/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a virtual machine's object tells of the guest's writers. On the caller's thread. */
#include "host-lib/requester/vss-domain-private.h"

#include "host-lib/requester/vss-writer-record.h"
#include "host-lib/vss-set-writer.h"
#include "protocol/vss-text.h"

static char *
text_or_null (const char *text, gsize limit)
{
  return text != NULL ? vss_text_sanitise (text, limit) : NULL;
}

/* What makes a writer one that we can't talk of; NULL if nothing. */
static const char *
find_nonsense (const VssWireWriterInfo *wire)
{
  if (!g_uuid_string_is_valid (wire->writer_id))
    return "its writer id is no UUID";
  if (!g_uuid_string_is_valid (wire->instance_id))
    return "its instance id is no UUID";
  if (wire->snapshot_set_id != NULL && !g_uuid_string_is_valid (wire->snapshot_set_id))
    return "its snapshot set's id is no UUID";
  return NULL;
}

static VssWriterInfo *
read_info (const VssWireWriterInfo *wire)
{
  VssWriterInfo *info = g_new0 (VssWriterInfo, 1);

  info->instance_id = g_strdup (wire->instance_id);
  info->writer_id = g_strdup (wire->writer_id);
  info->name = vss_text_sanitise (wire->name, VSS_TEXT_MAX_NAME);
  info->kind = g_strdup (vss_wire_writer_kind_to_string (wire->kind));
  info->location = vss_text_sanitise (wire->location, VSS_TEXT_MAX_MESSAGE);
  info->level = vss_application_level_from_wire (wire->level);
  info->state = vss_writer_state_from_wire (wire->state);
  info->failure = vss_writer_failure_to_code (wire->failure);
  info->message = text_or_null (wire->message, VSS_TEXT_MAX_MESSAGE);
  info->application_code = wire->has_application_code ? wire->application_code : 0;
  info->snapshot_set_id = g_strdup (wire->snapshot_set_id);
  return info;
}

static VssWireWritersResult *
ask (VssDomain *self, GCancellable *cancellable, GError **error)
{
  VssGuest *guest = vss_domain_get_guest (self);
  VssWireWritersResult *result;

  if (!vss_guest_open (guest, vss_domain_get_requester_name (), FALSE, cancellable, error))
    return NULL;
  result = vss_guest_query_writers (guest, error);
  vss_guest_close (guest);
  return result;
}

/**
 * vss_domain_list_writers:
 * @self: a virtual machine
 * @absent: (out) (optional) (transfer full) (element-type VssAbsentWriter): those that are set up
 *   wrongly, and why
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the writers that the guest's agent knows, and what became of each one last. None of them is
 * asked: vss_backup_components_gather_writer_metadata() does that. An agent that knows of no
 * writers, and QEMU's own agent, have none. Blocks up to 15 seconds.
 *
 * Errors: %VSS_E_WRITER_INFRASTRUCTURE if there is no agent to talk to,
 * %VSS_E_SNAPSHOT_SET_IN_PROGRESS while another program talks to it, %VSS_E_ACCESSDENIED,
 * %VSS_E_UNEXPECTED, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type VssWriterInfo): the writers
 *
 * Since: 0.1
 */
GPtrArray *
vss_domain_list_writers (VssDomain *self,
                         GPtrArray **absent,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (VssWireWritersResult) result = NULL;
  g_autoptr (GPtrArray) broken =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_absent_writer_free);
  GPtrArray *writers;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  result = ask (self, cancellable, error);
  if (result == NULL)
    return NULL;
  writers = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_writer_info_free);
  for (guint i = 0; i < result->writers->len && writers->len < VSS_MAX_WRITERS; i++)
    {
      const VssWireWriterInfo *wire = g_ptr_array_index (result->writers, i);

      if (find_nonsense (wire) != NULL)
        vss_absent_writers_add (broken, wire->name, find_nonsense (wire));
      else
        g_ptr_array_add (writers, read_info (wire));
    }
  for (guint i = 0; i < result->broken->len; i++)
    {
      const VssWireAbsentWriter *wire = g_ptr_array_index (result->broken, i);

      vss_absent_writers_add (broken, wire->name, wire->reason);
    }
  if (absent != NULL)
    *absent = g_steal_pointer (&broken);
  return writers;
}
