/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer says, from its bytes or its JSON to the wire's types: nothing of it is trusted.
 * Used by programs and daemons of writers; pure functions, any thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "guest-agent/writers/vss-writer-file.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* A line of a program. NULL with VSS_WRITER_ERROR_MALFORMED. */
JsonNode *vss_writer_answer_parse (GBytes *line, GError **error);

/* How an event went; the message is fit for logs and terminals. NULL with
 * VSS_WRITER_ERROR_MALFORMED. */
VssWireWriterEventResult *vss_writer_answer_to_event (JsonNode *node, GError **error);

/* How a writer describes itself, @said by it (nullable: it has nothing to say) and by its key file
 * (@file, nullable). NULL with VSS_WRITER_ERROR_MALFORMED or _IDENTITY. */
VssWireWriterIdentifyResult *
vss_writer_answer_to_identity (JsonNode *said, const VssWriterFile *file, GError **error);

/* @event as the line that is told to programs. */
GBytes *vss_writer_answer_make_event (const VssWireWriterEventArguments *event);

G_END_DECLS
