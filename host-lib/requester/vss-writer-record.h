/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one writer has said of itself, checked: the ids are UUIDs, the name is fit to be shown. Made
 * by GatherWriterMetadata, then immutable: any thread. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "host-lib/requester/vss-wm-filedesc.h"
#include "host-lib/vss-writer-types.h"

G_BEGIN_DECLS

/* More writers than a guest has applications; the agent's own limit is below. */
#define VSS_MAX_WRITERS 256

/* Components of one writer: a server with thousands of databases is one. */
#define VSS_MAX_COMPONENTS 4096

/* Counted by reference. */
typedef struct
{
  VssWireWriterMetadata *metadata;
  GPtrArray *components; /* element-type VssWireWriterComponent */
} VssWriterRecord;

VssWriterRecord *vss_writer_record_ref (VssWriterRecord *self);
void vss_writer_record_unref (VssWriterRecord *self);
/* NULL if the writer has declared no such component. @logical_path: nullable. */
const VssWireWriterComponent *vss_writer_record_find_component (const VssWriterRecord *self,
                                                                VssComponentType type,
                                                                const char *logical_path,
                                                                const char *name);

/* Asks every writer of the guest within @timeout_ms; asks nobody's components that @wanted refuses.
 * (transfer full) (element-type VssWriterRecord). @absent: (element-type VssAbsentWriter) those who
 * failed to describe themselves, and whose description makes no sense, are added. */
typedef gboolean (*VssWriterWanted) (const VssWireWriterMetadata *metadata, gpointer user_data);
GPtrArray *vss_writer_records_gather (VssGuest *guest,
                                      guint timeout_ms,
                                      VssWriterWanted wanted,
                                      gpointer user_data,
                                      GPtrArray *absent,
                                      GCancellable *cancellable,
                                      GError **error);

/* NULL or "" and "/" are the root. */
gboolean vss_logical_path_is_same (const char *one, const char *other);

/* Adds to @absent (element-type VssAbsentWriter) what the guest says, fit to be shown. */
void vss_absent_writers_add (GPtrArray *absent, const char *name, const char *reason);

/* For the objects on top: each keeps a reference of @owner. */
VssWMFiledesc *vss_wm_filedesc_new (VssWriterRecord *owner, const VssWireWriterFileSet *files);
VssWMDependency *vss_wm_dependency_new (VssWriterRecord *owner,
                                        const VssWireWriterDependency *dependency);
/* VSS_E_OBJECT_NOT_FOUND beyond the end of @files (nullable). */
VssWMFiledesc *vss_wm_filedesc_at (VssWriterRecord *owner,
                                   GPtrArray *files,
                                   guint index,
                                   const char *call,
                                   GError **error);
gboolean vss_refuse_index (guint index, guint count, const char *call, GError **error);

G_END_DECLS
