/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writer for SQLite databases: started by vss-agent for each event, as vss-writer(5) says.
 *
 *   vss-sqlite-writer DATABASE... EVENT
 *
 * From Freeze to Thaw or Abort it stays and holds the databases' write locks. If its input ends or
 * it is killed the locks are gone: nothing stays locked. */
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "database.h"

/* The exit status for an event that this writer has nothing to do at, see vss-writer(5). */
#define EXIT_NOT_SUPPORTED 3

/* Without a limit from the agent: as long as programs usually wait for a lock of SQLite's. */
#define DEFAULT_TIMEOUT_MS 5000

/* What is left of the limit for opening the databases and for the answer. */
#define ANSWER_SHARE 5

/* Readers may keep a checkpoint from being complete; it isn't needed, so not waited for long. */
#define CHECKPOINT_US (2 * G_USEC_PER_SEC)

static gint64
deadline_of (const VssTold *told)
{
  gint64 timeout_ms = told->timeout_ms > 0 ? told->timeout_ms : DEFAULT_TIMEOUT_MS;

  return g_get_monotonic_time () + (timeout_ms - timeout_ms / ANSWER_SHARE) * 1000;
}

static GPtrArray *
open_all (char **paths, GError **error)
{
  g_autoptr (GPtrArray) databases
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_database_close);

  for (; *paths != NULL; paths++)
    {
      VssDatabase *database = vss_database_open (*paths, error);

      if (database == NULL)
        return NULL;
      g_ptr_array_add (databases, database);
    }
  return g_steal_pointer (&databases);
}

/* -- events -- */

static int
prepare (char **paths)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) databases = open_all (paths, &error);

  for (guint i = 0; databases != NULL && i < databases->len; i++)
    vss_database_checkpoint (databases->pdata[i], g_get_monotonic_time () + CHECKPOINT_US);
  return vss_answer_event (error);
}

static gboolean
hold_all (GPtrArray *databases, gint64 until_us, GError **error)
{
  for (guint i = 0; i < databases->len; i++)
    {
      if (!vss_database_hold (databases->pdata[i], until_us, error))
        return FALSE;
    }
  for (guint i = 0; i < databases->len; i++)
    vss_database_settle (databases->pdata[i]);
  return TRUE;
}

static int
release_all (GPtrArray *databases)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < databases->len; i++)
    vss_database_release (databases->pdata[i], error == NULL ? &error : NULL);
  return vss_answer_event (error);
}

/* Stays until it is told to go on, by an event or by the end of its input. */
static int
hold (char **paths, GDataInputStream *input, gint64 until_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) databases = open_all (paths, &error);
  VssTold told;
  int status;

  if (databases == NULL || !hold_all (databases, until_us, &error))
    return vss_answer_event (error);
  vss_answer_event (NULL);
  if (!vss_told_read (input, &told))
    return EXIT_FAILURE;
  status = release_all (databases);
  vss_told_clear (&told);
  return status;
}

static int
handle (const char *event, char **paths)
{
  g_autoptr (GInputStream) standard = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (standard);
  VssTold told;
  gint64 until_us;

  if (g_str_equal (event, "identify"))
    {
      vss_answer_identity (paths);
      return EXIT_SUCCESS;
    }
  vss_told_read (input, &told);
  until_us = deadline_of (&told);
  vss_told_clear (&told);
  if (g_str_equal (event, "prepare-for-snapshot"))
    return prepare (paths);
  if (g_str_equal (event, "freeze"))
    return hold (paths, input, until_us);
  /* Thaw and Abort reach the process that holds; without one there is nothing to release. */
  return EXIT_NOT_SUPPORTED;
}

int
main (int argc, char **argv)
{
  g_autofree char *event = NULL;

  if (argc < 3)
    {
      fprintf (stderr, "usage: vss-sqlite-writer DATABASE... EVENT\n");
      return EXIT_FAILURE;
    }
  event = g_strdup (argv[argc - 1]);
  argv[argc - 1] = NULL;
  for (char **path = argv + 1; *path != NULL; path++)
    {
      if (g_path_is_absolute (*path))
        continue;
      fprintf (stderr, "vss-sqlite-writer: %s is no absolute path\n", *path);
      return EXIT_FAILURE;
    }
  return handle (event, argv + 1);
}
