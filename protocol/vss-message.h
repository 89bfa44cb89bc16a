/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of the wire as a record, and records as lines. Knows the form of messages, nothing of
 * sessions. Pure functions, any thread. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  VSS_MESSAGE_SYNC_REQUEST, /* guest-sync-delimited: number */
  VSS_MESSAGE_HELLO, /* vss-hello: name, id, node = arguments or NULL */
  VSS_MESSAGE_COMMAND, /* the same, any other command */
  VSS_MESSAGE_SYNC_REPLY, /* a return without id: number */
  VSS_MESSAGE_RETURN, /* id, node = the value */
  VSS_MESSAGE_ERROR, /* id, name = class, description, node = data or NULL */
  VSS_MESSAGE_EVENT, /* name, session, node = data or NULL */
} VssMessageKind;

#define VSS_MESSAGE_N_KINDS (VSS_MESSAGE_EVENT + 1)

typedef struct
{
  VssMessageKind kind;
  char *id;
  char *name;
  char *description;
  char *session;
  gint64 number;
  JsonNode *node;
} VssMessage;

/* Reads one line. Everything in it is the peer's: checked for form, not sanitised.
 * NULL with VSS_PROTOCOL_ERROR_MALFORMED or _TOO_LARGE. */
VssMessage *vss_message_parse (GBytes *line, GError **error);
void vss_message_free (VssMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssMessage, vss_message_free)

/* Each makes a line with its newline. Nodes are transfer full, nullable. What could not be read by
 * the peer (too large, not UTF-8, infinite) is refused here, with the errors of parsing. */
GBytes *vss_message_write_command (const char *name,
                                   const char *id,
                                   JsonNode *arguments,
                                   GError **error);
GBytes *vss_message_write_return (const char *id, JsonNode *value, GError **error);
GBytes *vss_message_write_error (const char *id,
                                 const char *error_class,
                                 const char *description,
                                 JsonNode *data,
                                 GError **error);
GBytes *vss_message_write_event (const char *name,
                                 const char *session,
                                 JsonNode *data,
                                 gint64 now_ms,
                                 GError **error);

/* The resynchronisation, byte 0xFF included. */
GBytes *vss_message_write_sync_request (gint64 number);
GBytes *vss_message_write_sync_reply (gint64 number);

G_END_DECLS
