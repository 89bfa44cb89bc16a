/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of the writers' enumerations, and their boxed records. Called by everybody, on any thread;
 * no state. */
#include "host-lib/vss-writer-types.h"

/* -- texts -- */

static const char *const state_texts[] = {
  [VSS_WS_UNKNOWN] = "unknown",
  [VSS_WS_STABLE] = "stable",
  [VSS_WS_WAITING_FOR_FREEZE] = "waiting-for-freeze",
  [VSS_WS_WAITING_FOR_THAW] = "waiting-for-thaw",
  [VSS_WS_WAITING_FOR_POST_SNAPSHOT] = "waiting-for-post-snapshot",
  [VSS_WS_WAITING_FOR_BACKUP_COMPLETE] = "waiting-for-backup-complete",
  [VSS_WS_FAILED_AT_IDENTIFY] = "failed-at-identify",
  [VSS_WS_FAILED_AT_PREPARE_BACKUP] = "failed-at-prepare-backup",
  [VSS_WS_FAILED_AT_PREPARE_SNAPSHOT] = "failed-at-prepare-snapshot",
  [VSS_WS_FAILED_AT_FREEZE] = "failed-at-freeze",
  [VSS_WS_FAILED_AT_THAW] = "failed-at-thaw",
  [VSS_WS_FAILED_AT_POST_SNAPSHOT] = "failed-at-post-snapshot",
  [VSS_WS_FAILED_AT_BACKUP_COMPLETE] = "failed-at-backup-complete",
  [VSS_WS_FAILED_AT_PRE_RESTORE] = "failed-at-pre-restore",
  [VSS_WS_FAILED_AT_POST_RESTORE] = "failed-at-post-restore",
  [VSS_WS_FAILED_AT_BACKUPSHUTDOWN] = "failed-at-backupshutdown",
};

static const char *const usage_texts[] = {
  [VSS_UT_UNDEFINED] = "undefined",
  [VSS_UT_BOOTABLESYSTEMSTATE] = "bootable-system-state",
  [VSS_UT_SYSTEMSERVICE] = "system-service",
  [VSS_UT_USERDATA] = "user-data",
  [VSS_UT_OTHER] = "other",
};

static const char *const source_texts[] = {
  [VSS_ST_UNDEFINED] = "undefined",
  [VSS_ST_TRANSACTEDDB] = "transacted-db",
  [VSS_ST_NONTRANSACTEDDB] = "nontransacted-db",
  [VSS_ST_OTHER] = "other",
};

static const char *const component_texts[] = {
  [VSS_CT_UNDEFINED] = "undefined",
  [VSS_CT_DATABASE] = "database",
  [VSS_CT_FILEGROUP] = "file-group",
};

static const char *const level_texts[] = {
  [VSS_APP_UNKNOWN] = "unknown",
  [VSS_APP_SYSTEM] = "system",
  [VSS_APP_BACK_END] = "back-end",
  [VSS_APP_FRONT_END] = "front-end",
};

#define TEXT_OF(texts, value)                                                                      \
  ((guint)(value) < G_N_ELEMENTS (texts) ? (texts)[(guint)(value)] : (texts)[0])

/**
 * vss_writer_state_to_string:
 * @state: a state
 *
 * Returns: "stable", "waiting-for-freeze", "failed-at-thaw", ...: its name in VSS without the
 *   prefix and in lower case; "unknown" for what is none
 *
 * Since: 0.1
 */
const char *
vss_writer_state_to_string (VssWriterState state)
{
  return TEXT_OF (state_texts, state);
}

/**
 * vss_writer_state_from_string:
 * @text: (nullable): what vss_writer_state_to_string() gave
 * @state: (out): the state
 *
 * Returns: whether @text is one
 *
 * Since: 0.1
 */
gboolean
vss_writer_state_from_string (const char *text, VssWriterState *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_texts); i++)
    {
      if (g_strcmp0 (text, state_texts[i]) == 0)
        {
          *state = (VssWriterState)i;
          return TRUE;
        }
    }
  return FALSE;
}

/**
 * vss_writer_state_is_failed:
 * @state: a state
 *
 * Returns: whether it is one of those that say at what the writer failed
 *
 * Since: 0.1
 */
gboolean
vss_writer_state_is_failed (VssWriterState state)
{
  return state >= VSS_WS_FAILED_AT_IDENTIFY && state <= VSS_WS_FAILED_AT_BACKUPSHUTDOWN;
}

/**
 * vss_usage_type_to_string:
 * @usage: a kind of use
 *
 * Returns: "bootable-system-state", "system-service", "user-data", "other" or "undefined"
 *
 * Since: 0.1
 */
const char *
vss_usage_type_to_string (VssUsageType usage)
{
  return TEXT_OF (usage_texts, usage);
}

/**
 * vss_source_type_to_string:
 * @source: a kind of data store
 *
 * Returns: "transacted-db", "nontransacted-db", "other" or "undefined"
 *
 * Since: 0.1
 */
const char *
vss_source_type_to_string (VssSourceType source)
{
  return TEXT_OF (source_texts, source);
}

/**
 * vss_component_type_to_string:
 * @type: a kind of component
 *
 * Returns: "database", "file-group" or "undefined"
 *
 * Since: 0.1
 */
const char *
vss_component_type_to_string (VssComponentType type)
{
  return TEXT_OF (component_texts, type);
}

/**
 * vss_application_level_to_string:
 * @level: when a writer is frozen
 *
 * Returns: "front-end", "back-end", "system" or "unknown"
 *
 * Since: 0.1
 */
const char *
vss_application_level_to_string (VssApplicationLevel level)
{
  return TEXT_OF (level_texts, level);
}

/* -- boxed records -- */

G_DEFINE_BOXED_TYPE (VssComponentInfo,
                     vss_component_info,
                     vss_component_info_copy,
                     vss_component_info_free)
G_DEFINE_BOXED_TYPE (VssAbsentWriter,
                     vss_absent_writer,
                     vss_absent_writer_copy,
                     vss_absent_writer_free)
G_DEFINE_BOXED_TYPE (VssWriterInfo, vss_writer_info, vss_writer_info_copy, vss_writer_info_free)

/**
 * vss_component_info_copy:
 * @self: what a component is
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssComponentInfo *
vss_component_info_copy (const VssComponentInfo *self)
{
  VssComponentInfo *copy = g_new0 (VssComponentInfo, 1);

  *copy = *self;
  copy->logical_path = g_strdup (self->logical_path);
  copy->component_name = g_strdup (self->component_name);
  copy->caption = g_strdup (self->caption);
  return copy;
}

/**
 * vss_component_info_free:
 * @self: (nullable): what a component is
 *
 * Frees it with all that it holds.
 *
 * VSS: IVssWMComponent::FreeComponentInfo
 *
 * Since: 0.1
 */
void
vss_component_info_free (VssComponentInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->logical_path);
  g_free (self->component_name);
  g_free (self->caption);
  g_free (self);
}

/**
 * vss_absent_writer_copy:
 * @self: an absent writer
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssAbsentWriter *
vss_absent_writer_copy (const VssAbsentWriter *self)
{
  VssAbsentWriter *copy = g_new0 (VssAbsentWriter, 1);

  copy->name = g_strdup (self->name);
  copy->reason = g_strdup (self->reason);
  return copy;
}

/**
 * vss_absent_writer_free:
 * @self: (nullable): an absent writer
 *
 * Frees it with all that it holds.
 *
 * Since: 0.1
 */
void
vss_absent_writer_free (VssAbsentWriter *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->reason);
  g_free (self);
}

/**
 * vss_writer_info_copy:
 * @self: a writer
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssWriterInfo *
vss_writer_info_copy (const VssWriterInfo *self)
{
  VssWriterInfo *copy = g_new0 (VssWriterInfo, 1);

  *copy = *self;
  copy->instance_id = g_strdup (self->instance_id);
  copy->writer_id = g_strdup (self->writer_id);
  copy->name = g_strdup (self->name);
  copy->kind = g_strdup (self->kind);
  copy->location = g_strdup (self->location);
  copy->message = g_strdup (self->message);
  copy->snapshot_set_id = g_strdup (self->snapshot_set_id);
  return copy;
}

/**
 * vss_writer_info_free:
 * @self: (nullable): a writer
 *
 * Frees it with all that it holds.
 *
 * Since: 0.1
 */
void
vss_writer_info_free (VssWriterInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->instance_id);
  g_free (self->writer_id);
  g_free (self->name);
  g_free (self->kind);
  g_free (self->location);
  g_free (self->message);
  g_free (self->snapshot_set_id);
  g_free (self);
}
