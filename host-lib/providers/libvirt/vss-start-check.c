/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the disks of a domain before it starts: see the header. On the program's only thread;
 * reads files, changes nothing. */
#include "host-lib/providers/libvirt/vss-start-check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "protocol/vss-text.h"

/* Most records that are read in one folder: a start must not take long, and this is far beyond what
 * the disks of one host's machines carry. */
#define RECORDS_MAX 4096

/* Most of an L1 table that is looked at, as QEMU's own limit of entries. */
#define L1_BYTES_MAX (32 * 1024 * 1024)

typedef struct
{
  const VssDomainView *view;
  GPtrArray *sets; /* (element-type VssSnapshotSet), of any domain */
  GHashTable *folders; /* those that were read */
  GString *remarks;
} Check;

/* -- the records -- */

static void
remark (Check *check, const char *path, const char *text)
{
  g_autofree char *name = vss_text_sanitise (path, VSS_TEXT_MAX_MESSAGE);

  g_string_append_printf (check->remarks, "%s: %s\n", name, text);
}

static VssSnapshotSet *
find_set (Check *check, const char *id, guint *index)
{
  for (guint i = 0; i < check->sets->len; i++)
    {
      VssSnapshotSet *set = g_ptr_array_index (check->sets, i);

      if (g_str_equal (set->id, id))
        {
          *index = i;
          return set;
        }
    }
  return NULL;
}

/* NULL if it can't be read, or is too large to be one of ours. */
static VssSnapshotSet *
read_record (Check *check, const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  VssSnapshotSet *set;
  struct stat status;

  if (lstat (path, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > VSS_SET_XML_MAX)
    return NULL;
  if (!g_file_get_contents (path, &text, NULL, &error))
    {
      remark (check, path, error->message);
      return NULL;
    }
  set = vss_snapshot_set_from_xml (text, &error);
  if (set == NULL)
    remark (check, path, error->message);
  return set;
}

/* Of several copies the newest that can be read counts; @newest: id -> generation. */
static void
take_record (Check *check, const char *folder, const char *name, GHashTable *newest)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *id = NULL;
  g_autoptr (VssSnapshotSet) set = NULL;
  guint generation = 0;
  guint index;

  if (!vss_record_parse_name (name, &id, &generation)
      || (g_hash_table_contains (newest, id)
          && GPOINTER_TO_UINT (g_hash_table_lookup (newest, id)) > generation))
    return;
  set = read_record (check, path);
  if (set == NULL || !g_str_equal (set->id, id))
    return;
  if (find_set (check, id, &index) != NULL)
    {
      if (!g_hash_table_contains (newest, id))
        return; /* the domain's own metadata says it */
      g_ptr_array_remove_index (check->sets, index);
    }
  g_hash_table_insert (newest, g_steal_pointer (&id), GUINT_TO_POINTER (generation));
  g_ptr_array_add (check->sets, g_steal_pointer (&set));
}

static void
read_folder (Check *check, const char *folder)
{
  g_autoptr (GHashTable) newest = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint count = 0;

  if (!g_hash_table_add (check->folders, g_strdup (folder)))
    return;
  dir = g_dir_open (folder, 0, &error);
  if (dir == NULL)
    {
      remark (check, folder, error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *id = NULL;
      guint generation;

      if (!vss_record_parse_name (name, &id, &generation))
        continue;
      if (++count > RECORDS_MAX)
        {
          remark (check, folder, "has too many records to be read at a start");
          return;
        }
      take_record (check, folder, name, newest);
    }
}

/* -- the files -- */

/* The same file, also by another name. */
static gboolean
is_same_file (const char *a, const char *b)
{
  struct stat status_a, status_b;

  if (g_strcmp0 (a, b) == 0)
    return TRUE;
  return a != NULL && b != NULL && stat (a, &status_a) == 0 && stat (b, &status_b) == 0
         && status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

/* Up to @length bytes; NULL if none could be read. */
static guint8 *
read_bytes (int fd, guint64 offset, gsize length, gsize *got)
{
  g_autofree guint8 *bytes = g_malloc (length);
  ssize_t n = pread (fd, bytes, length, (off_t)offset);

  if (n < 0)
    return NULL;
  *got = (gsize)n;
  return g_steal_pointer (&bytes);
}

static gboolean
is_all_zero (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != 0)
        return FALSE;
    }
  return TRUE;
}

/* Whether the overlay certainly holds data of the guest. */
static gboolean
holds_data (const char *overlay)
{
  int fd = open (overlay, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autofree guint8 *start = NULL;
  g_autofree guint8 *l1 = NULL;
  gsize length = 0;
  gboolean holds = FALSE;

  if (fd < 0)
    return FALSE;
  start = read_bytes (fd, 0, 512, &length);
  if (start != NULL)
    {
      VssQcow2Header header = vss_qcow2_read_header (start, length);

      if (header.complete && header.l1_entries > 0)
        {
          l1 = read_bytes (fd, header.l1_offset,
                           MIN ((gsize)header.l1_entries * sizeof (guint64), L1_BYTES_MAX),
                           &length);
          holds = l1 != NULL && !is_all_zero (l1, length);
        }
    }
  close (fd);
  return holds;
}

/* -- the verdict -- */

/* Whether writing to the image of @disk destroys something. */
static gboolean
is_dangerous (const VssSnapshotSet *set, const VssSetDisk *disk)
{
  switch (set->state)
    {
    case VSS_SET_CREATED:
      return TRUE; /* the image is the set */
    case VSS_SET_COMMITTING:
      return holds_data (disk->overlay); /* else it never came to be written */
    case VSS_SET_DELETING:
      return disk->merge == VSS_MERGE_NONE && holds_data (disk->overlay);
    case VSS_SET_PREPARING:
    default:
      return FALSE;
    }
}

static char *
describe (const VssDomainView *view, const char *target, const char *path,
          const VssSnapshotSet *set, const VssSetDisk *disk)
{
  g_autoptr (GDateTime) made = set->created_us > 0
      ? g_date_time_new_from_unix_utc (set->created_us / G_USEC_PER_SEC) : NULL;
  g_autofree char *time = made != NULL ? g_date_time_format_iso8601 (made) : NULL;
  g_autofree char *text = g_strdup_printf (
      "virt-vss: domain %s must not start: its disk %s is on %s, which lies below the overlay %s of "
      "snapshot set %s of domain %s (%s%s%s); writing to it would destroy the set, and lose what was "
      "written since. Let the disk use the overlay (virsh edit %s), start, and then delete the set "
      "if it is not wanted any more (virt-vss delete %s %s)",
      view->name, target, path, disk->overlay, set->id, set->domain_name,
      vss_set_state_to_string (set->state), time != NULL ? " at " : "", time != NULL ? time : "",
      view->name, set->domain_name, set->id);

  /* Paths and names of a definition end on somebody's terminal. */
  return vss_text_sanitise (text, G_MAXUINT16);
}

/* NULL if @disk may be written to. */
static char *
find_danger (Check *check, const VssDomainDisk *disk)
{
  for (guint i = 0; i < check->sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (check->sets, i);

      for (guint j = 0; j < set->disks->len; j++)
        {
          const VssSetDisk *set_disk = g_ptr_array_index (set->disks, j);

          if (!is_same_file (disk->path, set_disk->image)
              || !vss_overlay_is_of_set (set_disk->overlay, set->id))
            continue;
          if (access (set_disk->overlay, F_OK) != 0)
            remark (check, set_disk->overlay, "is named by a record, but can't be found");
          else if (is_dangerous (set, set_disk))
            return describe (check->view, disk->target, disk->path, set, set_disk);
        }
    }
  return NULL;
}

/* What is never written to can't be destroyed. */
static gboolean
is_written (const VssDomainDisk *disk)
{
  return disk->path != NULL && disk->path[0] == '/' && !disk->read_only;
}

gboolean
vss_start_check (const char *domain_xml, char **reason, GString *remarks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssDomainView) view = vss_domain_view_parse (domain_xml, &error);
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) sets = NULL;
  Check check = { view, NULL, folders, remarks };

  if (view == NULL)
    {
      g_string_append_printf (remarks, "%s\n", error->message);
      return TRUE;
    }
  sets = vss_record_list_domain (view, NULL);
  check.sets = sets;
  for (guint i = 0; i < view->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (view->disks, i);
      g_autofree char *folder = is_written (disk->disk) ? g_path_get_dirname (disk->disk->path) : NULL;

      if (folder != NULL)
        read_folder (&check, folder);
    }
  for (guint i = 0; i < view->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (view->disks, i);
      char *danger = is_written (disk->disk) ? find_danger (&check, disk->disk) : NULL;

      if (danger == NULL)
        continue;
      *reason = danger;
      return FALSE;
    }
  return TRUE;
}
