/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of the enumerations and the boxed property structures. Called by everybody, on any
 * thread; no state. */
#include "host-lib/vss-types.h"

typedef struct
{
  gint value;
  const char *text;
} VssText;

static const VssText consistency_texts[] = {
  { VSS_CONSISTENCY_NONE, "none" },
  { VSS_CONSISTENCY_CRASH, "crash" },
  { VSS_CONSISTENCY_FILESYSTEM, "filesystem" },
  { VSS_CONSISTENCY_APPLICATION, "application" },
  { 0, NULL },
};

static const VssText policy_texts[] = {
  { VSS_POLICY_REPORT, "report" },
  { VSS_POLICY_REQUIRE_APPLICATION, "require-application" },
  { VSS_POLICY_REQUIRE_FILESYSTEM, "require-filesystem" },
  { VSS_POLICY_CRASH, "crash" },
  { 0, NULL },
};

static const VssText context_texts[] = {
  { VSS_CTX_BACKUP, "backup" },
  { VSS_CTX_FILE_SHARE_BACKUP, "file-share-backup" },
  { VSS_CTX_NAS_ROLLBACK, "nas-rollback" },
  { VSS_CTX_APP_ROLLBACK, "app-rollback" },
  { VSS_CTX_CLIENT_ACCESSIBLE, "client-accessible" },
  { VSS_CTX_CLIENT_ACCESSIBLE_WRITERS, "client-accessible-writers" },
  { VSS_CTX_ALL, "all" },
  { 0, NULL },
};

static const char *
text_of (const VssText *texts, gint value)
{
  for (; texts->text != NULL; texts++)
    {
      if (texts->value == value)
        return texts->text;
    }
  return "unknown";
}

static gboolean
value_of (const VssText *texts, const char *text, gint *value)
{
  for (; text != NULL && texts->text != NULL; texts++)
    {
      if (g_str_equal (texts->text, text))
        {
          *value = texts->value;
          return TRUE;
        }
    }
  return FALSE;
}

/**
 * vss_consistency_to_string:
 * @consistency: a level
 *
 * Returns: "none", "crash", "filesystem" or "application"
 *
 * Since: 0.1
 */
const char *
vss_consistency_to_string (VssConsistency consistency)
{
  return text_of (consistency_texts, (gint)consistency);
}

/**
 * vss_consistency_from_string:
 * @text: (nullable): "none", "crash", "filesystem" or "application"
 * @consistency: (out): the level
 *
 * Returns: whether @text is one of them
 *
 * Since: 0.1
 */
gboolean
vss_consistency_from_string (const char *text, VssConsistency *consistency)
{
  gint value;

  if (!value_of (consistency_texts, text, &value))
    return FALSE;
  *consistency = (VssConsistency)value;
  return TRUE;
}

/**
 * vss_policy_to_string:
 * @policy: a policy
 *
 * Returns: "report", "require-application", "require-filesystem" or "crash"
 *
 * Since: 0.1
 */
const char *
vss_policy_to_string (VssPolicy policy)
{
  return text_of (policy_texts, (gint)policy);
}

/**
 * vss_policy_from_string:
 * @text: (nullable): "report", "require-application", "require-filesystem" or "crash"
 * @policy: (out): the policy
 *
 * Returns: whether @text is one of them
 *
 * Since: 0.1
 */
gboolean
vss_policy_from_string (const char *text, VssPolicy *policy)
{
  gint value;

  if (!value_of (policy_texts, text, &value))
    return FALSE;
  *policy = (VssPolicy)value;
  return TRUE;
}

/**
 * vss_snapshot_context_to_string:
 * @context: a #VssSnapshotContext, possibly with attributes added
 *
 * Returns: "backup", "app-rollback" and so on; "unknown" if it is no plain context
 *
 * Since: 0.1
 */
const char *
vss_snapshot_context_to_string (gint context)
{
  return text_of (context_texts, context);
}

/**
 * vss_snapshot_context_from_string:
 * @text: (nullable): a context's name in lower case, without VSS_CTX_
 * @context: (out): the context
 *
 * Returns: whether @text is one of them
 *
 * Since: 0.1
 */
gboolean
vss_snapshot_context_from_string (const char *text, gint *context)
{
  return value_of (context_texts, text, context);
}

G_DEFINE_BOXED_TYPE (VssSnapshotProp,
                     vss_snapshot_prop,
                     vss_snapshot_prop_copy,
                     vss_snapshot_prop_free)
G_DEFINE_BOXED_TYPE (VssProviderProp,
                     vss_provider_prop,
                     vss_provider_prop_copy,
                     vss_provider_prop_free)

/**
 * vss_snapshot_prop_copy:
 * @self: the properties of a snapshot
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssSnapshotProp *
vss_snapshot_prop_copy (const VssSnapshotProp *self)
{
  VssSnapshotProp *copy = g_new0 (VssSnapshotProp, 1);

  *copy = *self;
  copy->snapshot_id = g_strdup (self->snapshot_id);
  copy->snapshot_set_id = g_strdup (self->snapshot_set_id);
  copy->snapshot_device_object = g_strdup (self->snapshot_device_object);
  copy->original_volume_name = g_strdup (self->original_volume_name);
  copy->originating_machine = g_strdup (self->originating_machine);
  copy->service_machine = g_strdup (self->service_machine);
  copy->exposed_name = g_strdup (self->exposed_name);
  copy->exposed_path = g_strdup (self->exposed_path);
  copy->provider_id = g_strdup (self->provider_id);
  return copy;
}

/**
 * vss_snapshot_prop_free:
 * @self: (nullable): the properties of a snapshot
 *
 * Frees them with all their texts.
 *
 * Since: 0.1
 */
void
vss_snapshot_prop_free (VssSnapshotProp *self)
{
  if (self == NULL)
    return;
  g_free (self->snapshot_id);
  g_free (self->snapshot_set_id);
  g_free (self->snapshot_device_object);
  g_free (self->original_volume_name);
  g_free (self->originating_machine);
  g_free (self->service_machine);
  g_free (self->exposed_name);
  g_free (self->exposed_path);
  g_free (self->provider_id);
  g_free (self);
}

/**
 * vss_provider_prop_copy:
 * @self: the properties of a provider
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssProviderProp *
vss_provider_prop_copy (const VssProviderProp *self)
{
  VssProviderProp *copy = g_new0 (VssProviderProp, 1);

  *copy = *self;
  copy->provider_id = g_strdup (self->provider_id);
  copy->provider_name = g_strdup (self->provider_name);
  copy->provider_version = g_strdup (self->provider_version);
  copy->provider_version_id = g_strdup (self->provider_version_id);
  copy->class_id = g_strdup (self->class_id);
  return copy;
}

/**
 * vss_provider_prop_free:
 * @self: (nullable): the properties of a provider
 *
 * Frees them with all their texts.
 *
 * Since: 0.1
 */
void
vss_provider_prop_free (VssProviderProp *self)
{
  if (self == NULL)
    return;
  g_free (self->provider_id);
  g_free (self->provider_name);
  g_free (self->provider_version);
  g_free (self->provider_version_id);
  g_free (self->class_id);
  g_free (self);
}
