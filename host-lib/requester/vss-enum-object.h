/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An enumeration of snapshots or providers. VSS: IVssEnumObject. */
#pragma once

#include "host-lib/vss-types.h"

G_BEGIN_DECLS

/* VSS: VSS_OBJECT_PROP; exactly one of the two is set. A boxed type. */
#define VSS_TYPE_OBJECT_PROP (vss_object_prop_get_type ())
typedef struct
{
  VssObjectType type;
  VssSnapshotProp *snapshot;
  VssProviderProp *provider;
} VssObjectProp;
VSS_API GType vss_object_prop_get_type (void);
VSS_API VssObjectProp *vss_object_prop_copy (const VssObjectProp *self);
VSS_API void vss_object_prop_free (VssObjectProp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssObjectProp, vss_object_prop_free)

#define VSS_TYPE_ENUM_OBJECT (vss_enum_object_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssEnumObject, vss_enum_object, VSS, ENUM_OBJECT, GObject)

/* The next @count objects, fewer at the end. (transfer full) (element-type VssObjectProp) */
VSS_API GPtrArray *vss_enum_object_next (VssEnumObject *self, guint count, GError **error);
VSS_API gboolean vss_enum_object_skip (VssEnumObject *self, guint count, GError **error);
VSS_API gboolean vss_enum_object_reset (VssEnumObject *self, GError **error);
VSS_API VssEnumObject *vss_enum_object_clone (VssEnumObject *self, GError **error);

G_END_DECLS
