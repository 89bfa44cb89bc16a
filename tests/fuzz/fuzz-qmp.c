/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU may have been taken over by its guest: its answers to query-block, query-named-block-nodes
 * and query-block-jobs are the first three lines of the input. */
#include "host-lib/providers/libvirt/vss-qemu-view.h"
#include "tests/fuzz/fuzz.h"

/* Deeper than any chain of images; json-glib has no limit of its own. */
#define MAX_DEPTH 512

static void
check_depth (JsonNode *node, guint depth)
{
  g_assert_cmpuint (depth, <=, MAX_DEPTH);
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        check_depth (json_array_get_element (array, i), depth + 1);
    }
  else if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &member))
        check_depth (member, depth + 1);
    }
}

static JsonNode *
read_reply (char **lines, guint number)
{
  g_autoptr (GError) error = NULL;
  JsonNode *value;

  if (number >= g_strv_length (lines))
    return NULL;
  value = vss_qmp_parse_reply (lines[number], "query-block", &error);
  if (value == NULL)
    {
      g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR);
      for (const char *c = error->message; *c != '\0'; c = g_utf8_next_char (c))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char_validated (c, -1)));
    }
  else
    check_depth (value, 0);
  return value;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 4);
  g_autoptr (JsonNode) blocks = read_reply (lines, 0);
  g_autoptr (JsonNode) nodes = read_reply (lines, 1);
  g_autoptr (JsonNode) jobs = read_reply (lines, 2);
  g_autoptr (VssQemuView) view = vss_qemu_view_new (blocks, nodes, jobs);

  for (guint i = 0; i < view->devices->len; i++)
    {
      const VssQemuDevice *device = g_ptr_array_index (view->devices, i);

      g_assert_nonnull (vss_qemu_view_find_device (view, device->alias));
      vss_qemu_view_find_node (view, device->file, NULL);
    }
  for (guint i = 0; i < view->nodes->len; i++)
    {
      const VssQemuNode *node = g_ptr_array_index (view->nodes, i);

      g_assert_nonnull (vss_qemu_view_find_node (view, node->file, NULL));
    }
  for (guint i = 0; i < view->jobs->len; i++)
    {
      const VssQemuJob *job = g_ptr_array_index (view->jobs, i);

      g_assert_nonnull (vss_qemu_view_find_job (view, job->id));
    }
  return 0;
}
