/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The errors that commands answer with. Pure functions. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* The codes are the wire's: a #VssWireErrorClass. */
#define VSS_COMMAND_ERROR (vss_command_error_quark ())
GQuark vss_command_error_quark (void);

/* The wire's class of any error that a command met; generic-error for domains without one. */
const char *vss_command_error_get_class (const GError *error);

G_END_DECLS
