/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a writer's key file: what it says is obeyed as root, so it is taken only from those who
 * may say it. */
#include "guest-agent/writers/vss-writer-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "guest-agent/writers/vss-writer-trust.h"

#define READ_BYTES 4096

static void
fail (GError **error, const char *path, const char *why)
{
  g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_READ,
               "cannot read the writer's key file %s: %s", path, why);
}

static GString *
read_all (int fd, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char bytes[READ_BYTES];
  gssize got;

  while ((got = read (fd, bytes, sizeof bytes)) != 0)
    {
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          fail (error, path, g_strerror (errno));
          return NULL;
        }
      g_string_append_len (text, bytes, got);
      if (text->len > VSS_WRITER_FILE_MAX_BYTES)
        {
          fail (error, path, "it is larger than any key file");
          return NULL;
        }
    }
  return g_steal_pointer (&text);
}

/* Whether the file and the program that it names are beyond the reach of others. */
static gboolean
is_trusted (const VssWriterFile *file, const struct stat *status, GError **error)
{
  g_autoptr (VssWriterUser) user = NULL;

  if (!file->enabled)
    return TRUE;
  user = vss_writer_user_find (file->user, error);
  if (!user)
    {
      g_prefix_error (error, "%s: group [Writer]: key \"user\": ", file->path);
      return FALSE;
    }
  if (vss_writer_trust_status (file->path, status, user->uid, error) &&
      vss_writer_trust_path (file->argv[0], user->uid, error))
    return TRUE;
  g_prefix_error (error, "the writer of %s is not used: ", file->path);
  return FALSE;
}

static VssWriterFile *
load (int fd, const char *path, GError **error)
{
  g_autoptr (VssWriterFile) file = NULL;
  g_autoptr (GString) text = NULL;
  struct stat status;

  if (fstat (fd, &status) < 0)
    {
      fail (error, path, g_strerror (errno));
      return NULL;
    }
  if (S_ISCHR (status.st_mode)) /* /dev/null */
    return vss_writer_file_parse (path, "", 0, error);
  if (!S_ISREG (status.st_mode))
    {
      fail (error, path, "it is no ordinary file");
      return NULL;
    }
  text = read_all (fd, path, error);
  if (!text)
    return NULL;
  file = vss_writer_file_parse (path, text->str, text->len, error);
  return file && is_trusted (file, &status, error) ? g_steal_pointer (&file) : NULL;
}

VssWriterFile *
vss_writer_file_load (const char *path, GError **error)
{
  /* Doesn't wait for anything that the name could be of. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  VssWriterFile *file;

  if (fd < 0)
    {
      fail (error, path, g_strerror (errno));
      return NULL;
    }
  file = load (fd, path, error);
  close (fd);
  return file;
}
