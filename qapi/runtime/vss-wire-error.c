/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of reading messages. */
#include "qapi/runtime/vss-wire-error.h"

G_DEFINE_QUARK (vss - wire - error - quark, vss_wire_error)
