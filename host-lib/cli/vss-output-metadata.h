/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What writers have said of themselves, in all its forms: for vss-output-metadata*.c. */
#pragma once

#include "host-lib/cli/vss-output-writers.h"

G_BEGIN_DECLS

/* What a writer's metadata says of the writer itself, in one place. */
typedef struct
{
  char *instance_id;
  char *writer_id;
  char *name;
  char *instance_name; /* nullable */
  VssUsageType usage;
  VssSourceType source;
  guint exclude_files;
  guint components;
  guint major;
  guint minor;
  VssBackupSchema schema;
  const VssWriterInfo *info; /* nullable: what the agent knows of it */
} VssWriterIdentity;

void vss_writer_identity_read (VssWriterIdentity *self,
                               const VssWriterList *list,
                               VssExamineWriterMetadata *metadata);
void vss_writer_identity_clear (VssWriterIdentity *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssWriterIdentity, vss_writer_identity_clear)

/* A file set of a component, by number. */
typedef VssWMFiledesc *(*VssFileGetter) (VssWMComponent *, guint, GError **);

void vss_text_metadata (VssCli *cli, const VssWriterList *list);
void vss_json_metadata (VssCli *cli, const VssWriterList *list);

G_END_DECLS
