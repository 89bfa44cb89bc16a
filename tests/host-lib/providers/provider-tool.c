/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drives the libvirt provider from the command line, one step at a time, for the tests with a
 * virtual machine: stops where it is told to, and kills libvirtd in the middle of the commit.
 *
 *   provider-tool [OPTION...] disks|sets|create|delete|recover DOMAIN [SET] */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gio/gio.h>

#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"

/* Long enough for a test that stops at a step; a killed tool is recognised at once. */
#define LEASE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  char *uri;
  char **disks;
  gint context;
  char *pause_after;
  gint kill_pid;
  gint kill_delay_us;
  gboolean roll_back;
  gboolean abandon;
} Options;

typedef struct
{
  VssProvider *provider;
  VssSnapshotSet *set;
  const Options *options;
} Run;

static void
print_error (const char *step, const GError *error)
{
  printf ("failed %s %s: %s\n", step, vss_error_to_name (error->code), error->message);
  fflush (stdout);
}

/* Says where it is, and waits for a line if it should stop there. */
static void
reached (const Options *options, const char *step)
{
  char line[16];

  printf ("done %s\n", step);
  if (g_strcmp0 (options->pause_after, step) == 0)
    {
      printf ("paused %s\n", step);
      fflush (stdout);
      if (fgets (line, sizeof line, stdin) == NULL)
        return;
    }
  fflush (stdout);
}

static gpointer
kill_later (gpointer data)
{
  const Options *options = data;

  g_usleep ((gulong)options->kill_delay_us);
  kill (options->kill_pid, SIGKILL);
  return NULL;
}

static gboolean
step_preflight (Run *run, GError **error)
{
  return vss_provider_preflight (run->provider, run->set, NULL, error)
         && vss_findings_check (run->set->findings, error);
}

static gboolean
step_prepare (Run *run, GError **error)
{
  return vss_provider_prepare (run->provider, run->set, NULL, error);
}

static gboolean
step_pre_commit (Run *run, GError **error)
{
  return vss_provider_pre_commit (run->provider, run->set, error);
}

static gboolean
step_commit (Run *run, GError **error)
{
  GThread *killer = NULL;
  gint64 start = g_get_monotonic_time ();
  gboolean committed;

  if (run->options->kill_pid > 0)
    killer = g_thread_new ("killer", kill_later, (gpointer)run->options);
  committed = vss_provider_commit (run->provider, run->set, error);
  run->set->commit_us = g_get_monotonic_time () - start;
  run->set->consistency = VSS_CONSISTENCY_CRASH;
  printf ("commit took %" G_GINT64_FORMAT " us\n", run->set->commit_us);
  g_clear_pointer (&killer, g_thread_join);
  return committed;
}

static gboolean
step_post_commit (Run *run, GError **error)
{
  return vss_provider_post_commit (run->provider, run->set, error);
}

typedef struct
{
  const char *name;
  gboolean (*run) (Run *run, GError **error);
} Step;

static const Step steps[] = {
  { "preflight", step_preflight },     { "prepare", step_prepare },
  { "pre-commit", step_pre_commit },   { "commit", step_commit },
  { "post-commit", step_post_commit },
};

static int
roll_back (Run *run)
{
  g_autoptr (GError) error = NULL;

  if (vss_provider_rollback (run->provider, run->set, &error))
    {
      reached (run->options, "rollback");
      return 1;
    }
  print_error ("rollback", error);
  return 5;
}

static int
create (VssProvider *provider, const Options *options)
{
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  Run run = { provider, set, options };

  set->id = g_uuid_string_random ();
  set->context = options->context;
  set->policy = VSS_POLICY_CRASH;
  vss_set_owner_fill (&set->owner, "provider-tool", LEASE_US);
  for (guint i = 0; options->disks != NULL && options->disks[i] != NULL; i++)
    {
      VssSetDisk *disk = vss_set_disk_new ();

      disk->target = g_strdup (options->disks[i]);
      g_ptr_array_add (set->disks, disk);
    }
  printf ("set %s\n", set->id);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (GError) error = NULL;

      if (!steps[i].run (&run, &error))
        {
          print_error (steps[i].name, error);
          return options->abandon ? 1 : roll_back (&run);
        }
      reached (options, steps[i].name);
    }
  return options->roll_back ? roll_back (&run) : 0;
}

static int
list_disks (VssProvider *provider)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) disks = vss_provider_list_disks (provider, NULL, &error);

  if (disks == NULL)
    {
      print_error ("list-disks", error);
      return 1;
    }
  for (guint i = 0; i < disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (disks, i);

      printf ("disk %s %s %s %" G_GUINT64_FORMAT " sets=%u serial=%s pci=%s scsi=%s %s\n",
              disk->target, disk->path, disk->format, disk->capacity, disk->sets, disk->serial,
              disk->pci_address, disk->scsi_address,
              disk->supported ? "supported" : disk->unsupported_reason);
    }
  return 0;
}

static int
list_sets (VssProvider *provider)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sets = vss_provider_list_sets (provider, NULL, &error);

  if (sets == NULL)
    {
      print_error ("list-sets", error);
      return 1;
    }
  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      printf ("set %s %s", set->id, vss_set_state_to_string (set->state));
      for (guint j = 0; j < set->disks->len; j++)
        {
          const VssSetDisk *disk = g_ptr_array_index (set->disks, j);

          printf (" %s=%s", disk->target, disk->overlay);
        }
      printf ("\n");
    }
  return 0;
}

static void
show_progress (const char *phase,
               const char *object,
               guint64 done,
               guint64 total,
               gpointer user_data)
{
  printf ("progress %s %s %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "\n", phase, object, done,
          total);
  fflush (stdout);
}

static int
delete_set (VssProvider *provider, const char *id)
{
  g_autoptr (GError) error = NULL;

  if (vss_provider_delete_set (provider, id, show_progress, NULL, NULL, &error))
    return 0;
  print_error ("delete", error);
  return 1;
}

static void
show_recovery (const char *id, const char *what, gpointer user_data)
{
  printf ("recover %s %s\n", id, what);
}

static int
recover (VssProvider *provider)
{
  g_autoptr (GError) error = NULL;

  if (vss_provider_recover (provider, show_recovery, NULL, NULL, &error))
    return 0;
  print_error ("recover", error);
  return 5;
}

static int
run_verb (VssProvider *provider, const Options *options, int argc, char **argv)
{
  if (g_str_equal (argv[1], "disks"))
    return list_disks (provider);
  if (g_str_equal (argv[1], "sets"))
    return list_sets (provider);
  if (g_str_equal (argv[1], "create"))
    return create (provider, options);
  if (g_str_equal (argv[1], "recover"))
    return recover (provider);
  if (g_str_equal (argv[1], "delete") && argc > 3)
    return delete_set (provider, argv[3]);
  return 2;
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  GOptionEntry entries[] = {
    { "connect", 'c', 0, G_OPTION_ARG_STRING, &options.uri, "libvirt's address", "URI" },
    { "disk", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.disks, "a disk of the set", "TARGET" },
    { "context", 0, 0, G_OPTION_ARG_INT, &options.context, "VSS context", "NUMBER" },
    { "pause-after", 0, 0, G_OPTION_ARG_STRING, &options.pause_after, "step to stop at", "STEP" },
    { "kill-pid", 0, 0, G_OPTION_ARG_INT, &options.kill_pid, "killed in the commit", "PID" },
    { "kill-delay-us", 0, 0, G_OPTION_ARG_INT, &options.kill_delay_us, "so late", "US" },
    { "roll-back", 0, 0, G_OPTION_ARG_NONE, &options.roll_back, "undo the complete set", NULL },
    { "abandon", 0, 0, G_OPTION_ARG_NONE, &options.abandon, "leave a failed set as it is", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("VERB DOMAIN [SET]");
  g_autoptr (GError) error = NULL;
  g_autoptr (VssLibvirtProvider) provider = NULL;
  virConnectPtr connection = NULL;
  virDomainPtr domain = NULL;
  int result;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 3)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "VERB DOMAIN expected");
      return 2;
    }
  if (!vss_libvirt_open (options.uri, argv[2], &connection, &domain, &error))
    {
      print_error ("open", error);
      return 1;
    }
  provider = vss_libvirt_provider_new (connection, domain);
  virDomainFree (domain);
  virConnectClose (connection);
  result = run_verb (VSS_PROVIDER (provider), &options, argc, argv);
  g_strfreev (options.disks);
  g_free (options.pause_after);
  g_free (options.uri);
  return result;
}
