/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors of reading messages, and how strictly they are read. Used by the
 * generated code and everybody who calls it, on any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * VSS_WIRE_ERROR:
 *
 * Domain of the errors that reading a message gives; the text names the member.
 */
#define VSS_WIRE_ERROR (vss_wire_error_quark ())

/**
 * VssWireError:
 * @VSS_WIRE_ERROR_COMMAND_NOT_FOUND: no such command, or no handler for it
 * @VSS_WIRE_ERROR_BAD_ARGUMENTS: what was read strictly doesn't match the schema
 * @VSS_WIRE_ERROR_BAD_REPLY: what was read leniently doesn't match the schema
 */
typedef enum
{
  VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
  VSS_WIRE_ERROR_BAD_ARGUMENTS,
  VSS_WIRE_ERROR_BAD_REPLY,
} VssWireError;

/**
 * VssWireParseFlags:
 * @VSS_WIRE_PARSE_STRICT: an unknown member is an error: arguments of commands,
 *     where ignoring what the peer asked for would be wrong
 * @VSS_WIRE_PARSE_LENIENT: unknown members are ignored: replies and events, which
 *     a newer peer may have extended
 */
typedef enum
{
  VSS_WIRE_PARSE_STRICT,
  VSS_WIRE_PARSE_LENIENT,
} VssWireParseFlags;

GQuark vss_wire_error_quark (void);

G_END_DECLS
