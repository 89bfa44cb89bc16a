/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recorded dialogue, one JSON object a line:
 *
 *   "host-nonce", "guest-nonce"  a new host or guest with that nonce, over the same connection
 *   "note"                       for the reader
 *   "at-ms"                      when; the entry before if absent
 *   "dir"                        "h2g" or "g2h": something crosses the connection
 *   "line"                       what does: a message
 *   "sync"                       true: with the byte 0xFF in front of it
 *   "raw"                        what does, if it is no message; U+0080 to U+00FF stand for bytes
 *   "by"                         who makes it: "owner" (if absent) the caller of the sender's
 *                                session, "session" the session itself; "late" nobody, it was
 *                                sent before; "noise" nobody, it is no message of ours
 *   "arrives"                    false: it is sent, but not received here; see "late"
 *   "timeout-ms"                 limit of a command, 10000 if absent
 *   "sees"                       what the receiver's session reports, such as "command NAME ID",
 *                                "reply ID", "error ID CLASS", "synced"; nothing if absent
 *   "host-sees"                  without "dir": what the host's session reports as time goes by
 *   "keep-alive-ms"              the host keeps the session alive
 *   "hang-up"                    "host" or "guest": that end sees that the other one is gone
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Entries of the file at @path, as JsonObject; any fault in it ends the test program. */
GPtrArray *transcript_read (const char *path);

/* Members of an entry. */
gint64 transcript_get_int (JsonObject *entry, const char *name, gint64 otherwise);
const char *transcript_get_text (JsonObject *entry, const char *name, const char *otherwise);

/* The texts of an array member, each followed by a newline. */
char *transcript_get_list (JsonObject *entry, const char *name);

/* What crosses the connection. */
GBytes *transcript_get_bytes (JsonObject *entry);

/* The message in "line"; NULL if there is none. */
JsonObject *transcript_get_message (JsonObject *entry);

G_END_DECLS
