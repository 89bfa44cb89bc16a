/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers, letter by letter: golden/NAME.txt and golden/NAME.json. What is in these files is
 * what scripts read. */
#include <json-glib/json-glib.h>
#include <stdlib.h>

#include "host-lib/cli/vss-create-volumes.h"
#include "host-lib/cli/vss-output-overlays.h"
#include "host-lib/cli/vss-output-writers.h"
#include "host-lib/cli/vss-output.h"
#include "tests/cli/sample-sets.h"
#include "tests/cli/sample-writers.h"

/* Prints one answer. */
typedef void (*AnswerFunc) (VssCli *cli);

static char *
answer (AnswerFunc func, gboolean json, gboolean quiet)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream (&text, &size);
  VssCli cli;

  vss_cli_init (&cli, stream, stderr);
  cli.json = json;
  cli.quiet = quiet;
  func (&cli);
  vss_cli_clear (&cli);
  fclose (stream);
  return text;
}

static char *
read_golden (const char *name, const char *ending)
{
  g_autofree char *file = g_strconcat (name, ending, NULL);
  g_autofree char *path = g_build_filename (g_getenv ("VSS_GOLDEN"), file, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
compare (const char *name, AnswerFunc func)
{
  g_autofree char *golden_text = read_golden (name, ".txt");
  g_autofree char *golden_json = read_golden (name, ".json");
  char *text = answer (func, FALSE, FALSE);
  char *json = answer (func, TRUE, FALSE);

  g_assert_cmpstr (text, ==, golden_text);
  g_assert_cmpstr (json, ==, golden_json);
  free (text);
  free (json);
}

static void
answer_created (VssCli *cli)
{
  g_autoptr (GPtrArray) volumes = sample_volumes_new ();
  g_autoptr (VssSnapshotSet) set = sample_set_new ();
  g_autoptr (GPtrArray) left_out = vss_create_list_left_out (volumes, set);

  vss_output_created (cli, set, left_out, FALSE);
}

static void
answer_dry_run (VssCli *cli)
{
  g_autoptr (GPtrArray) volumes = sample_volumes_new ();
  g_autoptr (VssSnapshotSet) set = sample_old_set_new ();
  g_autoptr (GPtrArray) left_out = vss_create_list_left_out (volumes, set);

  set->created_us = 0;
  set->frozen_us = 0;
  set->commit_us = 0;
  sample_add_finding (set, VSS_FINDING_NOTE, VSS_E_INSUFFICIENT_STORAGE, "/var/lib/libvirt/images",
                      "the overlays can grow to 1024 MiB, and 512 MiB are free");
  sample_add_finding (set, VSS_FINDING_WEAKENS, VSS_E_HOLD_WRITES_TIMEOUT, "/srv/data",
                      "file system '/srv/data' can't be frozen: it is \x1b[31mred");
  vss_output_created (cli, set, left_out, TRUE);
}

static void
answer_dry_run_fatal (VssCli *cli)
{
  g_autoptr (GPtrArray) left_out = g_ptr_array_new ();
  g_autoptr (VssSnapshotSet) set = sample_old_set_new ();

  set->created_us = 0;
  set->frozen_us = 0;
  set->commit_us = 0;
  set->consistency = VSS_CONSISTENCY_NONE;
  sample_add_finding (set, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO, "vdb",
                      "a block job (copy) runs on disk vdb; wait for its end");
  sample_add_finding (set, VSS_FINDING_FATAL, VSS_E_VOLUME_NOT_SUPPORTED, "sda",
                      "disk sda is a CD-ROM drive");
  vss_output_created (cli, set, left_out, TRUE);
}

static void
answer_show (VssCli *cli)
{
  g_autoptr (VssSnapshotSet) set = sample_old_set_new ();

  set->lease_expired = TRUE;
  vss_output_set (cli, set);
}

static void
answer_show_kept (VssCli *cli)
{
  g_autoptr (VssSnapshotSet) set = sample_set_new ();

  vss_output_set (cli, set);
}

static void
answer_hostile (VssCli *cli)
{
  g_autoptr (VssSnapshotSet) set = sample_hostile_set_new ();

  vss_output_set (cli, set);
}

static GPtrArray *
answers_new (void)
{
  GPtrArray *answers = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_answer_free);
  VssDomainAnswer *good = vss_domain_answer_new ("db1");
  VssDomainAnswer *bad = vss_domain_answer_new ("web");

  good->sets = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_snapshot_set_free);
  g_ptr_array_add (good->sets, sample_set_new ());
  g_ptr_array_add (good->sets, sample_old_set_new ());
  good->actions = g_strsplit ("set " SAMPLE_OLD_SET_ID ": undone", "|", -1);
  bad->error = g_error_new (VSS_ERROR, VSS_E_ACCESSDENIED, "cannot read web: ask for access");
  g_ptr_array_add (answers, good);
  g_ptr_array_add (answers, bad);
  return answers;
}

static void
answer_list (VssCli *cli)
{
  g_autoptr (GPtrArray) answers = answers_new ();

  vss_output_sets (cli, answers);
}

static void
answer_recovered (VssCli *cli)
{
  g_autoptr (GPtrArray) answers = answers_new ();

  vss_output_recovered (cli, answers);
}

static void
answer_volumes (VssCli *cli)
{
  g_autoptr (GPtrArray) volumes = sample_volumes_new ();
  VssVolumeInfo *data = volumes->pdata[1];

  data->disks_complete = FALSE;
  vss_output_volumes (cli, "db1", volumes, NULL);
}

static void
answer_status (VssCli *cli)
{
  g_autoptr (VssDomainStatus) status = sample_status_new ();
  g_autoptr (GPtrArray) sets
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_snapshot_set_free);
  g_autoptr (GPtrArray) before = sample_overlays_new (0);
  g_autoptr (GPtrArray) overlays = sample_overlays_new (1);
  VssSnapshotSet *unfinished = sample_set_new ();
  VssOverlayInfo *unknown = g_ptr_array_index (overlays, 1);

  g_clear_pointer (&unknown->storage, g_free);
  unknown->problem = g_strdup ("cannot ask for the size of \033[2J");
  cli->now_us = SAMPLE_TIME_US + G_GINT64_CONSTANT (600) * G_USEC_PER_SEC;
  unfinished->state = VSS_SET_COMMITTING;
  g_ptr_array_add (sets, unfinished);
  g_ptr_array_add (sets, sample_old_set_new ());
  vss_output_status (cli, "db1", status, sets, overlays, before);
}

static void
answer_status_no_agent (VssCli *cli)
{
  g_autoptr (VssDomainStatus) status = sample_status_new ();

  status->agent_connected = FALSE;
  status->agent_error = g_strdup ("no agent answers: start vss-agent in the guest");
  vss_output_status (cli, "db1", status, NULL, NULL, NULL);
}

static void
answer_enabled (VssCli *cli)
{
  g_autoptr (VssDomainStatus) status = sample_status_new ();
  VssEnableResult result = { .live = VSS_ENABLE_REFUSED, .config = VSS_ENABLE_ADDED };

  result.live_reason = (char *) "no controller: shut it down and start it again \033[2J";
  vss_output_enabled (cli, "db1", &result, status, FALSE);
}

static void
answer_watched (VssCli *cli)
{
  g_autoptr (GPtrArray) before = sample_overlays_new (0);
  g_autoptr (GPtrArray) overlays = sample_overlays_new (1);

  vss_output_watched (cli, "db1", overlays, before, TRUE);
}

static void
print_writers (VssCli *cli, gboolean components)
{
  VssWriterList list = { .domain = (char *) "db1",
                         .known = sample_known_writers_new (),
                         .metadata = sample_metadata_new (),
                         .absent = sample_absent_writers_new () };

  vss_output_writers (cli, &list, components);
  g_ptr_array_unref (list.known);
  g_ptr_array_unref (list.metadata);
  g_ptr_array_unref (list.absent);
}

static void
answer_writers (VssCli *cli)
{
  print_writers (cli, FALSE);
}

static void
answer_writers_long (VssCli *cli)
{
  print_writers (cli, TRUE);
}

static void
answer_thawed (VssCli *cli)
{
  g_auto (GStrv) thawed = g_strsplit ("/,/srv/\033[2J", ",", -1);

  vss_output_thawed (cli, "db1", thawed);
}

static void
answer_deleted (VssCli *cli)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  g_ptr_array_add (ids, (gpointer) SAMPLE_SET_ID);
  vss_output_deleted (cli, "db1", ids);
}

static void
answer_error (VssCli *cli)
{
  g_autoptr (GError) error
      = g_error_new (VSS_ERROR, VSS_E_BAD_STATE, "cannot freeze \033db1: start it");

  vss_output_error_json (cli, error);
}

typedef struct
{
  const char *name;
  AnswerFunc func;
} Golden;

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;

  compare (golden->name, golden->func);
}

/* Whatever a guest says, text is printable lines and JSON is parsed. */
static void
test_safe (gconstpointer data)
{
  const Golden *golden = data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  char *texts[] = { answer (golden->func, FALSE, FALSE), answer (golden->func, TRUE, FALSE) };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *at;

      for (at = texts[i]; *at != '\0'; at = g_utf8_next_char (at))
        {
          g_assert_true (*at == '\n' || g_unichar_isprint (g_utf8_get_char (at)));
        }
    }
  json_parser_load_from_data (parser, texts[1], -1, &error);
  g_assert_no_error (error);
  free (texts[0]);
  free (texts[1]);
}

static void
test_quiet (void)
{
  char *created = answer (answer_created, FALSE, TRUE);
  char *list = answer (answer_list, FALSE, TRUE);

  g_assert_cmpstr (created, ==, SAMPLE_SET_ID "\n");
  g_assert_true (g_str_has_prefix (list, "db1  " SAMPLE_SET_ID "  "));
  free (created);
  free (list);
}

static void
test_error (void)
{
  char *json = answer (answer_error, TRUE, FALSE);

  g_assert_cmpstr (json,
                   ==,
                   "{\n"
                   "  \"error\" : {\n"
                   "    \"code\" : \"VSS_E_BAD_STATE\",\n"
                   "    \"hresult\" : \"0x80042301\",\n"
                   "    \"message\" : \"cannot freeze \\u001bdb1: start it\"\n"
                   "  }\n"
                   "}\n");
  free (json);
}

static const Golden goldens[] = {
  { "created", answer_created },
  { "dry-run", answer_dry_run },
  { "dry-run-fatal", answer_dry_run_fatal },
  { "show", answer_show },
  { "show-kept", answer_show_kept },
  { "hostile", answer_hostile },
  { "list", answer_list },
  { "recovered", answer_recovered },
  { "volumes", answer_volumes },
  { "status", answer_status },
  { "status-no-agent", answer_status_no_agent },
  { "enabled", answer_enabled },
  { "watched", answer_watched },
  { "writers", answer_writers },
  { "writers-long", answer_writers_long },
  { "thawed", answer_thawed },
  { "deleted", answer_deleted },
};

/* test-output --print NAME FORMAT: for whoever changes an answer on purpose. */
static int
print_answer (const char *name, const char *format)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      if (g_str_equal (goldens[i].name, name))
        {
          char *text = answer (goldens[i].func, g_str_equal (format, "json"), FALSE);

          fputs (text, stdout);
          free (text);
          return 0;
        }
    }
  return 2;
}

int
main (int argc, char **argv)
{
  guint i;

  if (argc == 4 && g_str_equal (argv[1], "--print"))
    {
      return print_answer (argv[2], argv[3]);
    }
  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      g_autofree char *path = g_strconcat ("/output/golden/", goldens[i].name, NULL);
      g_autofree char *safe_path = g_strconcat ("/output/safe/", goldens[i].name, NULL);

      g_test_add_data_func (path, &goldens[i], test_golden);
      g_test_add_data_func (safe_path, &goldens[i], test_safe);
    }
  g_test_add_func ("/output/quiet", test_quiet);
  g_test_add_func ("/output/error", test_error);
  return g_test_run ();
}
