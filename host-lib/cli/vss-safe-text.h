/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that a terminal shows and never obeys. Whatever a guest, a host or a user named goes
 * through here before it is printed. Pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Control and formatting characters (escape sequences, line ends, direction overrides), bytes
 * that are no UTF-8, and the backslash itself become \xNN, byte by byte; the rest stays. */
char *vss_safe_text (const char *text);

/* The same for a word of a line that is split at blanks: blanks become \x20, and an empty or
 * missing word is "-". */
char *vss_safe_word (const char *text);

/* The same for a JSON document: the characters that JSON allows and a terminal obeys become
 * \uNNNN, which means the same to JSON. */
char *vss_safe_json (const char *json);

/* How many columns a terminal needs for @text, which is safe. */
guint vss_safe_text_columns (const char *text);

G_END_DECLS
