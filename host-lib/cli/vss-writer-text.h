/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's state and failure in the words that VSS's own tools have for them. Pure functions. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* "[5] Waiting for completion" */
char *vss_writer_text_state (VssWriterState state);
/* "No error", "Timed out", ...; @failure: VSS_S_OK or a VssError */
const char *vss_writer_text_failure (gint failure);

G_END_DECLS
