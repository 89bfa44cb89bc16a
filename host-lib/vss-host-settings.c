/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads virt-vss.conf: see the header. */
#include "host-lib/vss-host-settings.h"

#define FILE_NAME "virt-vss.conf"
#define FOLDER "virt-vss"
#define GROUP "snapshot-sets"

/* libvirt refuses chains of more than 200 images; the machine's own images need room, too. */
#define SETS_PER_DISK_MAX 190

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* Leaves @value alone unless the file has a sensible one. */
static void
read_number (GKeyFile *file, const char *path, const char *key, guint64 min, guint64 max,
             guint64 *value)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, key, NULL);
  g_autoptr (GError) error = NULL;
  guint64 number;

  if (text == NULL)
    return;
  if (g_ascii_string_to_unsigned (text, 10, min, max, &number, &error))
    *value = number;
  else
    g_message ("%s: %s=%s counts as not there: %s", path, key, text, error->message);
}

void
vss_host_settings_load_file (VssHostSettings *self, const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  guint64 sets = VSS_SETS_PER_DISK_DEFAULT;
  guint64 free_mib = VSS_FREE_MIN_MIB_DEFAULT;

  if (path != NULL && !g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error))
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_message ("cannot read %s, everything is at its default: %s", path, error->message);
    }
  read_number (file, path, "max-per-disk", 1, SETS_PER_DISK_MAX, &sets);
  read_number (file, path, "min-free-mib", 1, G_MAXUINT64 / MIB, &free_mib);
  self->sets_per_disk = (guint)sets;
  self->free_min = free_mib * MIB;
}

void
vss_host_settings_load (VssHostSettings *self)
{
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), FOLDER, FILE_NAME, NULL);
  g_autofree char *host = g_build_filename (VSS_SYSCONFDIR, FOLDER, FILE_NAME, NULL);

  vss_host_settings_load_file (self, g_file_test (own, G_FILE_TEST_EXISTS) ? own : host);
}
