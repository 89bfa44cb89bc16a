/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short ways to feed one end of a session by hand and to look at what comes out. */
#pragma once

#include "protocol/vss-session.h"

G_BEGIN_DECLS

/* Feeds text; the character @ stands for the byte 0xFF. */
void end_feed (VssSession *session, gint64 now_ms, const char *text);

/* Everything that waits to be sent, as text in the same form; it counts as sent. */
char *end_output (VssSession *session);
void end_expect_output (VssSession *session, const char *expected);

/* Takes the next event, which must be of that kind. */
VssSessionEvent *end_expect (VssSession *session, VssSessionEventKind kind);
void end_expect_nothing (VssSession *session);

/* Takes the next event, checks it and frees it. */
void end_expect_error (VssSession *session, VssSessionEventKind kind, int code);
void end_expect_command (VssSession *session, const char *name, const char *id);
void end_expect_reply (VssSession *session, const char *id, const char *result);
void end_expect_failed_reply (VssSession *session, const char *id, int code);

/* A node from JSON text, and back. */
JsonNode *end_node (const char *json);
char *end_text (JsonNode *node);

/* A host with the session "s" open, nonce "abc". Feeding was at 0 ms. */
VssSession *end_new_host (void);
/* A guest with the session "s" open. */
VssSession *end_new_guest (void);

G_END_DECLS
