/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set's record as XML and back. Called by the providers that store it, on any thread; no state.
 * What is read may be damaged or made by somebody else: everything is checked. */
#include "host-lib/vss-snapshot-set-private.h"

#include <string.h>

#include "host-lib/documents/vss-xml.h"
#include "host-lib/vss-error.h"
#include "host-lib/vss-set-writer.h"
#include "protocol/vss-text.h"

/* A change that old readers would misunderstand counts this up. */
#define RECORD_VERSION "1"

/* More disks than any machine type of QEMU has addresses for. */
#define MAX_DISKS 1024

/* Bytes that the writers may take of the record: some forty that did well. Of a guest with more,
 * those that failed come first. */
#define MAX_WRITERS_BYTES (10 * 1024)

/* Bytes of a message that are kept: a sentence or two. */
#define MAX_WRITER_MESSAGE 160

/* More than there is room for. */
#define MAX_WRITERS 256

static const char *const state_texts[] = { "preparing", "committing", "created", "deleting" };
static const char *const merge_texts[] = { "none", "ready", "done" };

const char *
vss_set_state_to_string (VssSetState state)
{
  return state < G_N_ELEMENTS (state_texts) ? state_texts[state] : "unknown";
}

static void
write_owner (GString *out, const VssSetOwner *owner)
{
  g_string_append (out, "<owner");
  vss_xml_append_attr (out, "requester", owner->requester);
  vss_xml_append_attr (out, "host", owner->host);
  vss_xml_append_attr (out, "boot-id", owner->boot_id);
  vss_xml_append_attr (out, "pid-namespace", owner->pid_namespace);
  vss_xml_append_attr_int (out, "pid", owner->pid);
  vss_xml_append_attr_int (out, "pid-start", owner->pid_start);
  vss_xml_append_attr_int (out, "renewed-us", owner->renewed_us);
  vss_xml_append_attr_int (out, "lease-us", owner->lease_us);
  vss_xml_append_attr_int (out, "since-us", owner->since_us);
  g_string_append (out, "/>");
}

static void
write_volume (GString *out, const VssSetVolume *volume)
{
  g_string_append (out, "<volume");
  vss_xml_append_attr (out, "snapshot-id", volume->snapshot_id);
  vss_xml_append_attr (out, "name", volume->name);
  vss_xml_append_attr (out, "mount-point", volume->mount_point);
  vss_xml_append_attr (out, "fs-type", volume->fs_type);
  vss_xml_append_attr (out, "fs-uuid", volume->fs_uuid);
  g_string_append (out, ">");
  for (guint i = 0; volume->disks != NULL && volume->disks[i] != NULL; i++)
    {
      g_string_append (out, "<on");
      vss_xml_append_attr (out, "target", volume->disks[i]);
      g_string_append (out, "/>");
    }
  g_string_append (out, "</volume>");
}

static void
write_disk (GString *out, const VssSetDisk *disk)
{
  g_string_append (out, "<disk");
  vss_xml_append_attr (out, "target", disk->target);
  vss_xml_append_attr (out, "overlay", disk->overlay);
  vss_xml_append_attr (out, "image", disk->image);
  vss_xml_append_attr (out, "image-format", disk->image_format);
  vss_xml_append_attr_int (out, "capacity", (gint64)disk->capacity);
  vss_xml_append_attr (out, "merge", merge_texts[disk->merge]);
  g_string_append (out, "/>");
}

static void
write_hold (GString *out, const VssSetHold *hold)
{
  g_string_append (out, "<hold");
  vss_xml_append_attr (out, "mount-point", hold->mount_point);
  vss_xml_append_attr (out, "state", hold->state);
  vss_xml_append_attr (out, "reason", hold->reason);
  vss_xml_append_attr_int (out, "freeze-us", hold->freeze_us);
  vss_xml_append_attr_int (out, "thaw-us", hold->thaw_us);
  g_string_append (out, "/>");
}

static void
write_writer (GString *out, const VssSetWriter *writer)
{
  g_autofree char *message
      = writer->message != NULL ? vss_text_sanitise (writer->message, MAX_WRITER_MESSAGE) : NULL;

  g_string_append (out, "<writer");
  vss_xml_append_attr (out, "instance", writer->instance_id);
  vss_xml_append_attr (out, "id", writer->writer_id);
  vss_xml_append_attr (out, "name", writer->name);
  vss_xml_append_attr (out, "state", vss_writer_state_to_string (writer->state));
  if (writer->failure != VSS_S_OK)
    vss_xml_append_attr_int (out, "failure", writer->failure);
  vss_xml_append_attr (out, "message", message);
  if (writer->application_code != 0)
    vss_xml_append_attr_int (out, "code", writer->application_code);
  if (writer->transaction_manager)
    vss_xml_append_attr (out, "transaction-manager", "yes");
  vss_xml_append_attr (out, "selected", writer->selected ? "yes" : "no");
  vss_xml_append_attr (out, "took-part", writer->took_part ? "yes" : "no");
  vss_xml_append_attr_int (out, "freeze-us", writer->freeze_us);
  vss_xml_append_attr_int (out, "thaw-us", writer->thaw_us);
  g_string_append (out, "/>");
}

/* Those that failed, or those that did not. */
static void
write_writers (GString *out, gsize *room, GPtrArray *writers, gboolean failed)
{
  for (guint i = 0; i < writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (writers, i);
      g_autoptr (GString) text = g_string_new (NULL);

      if ((writer->failure != VSS_S_OK) != failed)
        continue;
      write_writer (text, writer);
      if (text->len > *room)
        continue;
      *room -= text->len;
      g_string_append (out, text->str);
    }
}

char *
vss_snapshot_set_to_xml (const VssSnapshotSet *self)
{
  GString *out = g_string_new ("<snapshot-set version=\"" RECORD_VERSION "\"");
  gsize room = MAX_WRITERS_BYTES;

  vss_xml_append_attr (out, "id", self->id);
  vss_xml_append_attr (out, "domain-uuid", self->domain_uuid);
  vss_xml_append_attr (out, "domain", self->domain_name);
  vss_xml_append_attr (out, "host", self->host_name);
  vss_xml_append_attr (out, "provider", self->provider_id);
  vss_xml_append_attr_int (out, "context", self->context);
  vss_xml_append_attr (out, "state", vss_set_state_to_string (self->state));
  vss_xml_append_attr (out, "policy", vss_policy_to_string (self->policy));
  vss_xml_append_attr (out, "consistency", vss_consistency_to_string (self->consistency));
  vss_xml_append_attr (out, "weakness", self->weakness);
  vss_xml_append_attr_int (out, "created-us", self->created_us);
  vss_xml_append_attr_int (out, "lease-ms", self->lease_ms);
  vss_xml_append_attr_int (out, "frozen-us", self->frozen_us);
  vss_xml_append_attr_int (out, "commit-us", self->commit_us);
  vss_xml_append_attr (out, "lease-expired", self->lease_expired ? "yes" : "no");
  g_string_append (out, ">");
  write_owner (out, &self->owner);
  for (guint i = 0; i < self->volumes->len; i++)
    write_volume (out, g_ptr_array_index (self->volumes, i));
  for (guint i = 0; i < self->disks->len; i++)
    write_disk (out, g_ptr_array_index (self->disks, i));
  for (guint i = 0; i < self->holds->len; i++)
    write_hold (out, g_ptr_array_index (self->holds, i));
  write_writers (out, &room, self->writers, TRUE);
  write_writers (out, &room, self->writers, FALSE);
  g_string_append (out, "</snapshot-set>");
  return g_string_free (out, FALSE);
}

static gboolean
corrupt (GError **error, const VssXmlNode *node, const char *attr, const char *why)
{
  g_set_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT,
               "cannot read the record of a snapshot set: attribute %s of <%s> %s", attr,
               vss_xml_name (node), why);
  return FALSE;
}

static gboolean
read_int (const VssXmlNode *node, const char *name, gint64 *value, GError **error)
{
  g_autofree char *text = vss_xml_attr (node, name);

  if (text == NULL || !g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, value, NULL))
    return corrupt (error, node, name, "is no number");
  return TRUE;
}

/* Takes what must be there. */
static gboolean
read_text (const VssXmlNode *node, const char *name, char **value, GError **error)
{
  *value = vss_xml_attr (node, name);
  if (*value == NULL || **value == '\0')
    return corrupt (error, node, name, "is missing");
  return TRUE;
}

static gboolean
read_uuid (const VssXmlNode *node, const char *name, char **value, GError **error)
{
  if (!read_text (node, name, value, error))
    return FALSE;
  return g_uuid_string_is_valid (*value) || corrupt (error, node, name, "is no UUID");
}

static gboolean
read_path (const VssXmlNode *node, const char *name, char **value, GError **error)
{
  if (!read_text (node, name, value, error))
    return FALSE;
  return **value == '/' || corrupt (error, node, name, "is no absolute path");
}

static gboolean
read_choice (const VssXmlNode *node,
             const char *name,
             const char *const *texts,
             gsize n_texts,
             guint *value,
             GError **error)
{
  g_autofree char *text = vss_xml_attr (node, name);

  for (gsize i = 0; i < n_texts; i++)
    {
      if (g_strcmp0 (text, texts[i]) == 0)
        {
          *value = i;
          return TRUE;
        }
    }
  return corrupt (error, node, name, "has an unknown value");
}

/* 0 where an older record doesn't have it. */
static gint64
read_time_if_any (const VssXmlNode *node, const char *name)
{
  gint64 value = 0;

  return read_int (node, name, &value, NULL) ? MAX (value, 0) : 0;
}

static gboolean
read_owner (const VssXmlNode *node, VssSetOwner *owner, GError **error)
{
  owner->requester = vss_xml_attr (node, "requester");
  owner->host = vss_xml_attr (node, "host");
  owner->boot_id = vss_xml_attr (node, "boot-id");
  owner->pid_namespace = vss_xml_attr (node, "pid-namespace");
  owner->since_us = read_time_if_any (node, "since-us");
  return read_int (node, "pid", &owner->pid, error) &&
         read_int (node, "pid-start", &owner->pid_start, error) &&
         read_int (node, "renewed-us", &owner->renewed_us, error) &&
         read_int (node, "lease-us", &owner->lease_us, error);
}

static gboolean
read_volume (const VssXmlNode *node, VssSetVolume *volume, GError **error)
{
  g_autoptr (GStrvBuilder) targets = g_strv_builder_new ();

  volume->mount_point = vss_xml_attr (node, "mount-point");
  volume->fs_type = vss_xml_attr (node, "fs-type");
  volume->fs_uuid = vss_xml_attr (node, "fs-uuid");
  for (VssXmlNode *on = vss_xml_child (node, "on"); on != NULL; on = vss_xml_next (on, "on"))
    {
      g_autofree char *target = NULL;

      if (!read_text (on, "target", &target, error))
        return FALSE;
      g_strv_builder_add (targets, target);
    }
  volume->disks = g_strv_builder_end (targets);
  return read_uuid (node, "snapshot-id", &volume->snapshot_id, error) &&
         read_text (node, "name", &volume->name, error);
}

static gboolean
read_disk (const VssXmlNode *node, VssSetDisk *disk, GError **error)
{
  gint64 capacity = 0;
  guint merge = 0;

  if (!read_text (node, "target", &disk->target, error) ||
      !read_path (node, "overlay", &disk->overlay, error) ||
      !read_path (node, "image", &disk->image, error) ||
      !read_text (node, "image-format", &disk->image_format, error) ||
      !read_int (node, "capacity", &capacity, error) ||
      !read_choice (node, "merge", merge_texts, G_N_ELEMENTS (merge_texts), &merge, error))
    return FALSE;
  if (capacity < 0)
    return corrupt (error, node, "capacity", "is negative");
  if (g_str_equal (disk->overlay, disk->image))
    return corrupt (error, node, "overlay", "is the image itself");
  disk->capacity = (guint64)capacity;
  disk->merge = merge;
  return TRUE;
}

static gboolean
read_hold (const VssXmlNode *node, VssSetHold *hold, GError **error)
{
  hold->reason = vss_xml_attr (node, "reason");
  return read_text (node, "mount-point", &hold->mount_point, error) &&
         read_text (node, "state", &hold->state, error) &&
         read_int (node, "freeze-us", &hold->freeze_us, error) &&
         read_int (node, "thaw-us", &hold->thaw_us, error);
}

/* 0 where it is left out. */
static gboolean
read_int_if_any (const VssXmlNode *node, const char *name, gint64 *value, GError **error)
{
  g_autofree char *text = vss_xml_attr (node, name);

  *value = 0;
  return text == NULL || read_int (node, name, value, error);
}

static gboolean
read_writer (const VssXmlNode *node, VssSetWriter *writer, GError **error)
{
  g_autofree char *state = vss_xml_attr (node, "state");
  gint64 failure = 0;

  writer->message = vss_xml_attr (node, "message");
  writer->transaction_manager = vss_xml_attr_is (node, "transaction-manager", "yes");
  writer->selected = vss_xml_attr_is (node, "selected", "yes");
  writer->took_part = vss_xml_attr_is (node, "took-part", "yes");
  if (!vss_writer_state_from_string (state, &writer->state))
    return corrupt (error, node, "state", "has an unknown value");
  if (!read_uuid (node, "instance", &writer->instance_id, error)
      || !read_uuid (node, "id", &writer->writer_id, error)
      || !read_text (node, "name", &writer->name, error)
      || !read_int_if_any (node, "failure", &failure, error)
      || !read_int_if_any (node, "code", &writer->application_code, error)
      || !read_int_if_any (node, "freeze-us", &writer->freeze_us, error)
      || !read_int_if_any (node, "thaw-us", &writer->thaw_us, error))
    return FALSE;
  if (failure < G_MININT32 || failure > G_MAXINT32)
    return corrupt (error, node, "failure", "is out of range");
  writer->failure = (gint) failure;
  return TRUE;
}

static gboolean
read_children (const VssXmlNode *root, VssSnapshotSet *set, GError **error)
{
  for (VssXmlNode *node = vss_xml_child (root, NULL); node != NULL;
       node = vss_xml_next (node, NULL))
    {
      const char *name = vss_xml_name (node);
      gboolean good = TRUE;

      if (g_str_equal (name, "owner") && set->owner.pid == 0)
        {
          vss_set_owner_clear (&set->owner);
          good = read_owner (node, &set->owner, error);
        }
      else if (g_str_equal (name, "volume") && set->volumes->len < VSS_MAX_VOLUMES)
        {
          g_ptr_array_add (set->volumes, vss_set_volume_new ());
          good = read_volume (node, g_ptr_array_index (set->volumes, set->volumes->len - 1), error);
        }
      else if (g_str_equal (name, "disk") && set->disks->len < MAX_DISKS)
        {
          g_ptr_array_add (set->disks, vss_set_disk_new ());
          good = read_disk (node, g_ptr_array_index (set->disks, set->disks->len - 1), error);
        }
      else if (g_str_equal (name, "hold") && set->holds->len < MAX_DISKS)
        {
          g_ptr_array_add (set->holds, vss_set_hold_new ());
          good = read_hold (node, g_ptr_array_index (set->holds, set->holds->len - 1), error);
        }
      else if (g_str_equal (name, "writer") && set->writers->len < MAX_WRITERS)
        {
          g_ptr_array_add (set->writers, vss_set_writer_new ());
          good = read_writer (node, g_ptr_array_index (set->writers, set->writers->len - 1), error);
        }
      if (!good)
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_enums (const VssXmlNode *root, VssSnapshotSet *set, GError **error)
{
  g_autofree char *policy = vss_xml_attr (root, "policy");
  g_autofree char *consistency = vss_xml_attr (root, "consistency");
  guint state = 0;

  if (!read_choice (root, "state", state_texts, G_N_ELEMENTS (state_texts), &state, error))
    return FALSE;
  set->state = state;
  if (!vss_policy_from_string (policy, &set->policy))
    return corrupt (error, root, "policy", "has an unknown value");
  if (!vss_consistency_from_string (consistency, &set->consistency))
    return corrupt (error, root, "consistency", "has an unknown value");
  return TRUE;
}

static gboolean
read_root (const VssXmlNode *root, VssSnapshotSet *set, GError **error)
{
  gint64 context = 0;

  if (!g_str_equal (vss_xml_name (root), "snapshot-set"))
    return corrupt (error, root, "version", "cannot be there: it is another document");
  if (!vss_xml_attr_is (root, "version", RECORD_VERSION))
    return corrupt (error, root, "version",
                    "is not " RECORD_VERSION ": use the program that wrote it");
  set->host_name = vss_xml_attr (root, "host");
  set->weakness = vss_xml_attr (root, "weakness");
  set->lease_expired = vss_xml_attr_is (root, "lease-expired", "yes");
  if (!read_uuid (root, "id", &set->id, error) ||
      !read_uuid (root, "domain-uuid", &set->domain_uuid, error) ||
      !read_text (root, "domain", &set->domain_name, error) ||
      !read_uuid (root, "provider", &set->provider_id, error) ||
      !read_int (root, "context", &context, error) ||
      !read_int (root, "created-us", &set->created_us, error) ||
      !read_int (root, "lease-ms", &set->lease_ms, error) ||
      !read_int (root, "frozen-us", &set->frozen_us, error) ||
      !read_int (root, "commit-us", &set->commit_us, error))
    return FALSE;
  if (context < G_MININT32 || context > G_MAXINT32)
    return corrupt (error, root, "context", "is out of range");
  set->context = (gint)context;
  return read_enums (root, set, error) && read_children (root, set, error);
}

VssSnapshotSet *
vss_snapshot_set_from_xml (const char *xml, GError **error)
{
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  g_autoptr (VssXml) doc = NULL;
  g_autoptr (GError) local_error = NULL;
  gsize size = strlen (xml);

  if (size > VSS_SET_XML_MAX)
    {
      g_set_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT,
                   "cannot read the record of a snapshot set: it has %" G_GSIZE_FORMAT
                   " bytes, at most %d are possible",
                   size, VSS_SET_XML_MAX);
      return NULL;
    }
  doc = vss_xml_parse (xml, (gssize)size, &local_error);
  if (doc == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT,
                   "cannot read the record of a snapshot set: %s", local_error->message);
      return NULL;
    }
  if (!read_root (vss_xml_root (doc), set, error))
    return NULL;
  return g_steal_pointer (&set);
}
