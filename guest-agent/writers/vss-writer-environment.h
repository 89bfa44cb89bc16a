/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What writers need of the agent around them. Plain data, owned by the agent (or a test) and
 * outliving every writer; main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-clock.h"
#include "guest-agent/writers/vss-writer-launcher.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

typedef struct
{
  const VssWriterClock *clock;
  const VssWriterLauncher *launcher;
  /* Whether file systems are frozen: then nothing may be started, signalled or waited for. */
  gboolean (*is_frozen) (gpointer user_data);
  /* The configured limit of an event, for writers that have set none. */
  guint (*get_timeout_ms) (gpointer user_data, VssWireWriterEvent event);
  gpointer user_data;
} VssWriterEnvironment;

G_END_DECLS
