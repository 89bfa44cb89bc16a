/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identify for all registered writers at the same time, under one limit. Changes no writer's state.
 * Called by a command, on the main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-registry.h"

G_BEGIN_DECLS

/* Completes by @timeout_ms; writers that have not answered then, or wrongly, are absent. */
void vss_writer_gather_async (VssWriterRegistry *registry,
                              guint timeout_ms,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* Never fails. */
VssWireGatherWriterMetadataResult *vss_writer_gather_finish (VssWriterRegistry *registry,
                                                             GAsyncResult *result);

G_END_DECLS
