/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls the functions of VSS one by one, as its arguments say, and tells what each one returned:
 * used by the tests with a virtual machine.
 *
 *   call-tool DOMAIN STEP...
 *
 * A step is "call" or "call=argument"; one that begins with "2:" goes to a second object, with a
 * connection of its own. After each step comes a line
 *
 *   STEP CODE MILLISECONDS MESSAGE
 *
 * with VSS_S_OK for success. A failed step doesn't end the program. "at=PHASE" makes the second
 * object try StartSnapshotSet whenever the first one's next set comes to that phase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-lib/vss.h"

typedef struct
{
  const char *domain;
  VssBackupComponents *objects[2];
  const char *phase; /* nullable; at which the second one tries */
} Tool;

typedef gboolean (*StepFunc) (VssBackupComponents *object, const char *argument, GError **error);

typedef struct
{
  const char *name;
  StepFunc run;
} Step;

static gboolean
finish (VssAsync *async, GError **error)
{
  g_autoptr (VssAsync) owned = async;

  return owned != NULL && vss_async_finish (owned, error);
}

static gboolean
run_context (VssBackupComponents *object, const char *argument, GError **error)
{
  gint context = 0;

  return vss_snapshot_context_from_string (argument, &context)
         && vss_backup_components_set_context (object, context, error);
}

static gboolean
run_policy (VssBackupComponents *object, const char *argument, GError **error)
{
  VssPolicy policy = VSS_POLICY_REPORT;

  return vss_policy_from_string (argument, &policy)
         && vss_backup_components_set_policy (object, policy, error);
}

static gboolean
run_lease (VssBackupComponents *object, const char *argument, GError **error)
{
  return vss_backup_components_set_lease (object, (guint) atoi (argument), error);
}

static gboolean
run_name (VssBackupComponents *object, const char *argument, GError **error)
{
  return vss_backup_components_set_requester_name (object, argument, error);
}

static gboolean
run_start (VssBackupComponents *object, const char *argument, GError **error)
{
  g_autofree char *id = NULL;

  return vss_backup_components_start_snapshot_set (object, &id, error);
}

/* VOLUME or VOLUME,PROVIDER */
static gboolean
run_add (VssBackupComponents *object, const char *argument, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (argument, ",", 2);
  g_autofree char *id = NULL;

  return vss_backup_components_add_to_snapshot_set (object, parts[0], parts[1], &id, error);
}

static gboolean
run_gather (VssBackupComponents *object, const char *argument, GError **error)
{
  return finish (vss_backup_components_gather_writer_metadata (object, error), error);
}

static gboolean
run_prepare (VssBackupComponents *object, const char *argument, GError **error)
{
  return finish (vss_backup_components_prepare_for_backup (object, error), error);
}

static gboolean
run_do (VssBackupComponents *object, const char *argument, GError **error)
{
  return finish (vss_backup_components_do_snapshot_set (object, error), error);
}

/* Tells its findings, each on a line of its own. */
static gboolean
run_dry_run (VssBackupComponents *object, const char *argument, GError **error)
{
  g_autoptr (VssSnapshotSet) set = vss_backup_components_dry_run (object, error);

  for (guint i = 0; set != NULL && i < set->findings->len; i++)
    {
      const VssFinding *finding = g_ptr_array_index (set->findings, i);

      printf ("finding %s %s %s %s\n", vss_finding_severity_to_string (finding->severity),
              vss_error_to_name (finding->code), finding->object, finding->text);
    }
  return set != NULL;
}

/* Until the standard input ends. */
static gboolean
run_wait (VssBackupComponents *object, const char *argument, GError **error)
{
  printf ("waiting\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
  return TRUE;
}

static gboolean
run_abort (VssBackupComponents *object, const char *argument, GError **error)
{
  return vss_backup_components_abort_backup (object, error);
}

static gboolean
run_close (VssBackupComponents *object, const char *argument, GError **error)
{
  return vss_backup_components_close (object, error);
}

static const Step steps[] = {
  { "context", run_context }, { "policy", run_policy },   { "lease", run_lease },
  { "name", run_name },       { "gather", run_gather },   { "start", run_start },
  { "add", run_add },         { "prepare", run_prepare }, { "do", run_do },
  { "dry-run", run_dry_run }, { "wait", run_wait },       { "abort", run_abort },
  { "close", run_close },
};

static void
tell (const char *step, gboolean done, const GError *error, gint64 began_us)
{
  printf ("%s %s %" G_GINT64_FORMAT " %s\n", step,
          done ? "VSS_S_OK" : error != NULL ? vss_error_to_name (error->code) : "refused",
          (g_get_monotonic_time () - began_us) / 1000, error != NULL ? error->message : "");
  fflush (stdout);
}

static void
try_second (VssBackupComponents *self,
            const char *phase,
            const char *object,
            guint64 done,
            guint64 total,
            gpointer user_data)
{
  Tool *tool = user_data;
  g_autofree char *step = g_strdup_printf ("at=%s", phase);
  g_autoptr (GError) error = NULL;
  gint64 began_us = g_get_monotonic_time ();
  gboolean started;

  if (g_strcmp0 (phase, tool->phase) != 0)
    return;
  started = run_start (tool->objects[1], NULL, &error);
  tell (step, started, error, began_us);
}

static VssBackupComponents *
get_object (Tool *tool, guint number, GError **error)
{
  g_autoptr (VssBackupComponents) object = NULL;

  if (tool->objects[number] != NULL)
    return tool->objects[number];
  object = vss_create_backup_components (NULL, tool->domain, error);
  if (object == NULL || !vss_backup_components_initialize_for_backup (object, NULL, error)
      || !vss_backup_components_set_backup_state (object, FALSE, FALSE, VSS_BT_COPY, FALSE, error))
    return NULL;
  tool->objects[number] = g_steal_pointer (&object);
  return tool->objects[number];
}

static gboolean
set_phase (Tool *tool, const char *phase, GError **error)
{
  tool->phase = phase;
  if (get_object (tool, 0, error) == NULL || get_object (tool, 1, error) == NULL)
    return FALSE;
  return vss_backup_components_set_phase_func (tool->objects[0], try_second, tool, NULL), TRUE;
}

static gboolean
carry_out (Tool *tool, const char *text, GError **error)
{
  gboolean second = g_str_has_prefix (text, "2:");
  g_auto (GStrv) parts = g_strsplit (text + (second ? 2 : 0), "=", 2);
  VssBackupComponents *object;

  if (g_str_equal (parts[0], "at"))
    return set_phase (tool, strchr (text, '=') + 1, error);
  object = get_object (tool, second ? 1 : 0, error);
  if (object == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (g_str_equal (parts[0], steps[i].name))
        return steps[i].run (object, parts[1], error);
    }
  fprintf (stderr, "call-tool: what is '%s'?\n", text);
  exit (2);
}

int
main (int argc, char **argv)
{
  Tool tool = { 0 };

  if (argc < 3)
    return 2;
  tool.domain = argv[1];
  for (int i = 2; i < argc; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 began_us = g_get_monotonic_time ();
      gboolean done = carry_out (&tool, argv[i], &error);

      tell (argv[i], done, error, began_us);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tool.objects); i++)
    {
      if (tool.objects[i] != NULL)
        vss_backup_components_close (tool.objects[i], NULL);
      g_clear_object (&tool.objects[i]);
    }
  return 0;
}
