/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "fake-tree.h"

#include <unistd.h>

#include <glib/gstdio.h>

struct _FakeTree
{
  char *root;
};

FakeTree *
fake_tree_new (void)
{
  FakeTree *self = g_new0 (FakeTree, 1);

  self->root = g_dir_make_tmp ("fake-tree-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  return self;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && (dir = g_dir_open (path, 0, NULL)) != NULL)
    {
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_tree (child);
        }
    }
  (void) g_remove (path);
}

void
fake_tree_free (FakeTree *self)
{
  remove_tree (self->root);
  g_free (self->root);
  g_free (self);
}

const char *
fake_tree_get_root (FakeTree *self)
{
  return self->root;
}

static char *
make_place (FakeTree   *self,
            const char *path)
{
  char *full = g_build_filename (self->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return full;
}

void
fake_tree_add_bytes (FakeTree   *self,
                     const char *path,
                     const char *bytes,
                     gsize       length)
{
  g_autofree char *full = make_place (self, path);

  g_assert_true (g_file_set_contents (full, bytes, (gssize) length, NULL));
}

void
fake_tree_add_file (FakeTree   *self,
                    const char *path,
                    const char *text)
{
  fake_tree_add_bytes (self, path, text, strlen (text));
}

void
fake_tree_add_link (FakeTree   *self,
                    const char *path,
                    const char *target)
{
  g_autofree char *full = make_place (self, path);
  g_autofree char *full_target = g_build_filename (self->root, target, NULL);

  g_assert_cmpint (symlink (full_target, full), ==, 0);
}

void
fake_tree_add_namespace (FakeTree   *self,
                         const char *pid,
                         guint       number,
                         const char *mountinfo)
{
  g_autofree char *link = g_build_filename ("proc", pid, "ns/mnt", NULL);
  g_autofree char *full = make_place (self, link);
  g_autofree char *target = g_strdup_printf ("mnt:[%u]", number);
  g_autofree char *mounts = g_build_filename ("proc", pid, "mountinfo", NULL);

  g_assert_cmpint (symlink (target, full), ==, 0);
  if (mountinfo != NULL)
    {
      fake_tree_add_file (self, mounts, mountinfo);
    }
}

void
fake_tree_add_mounts (FakeTree   *self,
                      const char *mountinfo)
{
  fake_tree_add_file (self, "proc/self/mountinfo", mountinfo);
}

static void
add_attribute (FakeTree   *self,
               const char *folder,
               const char *name,
               const char *text)
{
  g_autofree char *path = g_build_filename ("sys/devices", folder, name, NULL);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  fake_tree_add_file (self, path, line);
}

void
fake_tree_add_device (FakeTree   *self,
                      const char *folder,
                      const char *number,
                      guint       sectors)
{
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *device = g_build_filename ("sys/devices", folder, NULL);
  g_autofree char *by_number = g_build_filename ("sys/dev/block", number, NULL);
  g_autofree char *by_name = g_build_filename ("sys/class/block", name, NULL);
  g_autofree char *size = g_strdup_printf ("%u", sectors);

  add_attribute (self, folder, "dev", number);
  add_attribute (self, folder, "size", size);
  fake_tree_add_link (self, by_number, device);
  fake_tree_add_link (self, by_name, device);
}

void
fake_tree_add_disk (FakeTree   *self,
                    const char *folder,
                    const char *number,
                    guint       sectors)
{
  g_autofree char *link = g_build_filename ("sys/devices", folder, "device", NULL);
  g_autofree char *controller = g_path_get_dirname (folder);
  g_autofree char *target = g_build_filename ("sys/devices", controller, NULL);

  fake_tree_add_device (self, folder, number, sectors);
  fake_tree_add_link (self, link, target);
}

void
fake_tree_add_slave (FakeTree   *self,
                     const char *folder,
                     const char *slave_folder)
{
  g_autofree char *name = g_path_get_basename (slave_folder);
  g_autofree char *link = g_build_filename ("sys/devices", folder, "slaves", name, NULL);
  g_autofree char *target = g_build_filename ("sys/devices", slave_folder, NULL);

  fake_tree_add_link (self, link, target);
}
