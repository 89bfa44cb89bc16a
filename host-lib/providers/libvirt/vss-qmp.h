/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command to the domain's QEMU through libvirt, and its answer. libvirt marks a domain that
 * was asked this way as tainted: used only where libvirt's own view is no proof. On the worker
 * thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* @arguments: nullable, taken over. Returns what QEMU returned. */
JsonNode *vss_qmp_call (VssLibvirtSession *session,
                        const char *command,
                        JsonObject *arguments,
                        GError **error);

/* JSON that QEMU sent, or that stands in a string of it; NULL if it is none, or too large or too
 * deep to be read without harm. */
JsonNode *vss_qmp_parse (const char *text);

/* The "return" of a reply. VSS_E_UNEXPECTED_PROVIDER_ERROR. */
JsonNode *vss_qmp_parse_reply (const char *reply, const char *command, GError **error);

G_END_DECLS
