/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thing that was found out about a set before it was made: what would make it fail, what
 * makes it weaker, or what is worth knowing. A plain record. */
#pragma once

#include <glib-object.h>

#include "host-lib/vss-export.h"

G_BEGIN_DECLS

/**
 * VssFindingSeverity:
 * @VSS_FINDING_NOTE: worth knowing; changes nothing
 * @VSS_FINDING_WEAKENS: the set will be weaker than it could be
 * @VSS_FINDING_FATAL: the set can't be made
 *
 * What a #VssFinding means for the set.
 *
 * Since: 0.1
 */
typedef enum
{
  VSS_FINDING_NOTE = 0,
  VSS_FINDING_WEAKENS = 1,
  VSS_FINDING_FATAL = 2,
} VssFindingSeverity;

/**
 * VssFinding:
 * @severity: what it means for the set
 * @code: the #VssError that it has, or would have
 * @object: what it is about: a disk, a file system, a folder, a set, the virtual machine
 * @text: what was found, and what to do about it
 *
 * Something that was found while a set was looked at, see vss_backup_components_dry_run().
 *
 * Since: 0.1
 */
#define VSS_TYPE_FINDING (vss_finding_get_type ())
typedef struct
{
  VssFindingSeverity severity;
  gint code;
  char *object;
  char *text;
} VssFinding;

VSS_API GType vss_finding_get_type (void);
VSS_API VssFinding *vss_finding_copy (const VssFinding *self);
VSS_API void vss_finding_free (VssFinding *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssFinding, vss_finding_free)

/* "note", "weakens", "fatal" */
VSS_API const char *vss_finding_severity_to_string (VssFindingSeverity severity);

G_END_DECLS
