/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sqlite-load: one transaction after the other on a database, each with its number.
 *
 *   sqlite-load --status FILE --log FILE [--pause-ms N] DATABASE   number 1, 2, 3 …
 *   sqlite-load --check DATABASE      what is in it? one line of JSON
 *
 * A transaction makes a row in each of two tables, so that half of one would be seen. The log has a
 * line for each: its number, and when it was begun, had the lock, and was committed, in microseconds
 * of the boot clock. The log and the status are meant to be in memory.
 */
#include "status.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any freeze of a test. */
#define BUSY_TIMEOUT_MS 60000
/* The rows' size makes a transaction touch several pages. */
#define BODY_BYTES 3000

typedef struct
{
  const char *status;
  const char *log;
  bool check;
  useconds_t pause_us;
} Options;

static int
fail (sqlite3 *handle, const char *what)
{
  fprintf (stderr, "sqlite-load: %s: %s\n", what, sqlite3_errmsg (handle));
  return EXIT_FAILURE;
}

static int
run (sqlite3 *handle, const char *sql)
{
  return sqlite3_exec (handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail (handle, sql);
}

/* The first column of the first row, as text; NULL if there is none. */
static char *
ask (sqlite3 *handle, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  char *answer = NULL;

  if (sqlite3_prepare_v2 (handle, sql, -1, &statement, NULL) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW && sqlite3_column_text (statement, 0) != NULL)
    answer = strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    fail (handle, sql);
  sqlite3_finalize (statement);
  return answer;
}

static int64_t
ask_number (sqlite3 *handle, const char *sql)
{
  char *answer = ask (handle, sql);
  int64_t number = answer ? strtoll (answer, NULL, 10) : -1;

  free (answer);
  return number;
}

static int
check (sqlite3 *handle)
{
  char *integrity = ask (handle, "PRAGMA integrity_check");

  printf ("{\"integrity\": \"%s\", \"count\": %" PRId64 ", \"last\": %" PRId64
          ", \"halves\": %" PRId64 "}\n",
          integrity ? integrity : "not known", ask_number (handle, "SELECT count(*) FROM a"),
          ask_number (handle, "SELECT coalesce(max(n), 0) FROM a"),
          ask_number (handle, "SELECT (SELECT count(*) FROM a WHERE n NOT IN (SELECT n FROM b))"
                              " + (SELECT count(*) FROM b WHERE n NOT IN (SELECT n FROM a))"));
  free (integrity);
  return EXIT_SUCCESS;
}

/* -- load -- */

static int
insert (sqlite3 *handle, const char *table, uint64_t number)
{
  char sql[128];

  snprintf (sql, sizeof sql, "INSERT INTO %s VALUES (%" PRIu64 ", randomblob(%d))", table, number,
            BODY_BYTES);
  return run (handle, sql);
}

static int
commit_one (sqlite3 *handle, uint64_t number, int log)
{
  int64_t begun_us = now_us (), locked_us, committed_us;
  char line[128];
  int length;

  if (run (handle, "BEGIN IMMEDIATE"))
    return EXIT_FAILURE;
  locked_us = now_us ();
  if (insert (handle, "a", number) || insert (handle, "b", number) || run (handle, "COMMIT"))
    return EXIT_FAILURE;
  committed_us = now_us ();
  length = snprintf (line, sizeof line, "%" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", number,
                     begun_us, locked_us, committed_us);
  return write (log, line, (size_t) length) == length ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
load (sqlite3 *handle, const Options *options)
{
  int status = status_open (options->status);
  int log = open (options->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);

  if (log < 0 || run (handle, "PRAGMA journal_mode=WAL; CREATE TABLE a (n INTEGER PRIMARY KEY, body);"
                              "CREATE TABLE b (n INTEGER PRIMARY KEY, body)"))
    return EXIT_FAILURE;
  for (uint64_t number = 1;; number++)
    {
      if (commit_one (handle, number, log))
        return EXIT_FAILURE;
      status_write (status, "{\"committed\": %" PRIu64 ", \"at_us\": %" PRId64 "}", number,
                    now_us ());
      usleep (options->pause_us);
    }
}

int
main (int argc, char **argv)
{
  static const struct option known[] = {
    { "status", required_argument, NULL, 's' },
    { "log", required_argument, NULL, 'l' },
    { "pause-ms", required_argument, NULL, 'p' },
    { "check", no_argument, NULL, 'c' },
    { NULL, 0, NULL, 0 },
  };
  Options options = { .pause_us = 0 };
  sqlite3 *handle;
  int option, result;

  while ((option = getopt_long (argc, argv, "", known, NULL)) != -1)
    {
      if (option == 's')
        options.status = optarg;
      else if (option == 'l')
        options.log = optarg;
      else if (option == 'p')
        options.pause_us = (useconds_t) (1000 * strtoul (optarg, NULL, 0));
      else if (option == 'c')
        options.check = true;
      else
        return 2;
    }
  if (optind != argc - 1 || (options.log == NULL && !options.check))
    return 2;
  if (sqlite3_open (argv[optind], &handle) != SQLITE_OK)
    return fail (handle, argv[optind]);
  sqlite3_busy_timeout (handle, BUSY_TIMEOUT_MS);
  result = options.check ? check (handle) : load (handle, &options);
  sqlite3_close (handle);
  return result;
}
