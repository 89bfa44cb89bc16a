/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds what dead owners left, and finishes or undoes it. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* What is done with a set in recovery. */
typedef enum
{
  VSS_RECOVER_LEAVE, /* its owner lives, and is at it */
  VSS_RECOVER_CHECK, /* complete and to stay: only its place in the domain is checked */
  VSS_RECOVER_UNDO,  /* half-made, half-deleted, or nobody's */
} VssRecoverAction;

VssRecoverAction vss_recover_action (VssSetState state, gboolean alive, gboolean auto_release);

gboolean vss_recover_domain (VssLibvirtSession *session,
                             VssRecoverFunc report,
                             gpointer report_data,
                             GCancellable *cancellable,
                             GError **error);

G_END_DECLS
