/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection and the domain that one provider works with, and their return after libvirtd
 * was killed. Used by all files of this folder, on the provider's worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

G_BEGIN_DECLS

typedef struct
{
  virConnectPtr connection;
  virDomainPtr domain;
  char *uri;
  char *host_name;
  char *domain_name;
  char domain_uuid[VIR_UUID_STRING_BUFLEN];
} VssLibvirtSession;

/* Takes a reference of both. */
VssLibvirtSession *vss_libvirt_session_new (virConnectPtr connection, virDomainPtr domain);
void vss_libvirt_session_free (VssLibvirtSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssLibvirtSession, vss_libvirt_session_free)

/* Asks libvirtd for something; if it is gone, opens the connection again until it answers or the
 * limit is reached. */
gboolean vss_libvirt_session_ensure (VssLibvirtSession *self, GError **error);

/* Whether libvirtd runs on this host, so that its paths are ours. */
gboolean vss_libvirt_session_is_local (VssLibvirtSession *self);

gboolean vss_libvirt_session_is_running (VssLibvirtSession *self);

/* VIR_DOMAIN_AFFECT_LIVE and CONFIG as far as the domain has them now. */
unsigned int vss_libvirt_session_affect_flags (VssLibvirtSession *self);

G_END_DECLS
