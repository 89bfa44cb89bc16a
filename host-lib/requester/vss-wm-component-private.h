/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the library makes the objects of a writer's metadata. Any thread. */
#pragma once

#include "host-lib/requester/vss-examine-writer-metadata.h"
#include "host-lib/requester/vss-writer-record.h"

G_BEGIN_DECLS

VssExamineWriterMetadata *vss_examine_writer_metadata_new (VssWriterRecord *record);
VssWMComponent *vss_wm_component_new (VssWriterRecord *owner,
                                      const VssWireWriterComponent *component);

G_END_DECLS
