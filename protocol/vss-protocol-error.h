/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors that reading a peer's bytes and holding a session with it can have. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VSS_PROTOCOL_ERROR (vss_protocol_error_quark ())

/**
 * VssProtocolError:
 * @VSS_PROTOCOL_ERROR_MALFORMED: the bytes are no JSON of the kind that we take
 * @VSS_PROTOCOL_ERROR_TOO_LARGE: a message or its nesting is beyond the limits
 * @VSS_PROTOCOL_ERROR_TIMEOUT: no answer came within the command's limit
 * @VSS_PROTOCOL_ERROR_CLOSED: the connection or the session is gone
 * @VSS_PROTOCOL_ERROR_REMOTE: the peer answered with an error; see
 *   vss_protocol_error_get_class()
 * @VSS_PROTOCOL_ERROR_STATE: the call is out of sequence
 * @VSS_PROTOCOL_ERROR_FLOOD: the peer sends more than the limits allow
 */
typedef enum
{
  VSS_PROTOCOL_ERROR_MALFORMED,
  VSS_PROTOCOL_ERROR_TOO_LARGE,
  VSS_PROTOCOL_ERROR_TIMEOUT,
  VSS_PROTOCOL_ERROR_CLOSED,
  VSS_PROTOCOL_ERROR_REMOTE,
  VSS_PROTOCOL_ERROR_STATE,
  VSS_PROTOCOL_ERROR_FLOOD,
} VssProtocolError;

GQuark vss_protocol_error_quark (void);

/* The peer's words as an error: VSS_PROTOCOL_ERROR_REMOTE. Both are sanitised here. */
GError *vss_protocol_error_new_remote (const char *error_class, const char *description);

/* The peer's error class of a VSS_PROTOCOL_ERROR_REMOTE error, NULL for others. */
const char *vss_protocol_error_get_class (const GError *error);

G_END_DECLS
