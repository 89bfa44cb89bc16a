/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of create --components-document: see the header. Main thread. */
#include "host-lib/cli/vss-create-document.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOCUMENT_MODE 0600

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_set_error (error,
               G_FILE_ERROR,
               G_FILE_ERROR_FAILED,
               "cannot write the components document to %s: %s",
               path,
               why);
  return FALSE;
}

gboolean
vss_create_document_check (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat file;

  if (lstat (path, &file) == 0 && !S_ISREG (file.st_mode))
    {
      return refuse (path, "there is something that is no plain file; name another", error);
    }
  if (access (folder, W_OK | X_OK) < 0)
    {
      return refuse (path, g_strerror (errno), error);
    }
  return TRUE;
}

gboolean
vss_create_document_write (VssBackupComponents *components, const char *path, GError **error)
{
  g_autofree char *xml = NULL;

  if (!vss_backup_components_save_as_xml (components, &xml, error)
      || !vss_create_document_check (path, error))
    {
      return FALSE;
    }
  if (!g_file_set_contents_full (path,
                                 xml,
                                 -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 DOCUMENT_MODE,
                                 error))
    {
      g_prefix_error (error, "cannot write the components document: ");
      return FALSE;
    }
  return TRUE;
}
