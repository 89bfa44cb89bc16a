/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides what a freeze does with each file system, and the order: what lies on a file of another
 * file system (a loop device) is frozen before that other one. */
#include "guest-agent/freeze/vss-freeze-plan.h"

#include <string.h>

#include "guest-agent/freeze/vss-freezer.h"

typedef struct
{
  const char *fs_type;
  VssWireFreezability freezability;
  const char *reason;
} KnownType;

/* Types that implement freezing; further ones on block devices are synchronised only. */
static const KnownType known_types[] = {
  { "ext2", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "ext3", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "ext4", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "xfs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "btrfs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "bcachefs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "f2fs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "gfs2", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "jfs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "nilfs2", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "reiserfs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "fuseblk", VSS_WIRE_FREEZABILITY_UNSUPPORTED,
    "a file system in user space can be neither frozen nor synchronised from outside" },
  { "zfs", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "zfs can't be frozen; snapshot it with zfs itself" },
};

typedef enum
{
  UNVISITED,
  VISITING,
  VISITED,
} Visit;

static VssWireFreezability
classify_type (const VssFileSystem *fs,
               char               **reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (known_types); i++)
    {
      if (strcmp (fs->fs_type, known_types[i].fs_type) == 0)
        {
          *reason = g_strdup (known_types[i].reason);
          return known_types[i].freezability;
        }
    }
  *reason = g_strdup_printf ("%s can't be frozen, only synchronised", fs->fs_type);
  return VSS_WIRE_FREEZABILITY_FLUSHABLE;
}

static char *
explain_no_device (const VssFileSystem *fs)
{
  if (fs->upper_folder != NULL)
    {
      return g_strdup_printf ("an overlay has no data of its own; freeze the file system that "
                              "holds %s",
                              fs->upper_folder);
    }
  return g_strdup_printf ("%s keeps its data on no disk of this guest", fs->fs_type);
}

VssWireFreezability
vss_freeze_plan_classify (const VssFileSystem *fs,
                          char               **reason)
{
  const VssMount *first = fs->mounts->pdata[0];

  *reason = NULL;
  if (fs->stack == NULL)
    {
      *reason = explain_no_device (fs);
      return VSS_WIRE_FREEZABILITY_UNSUPPORTED;
    }
  if (fs->read_only)
    {
      return VSS_WIRE_FREEZABILITY_READ_ONLY;
    }
  if (fs->elsewhere != NULL)
    {
      *reason = g_strdup (fs->elsewhere);
      return VSS_WIRE_FREEZABILITY_UNSUPPORTED;
    }
  if (first->hidden)
    {
      *reason = g_strdup_printf ("another mount covers %s, so that it can't be opened",
                                 first->path);
      return VSS_WIRE_FREEZABILITY_UNSUPPORTED;
    }
  return classify_type (fs, reason);
}

static void
entry_free (VssFreezePlanEntry *entry)
{
  g_free (entry->mount_point);
  g_free (entry->reason);
  g_free (entry);
}

void
vss_freeze_plan_free (VssFreezePlan *self)
{
  g_ptr_array_unref (self->entries);
  vss_mount_table_unref (self->table);
  g_free (self);
}

static VssFreezePlanEntry *
find_entry (VssFreezePlan       *self,
            const VssFileSystem *fs,
            guint               *index)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      VssFreezePlanEntry *entry = self->entries->pdata[i];

      if (entry->fs == fs)
        {
          *index = i;
          return entry;
        }
    }
  return NULL;
}

/* An image file on what can only be flushed goes on being written by the kernel, and no process has
 * it open. */
static void
check_flushable (VssFreezePlan      *self,
                 VssFreezePlanEntry *entry)
{
  const GPtrArray *file_systems = vss_mount_table_get_file_systems (self->table);

  for (guint i = 0; entry->freezability == VSS_WIRE_FREEZABILITY_FLUSHABLE
                    && i < file_systems->len;
       i++)
    {
      const VssFileSystem *fs = file_systems->pdata[i];

      if (!fs->read_only && g_ptr_array_find (fs->holders, entry->fs, NULL))
        {
          entry->freezability = VSS_WIRE_FREEZABILITY_UNSUPPORTED;
          g_free (entry->reason);
          entry->reason = g_strdup_printf ("%s can't be frozen, and %s is written to in an image "
                                           "file on it",
                                           entry->fs->fs_type, vss_file_system_get_name (fs));
        }
    }
}

static gboolean
add_entry (VssFreezePlan *self,
           const char    *mount_point,
           GError       **error)
{
  const VssFileSystem *fs = vss_mount_table_find (self->table, mount_point);
  VssFreezePlanEntry *entry;
  guint index;

  if (fs == NULL && g_str_has_prefix (mount_point, VSS_ELSEWHERE_PREFIX))
    {
      /* It couldn't have been held; whoever asks for it finds that it isn't named. */
      return TRUE;
    }
  if (fs == NULL)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND,
                   "can't freeze %s: no file system is mounted there; list the volumes again",
                   mount_point);
      return FALSE;
    }
  if (find_entry (self, fs, &index) != NULL)
    {
      return TRUE;
    }
  entry = g_new0 (VssFreezePlanEntry, 1);
  entry->fs = fs;
  entry->mount_point = g_strdup (mount_point);
  entry->freezability = vss_freeze_plan_classify (fs, &entry->reason);
  check_flushable (self, entry);
  g_ptr_array_add (self->entries, entry);
  return TRUE;
}

/* Appends the entries that hold @fs, or what holds it, and so on through file systems that aren't
 * asked for: writing to @fs ends up in them. */
static void
collect_holders (VssFreezePlan       *self,
                 const VssFileSystem *fs,
                 guint                depth,
                 GArray              *indexes)
{
  for (guint i = 0; i < fs->holders->len; i++)
    {
      const VssFileSystem *holder = fs->holders->pdata[i];
      guint index;

      if (find_entry (self, holder, &index) != NULL)
        {
          g_array_append_val (indexes, index);
        }
      else if (depth < VSS_BLOCK_STACK_MAX_DEPTH)
        {
          collect_holders (self, holder, depth + 1, indexes);
        }
    }
}

static GArray *
list_holders (VssFreezePlan *self,
              guint          index)
{
  const VssFreezePlanEntry *entry = self->entries->pdata[index];
  GArray *indexes = g_array_new (FALSE, FALSE, sizeof (guint));

  collect_holders (self, entry->fs, 0, indexes);
  return indexes;
}

/* Depth first, to find circles. */
static gboolean
visit (VssFreezePlan *self,
       guint          index,
       Visit         *visits,
       GError       **error)
{
  const VssFreezePlanEntry *entry = self->entries->pdata[index];
  g_autoptr (GArray) holders = list_holders (self, index);

  visits[index] = VISITING;
  for (guint i = 0; i < holders->len; i++)
    {
      guint holder_index = g_array_index (holders, guint, i);
      const VssFreezePlanEntry *holder = self->entries->pdata[holder_index];

      if (visits[holder_index] == VISITING)
        {
          g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_NOT_FREEZABLE,
                       "can't freeze %s and %s: each lies on a file of the other; leave one out",
                       entry->mount_point, holder->mount_point);
          return FALSE;
        }
      if (visits[holder_index] == UNVISITED && !visit (self, holder_index, visits, error))
        {
          return FALSE;
        }
    }
  visits[index] = VISITED;
  return TRUE;
}

/* Whether a level had to be raised. */
static gboolean
raise_holders (VssFreezePlan *self,
               guint          index)
{
  const VssFreezePlanEntry *entry = self->entries->pdata[index];
  g_autoptr (GArray) holders = list_holders (self, index);
  gboolean changed = FALSE;

  for (guint i = 0; i < holders->len; i++)
    {
      VssFreezePlanEntry *holder = self->entries->pdata[g_array_index (holders, guint, i)];

      if (holder->level <= entry->level)
        {
          holder->level = entry->level + 1;
          changed = TRUE;
        }
    }
  return changed;
}

/* Without circles a chain is no longer than there are entries, and neither are the rounds. */
static void
assign_levels (VssFreezePlan *self)
{
  gboolean changed = TRUE;

  while (changed)
    {
      changed = FALSE;
      for (guint i = 0; i < self->entries->len; i++)
        {
          changed = raise_holders (self, i) || changed;
        }
    }
  for (guint i = 0; i < self->entries->len; i++)
    {
      const VssFreezePlanEntry *entry = self->entries->pdata[i];

      self->n_levels = MAX (self->n_levels, entry->level + 1);
    }
}

VssFreezePlan *
vss_freeze_plan_new (VssMountTable   *table,
                     const GPtrArray *mount_points,
                     guint            max_volumes,
                     GError         **error)
{
  g_autoptr (VssFreezePlan) self = g_new0 (VssFreezePlan, 1);
  g_autofree Visit *visits = NULL;

  self->table = vss_mount_table_ref (table);
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  if (mount_points->len == 0 || mount_points->len > max_volumes)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS,
                   "can't freeze %u file systems: name 1 to %u", mount_points->len, max_volumes);
      return NULL;
    }
  for (guint i = 0; i < mount_points->len; i++)
    {
      if (!add_entry (self, mount_points->pdata[i], error))
        {
          return NULL;
        }
    }
  visits = g_new0 (Visit, self->entries->len);
  for (guint i = 0; i < self->entries->len; i++)
    {
      if (visits[i] == UNVISITED && !visit (self, i, visits, error))
        {
          return NULL;
        }
    }
  assign_levels (self);
  return g_steal_pointer (&self);
}
