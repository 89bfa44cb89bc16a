/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small steps of building a JSON document, and writing it. Called by vss-output-json*.c. */
#pragma once

#include <json-glib/json-glib.h>

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* Members of the object that is open. NULL strings are null. */
void vss_json_string (JsonBuilder *builder, const char *key, const char *value);
void vss_json_int (JsonBuilder *builder, const char *key, gint64 value);
void vss_json_bool (JsonBuilder *builder, const char *key, gboolean value);
/* @values: nullable: empty */
void vss_json_strings (JsonBuilder *builder, const char *key, const char *const *values);
/* "key-us" as a number and "key" in ISO 8601, both null if there is no time. */
void vss_json_time (JsonBuilder *builder, const char *key, gint64 time_us);
void vss_json_begin_array (JsonBuilder *builder, const char *key);
/* "key": {"code", "hresult", "message"}, or null */
void vss_json_error (JsonBuilder *builder, const char *key, const GError *error);

/* Writes the document of @builder, which is finished. */
void vss_json_print (VssCli *cli, JsonBuilder *builder);

G_END_DECLS
