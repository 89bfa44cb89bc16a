/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See database.h. The lock is that of a transaction that is begun for writing and writes nothing:
 * SQLite has one writer at a time, in each of its journal modes. It is a lock of the kernel's, so
 * it is gone with this process, however that ends. */
#include "database.h"

#include <sqlite3.h>

/* Whoever committed last may still be at a checkpoint of its own, which takes milliseconds; a
 * reader may be in the way for ever. All who write wait meanwhile. */
#define SETTLE_US (50 * 1000)
#define SETTLE_PAUSE_US 2000

G_DEFINE_QUARK (vss_database_error, vss_database_error)

struct _VssDatabase
{
  char *path;
  sqlite3 *handle;
};

static gboolean
fail (VssDatabase *self, const char *attempt, GError **error)
{
  int result = sqlite3_errcode (self->handle);
  gboolean is_busy = result == SQLITE_BUSY || result == SQLITE_LOCKED;

  g_set_error (error, VSS_DATABASE_ERROR,
               is_busy ? VSS_DATABASE_ERROR_BUSY : VSS_DATABASE_ERROR_OTHER,
               "cannot %s database %s: %s%s", attempt, self->path,
               sqlite3_errmsg (self->handle),
               is_busy ? "; another transaction went on all the time" : "");
  return FALSE;
}

VssDatabase *
vss_database_open (const char *path, GError **error)
{
  VssDatabase *self = g_new0 (VssDatabase, 1);
  int result;

  self->path = g_strdup (path);
  result = sqlite3_open_v2 (path, &self->handle, SQLITE_OPEN_READWRITE, NULL);
  /* Opening alone doesn't look into the file. */
  if (result == SQLITE_OK)
    result = sqlite3_exec (self->handle, "PRAGMA schema_version", NULL, NULL, NULL);
  if (result == SQLITE_OK || result == SQLITE_BUSY)
    return self;
  fail (self, "open", error);
  vss_database_close (self);
  return NULL;
}

void
vss_database_close (VssDatabase *self)
{
  sqlite3_close (self->handle);
  g_free (self->path);
  g_free (self);
}

/* How long SQLite waits for locks. */
static void
set_patience (VssDatabase *self, gint64 until_us)
{
  gint64 left_ms = (until_us - g_get_monotonic_time ()) / 1000;

  sqlite3_busy_timeout (self->handle, (int) CLAMP (left_ms, 1, G_MAXINT));
}

void
vss_database_checkpoint (VssDatabase *self, gint64 until_us)
{
  set_patience (self, until_us);
  /* Only to have less in the log: the database is whole without. */
  sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

gboolean
vss_database_hold (VssDatabase *self, gint64 until_us, GError **error)
{
  set_patience (self, until_us);
  return sqlite3_exec (self->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK
         || fail (self, "lock", error);
}

/* Whether nothing of the log is left that isn't in the database. */
static gboolean
settle (sqlite3 *handle)
{
  int in_log = 0;
  int in_database = 0;

  return sqlite3_wal_checkpoint_v2 (handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                    &in_database)
             == SQLITE_OK
         && in_log == in_database;
}

/* A connection of its own, since the one that holds is within a transaction. Nothing depends on it:
 * database and log are whole together in any case. */
void
vss_database_settle (VssDatabase *self)
{
  gint64 until_us = g_get_monotonic_time () + SETTLE_US;
  sqlite3 *other = NULL;

  /* Before it has read something a connection doesn't know that there is a log. */
  if (sqlite3_open_v2 (self->path, &other, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
      && sqlite3_exec (other, "PRAGMA schema_version", NULL, NULL, NULL) == SQLITE_OK)
    {
      while (!settle (other) && g_get_monotonic_time () < until_us)
        g_usleep (SETTLE_PAUSE_US);
    }
  sqlite3_close (other);
}

gboolean
vss_database_release (VssDatabase *self, GError **error)
{
  if (sqlite3_get_autocommit (self->handle))
    {
      g_set_error (error, VSS_DATABASE_ERROR, VSS_DATABASE_ERROR_OTHER,
                   "database %s was not locked any more", self->path);
      return FALSE;
    }
  return sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK
         || fail (self, "unlock", error);
}
