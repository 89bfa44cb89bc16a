/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backup components document: what a backup consists of, as XML of our own. Pure functions,
 * any thread. */
#pragma once

#include "host-lib/vss-snapshot-set.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

#define VSS_COMPONENTS_DOCUMENT_NAMESPACE "urn:virt-vss:backup-components:1.0"

/* Everything is borrowed. */
typedef struct
{
  const char *domain_name;
  const char *domain_uuid;
  const char *host_name;
  gint context;
  VssBackupType backup_type;
  gboolean select_components;
  gboolean bootable_system_state;
  gboolean partial_file_support;
  const VssSnapshotSet *set; /* nullable */
  GPtrArray *writers; /* element-type VssSetWriter, nullable */
  GPtrArray *components; /* element-type VssWireSelectedComponent, nullable: those chosen */
} VssComponentsDocument;

char *vss_components_document_to_xml (const VssComponentsDocument *document);

/* Whether @xml is such a document. VSS_E_INVALID_XML_DOCUMENT. */
gboolean vss_components_document_check (const char *xml, GError **error);

G_END_DECLS
