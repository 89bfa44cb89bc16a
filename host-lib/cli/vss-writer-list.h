/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a guest: what the agent knows of each, and what each said of itself when it was
 * asked; and finding those that a user names. Main thread. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

typedef struct
{
  char *domain;
  GPtrArray *known; /* (element-type VssWriterInfo) */
  GPtrArray *metadata; /* (element-type VssExamineWriterMetadata) */
  GPtrArray *absent; /* (element-type VssAbsentWriter) */
} VssWriterList;

/* Asks the agent, and through it every writer. */
VssWriterList *vss_writer_list_new (VssCli *cli, const char *domain, GError **error);
void vss_writer_list_free (VssWriterList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterList, vss_writer_list_free)

/* What the agent knows of the instance. (nullable) */
const VssWriterInfo *vss_writer_list_find (const VssWriterList *self, const char *instance_id);

/* The instances of @known (element-type VssWriterInfo) that are not to take part. @only: nullable:
 * those that are; @not: nullable. Each is a name, a class id or an instance id; one that nobody has
 * is an error: a typing error must not leave an application out. (transfer full) */
GStrv vss_writers_leave_out (GPtrArray *known,
                             const char *const *only,
                             const char *const *not,
                             GError **error);

G_END_DECLS
