/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-command-error.h. */
#include "guest-agent/commands/vss-command-error.h"

#include "guest-agent/freeze/vss-freezer.h"
#include "guest-agent/writers/vss-writer.h"

G_DEFINE_QUARK (vss_command_error, vss_command_error)

const char *
vss_command_error_get_class (const GError *error)
{
  VssWireErrorClass error_class = VSS_WIRE_ERROR_CLASS_GENERIC_ERROR;

  if (error->domain == VSS_COMMAND_ERROR || error->domain == VSS_FREEZER_ERROR)
    error_class = (VssWireErrorClass)error->code;
  else if (g_error_matches (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_COMMAND_NOT_FOUND))
    error_class = VSS_WIRE_ERROR_CLASS_COMMAND_NOT_FOUND;
  else if (g_error_matches (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_ARGUMENTS))
    error_class = VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS;
  else if (g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_UNKNOWN))
    error_class = VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND;
  else if (g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE))
    error_class = VSS_WIRE_ERROR_CLASS_BAD_STATE;
  else if (g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_ABORTED))
    error_class = VSS_WIRE_ERROR_CLASS_HOLD_LOST;
  return vss_wire_error_class_to_string (error_class);
}
