/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function for each kind of file system that has more than its one device. */
#include "guest-agent/freeze/vss-fs-members.h"

#include <string.h>

#include "guest-agent/freeze/vss-block-disk.h"
#include "guest-agent/freeze/vss-sysfs.h"

/* Kernels before 5.17 cut the names of their threads off after this many letters. */
#define SHORT_THREAD_NAME 15

#define JBD2_THREAD "jbd2/"

typedef void (*AddMembers) (VssFsMembers *self, const char *root, const VssFsIdentity *fs);

typedef struct
{
  const char *fs_type;
  gboolean anonymous; /* its device number is none of a block device */
  AddMembers add;
} Kind;

void
vss_fs_members_free (VssFsMembers *self)
{
  g_ptr_array_unref (self->folders);
  g_free (self->uuid);
  g_free (self);
}

/* @folder: (nullable) (transfer full): NULL for a member that can't be found. */
static void
add (VssFsMembers *self,
     char         *folder)
{
  if (folder == NULL)
    {
      self->complete = FALSE;
    }
  else if (g_ptr_array_find_with_equal_func (self->folders, folder, g_str_equal, NULL))
    {
      g_free (folder);
    }
  else
    {
      g_ptr_array_add (self->folders, folder);
    }
}

/* The file system's own folder names all members, and the UUID. */
static gboolean
add_btrfs_devices (VssFsMembers *self,
                   const char   *root,
                   const char   *member)
{
  g_autofree char *btrfs = g_build_filename (root, "sys/fs/btrfs", NULL);
  g_autofree char *name = g_path_get_basename (member);
  g_autoptr (GPtrArray) uuids = vss_sysfs_list (btrfs, "");

  for (guint i = 0; uuids != NULL && i < uuids->len; i++)
    {
      g_autofree char *devices = g_build_filename (btrfs, uuids->pdata[i], "devices", NULL);
      g_autoptr (GPtrArray) entries = NULL;

      if (!vss_sysfs_has (devices, name))
        {
          continue;
        }
      self->uuid = g_strdup (uuids->pdata[i]);
      entries = vss_sysfs_list (devices, "");
      for (guint j = 0; j < entries->len; j++)
        {
          add (self, vss_sysfs_resolve (devices, entries->pdata[j]));
        }
      return TRUE;
    }
  return FALSE;
}

static void
add_btrfs (VssFsMembers        *self,
           const char          *root,
           const VssFsIdentity *fs)
{
  char *member = vss_sysfs_find_path (root, fs->source);

  add (self, member);
  if (member != NULL && !add_btrfs_devices (self, root, member))
    {
      self->complete = FALSE;
    }
}

/* "/dev/vda:/dev/vdb" */
static void
add_bcachefs (VssFsMembers        *self,
              const char          *root,
              const VssFsIdentity *fs)
{
  g_auto (GStrv) sources = g_strsplit (fs->source, ":", -1);

  for (guint i = 0; sources[i] != NULL; i++)
    {
      add (self, vss_sysfs_find_path (root, sources[i]));
    }
}

/* Nothing in sysfs leads from a pool to its devices, but udev has looked at them. */
static void
add_zfs (VssFsMembers        *self,
         const char          *root,
         const VssFsIdentity *fs)
{
  g_autofree char *udev_data = g_build_filename (root, "run/udev/data", NULL);
  g_autofree char *block = g_build_filename (root, "sys/class/block", NULL);
  g_autofree char *pool = g_strndup (fs->source, strcspn (fs->source, "/@"));
  g_autoptr (GPtrArray) names = vss_sysfs_list (block, "");

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *folder = vss_sysfs_resolve (block, names->pdata[i]);
      g_autofree char *number = folder != NULL ? vss_sysfs_read (folder, "dev") : NULL;
      g_autofree char *type = NULL;
      g_autofree char *label = NULL;

      if (number == NULL)
        {
          continue;
        }
      type = vss_block_udev_property (udev_data, number, "ID_FS_TYPE");
      label = vss_block_udev_property (udev_data, number, "ID_FS_LABEL");
      if (g_strcmp0 (type, "zfs_member") == 0 && g_strcmp0 (label, pool) == 0)
        {
          add (self, g_steal_pointer (&folder));
        }
    }
  if (self->folders->len == 0)
    {
      self->complete = FALSE;
    }
}

static char *
get_option (const VssFsIdentity *fs,
            const char          *name)
{
  g_auto (GStrv) options = g_strsplit (fs->options != NULL ? fs->options : "", ",", -1);
  gsize length = strlen (name);

  for (guint i = 0; options[i] != NULL; i++)
    {
      if (strncmp (options[i], name, length) == 0 && options[i][length] == '=')
        {
          return g_strdup (options[i] + length + 1);
        }
    }
  return NULL;
}

/* A log or a real-time section elsewhere is named by an option. */
static void
add_xfs (VssFsMembers        *self,
         const char          *root,
         const VssFsIdentity *fs)
{
  static const char *const options[] = { "logdev", "rtdev" };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *path = get_option (fs, options[i]);

      if (path != NULL)
        {
          add (self, vss_sysfs_find_path (root, path));
        }
    }
}

/* The name of the thread that writes the journal says where that is: "jbd2/vda1-8" is inode 8 of
 * vda1 itself, "jbd2/vdb" a device. NULL if the file system has none. */
static char *
read_journal_name (const char *root,
                   const char *device)
{
  g_autofree char *folder = g_build_filename (root, "sys/fs/ext4", device, NULL);
  g_autofree char *process = vss_sysfs_read (folder, "journal_task");
  g_autofree char *proc = NULL;
  g_autofree char *name = NULL;

  if (process == NULL || !g_ascii_isdigit (*process))
    {
      return NULL;
    }
  proc = g_build_filename (root, "proc", process, NULL);
  name = vss_sysfs_read (proc, "comm");
  if (name == NULL || !g_str_has_prefix (name, JBD2_THREAD))
    {
      return NULL;
    }
  return g_strdup (name + strlen (JBD2_THREAD));
}

static void
add_ext4 (VssFsMembers        *self,
          const char          *root,
          const VssFsIdentity *fs)
{
  g_autofree char *device = NULL;
  g_autofree char *internal = NULL;
  g_autofree char *journal = NULL;

  if (self->folders->len == 0)
    {
      return;
    }
  device = g_path_get_basename (self->folders->pdata[0]);
  internal = g_strconcat (device, "-", NULL);
  journal = read_journal_name (root, device);
  if (journal == NULL || g_str_has_prefix (journal, internal)
      || (strlen (JBD2_THREAD) + strlen (journal) == SHORT_THREAD_NAME
          && g_str_has_prefix (internal, journal)))
    {
      return;
    }
  add (self, vss_sysfs_find_name (root, journal));
}

static const Kind kinds[] = {
  { "btrfs", TRUE, add_btrfs }, { "bcachefs", TRUE, add_bcachefs }, { "zfs", TRUE, add_zfs },
  { "xfs", FALSE, add_xfs },    { "ext4", FALSE, add_ext4 },        { "ext3", FALSE, add_ext4 },
};

static const Kind *
find_kind (const char *fs_type)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (strcmp (kinds[i].fs_type, fs_type) == 0)
        {
          return &kinds[i];
        }
    }
  return NULL;
}

VssFsMembers *
vss_fs_members_find (const char          *root,
                     const VssFsIdentity *fs)
{
  const Kind *kind = find_kind (fs->fs_type);
  VssFsMembers *self;

  if (fs->device_major == 0 && (kind == NULL || !kind->anonymous))
    {
      return NULL;
    }
  self = g_new0 (VssFsMembers, 1);
  self->folders = g_ptr_array_new_with_free_func (g_free);
  self->complete = TRUE;
  if (fs->device_major != 0)
    {
      add (self, vss_sysfs_find_number (root, fs->device_major, fs->device_minor));
    }
  if (kind != NULL)
    {
      kind->add (self, root, fs);
    }
  return self;
}
