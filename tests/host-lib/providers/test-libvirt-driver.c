/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider against libvirt's own test driver: what that one has works, and what it hasn't is an
 * error with a code and a reason, never a crash. */
#include <libvirt/virterror.h>

#include "host-lib/providers/libvirt/vss-libvirt-provider.h"
#include "host-lib/providers/libvirt/vss-libvirt-session.h"
#include "host-lib/vss-snapshot-set-private.h"

static void
stay_silent (void *user_data, virErrorPtr error)
{
}

static void
open_test (virConnectPtr *connection, virDomainPtr *domain)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_libvirt_open ("test:///default", "test", connection, domain, &error));
  g_assert_no_error (error);
}

static void
test_open (void)
{
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  char uuid[VIR_UUID_STRING_BUFLEN];
  const char *names[] = { "test", "1", uuid };

  open_test (&connection, &domain);
  virDomainGetUUIDString (domain, uuid);
  virDomainFree (domain);
  virConnectClose (connection);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      connection = NULL;
      domain = NULL;
      g_assert_true (vss_libvirt_open ("test:///default", names[i], &connection, &domain, &error));
      g_assert_cmpstr (virDomainGetName (domain), ==, "test");
      virDomainFree (domain);
      virConnectClose (connection);
    }
}

static void
test_open_fails (void)
{
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_libvirt_open ("test:///default", "nobody", &connection, &domain, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_assert_nonnull (g_strrstr (error->message, "nobody"));
  g_clear_error (&error);
  g_assert_false (vss_libvirt_open ("nonsense:///", "test", &connection, &domain, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED);
  g_assert_null (connection);
  g_assert_null (domain);
}

static void
test_session (void)
{
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  g_autoptr (VssLibvirtSession) session = NULL;
  g_autoptr (GError) error = NULL;

  open_test (&connection, &domain);
  session = vss_libvirt_session_new (connection, domain);
  virDomainFree (domain);
  virConnectClose (connection);
  g_assert_true (vss_libvirt_session_ensure (session, &error));
  g_assert_true (vss_libvirt_session_is_local (session));
  g_assert_true (vss_libvirt_session_is_running (session));
  g_assert_cmpuint (vss_libvirt_session_affect_flags (session), ==,
                    VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG);
  g_free (session->uri);
  session->uri = g_strdup ("qemu+ssh://root@host/system");
  g_assert_false (vss_libvirt_session_is_local (session));
  g_free (session->uri);
  session->uri = g_strdup ("qemu:///session?socket=/x");
  g_assert_true (vss_libvirt_session_is_local (session));
}

static void
test_provider (void)
{
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  g_autoptr (VssLibvirtProvider) provider = NULL;
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GError) error = NULL;
  VssSetDisk *disk = vss_set_disk_new ();

  open_test (&connection, &domain);
  provider = vss_libvirt_provider_new (connection, domain);
  virDomainFree (domain);
  virConnectClose (connection);
  disks = vss_provider_list_disks (VSS_PROVIDER (provider), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (disks->len, ==, 1);
  g_assert_cmpstr (((VssDomainDisk *)g_ptr_array_index (disks, 0))->target, ==, "vda");

  set->id = g_uuid_string_random ();
  disk->target = g_strdup ("vdz");
  g_ptr_array_add (set->disks, disk);
  g_assert_false (vss_provider_prepare (VSS_PROVIDER (provider), set, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (vss_provider_commit (VSS_PROVIDER (provider), set, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_BAD_STATE);
  g_clear_error (&error);
  g_assert_false (
      vss_provider_delete_set (VSS_PROVIDER (provider), set->id, NULL, NULL, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (vss_provider_recover (VSS_PROVIDER (provider), NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

/* libvirt's error of a call that really failed becomes one of ours, with what was tried. */
static void
test_error (void)
{
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  g_autoptr (GError) error = NULL;

  open_test (&connection, &domain);
  g_assert_null (virDomainLookupByName (connection, "nobody"));
  vss_libvirt_set_error (&error, "cannot do %s", "this");
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_assert_true (g_str_has_prefix (error->message, "cannot do this: "));
  g_clear_error (&error);

  g_assert_cmpint (virDomainBlockCommit (domain, "vda", NULL, NULL, 0, 0), ==, -1);
  vss_libvirt_set_error (&error, "cannot do this");
  g_assert_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO);
  g_clear_error (&error);

  virResetLastError ();
  vss_libvirt_set_error (&error, "cannot do this");
  g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
  virDomainFree (domain);
  virConnectClose (connection);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  virSetErrorFunc (NULL, stay_silent);
  g_test_add_func ("/libvirt/open", test_open);
  g_test_add_func ("/libvirt/open-fails", test_open_fails);
  g_test_add_func ("/libvirt/session", test_session);
  g_test_add_func ("/libvirt/provider", test_provider);
  g_test_add_func ("/libvirt/error", test_error);
  return g_test_run ();
}
