/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads QEMU's answers into plain records. Pure but for the load. */
#include "host-lib/providers/libvirt/vss-qemu-view.h"

#include <string.h>

#define PERIPHERAL "/machine/peripheral/"

/* Deepest nesting of a file's description that is followed. */
#define FILE_DEPTH_MAX 16

static void
device_free (VssQemuDevice *device)
{
  g_free (device->alias);
  g_free (device->node);
  g_free (device->file);
  g_free (device);
}

static void
node_free (VssQemuNode *node)
{
  g_free (node->name);
  g_free (node->driver);
  g_free (node->file);
  g_free (node);
}

static void
job_free (VssQemuJob *job)
{
  g_free (job->id);
  g_free (job);
}

void
vss_qemu_view_free (VssQemuView *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->jobs);
  g_free (self);
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gint64
get_int (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return 0;
  return MAX (0, json_node_get_int (node));
}

static gboolean
get_bool (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

/* QEMU names a file by its path, or by its options as "json:{...}" when a path can't say all. */
static char *
plain_path (const char *file)
{
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  if (file == NULL || !g_str_has_prefix (file, "json:"))
    return g_strdup (file != NULL ? file : "");
  root = vss_qmp_parse (file + strlen ("json:"));
  object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  for (guint depth = 0; object != NULL && depth < FILE_DEPTH_MAX; depth++)
    {
      const char *path = get_text (object, "filename");

      if (path != NULL)
        return g_strdup (path);
      object = get_object (object, "file");
    }
  return g_strdup (file);
}

static char *
alias_of (const char *qdev)
{
  g_auto (GStrv) parts = NULL;

  if (qdev == NULL)
    return g_strdup ("");
  if (!g_str_has_prefix (qdev, PERIPHERAL))
    return g_strdup (qdev);
  parts = g_strsplit (qdev + strlen (PERIPHERAL), "/", 2);
  return g_strdup (parts[0]);
}

static void
add_device (JsonArray *array, guint index, JsonNode *element, gpointer user_data)
{
  VssQemuView *self = user_data;
  VssQemuDevice *device;
  JsonObject *inserted;

  if (!JSON_NODE_HOLDS_OBJECT (element))
    return;
  inserted = get_object (json_node_get_object (element), "inserted");
  if (inserted == NULL)
    return; /* an empty drive */
  device = g_new0 (VssQemuDevice, 1);
  device->alias = alias_of (get_text (json_node_get_object (element), "qdev"));
  device->node = g_strdup (get_text (inserted, "node-name"));
  device->file = plain_path (get_text (inserted, "file"));
  g_ptr_array_add (self->devices, device);
}

static void
add_node (JsonArray *array, guint index, JsonNode *element, gpointer user_data)
{
  VssQemuView *self = user_data;
  VssQemuNode *node;

  if (!JSON_NODE_HOLDS_OBJECT (element))
    return;
  node = g_new0 (VssQemuNode, 1);
  node->name = g_strdup (get_text (json_node_get_object (element), "node-name"));
  node->driver = g_strdup (get_text (json_node_get_object (element), "drv"));
  node->file = plain_path (get_text (json_node_get_object (element), "file"));
  g_ptr_array_add (self->nodes, node);
}

static void
add_job (JsonArray *array, guint index, JsonNode *element, gpointer user_data)
{
  VssQemuView *self = user_data;
  JsonObject *object;
  VssQemuJob *job;

  if (!JSON_NODE_HOLDS_OBJECT (element))
    return;
  object = json_node_get_object (element);
  job = g_new0 (VssQemuJob, 1);
  job->id = g_strdup (get_text (object, "device"));
  job->done = (guint64)get_int (object, "offset");
  job->total = (guint64)get_int (object, "len");
  job->ready = get_bool (object, "ready");
  g_ptr_array_add (self->jobs, job);
}

static void
read_array (JsonNode *node, JsonArrayForeach add, VssQemuView *self)
{
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), add, self);
}

VssQemuView *
vss_qemu_view_new (JsonNode *blocks, JsonNode *nodes, JsonNode *jobs)
{
  VssQemuView *self = g_new0 (VssQemuView, 1);

  self->devices = g_ptr_array_new_with_free_func ((GDestroyNotify)device_free);
  self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)node_free);
  self->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)job_free);
  read_array (blocks, add_device, self);
  read_array (nodes, add_node, self);
  read_array (jobs, add_job, self);
  return self;
}

VssQemuView *
vss_qemu_view_load (VssLibvirtSession *session, GError **error)
{
  JsonObject *flat = json_object_new ();
  g_autoptr (JsonNode) blocks = NULL;
  g_autoptr (JsonNode) nodes = NULL;
  g_autoptr (JsonNode) jobs = NULL;

  json_object_set_boolean_member (flat, "flat", TRUE);
  nodes = vss_qmp_call (session, "query-named-block-nodes", flat, error);
  if (nodes == NULL)
    return NULL;
  blocks = vss_qmp_call (session, "query-block", NULL, error);
  if (blocks == NULL)
    return NULL;
  jobs = vss_qmp_call (session, "query-block-jobs", NULL, error);
  if (jobs == NULL)
    return NULL;
  return vss_qemu_view_new (blocks, nodes, jobs);
}

const VssQemuDevice *
vss_qemu_view_find_device (const VssQemuView *self, const char *alias)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      const VssQemuDevice *device = g_ptr_array_index (self->devices, i);

      if (g_strcmp0 (device->alias, alias) == 0)
        return device;
    }
  return NULL;
}

static gboolean
is_protocol (const VssQemuNode *node)
{
  return g_strcmp0 (node->driver, "file") == 0 || g_strcmp0 (node->driver, "host_device") == 0;
}

const VssQemuNode *
vss_qemu_view_find_node (const VssQemuView *self, const char *file, const char *driver)
{
  const VssQemuNode *protocol = NULL;

  for (guint i = 0; i < self->nodes->len; i++)
    {
      const VssQemuNode *node = g_ptr_array_index (self->nodes, i);

      if (g_strcmp0 (node->file, file) != 0)
        continue;
      if (driver != NULL ? g_strcmp0 (node->driver, driver) == 0 : !is_protocol (node))
        return node;
      if (driver == NULL)
        protocol = node;
    }
  return protocol;
}

const VssQemuJob *
vss_qemu_view_find_job (const VssQemuView *self, const char *id)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      const VssQemuJob *job = g_ptr_array_index (self->jobs, i);

      if (g_strcmp0 (job->id, id) == 0)
        return job;
    }
  return NULL;
}
