/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system provider: external snapshots of one libvirt domain. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/providers/vss-provider.h"

G_BEGIN_DECLS

/* The same for every version; the version's own id changes with what the provider does. */
#define VSS_LIBVIRT_PROVIDER_ID "dd057b45-f1b1-475f-9969-bfbb6fc519ad"
#define VSS_LIBVIRT_PROVIDER_VERSION_ID "ee930326-999b-482f-b0a8-6b56e7f4d109"

#define VSS_TYPE_LIBVIRT_PROVIDER (vss_libvirt_provider_get_type ())
G_DECLARE_FINAL_TYPE (VssLibvirtProvider, vss_libvirt_provider, VSS, LIBVIRT_PROVIDER, GObject)

/* Keeps a reference of both. The connection must be read-write. */
VssLibvirtProvider *vss_libvirt_provider_new (virConnectPtr connection, virDomainPtr domain);

/* Opens @uri (NULL: libvirt's default) with keep-alive, and finds @domain by name, UUID or id.
 * VSS_E_ACCESSDENIED, VSS_E_OBJECT_NOT_FOUND, VSS_E_UNEXPECTED. */
gboolean vss_libvirt_open (const char *uri,
                           const char *domain,
                           virConnectPtr *out_connection,
                           virDomainPtr *out_domain,
                           GError **error);

/* Turns libvirt's last error of this thread into VSS_ERROR (the table of vss-to-vm): denied ->
 * E_ACCESSDENIED, no domain -> OBJECT_NOT_FOUND, no space -> INSUFFICIENT_STORAGE, job active ->
 * PROVIDER_VETO, the rest -> UNEXPECTED_PROVIDER_ERROR. @attempt: "cannot create overlay for vda";
 * its arguments must call nothing of libvirt, not even virDomainGetName: that forgets the error.
 */
void vss_libvirt_set_error (GError **error, const char *attempt_format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
