/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the connection and the domain of one provider. On the provider's worker thread. */
#include "host-lib/providers/libvirt/vss-libvirt-session.h"

#include <libvirt/virterror.h>

#include "host-lib/vss-pipe-guard.h"

/* How long a killed libvirtd may take to come back (systemd restarts it after 100 ms; it then
 * reconnects to every QEMU) before the rest is left to recovery. */
#define RECONNECT_LIMIT_US (30 * G_USEC_PER_SEC)

/* Between two attempts: libvirtd gives no sign of its return. */
#define RECONNECT_PAUSE_US (200 * 1000)

/* Seconds between keep-alive messages, and how many may stay unanswered; they only flow where the
 * application runs libvirt's event loop. */
#define KEEP_ALIVE_INTERVAL 5
#define KEEP_ALIVE_COUNT 3

/* Errors come back from each call; libvirt need not print them too. */
static void
stay_silent (void *user_data, virErrorPtr error)
{
}

static virConnectPtr
open_connection (const char *uri)
{
  virConnectPtr connection = virConnectOpen (uri);

  if (connection == NULL)
    return NULL;
  virConnSetErrorFunc (connection, NULL, stay_silent);
  virConnectSetKeepAlive (connection, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_COUNT);
  return connection;
}

static virDomainPtr
find_domain (virConnectPtr connection, const char *name)
{
  virDomainPtr domain = virDomainLookupByName (connection, name);
  guint64 id;

  if (domain == NULL && g_uuid_string_is_valid (name))
    domain = virDomainLookupByUUIDString (connection, name);
  if (domain == NULL && g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &id, NULL))
    domain = virDomainLookupByID (connection, (int)id);
  return domain;
}

gboolean
vss_libvirt_open (const char *uri,
                  const char *domain,
                  virConnectPtr *out_connection,
                  virDomainPtr *out_domain,
                  GError **error)
{
  VSS_GUARD_PIPES ();
  virConnectPtr connection = open_connection (uri);
  virDomainPtr found;

  if (connection == NULL)
    {
      g_autoptr (GError) cause = NULL;

      vss_libvirt_set_error (&cause, "cannot connect to libvirt at %s",
                             uri != NULL ? uri : "its default address");
      if (cause->code != VSS_E_ACCESSDENIED)
        cause->code = VSS_E_UNEXPECTED;
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }

  found = find_domain (connection, domain);
  if (found == NULL)
    {
      g_autoptr (GError) cause = NULL;

      vss_libvirt_set_error (&cause, "cannot find domain %s", domain);
      if (cause->code != VSS_E_ACCESSDENIED)
        cause->code = VSS_E_OBJECT_NOT_FOUND;
      g_propagate_error (error, g_steal_pointer (&cause));
      virConnectClose (connection);
      return FALSE;
    }
  *out_connection = connection;
  *out_domain = found;
  return TRUE;
}

static char *
take_libvirt_text (char *text)
{
  char *copy = g_strdup (text != NULL ? text : "");

  free (text);
  return copy;
}

VssLibvirtSession *
vss_libvirt_session_new (virConnectPtr connection, virDomainPtr domain)
{
  VssLibvirtSession *self = g_new0 (VssLibvirtSession, 1);

  virConnectRef (connection);
  virDomainRef (domain);
  self->connection = connection;
  self->domain = domain;
  self->uri = take_libvirt_text (virConnectGetURI (connection));
  self->host_name = take_libvirt_text (virConnectGetHostname (connection));
  self->domain_name = g_strdup (virDomainGetName (domain));
  virDomainGetUUIDString (domain, self->domain_uuid);
  return self;
}

static void
drop_connection (VssLibvirtSession *self)
{
  g_clear_pointer (&self->domain, virDomainFree);
  g_clear_pointer (&self->connection, virConnectClose);
}

void
vss_libvirt_session_free (VssLibvirtSession *self)
{
  VSS_GUARD_PIPES ();

  if (self == NULL)
    return;
  drop_connection (self);
  g_free (self->uri);
  g_free (self->host_name);
  g_free (self->domain_name);
  g_free (self);
}

/* An answer, not virConnectIsAlive: without an event loop libvirt notices the end of its socket
 * only when it uses it. */
static gboolean
answers (VssLibvirtSession *self)
{
  unsigned long version;

  return self->connection != NULL && self->domain != NULL &&
         virConnectGetLibVersion (self->connection, &version) == 0;
}

/* @gone: libvirtd is back, and knows no such domain: waiting is of no use. */
static gboolean
reopen (VssLibvirtSession *self, gboolean *gone)
{
  virConnectPtr connection = open_connection (self->uri);
  virDomainPtr domain;

  if (connection == NULL)
    return FALSE;
  domain = virDomainLookupByUUIDString (connection, self->domain_uuid);
  if (domain == NULL)
    {
      *gone = virGetLastErrorCode () == VIR_ERR_NO_DOMAIN;
      virConnectClose (connection);
      return FALSE;
    }
  drop_connection (self);
  self->connection = connection;
  self->domain = domain;
  return TRUE;
}

gboolean
vss_libvirt_session_ensure (VssLibvirtSession *self, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + RECONNECT_LIMIT_US;
  gboolean gone = FALSE;

  if (answers (self))
    return TRUE;
  while (!reopen (self, &gone))
    {
      if (gone)
        {
          g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                       "domain %s is gone since libvirt at %s came back", self->domain_name,
                       self->uri);
          return FALSE;
        }
      if (g_get_monotonic_time () >= deadline)
        {
          vss_libvirt_set_error (
              error, "cannot reach libvirt at %s again for domain %s within %d s", self->uri,
              self->domain_name, (int)(RECONNECT_LIMIT_US / G_USEC_PER_SEC));
          g_prefix_error (error, "what is recorded can be finished with recover: ");
          return FALSE;
        }
      g_usleep (RECONNECT_PAUSE_US);
    }
  return TRUE;
}

gboolean
vss_libvirt_session_is_local (VssLibvirtSession *self)
{
  g_autoptr (GUri) uri = g_uri_parse (self->uri, G_URI_FLAGS_NON_DNS, NULL);

  if (uri == NULL)
    return FALSE;
  return g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0';
}

gboolean
vss_libvirt_session_is_running (VssLibvirtSession *self)
{
  return virDomainIsActive (self->domain) == 1;
}

unsigned int
vss_libvirt_session_affect_flags (VssLibvirtSession *self)
{
  unsigned int flags = 0;

  if (virDomainIsActive (self->domain) == 1)
    flags |= VIR_DOMAIN_AFFECT_LIVE;
  if (virDomainIsPersistent (self->domain) == 1)
    flags |= VIR_DOMAIN_AFFECT_CONFIG;
  return flags;
}
