/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. Nothing outside sysfs and /dev is looked at. */
#include "guest-agent/freeze/vss-sysfs.h"

#include <stdlib.h>
#include <string.h>

#define DEV "/dev/"
#define DEV_MAPPER "/dev/mapper/"

char *
vss_sysfs_read (const char *folder,
                const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_utf8_validate (text, -1, NULL)
      || *g_strstrip (text) == '\0')
    {
      return NULL;
    }
  return g_steal_pointer (&text);
}

gboolean
vss_sysfs_has (const char *folder,
               const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

char *
vss_sysfs_resolve (const char *folder,
                   const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *real = realpath (path, NULL);
  char *copy = g_strdup (real);

  free (real);
  return copy;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
vss_sysfs_list (const char *folder,
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
  g_ptr_array_sort (entries, compare_names);
  return entries->len > 0 ? g_steal_pointer (&entries) : NULL;
}

char *
vss_sysfs_find_number (const char *root,
                       guint       device_major,
                       guint       device_minor)
{
  g_autofree char *name = g_strdup_printf ("sys/dev/block/%u:%u", device_major, device_minor);

  return vss_sysfs_resolve (root, name);
}

char *
vss_sysfs_find_name (const char *root,
                     const char *name)
{
  g_autofree char *folder = g_build_filename (root, "sys/class/block", NULL);

  if (*name == '\0' || strchr (name, '/') != NULL || *name == '.')
    {
      return NULL;
    }
  return vss_sysfs_resolve (folder, name);
}

static char *
find_mapper_name (const char *root,
                  const char *mapper_name)
{
  g_autofree char *folder = g_build_filename (root, "sys/class/block", NULL);
  g_autoptr (GPtrArray) entries = vss_sysfs_list (folder, "");

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      g_autofree char *attribute = g_build_filename (entries->pdata[i], "dm/name", NULL);
      g_autofree char *found = vss_sysfs_read (folder, attribute);

      if (g_strcmp0 (found, mapper_name) == 0)
        {
          return vss_sysfs_resolve (folder, entries->pdata[i]);
        }
    }
  return NULL;
}

/* Without following links. */
static char *
find_plain (const char *root,
            const char *path)
{
  if (g_str_has_prefix (path, DEV_MAPPER))
    {
      return find_mapper_name (root, path + strlen (DEV_MAPPER));
    }
  if (g_str_has_prefix (path, DEV))
    {
      /* sysfs can't have a slash in a name. */
      g_autofree char *name = g_strdelimit (g_strdup (path + strlen (DEV)), "/", '!');

      return vss_sysfs_find_name (root, name);
    }
  return NULL;
}

char *
vss_sysfs_find_path (const char *root,
                     const char *path)
{
  g_autofree char *dev = NULL;
  g_autofree char *real = NULL;
  g_autofree char *inside = NULL;
  char *folder = find_plain (root, path);

  if (folder != NULL || !g_str_has_prefix (path, DEV))
    {
      return folder;
    }
  dev = vss_sysfs_resolve (root, DEV);
  real = vss_sysfs_resolve (root, path);
  if (dev == NULL || real == NULL || !g_str_has_prefix (real, dev)
      || real[strlen (dev)] != '/')
    {
      return NULL;
    }
  inside = g_build_filename (DEV, real + strlen (dev), NULL);
  return find_plain (root, inside);
}
