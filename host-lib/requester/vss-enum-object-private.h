/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a query makes its enumeration. */
#pragma once

#include "host-lib/requester/vss-enum-object.h"

G_BEGIN_DECLS

/* @objects: (element-type VssObjectProp) (transfer full) */
VssEnumObject *vss_enum_object_new (GPtrArray *objects);

G_END_DECLS
