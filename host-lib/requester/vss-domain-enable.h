/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives a virtual machine the channel that the agent in its guest is reached by. Blocks shortly. */
#pragma once

#include "host-lib/requester/vss-domain.h"

G_BEGIN_DECLS

/**
 * VssEnableOutcome:
 * @VSS_ENABLE_NOT_APPLICABLE: there is nothing to change: the virtual machine isn't running, or it
 *   is transient
 * @VSS_ENABLE_PRESENT: the channel was there
 * @VSS_ENABLE_ADDED: the channel was added; in a dry run: it would be
 * @VSS_ENABLE_REFUSED: the channel can't be added
 *
 * What became of the channel in the running virtual machine, or in its configuration.
 *
 * Since: 0.1
 */
typedef enum
{
  VSS_ENABLE_NOT_APPLICABLE,
  VSS_ENABLE_PRESENT,
  VSS_ENABLE_ADDED,
  VSS_ENABLE_REFUSED,
} VssEnableOutcome;

/* A boxed type. */
#define VSS_TYPE_ENABLE_RESULT (vss_enable_result_get_type ())
typedef struct
{
  VssEnableOutcome live; /* in the running virtual machine */
  VssEnableOutcome config; /* from its next start on */
  char *live_reason; /* nullable: why it was refused, and what to do */
} VssEnableResult;
VSS_API GType vss_enable_result_get_type (void);
VSS_API VssEnableResult *vss_enable_result_copy (const VssEnableResult *self);
VSS_API void vss_enable_result_free (VssEnableResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssEnableResult, vss_enable_result_free)

/* (transfer full) */
VSS_API VssEnableResult *vss_domain_enable (VssDomain *self, gboolean dry_run, GError **error);

G_END_DECLS
