/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks sysfs from a block device down to its disks. Called when a mount table is made. */
#include "guest-agent/freeze/vss-block-stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/freeze/vss-block-disk.h"

#define SECTOR_BYTES 512

typedef struct
{
  VssBlockStack *stack;
  const char *root;
  char *udev_data;
} Walk;

void
vss_block_stack_free (VssBlockStack *self)
{
  g_free (self->device);
  g_free (self->uuid);
  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->loop_files);
  g_free (self);
}

static char *
read_text (const char *folder,
           const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      return NULL;
    }
  g_strchomp (text);
  return text;
}

static gboolean
has_entry (const char *folder,
           const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static char *
resolve (const char *folder,
         const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *real = realpath (path, NULL);

  return g_strdup (real);
}

/* The entries of @folder/@name; NULL if there are none. */
static GPtrArray *
list_entries (const char *folder,
              const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_free);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_ptr_array_add (entries, g_strdup (entry));
    }
  return entries->len > 0 ? g_steal_pointer (&entries) : NULL;
}

static void
add_disk (Walk       *walk,
          const char *folder)
{
  g_autofree char *name = g_path_get_basename (folder);

  for (guint i = 0; i < walk->stack->disks->len; i++)
    {
      const VssBlockDisk *disk = walk->stack->disks->pdata[i];

      if (strcmp (disk->name, name) == 0)
        {
          return;
        }
    }
  g_ptr_array_add (walk->stack->disks, vss_block_disk_read (folder, walk->udev_data));
}

static void
walk_down (Walk       *walk,
           const char *folder,
           guint       depth)
{
  g_autoptr (GPtrArray) slaves = NULL;
  g_autofree char *loop_file = NULL;

  if (depth > VSS_BLOCK_STACK_MAX_DEPTH)
    {
      walk->stack->complete = FALSE;
      return;
    }
  if (has_entry (folder, "partition"))
    {
      g_autofree char *parent = g_path_get_dirname (folder);

      walk_down (walk, parent, depth + 1);
      return;
    }
  slaves = list_entries (folder, "slaves");
  for (guint i = 0; slaves != NULL && i < slaves->len; i++)
    {
      g_autofree char *name = g_build_filename ("slaves", slaves->pdata[i], NULL);
      g_autofree char *slave = resolve (folder, name);

      if (slave == NULL)
        {
          walk->stack->complete = FALSE;
          continue;
        }
      walk_down (walk, slave, depth + 1);
    }
  if (slaves != NULL)
    {
      return;
    }
  loop_file = read_text (folder, "loop/backing_file");
  if (loop_file != NULL)
    {
      g_ptr_array_add (walk->stack->loop_files, g_steal_pointer (&loop_file));
      return;
    }
  if (!has_entry (folder, "device"))
    {
      /* No disk of a controller's: zram, nbd, drbd, rbd, ... */
      walk->stack->complete = FALSE;
      return;
    }
  add_disk (walk, folder);
}

/* "/dev/mapper/vg-data" or "/dev/vda1" */
static char *
device_path (const char *folder)
{
  g_autofree char *mapper_name = read_text (folder, "dm/name");
  g_autofree char *name = NULL;

  if (mapper_name != NULL)
    {
      return g_build_filename ("/dev/mapper", mapper_name, NULL);
    }
  name = g_path_get_basename (folder);
  return g_build_filename ("/dev", name, NULL);
}

/* Without udev's data base: the symbolic links of /dev/disk/by-uuid, if somebody made them. */
static char *
find_uuid_link (const char *root,
                const char *folder)
{
  g_autofree char *links = g_build_filename (root, "dev/disk/by-uuid", NULL);
  g_autofree char *name = g_path_get_basename (folder);
  g_autoptr (GDir) dir = g_dir_open (links, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (links, entry, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);
      g_autofree char *target_name = target != NULL ? g_path_get_basename (target) : NULL;

      if (g_strcmp0 (target_name, name) == 0)
        {
          return g_strdup (entry);
        }
    }
  return NULL;
}

static void
describe (Walk       *walk,
          const char *folder)
{
  VssBlockStack *stack = walk->stack;
  g_autofree char *size = read_text (folder, "size");
  g_autofree char *number = read_text (folder, "dev");

  if (stack->device == NULL)
    {
      stack->device = device_path (folder);
    }
  if (stack->uuid == NULL && number != NULL)
    {
      stack->uuid = vss_block_udev_property (walk->udev_data, number, "ID_FS_UUID");
    }
  if (stack->uuid == NULL)
    {
      stack->uuid = find_uuid_link (walk->root, folder);
    }
  stack->size_bytes += size != NULL ? g_ascii_strtoull (size, NULL, 10) * SECTOR_BYTES : 0;
}

/* sysfs' folder of a device that a mount names as its source. */
static char *
find_by_source (const char *root,
                const char *source)
{
  g_autofree char *class_folder = g_build_filename (root, "sys/class/block", NULL);
  g_autofree char *name = g_path_get_basename (source);
  g_autoptr (GPtrArray) entries = NULL;

  if (!g_str_has_prefix (source, "/dev/"))
    {
      return NULL;
    }
  if (has_entry (class_folder, name))
    {
      return resolve (class_folder, name);
    }
  entries = list_entries (class_folder, "");
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      g_autofree char *folder = g_build_filename (class_folder, entries->pdata[i], NULL);
      g_autofree char *mapper_name = read_text (folder, "dm/name");

      if (g_strcmp0 (mapper_name, name) == 0)
        {
          return resolve (class_folder, entries->pdata[i]);
        }
    }
  return NULL;
}

/* btrfs names all members of the file system that has @member. NULL if sysfs doesn't tell. */
static GPtrArray *
list_btrfs_members (Walk       *walk,
                    const char *member)
{
  g_autofree char *btrfs = g_build_filename (walk->root, "sys/fs/btrfs", NULL);
  g_autofree char *name = g_path_get_basename (member);
  g_autoptr (GPtrArray) uuids = list_entries (btrfs, "");

  for (guint i = 0; uuids != NULL && i < uuids->len; i++)
    {
      g_autofree char *devices = g_build_filename (btrfs, uuids->pdata[i], "devices", NULL);
      g_autoptr (GPtrArray) entries = NULL;

      if (!has_entry (devices, name))
        {
          continue;
        }
      walk->stack->uuid = g_strdup (uuids->pdata[i]);
      entries = list_entries (devices, "");
      for (guint j = 0; j < entries->len; j++)
        {
          char *folder = resolve (devices, entries->pdata[j]);

          walk->stack->complete = walk->stack->complete && folder != NULL;
          g_free (entries->pdata[j]);
          entries->pdata[j] = folder;
        }
      return g_steal_pointer (&entries);
    }
  return NULL;
}

/* The members of a file system that has an anonymous device number; NULL if it is on none. */
static GPtrArray *
list_members (Walk       *walk,
              const char *fs_type,
              const char *source)
{
  g_auto (GStrv) sources = g_strsplit (source, ":", -1);
  g_autoptr (GPtrArray) members = NULL;

  if (strcmp (fs_type, "btrfs") != 0 && strcmp (fs_type, "bcachefs") != 0)
    {
      return NULL;
    }
  members = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; sources[i] != NULL; i++)
    {
      char *folder = find_by_source (walk->root, sources[i]);

      walk->stack->complete = walk->stack->complete && folder != NULL;
      if (folder != NULL)
        {
          g_ptr_array_add (members, folder);
        }
    }
  if (strcmp (fs_type, "btrfs") == 0 && members->len > 0)
    {
      g_autoptr (GPtrArray) all = list_btrfs_members (walk, members->pdata[0]);

      if (all != NULL)
        {
          return g_steal_pointer (&all);
        }
      walk->stack->complete = FALSE;
    }
  return g_steal_pointer (&members);
}

static VssBlockStack *
stack_new (void)
{
  VssBlockStack *self = g_new0 (VssBlockStack, 1);

  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_block_disk_free);
  self->loop_files = g_ptr_array_new_with_free_func (g_free);
  self->complete = TRUE;
  return self;
}

VssBlockStack *
vss_block_stack_read (const char *root,
                      guint       device_major,
                      guint       device_minor,
                      const char *fs_type,
                      const char *source)
{
  g_autoptr (VssBlockStack) self = stack_new ();
  g_autofree char *udev_data = g_build_filename (root != NULL ? root : "/", "run/udev/data", NULL);
  Walk walk = { self, root != NULL ? root : "/", udev_data };
  g_autoptr (GPtrArray) folders = NULL;

  if (device_major == 0)
    {
      folders = list_members (&walk, fs_type, source);
      if (folders == NULL)
        {
          return NULL;
        }
    }
  else
    {
      g_autofree char *path = g_strdup_printf ("%s/sys/dev/block/%u:%u", walk.root, device_major,
                                               device_minor);
      char *folder = resolve (path, "");

      folders = g_ptr_array_new_with_free_func (g_free);
      if (folder != NULL)
        {
          g_ptr_array_add (folders, folder);
        }
    }
  for (guint i = 0; i < folders->len; i++)
    {
      if (folders->pdata[i] != NULL)
        {
          describe (&walk, folders->pdata[i]);
          walk_down (&walk, folders->pdata[i], 0);
        }
    }
  if (self->device == NULL)
    {
      self->device = g_strdup (source);
      self->complete = FALSE;
    }
  return g_steal_pointer (&self);
}
