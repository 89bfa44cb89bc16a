/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's key file: what it says is what the writer is, every mistake is named with its place,
 * and a file or a program that others could have written is not used. */
#include "guest-agent/writers/vss-writer-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define ID "9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11"

static const char full[] =
    "[Writer]\n"
    "writer-id=" ID "\n"
    "name=Shop\n"
    "instance-name=second\n"
    "usage=user-data\n"
    "source=transacted-db\n"
    "level=back-end\n"
    "transaction-manager=true\n"
    "major-version=15\n"
    "backup-schema=copy;differential\n"
    "restore-method=stop-start\n"
    "restore-service=shop.service\n"
    "restore-events=always\n"
    "reboot-required=false\n"
    "freeze-timeout-ms=5000\n"
    "exclude-files=/var/lib/shop|*.tmp|recursive\n"
    "alternate-locations=/var/lib/shop|*|to=/srv/shop\n"
    "exec=/usr/bin/env -i 'a b'\n"
    "user=nobody\n"
    "stays=true\n"
    "[Limits]\n"
    "freeze-ms=2000\n"
    "backup-complete-ms=60000\n"
    "[Component main]\n"
    "type=database\n"
    "logical-path=server\n"
    "caption=The orders\n"
    "selectable=true\n"
    "flags=app-rollback-recovery\n"
    "database-files=/var/lib/shop|*.db;/srv/shop|*.db|recursive|to=/srv/copy\n"
    "database-log-files=/var/lib/shop|*.log\n"
    "dependencies=" ID "||other\n"
    "[Component settings]\n"
    "type=file-group\n"
    "files=/etc/shop|*\n";

static VssWriterFile *
parse (const char *text, GError **error)
{
  return vss_writer_file_parse ("/etc/x/shop.writer", text, strlen (text), error);
}

static void
test_all_keys (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWriterFile) file = parse (full, &error);
  const VssWireWriterComponent *component;
  const VssWireWriterFileSet *set;

  g_assert_no_error (error);
  g_assert_cmpstr (file->name, ==, "shop");
  g_assert_true (file->enabled);
  g_assert_true (file->stays);
  g_assert_cmpstr (file->user, ==, "nobody");
  g_assert_cmpuint (g_strv_length (file->argv), ==, 3);
  g_assert_cmpstr (file->argv[2], ==, "a b");
  g_assert_cmpuint (file->limits_ms[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 2000);
  g_assert_cmpuint (file->limits_ms[VSS_WIRE_WRITER_EVENT_THAW], ==, 0);
  g_assert_cmpstr (file->identity->writer_id, ==, ID);
  g_assert_cmpint (file->identity->source, ==, VSS_WIRE_SOURCE_TYPE_TRANSACTED_DB);
  g_assert_cmpuint (file->identity->backup_schema, ==, 0x11);
  g_assert_cmpuint (file->identity->components->len, ==, 2);
  component = g_ptr_array_index (file->identity->components, 0);
  g_assert_cmpstr (component->name, ==, "main");
  g_assert_cmpuint (component->flags, ==, 2);
  g_assert_cmpuint (component->database_files->len, ==, 2);
  set = g_ptr_array_index (component->database_files, 1);
  g_assert_cmpstr (set->path, ==, "/srv/shop");
  g_assert_true (set->recursive);
  g_assert_cmpstr (set->alternate_path, ==, "/srv/copy");
}

typedef struct
{
  const char *text;
  VssWriterFileError code;
  const char *mentions[3];
} Mistake;

#define EXEC "[Writer]\nexec=/bin/true\n"

static const Mistake mistakes[] = {
  { "hello\n", VSS_WRITER_FILE_ERROR_SYNTAX, { "shop.writer" } },
  { "[Writer]\nname=x\n", VSS_WRITER_FILE_ERROR_VALUE, { "[Writer]", "\"exec\"", "missing" } },
  { "[Writer]\nexec=true\n", VSS_WRITER_FILE_ERROR_VALUE, { "exec", "absolute path" } },
  { "[Writer]\nexec=/bin/true 'a\n", VSS_WRITER_FILE_ERROR_VALUE, { "exec", "quot" } },
  { "[Writer]\nexec=\n", VSS_WRITER_FILE_ERROR_VALUE, { "exec" } },
  { EXEC "naem=x\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "[Writer]", "\"naem\"", "no such key" } },
  { EXEC "components=x\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "\"components\"" } },
  { EXEC "user=\n", VSS_WRITER_FILE_ERROR_VALUE, { "\"user\"" } },
  { EXEC "stays=yes\n", VSS_WRITER_FILE_ERROR_VALUE, { "\"stays\"", "\"yes\"", "neither" } },
  { EXEC "level=top\n", VSS_WRITER_FILE_ERROR_VALUE, { "\"level\"", "\"top\"", "back-end" } },
  { EXEC "major-version=-1\n", VSS_WRITER_FILE_ERROR_VALUE, { "major-version", "whole number" } },
  { EXEC "reboot-required=1\n", VSS_WRITER_FILE_ERROR_VALUE, { "reboot-required" } },
  { EXEC "name=a\\tb\n", VSS_WRITER_FILE_ERROR_VALUE, { "\"name\"", "control characters" } },
  { EXEC "name=a\\xb\n", VSS_WRITER_FILE_ERROR_SYNTAX, { "\"name\"" } },
  { EXEC "name=\xff\n", VSS_WRITER_FILE_ERROR_SYNTAX, { "\"name\"" } },
  { EXEC "backup-schema=copy;all\n", VSS_WRITER_FILE_ERROR_VALUE, { "backup-schema", "\"all\"" } },
  { EXEC "exclude-files=tmp|*\n", VSS_WRITER_FILE_ERROR_VALUE, { "exclude-files", "\"tmp|*\"" } },
  { EXEC "exclude-files=/tmp\n", VSS_WRITER_FILE_ERROR_VALUE, { "exclude-files", "/FOLDER" } },
  { EXEC "exclude-files=/tmp|a/b\n", VSS_WRITER_FILE_ERROR_VALUE, { "slash" } },
  { EXEC "exclude-files=/tmp|*|deep\n", VSS_WRITER_FILE_ERROR_VALUE, { "recursive" } },
  { EXEC "exclude-files=/tmp|*|to=x\n", VSS_WRITER_FILE_ERROR_VALUE, { "to=/PATH" } },
  { EXEC "[Limits]\nfreeze-ms=5\n", VSS_WRITER_FILE_ERROR_VALUE, { "[Limits]", "from 100" } },
  { EXEC "[Limits]\nfreeze=500\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "\"freeze\"" } },
  { EXEC "[Limits]\nmelt-ms=500\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "\"melt-ms\"" } },
  { EXEC "[Service]\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "[Service]", "no such group" } },
  { EXEC "[Component a]\n", VSS_WRITER_FILE_ERROR_VALUE, { "type" } },
  { EXEC "[Component a]\ntype=table\n",
    VSS_WRITER_FILE_ERROR_VALUE,
    { "[Component a]", "\"type\"", "database" } },
  { EXEC "[Component a]\nname=b\n", VSS_WRITER_FILE_ERROR_UNKNOWN, { "\"name\"" } },
  { EXEC "[Component a]\ntype=database\nflags=5\n", VSS_WRITER_FILE_ERROR_VALUE, { "flags" } },
  { EXEC "[Component a]\ntype=database\ndependencies=x|y|z\n",
    VSS_WRITER_FILE_ERROR_VALUE,
    { "WRITER-ID" } },
};

static void
test_mistakes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VssWriterFile) file = parse (mistakes[i].text, &error);

      g_assert_null (file);
      g_assert_error (error, VSS_WRITER_FILE_ERROR, (int)mistakes[i].code);
      g_assert_nonnull (strstr (error->message, "/etc/x/shop.writer"));
      for (guint j = 0; j < 3 && mistakes[i].mentions[j]; j++)
        if (!strstr (error->message, mistakes[i].mentions[j]))
          g_error ("\"%s\" doesn't mention %s", error->message, mistakes[i].mentions[j]);
    }
}

static void
test_disabled (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWriterFile) empty = parse ("", &error);
  g_autoptr (VssWriterFile) said = parse ("[Writer]\nenabled=false\n", &error);
  g_autoptr (VssWriterFile) null = vss_writer_file_load ("/dev/null", &error);

  g_assert_no_error (error);
  g_assert_false (empty->enabled);
  g_assert_false (said->enabled);
  g_assert_false (null->enabled);
}

static void
test_equal (void)
{
  g_autoptr (VssWriterFile) a = parse (full, NULL);
  g_autoptr (VssWriterFile) b = parse (full, NULL);
  g_autoptr (VssWriterFile) c = parse (EXEC, NULL);

  g_assert_true (vss_writer_file_equal (a, b));
  b->limits_ms[0]++;
  g_assert_false (vss_writer_file_equal (a, b));
  g_assert_false (vss_writer_file_equal (a, c));
}

/* -- trust -- */

static char *
write_in (const char *folder, const char *name, const char *text, int mode)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static void
expect_load (const char *path, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWriterFile) file = vss_writer_file_load (path, &error);

  if (!words)
    g_assert_no_error (error);
  else
    {
      g_assert_null (file);
      if (!strstr (error->message, words))
        g_error ("\"%s\" doesn't mention %s", error->message, words);
    }
}

static void
test_trust (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vss-file-XXXXXX", NULL);
  g_autofree char *program = write_in (folder, "program", "#!/bin/sh\n", 0755);
  g_autofree char *text = g_strdup_printf ("[Writer]\nexec=%s\n", program);
  g_autofree char *nobody = g_strdup_printf ("[Writer]\nexec=%s\nuser=no such user\n", program);
  g_autofree char *path = write_in (folder, "a.writer", text, 0644);
  g_autofree char *stranger = write_in (folder, "b.writer", nobody, 0644);

  expect_load (path, NULL);
  expect_load (stranger, "no user");
  expect_load (folder, "no ordinary file");
  expect_load ("/nonexistent/a.writer", "No such file");
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  expect_load (path, "can be written by everybody");
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_assert_cmpint (g_chmod (program, 0757), ==, 0);
  expect_load (path, program);
  g_assert_cmpint (g_chmod (program, 0755), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0777), ==, 0);
  expect_load (path, folder);
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  expect_load (path, NULL);
  g_unlink (program);
  expect_load (path, "No such file");
  g_unlink (path);
  g_unlink (stranger);
  g_rmdir (folder);
}

/* A file of all the bytes that there are is no reason to wait or to fill memory. */
static void
test_too_large (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vss-file-XXXXXX", NULL);
  g_autofree char *text = g_strnfill (VSS_WRITER_FILE_MAX_BYTES + 1, '#');
  g_autofree char *path = write_in (folder, "a.writer", text, 0644);

  expect_load (path, "larger");
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer-file/all-keys", test_all_keys);
  g_test_add_func ("/writer-file/mistakes", test_mistakes);
  g_test_add_func ("/writer-file/disabled", test_disabled);
  g_test_add_func ("/writer-file/equal", test_equal);
  g_test_add_func ("/writer-file/trust", test_trust);
  g_test_add_func ("/writer-file/too-large", test_too_large);
  return g_test_run ();
}
