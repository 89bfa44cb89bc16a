/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A strict, iterative check of one JSON document (RFC 8259) that stands in front of json-glib's
 * parser, which takes more than JSON and recurses without limit. Pure function, any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A message in either direction; the largest honest one (a schema) is a twentieth of it. */
#define VSS_JSON_GUARD_MAX_BYTES (1024 * 1024)
/* Nesting; the deepest honest message has 6 levels. */
#define VSS_JSON_GUARD_MAX_DEPTH 32
/* Members of one object. json-glib keeps them in a hash table whose function is no secret: names
 * chosen to collide cost the square of their number. An honest object has two dozen. */
#define VSS_JSON_GUARD_MAX_MEMBERS 1024
/* Values of one document, each of which takes json-glib some hundred bytes. One in every eight
 * bytes of the longest message is more than honest messages have. */
#define VSS_JSON_GUARD_MAX_VALUES (VSS_JSON_GUARD_MAX_BYTES / 8)
/* Characters of one number: the longest that means anything to a double has some 25. */
#define VSS_JSON_GUARD_MAX_NUMBER 64

/* TRUE if @text of @length bytes is exactly one JSON object within the limits: valid UTF-8, no
 * duplicate member name in an object (compared after decoding escapes), integers within 64 bits
 * signed, finite numbers, no U+0000 in strings, nothing before or after but white space.
 * Error: VSS_PROTOCOL_ERROR_MALFORMED or _TOO_LARGE, with the byte offset. */
gboolean vss_json_guard_check (const char *text, gsize length, GError **error);

G_END_DECLS
