/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a peer's text fit for messages, logs and terminals. Pure function, any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes of a peer's text within one of our messages: a few lines on a terminal. */
#define VSS_TEXT_MAX_MESSAGE 512
/* Bytes of a peer's name (a command, an error class) within one of our messages. */
#define VSS_TEXT_MAX_NAME 64

/* A copy of @text (nullable) with at most @max_bytes bytes, cut between characters and then ending
 * in "...". Whatever could steer a terminal or forge a line of a log is replaced by "?": control
 * and format characters (also those that change the direction of writing), line and paragraph
 * separators, unassigned and private code points, and bytes that are no UTF-8. */
char *vss_text_sanitise (const char *text, gsize max_bytes);

G_END_DECLS
