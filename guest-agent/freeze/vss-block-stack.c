/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks sysfs from a block device down to its disks. Called when a mount table is made. */
#include "guest-agent/freeze/vss-block-stack.h"

#include <string.h>

#include "guest-agent/freeze/vss-sysfs.h"

#define SECTOR_BYTES 512

typedef struct
{
  VssBlockStack *stack;
  const char *root;
  char *udev_data;
} Walk;

static void
loop_file_free (VssLoopFile *self)
{
  g_free (self->device);
  g_free (self->path);
  g_free (self);
}

void
vss_block_stack_free (VssBlockStack *self)
{
  g_free (self->device);
  g_free (self->uuid);
  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->loop_files);
  g_free (self);
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
add_loop_file (Walk       *walk,
               const char *folder,
               const char *path)
{
  g_autofree char *name = g_path_get_basename (folder);
  VssLoopFile *file;

  for (guint i = 0; i < walk->stack->loop_files->len; i++)
    {
      file = walk->stack->loop_files->pdata[i];
      if (strcmp (file->device, name) == 0)
        {
          return;
        }
    }
  file = g_new0 (VssLoopFile, 1);
  file->device = g_steal_pointer (&name);
  file->path = g_strdup (path);
  g_ptr_array_add (walk->stack->loop_files, file);
}

static void walk_down (Walk *walk, const char *folder, guint depth);

/* @below: (nullable): NULL if it can't be found. */
static void
walk_on (Walk       *walk,
         const char *below,
         guint       depth)
{
  if (below == NULL || depth >= VSS_BLOCK_STACK_MAX_DEPTH)
    {
      walk->stack->complete = FALSE;
      return;
    }
  walk_down (walk, below, depth + 1);
}

/* FALSE if there are none. */
static gboolean
walk_slaves (Walk       *walk,
             const char *folder,
             guint       depth)
{
  g_autoptr (GPtrArray) slaves = vss_sysfs_list (folder, "slaves");

  for (guint i = 0; slaves != NULL && i < slaves->len; i++)
    {
      g_autofree char *name = g_build_filename ("slaves", slaves->pdata[i], NULL);
      g_autofree char *slave = vss_sysfs_resolve (folder, name);

      walk_on (walk, slave, depth);
    }
  return slaves != NULL;
}

/* FALSE if it is no loop device. */
static gboolean
walk_loop (Walk       *walk,
           const char *folder,
           guint       depth)
{
  g_autofree char *path = vss_sysfs_read (folder, "loop/backing_file");
  g_autofree char *device = NULL;

  if (path == NULL)
    {
      return FALSE;
    }
  /* Its "file" may be a block device as well. */
  device = vss_sysfs_find_path (walk->root, path);
  if (device != NULL)
    {
      walk_on (walk, device, depth);
    }
  else
    {
      add_loop_file (walk, folder, path);
    }
  return TRUE;
}

static void
walk_down (Walk       *walk,
           const char *folder,
           guint       depth)
{
  if (vss_sysfs_has (folder, "partition"))
    {
      g_autofree char *parent = g_path_get_dirname (folder);

      walk_on (walk, parent, depth);
      return;
    }
  if (walk_slaves (walk, folder, depth) || walk_loop (walk, folder, depth))
    {
      return;
    }
  if (!vss_sysfs_has (folder, "device"))
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
  g_autofree char *mapper_name = vss_sysfs_read (folder, "dm/name");
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
  g_autofree char *size = vss_sysfs_read (folder, "size");
  g_autofree char *number = vss_sysfs_read (folder, "dev");

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

static VssBlockStack *
stack_new (void)
{
  VssBlockStack *self = g_new0 (VssBlockStack, 1);

  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_block_disk_free);
  self->loop_files = g_ptr_array_new_with_free_func ((GDestroyNotify) loop_file_free);
  return self;
}

VssBlockStack *
vss_block_stack_read (const char          *root,
                      const VssFsIdentity *fs)
{
  g_autofree char *udev_data = g_build_filename (root != NULL ? root : "/", "run/udev/data", NULL);
  Walk walk = { NULL, root != NULL ? root : "/", udev_data };
  g_autoptr (VssFsMembers) members = vss_fs_members_find (walk.root, fs);

  if (members == NULL)
    {
      return NULL;
    }
  walk.stack = stack_new ();
  walk.stack->complete = members->complete;
  walk.stack->uuid = g_strdup (members->uuid);
  for (guint i = 0; i < members->folders->len; i++)
    {
      describe (&walk, members->folders->pdata[i]);
      walk_down (&walk, members->folders->pdata[i], 0);
    }
  if (walk.stack->device == NULL)
    {
      walk.stack->device = g_strdup (fs->source);
      walk.stack->complete = FALSE;
    }
  return walk.stack;
}
