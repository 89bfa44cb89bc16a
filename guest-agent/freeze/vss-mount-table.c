/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns a mountinfo file into records, one for each file system. Called by the kernel seam and by
 * vss_volumes_query(), on any thread. */
#include "guest-agent/freeze/vss-mount-table-private.h"

#include <string.h>
#include <sys/sysmacros.h>

#include <gio/gio.h>

#include "guest-agent/freeze/vss-loop-device.h"

struct _VssMountTable
{
  gatomicrefcount ref_count;
  GPtrArray *file_systems; /* (element-type VssFileSystem) */
  GPtrArray *mounts; /* (element-type VssMount), all of them, in the kernel's order */
};

void
vss_mount_free (VssMount *mount)
{
  g_free (mount->path);
  g_free (mount->root);
  g_free (mount);
}

void
vss_file_system_free (VssFileSystem *fs)
{
  g_free (fs->device_number);
  g_free (fs->fs_type);
  g_free (fs->source);
  g_free (fs->options);
  g_free (fs->upper_folder);
  g_free (fs->elsewhere);
  g_ptr_array_unref (fs->mounts);
  g_array_unref (fs->other_mount_ids);
  g_ptr_array_unref (fs->holders);
  g_clear_pointer (&fs->stack, vss_block_stack_free);
  g_free (fs);
}

static gboolean
has_option (const char *options,
            const char *name)
{
  return options != NULL && mnt_optstr_get_option (options, name, NULL, NULL) == 0;
}

static char *
get_option (const char *options,
            const char *name)
{
  char *value = NULL;
  size_t length = 0;

  if (options == NULL || mnt_optstr_get_option (options, name, &value, &length) != 0
      || value == NULL)
    {
      return NULL;
    }
  return g_strndup (value, length);
}

VssMount *
vss_mount_new (struct libmnt_fs *entry)
{
  VssMount *mount = g_new0 (VssMount, 1);
  const char *root = mnt_fs_get_root (entry);

  mount->id = mnt_fs_get_id (entry);
  mount->parent_id = mnt_fs_get_parent_id (entry);
  mount->path = g_strdup (mnt_fs_get_target (entry));
  mount->root = g_strdup (root != NULL ? root : "/");
  mount->read_only = has_option (mnt_fs_get_vfs_options (entry), "ro");
  return mount;
}

VssFileSystem *
vss_file_system_new (guint       device_major,
                     guint       device_minor,
                     const char *fs_type,
                     const char *source)
{
  VssFileSystem *fs = g_new0 (VssFileSystem, 1);

  fs->device_major = device_major;
  fs->device_minor = device_minor;
  fs->device_number = g_strdup_printf ("%u:%u", device_major, device_minor);
  fs->fs_type = g_strdup (fs_type);
  fs->source = g_strdup (source != NULL ? source : "none");
  fs->mounts = g_ptr_array_new ();
  fs->other_mount_ids = g_array_new (FALSE, FALSE, sizeof (int));
  fs->holders = g_ptr_array_new ();
  fs->holders_complete = TRUE;
  return fs;
}

VssFileSystem *
vss_file_system_new_of_entry (struct libmnt_fs *entry)
{
  dev_t device = mnt_fs_get_devno (entry);
  const char *options = mnt_fs_get_fs_options (entry);
  VssFileSystem *fs = vss_file_system_new (major (device), minor (device),
                                           mnt_fs_get_fstype (entry), mnt_fs_get_source (entry));

  fs->options = g_strdup (options);
  fs->read_only = has_option (options, "ro");
  fs->upper_folder = strcmp (fs->fs_type, "overlay") == 0 ? get_option (options, "upperdir")
                                                          : NULL;
  return fs;
}

void
vss_file_system_read_stack (VssFileSystem *self,
                            const char    *root)
{
  const VssFsIdentity identity = { self->device_major, self->device_minor, self->fs_type,
                                   self->source, self->options };

  self->stack = vss_block_stack_read (root, &identity);
}

static VssFileSystem *
find_device (VssMountTable *self,
             dev_t          device)
{
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      VssFileSystem *fs = self->file_systems->pdata[i];

      if (makedev (fs->device_major, fs->device_minor) == device)
        {
          return fs;
        }
    }
  return NULL;
}

static gboolean
is_below (const char *path,
          const char *folder)
{
  gsize length = strlen (folder);

  if (strcmp (folder, "/") == 0)
    {
      return TRUE;
    }
  return strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static VssMount *
find_mount (VssMountTable *self,
            int            id)
{
  for (guint i = 0; i < self->mounts->len; i++)
    {
      VssMount *mount = self->mounts->pdata[i];

      if (mount->id == id)
        {
          return mount;
        }
    }
  return NULL;
}

/* Whether @cover lies over what is at @path in the mount @parent_id. */
static gboolean
covers (const VssMount *cover,
        const VssMount *covered)
{
  /* A root that has no other parent names itself. */
  if (cover == covered || cover->id == covered->parent_id
      || !is_below (covered->path, cover->path))
    {
      return FALSE;
    }
  /* On top of its root, or on a folder of the parent above its mount point. */
  return (cover->parent_id == covered->id && strcmp (cover->path, covered->path) == 0)
         || (cover->parent_id == covered->parent_id && strcmp (cover->path, covered->path) != 0);
}

static gboolean
is_covered (VssMountTable  *self,
            const VssMount *mount,
            const VssMount *except)
{
  for (guint i = 0; i < self->mounts->len; i++)
    {
      if (self->mounts->pdata[i] != except && covers (self->mounts->pdata[i], mount))
        {
          return TRUE;
        }
    }
  return FALSE;
}

/* Whether its path leads elsewhere. A parent may be covered by the very mount asked about, as when
 * a folder is mounted on twice. */
static gboolean
is_hidden (VssMountTable  *self,
           const VssMount *mount)
{
  const VssMount *child = NULL;

  /* A mount has no more ancestors than there are mounts; a table can't make this endless. */
  for (guint depth = 0; mount != NULL && depth <= self->mounts->len; depth++)
    {
      if (is_covered (self, mount, child))
        {
          return TRUE;
        }
      child = mount;
      mount = find_mount (self, mount->parent_id);
      if (mount == child)
        {
          break;
        }
    }
  return FALSE;
}

/* The mount to name the file system by comes first: one that can be reached, shows all of it and
 * can be written to. */
static int
compare_mounts (gconstpointer a,
                gconstpointer b)
{
  const VssMount *left = *(const VssMount *const *) a;
  const VssMount *right = *(const VssMount *const *) b;
  gboolean left_all = strcmp (left->root, "/") == 0;
  gboolean right_all = strcmp (right->root, "/") == 0;

  if (left->hidden != right->hidden)
    {
      return left->hidden ? 1 : -1;
    }
  if (left_all != right_all)
    {
      return left_all ? -1 : 1;
    }
  if (left->read_only != right->read_only)
    {
      return left->read_only ? 1 : -1;
    }
  return left->id < right->id ? -1 : left->id > right->id;
}

/* What changes in @fs ends up in. */
static const VssFileSystem *
find_below_overlay (VssMountTable       *self,
                    const VssFileSystem *fs)
{
  return fs != NULL && fs->upper_folder != NULL
           ? vss_mount_table_find_holder (self, fs->upper_folder)
           : fs;
}

/* The device number that a file tells is not the file system's own. */
static gboolean
numbers_its_files (const VssFileSystem *fs)
{
  return strcmp (fs->fs_type, "btrfs") == 0 || strcmp (fs->fs_type, "bcachefs") == 0
         || strcmp (fs->fs_type, "overlay") == 0;
}

/* Which file system holds the file. NULL if that can't be told: the path that the kernel gives is
 * the one in the mount namespace where the loop device was set up. */
static const VssFileSystem *
find_image_holder (VssMountTable     *self,
                   const VssLoopFile *file,
                   const char        *root)
{
  const VssFileSystem *by_path = vss_mount_table_find_holder (self, file->path);
  const VssFileSystem *by_number = NULL;
  guint device_major;
  guint device_minor;

  if (root != NULL)
    {
      return find_below_overlay (self, by_path);
    }
  if (vss_loop_device_find_holder (file->device, &device_major, &device_minor))
    {
      by_number = find_device (self, makedev (device_major, device_minor));
    }
  if (by_number == NULL && by_path != NULL && numbers_its_files (by_path))
    {
      by_number = by_path;
    }
  return find_below_overlay (self, by_number);
}

static void
find_holders (VssMountTable *self,
              VssFileSystem *fs,
              const char    *root)
{
  for (guint i = 0; fs->stack != NULL && i < fs->stack->loop_files->len; i++)
    {
      const VssLoopFile *file = fs->stack->loop_files->pdata[i];
      const VssFileSystem *holder = find_image_holder (self, file, root);

      if (holder == NULL)
        {
          fs->holders_complete = FALSE;
        }
      else if (!g_ptr_array_find (fs->holders, holder, NULL))
        {
          g_ptr_array_add (fs->holders, (gpointer) holder);
        }
    }
}

static void
finish (VssMountTable *self,
        const char    *root)
{
  for (guint i = 0; i < self->mounts->len; i++)
    {
      VssMount *mount = self->mounts->pdata[i];

      mount->hidden = is_hidden (self, mount);
    }
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      VssFileSystem *fs = self->file_systems->pdata[i];

      g_ptr_array_sort (fs->mounts, compare_mounts);
      vss_file_system_read_stack (fs, root);
    }
  vss_mount_others_add (self->file_systems, self->mounts, root);
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      find_holders (self, self->file_systems->pdata[i], root);
    }
}

VssMountTable *
vss_mount_table_new (const char *mountinfo,
                     const char *root,
                     GError    **error)
{
  g_autoptr (VssMountTable) self = g_new0 (VssMountTable, 1);
  struct libmnt_table *table = mnt_new_table ();
  struct libmnt_iter *iter = mnt_new_iter (MNT_ITER_FORWARD);
  struct libmnt_fs *entry;
  int result;

  g_atomic_ref_count_init (&self->ref_count);
  self->file_systems = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_file_system_free);
  self->mounts = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_mount_free);

  result = mnt_table_parse_file (table, mountinfo);
  while (result == 0 && mnt_table_next_fs (table, iter, &entry) == 0)
    {
      VssFileSystem *fs = find_device (self, mnt_fs_get_devno (entry));
      VssMount *mount = vss_mount_new (entry);

      if (fs == NULL)
        {
          fs = vss_file_system_new_of_entry (entry);
          g_ptr_array_add (self->file_systems, fs);
        }
      g_ptr_array_add (fs->mounts, mount);
      g_ptr_array_add (self->mounts, mount);
    }
  mnt_free_iter (iter);
  mnt_unref_table (table);
  if (result != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "can't read the mount table %s: %s",
                   mountinfo, g_strerror (ABS (result)));
      return NULL;
    }
  finish (self, root);
  return g_steal_pointer (&self);
}

VssMountTable *
vss_mount_table_ref (VssMountTable *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
vss_mount_table_unref (VssMountTable *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    {
      g_ptr_array_unref (self->file_systems);
      g_ptr_array_unref (self->mounts);
      g_free (self);
    }
}

const GPtrArray *
vss_mount_table_get_file_systems (VssMountTable *self)
{
  return self->file_systems;
}

/* The file system whose visible mount has the longest path that @matches @path. */
static const VssFileSystem *
find_longest (VssMountTable *self,
              const char    *path,
              gboolean     (*matches) (const char *path, const char *mount_point))
{
  const VssFileSystem *found = NULL;
  gsize length = 0;

  for (guint i = 0; i < self->file_systems->len; i++)
    {
      const VssFileSystem *fs = self->file_systems->pdata[i];

      for (guint j = 0; j < fs->mounts->len; j++)
        {
          const VssMount *mount = fs->mounts->pdata[j];

          if (!mount->hidden && strlen (mount->path) >= length && matches (path, mount->path))
            {
              found = fs;
              length = strlen (mount->path);
            }
        }
    }
  return found;
}

static gboolean
is_same (const char *path,
         const char *mount_point)
{
  return strcmp (path, mount_point) == 0;
}

const VssFileSystem *
vss_mount_table_find (VssMountTable *self,
                      const char    *path)
{
  g_autofree char *plain = g_strdup (path);

  for (gsize length = strlen (plain); length > 1 && plain[length - 1] == '/'; length--)
    {
      plain[length - 1] = '\0';
    }
  return find_longest (self, plain, is_same);
}

const VssFileSystem *
vss_mount_table_find_holder (VssMountTable *self,
                             const char    *path)
{
  return find_longest (self, path, is_below);
}

const char *
vss_file_system_get_name (const VssFileSystem *self)
{
  const VssMount *mount = self->mounts->pdata[0];

  return mount->path;
}
