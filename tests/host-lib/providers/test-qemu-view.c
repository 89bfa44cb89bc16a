/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's answers: errors and damage are told apart from returns, and what QEMU has open is read
 * from them. */
#include "host-lib/providers/libvirt/vss-qemu-view.h"

#define OVERLAY "/i/a.vss-6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e01.qcow2"

static void
test_reply (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node =
      vss_qmp_parse_reply ("{\"return\":[{\"a\":1}],\"id\":\"libvirt-7\"}", "x", &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (node));
}

static void
test_error_reply (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_qmp_parse_reply (
      "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Node n is in use\"},\"id\":1}",
      "blockdev-del", &error));
  g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
  g_assert_nonnull (g_strrstr (error->message, "Node n is in use"));
  g_assert_nonnull (g_strrstr (error->message, "blockdev-del"));
}

static const char *const bad_replies[] = {
  "", "null", "[]", "{}", "{\"return\":", "{\"error\":5}", "{\"error\":{\"desc\":5}}",
};

static void
test_bad_replies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_replies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vss_qmp_parse_reply (bad_replies[i], "x", &error));
      g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
    }
}

/* A QEMU that its guest took over must not overflow our stack. */
static void
test_deep_reply (void)
{
  g_autofree char *deep = g_strnfill (200000, '[');
  g_autofree char *quoted = g_strconcat ("{\"return\":\"", deep, "\\\"\"}", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_null (vss_qmp_parse_reply (deep, "x", &error));
  g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
  g_clear_error (&error);
  node = vss_qmp_parse_reply (quoted, "x", &error); /* in a text they are harmless */
  g_assert_no_error (error);
  g_assert_nonnull (node);
}

/* json-glib skips comments and knows other quotes: nothing may hide in or behind them. */
static void
test_hidden_depth (void)
{
  static const char *const beginnings[] = { "{\"return\":/*\"*/", "{'\"':", "{\"return\":#\"\n" };
  g_autofree char *deep = g_strnfill (200000, '[');

  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      g_autofree char *reply = g_strconcat (beginnings[i], deep, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (vss_qmp_parse_reply (reply, "x", &error));
      g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
    }
}

static VssQemuView *
make_view (const char *blocks, const char *nodes, const char *jobs)
{
  g_autoptr (JsonNode) blocks_node = json_from_string (blocks, NULL);
  g_autoptr (JsonNode) nodes_node = json_from_string (nodes, NULL);
  g_autoptr (JsonNode) jobs_node = json_from_string (jobs, NULL);

  return vss_qemu_view_new (blocks_node, nodes_node, jobs_node);
}

static void
test_view (void)
{
  g_autoptr (VssQemuView) view = make_view (
      "[{\"device\":\"\",\"qdev\":\"/machine/peripheral/virtio-disk0/virtio-backend\","
      "\"inserted\":{\"node-name\":\"libvirt-5-format\",\"file\":\"" OVERLAY "\"}},"
      "{\"qdev\":\"scsi0-0-0-0\",\"inserted\":{\"node-name\":\"libvirt-2-format\",\"file\":"
      "\"json:{\\\"driver\\\":\\\"qcow2\\\",\\\"file\\\":{\\\"driver\\\":\\\"file\\\","
      "\\\"filename\\\":\\\"/i/c\\\"}}\"}},"
      "{\"qdev\":\"sata0-0-1\",\"removable\":true}]",
      "[{\"node-name\":\"libvirt-5-format\",\"drv\":\"qcow2\",\"file\":\"" OVERLAY "\"},"
      "{\"node-name\":\"libvirt-5-storage\",\"drv\":\"file\",\"file\":\"" OVERLAY "\"},"
      "{\"node-name\":\"libvirt-4-format\",\"drv\":\"raw\",\"file\":\"/i/a\"},"
      "{\"node-name\":\"libvirt-4-storage\",\"drv\":\"file\",\"file\":\"/i/a\"},"
      "{\"node-name\":\"lonely\",\"drv\":\"file\",\"file\":\"/i/b\"}]",
      "[{\"device\":\"vss-vda\",\"type\":\"commit\",\"len\":100,\"offset\":40,\"ready\":true}]");
  const VssQemuDevice *device = vss_qemu_view_find_device (view, "virtio-disk0");
  const VssQemuJob *job = vss_qemu_view_find_job (view, "vss-vda");

  g_assert_nonnull (device);
  g_assert_cmpstr (device->file, ==, OVERLAY);
  g_assert_cmpstr (device->node, ==, "libvirt-5-format");
  g_assert_cmpstr (vss_qemu_view_find_device (view, "scsi0-0-0-0")->file, ==, "/i/c");
  g_assert_null (vss_qemu_view_find_device (view, "sata0-0-1")); /* empty */

  g_assert_cmpstr (vss_qemu_view_find_node (view, OVERLAY, NULL)->name, ==, "libvirt-5-format");
  g_assert_cmpstr (vss_qemu_view_find_node (view, "/i/a", "raw")->name, ==, "libvirt-4-format");
  g_assert_null (vss_qemu_view_find_node (view, "/i/a", "qcow2"));
  g_assert_cmpstr (vss_qemu_view_find_node (view, "/i/b", NULL)->name, ==, "lonely");
  g_assert_null (vss_qemu_view_find_node (view, "/i/x", NULL));

  g_assert_nonnull (job);
  g_assert_true (job->ready);
  g_assert_cmpuint (job->done, ==, 40);
  g_assert_null (vss_qemu_view_find_job (view, "vss-vdb"));
}

/* Wrong kinds of everything: ignored, never followed. */
static void
test_strange_view (void)
{
  g_autoptr (VssQemuView) view = make_view (
      "[1,{\"inserted\":5},{\"qdev\":7,\"inserted\":{\"node-name\":[],\"file\":{}}}]",
      "{\"not\":\"an array\"}", "[{\"device\":1,\"len\":\"x\",\"offset\":-5,\"ready\":1}]");

  g_assert_cmpuint (view->devices->len, ==, 1);
  g_assert_cmpuint (view->nodes->len, ==, 0);
  g_assert_cmpuint (view->jobs->len, ==, 1);
  g_assert_null (vss_qemu_view_find_job (view, "x"));
}

/* A name of a file may be JSON again, and as deep. */
static void
test_deep_file (void)
{
  g_autofree char *deep = g_strnfill (200000, '[');
  g_autofree char *blocks =
      g_strconcat ("[{\"inserted\":{\"node-name\":\"n\",\"file\":\"json:", deep, "\"}}]", NULL);
  g_autoptr (VssQemuView) view = make_view (blocks, "[]", "[]");
  const VssQemuDevice *device = g_ptr_array_index (view->devices, 0);

  g_assert_true (g_str_has_prefix (device->file, "json:"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qmp/reply", test_reply);
  g_test_add_func ("/qmp/error-reply", test_error_reply);
  g_test_add_func ("/qmp/bad-replies", test_bad_replies);
  g_test_add_func ("/qmp/deep-reply", test_deep_reply);
  g_test_add_func ("/qemu-view/view", test_view);
  g_test_add_func ("/qemu-view/strange", test_strange_view);
  g_test_add_func ("/qmp/hidden-depth", test_hidden_depth);
  g_test_add_func ("/qemu-view/deep-file", test_deep_file);
  return g_test_run ();
}
