/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss create DOMAIN: a whole requester in VSS's order of calls. Main thread. */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-wait.h"
#include "host-lib/cli/vss-create-options.h"
#include "host-lib/cli/vss-create-volumes.h"
#include "host-lib/cli/vss-left-behind.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"

typedef struct
{
  VssCli *cli;
  const VssCreateOptions *options;
  gboolean has_writers;
  VssPolicy policy; /* the one in force: see take_agent_error() */
  GPtrArray *volumes; /* (element-type VssVolumeInfo): all of the domain */
  GPtrArray *names; /* (element-type utf8): what goes into the set */
  VssBackupComponents *components;
  GPtrArray *findings; /* nullable (element-type VssFinding): of a dry run, volumes refused */
  char *set_id;
  VssSnapshotSet *set;
} Create;

static void
create_clear (Create *self)
{
  g_clear_pointer (&self->volumes, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_object (&self->components);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_clear_pointer (&self->set_id, g_free);
  g_clear_pointer (&self->set, vss_snapshot_set_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Create, create_clear)

/* Whether the set can be made although the guest couldn't be asked. */
static gboolean
can_do_without_agent (Create *self, const GError *agent_error)
{
  /* Somebody else is at it: that is no guest without an agent. */
  if (g_error_matches (agent_error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      return FALSE;
    }
  return self->policy == VSS_POLICY_REPORT || self->policy == VSS_POLICY_CRASH;
}

/* In a dry run, what would have ended the real one. @error: (transfer full) */
static void
add_finding (Create *self, const char *object, GError *error)
{
  VssFinding finding = { VSS_FINDING_FATAL, error->code, (char *) object, error->message };

  if (self->findings == NULL)
    {
      self->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_finding_free);
    }
  g_ptr_array_add (self->findings, vss_finding_copy (&finding));
  g_error_free (error);
}

/* Without an agent no file system is known and no writer answers. What may be weak goes on with
 * whole disks, and the guest isn't asked again: it would be waited for at each step once more, and
 * might break off at the last one. */
static gboolean
take_agent_error (Create *self, GError *agent_error, GError **error)
{
  g_autofree char *why = NULL;

  if (agent_error == NULL)
    {
      return TRUE;
    }
  if (!can_do_without_agent (self, agent_error))
    {
      /* A dry run goes on, to find what else is in the way. */
      if (self->options->dry_run
          && !g_error_matches (agent_error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
        {
          self->has_writers = FALSE;
          add_finding (self, self->options->domain, agent_error);
          return TRUE;
        }
      g_propagate_error (error, agent_error);
      return FALSE;
    }
  if (self->policy == VSS_POLICY_REPORT)
    {
      why = vss_cli_describe_error (agent_error);
      vss_cli_note (self->cli, "going on without the guest, which can't be asked: %s", why);
    }
  self->policy = VSS_POLICY_CRASH;
  g_error_free (agent_error);
  return TRUE;
}

static gboolean
choose_volumes (Create *self, GError **error)
{
  g_autoptr (VssDomain) domain
      = vss_cli_open_domain (self->cli, self->options->domain, error);
  GError *agent_error = NULL;

  if (domain == NULL)
    {
      return FALSE;
    }
  self->volumes = vss_domain_list_volumes (domain,
                                           vss_cli_get_cancellable (self->cli),
                                           &agent_error,
                                           error);
  if (self->volumes == NULL || !take_agent_error (self, agent_error, error))
    {
      return FALSE;
    }
  self->names = vss_create_choose_volumes (self->volumes,
                                           (const char *const *) self->options->volumes,
                                           error);
  return self->names != NULL;
}

static gboolean
initialize (Create *self, GError **error)
{
  const VssCreateOptions *options = self->options;

  self->components
      = vss_create_backup_components (self->cli->uri, options->domain, error);
  if (self->components == NULL)
    {
      return FALSE;
    }
  vss_cli_tell_phases (self->cli, self->components);
  return vss_backup_components_initialize_for_backup (self->components, NULL, error)
         && vss_backup_components_set_requester_name (self->components, VSS_CLI_PROGRAM, error)
         && vss_backup_components_set_context (self->components, options->context, error)
         && vss_backup_components_set_policy (self->components, self->policy, error)
         && (options->lease_ms == 0
             || vss_backup_components_set_lease (self->components, options->lease_ms, error))
         /* A copy: what an application counts as its last backup stays what it was. */
         && vss_backup_components_set_backup_state (self->components,
                                                    FALSE,
                                                    FALSE,
                                                    VSS_BT_COPY,
                                                    FALSE,
                                                    error);
}

/* An operation that tells the writers something; there is none where they don't take part. */
typedef VssAsync *(*TellFunc) (VssBackupComponents *, GError **);

static gboolean
tell_writers (Create *self, TellFunc tell, GError **error)
{
  return !self->has_writers || vss_cli_wait (self->cli, tell (self->components, error), error);
}

static gboolean
start_set (Create *self, GError **error)
{
  guint i;

  if (!vss_backup_components_start_snapshot_set (self->components, &self->set_id, error))
    {
      return FALSE;
    }
  for (i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);
      g_autofree char *snapshot_id = NULL;
      GError *refusal = NULL;

      if (vss_backup_components_add_to_snapshot_set (self->components,
                                                     name,
                                                     NULL,
                                                     &snapshot_id,
                                                     &refusal))
        {
          continue;
        }
      if (!self->options->dry_run)
        {
          g_propagate_error (error, refusal);
          return FALSE;
        }
      add_finding (self, name, refusal);
    }
  return !g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (self->cli), error);
}

/* The interrupt came too late to stop the set. It is undone all the same: FALSE, as any other
 * interrupted set; undo() finds out whether it is really gone. */
static gboolean
drop_set (Create *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  VssAsync *deletion
      = vss_backup_components_delete_snapshot_set (self->components, self->set_id, &failure);

  if (!vss_cli_wait_to_end (self->cli, deletion, &failure))
    {
      vss_cli_print_error (self->cli, failure);
    }
  g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (self->cli), error);
  return FALSE;
}

static gboolean
take_set (Create *self, GError **error)
{
  if (!tell_writers (self, vss_backup_components_prepare_for_backup, error)
      || !vss_cli_wait (self->cli,
                        vss_backup_components_do_snapshot_set (self->components, error),
                        error))
    {
      return FALSE;
    }
  if (vss_cli_is_interrupted (self->cli))
    {
      return drop_set (self, error);
    }
  self->set = vss_backup_components_get_snapshot_set (self->components, self->set_id, error);
  return self->set != NULL;
}

static gboolean
plan_set (Create *self, GError **error)
{
  self->set = vss_backup_components_dry_run (self->components, error);
  if (self->set == NULL)
    {
      return FALSE;
    }
  if (self->findings != NULL)
    {
      g_ptr_array_extend_and_steal (self->set->findings, g_steal_pointer (&self->findings));
      self->set->consistency = VSS_CONSISTENCY_NONE;
    }
  return TRUE;
}

static gboolean
make_set (Create *self, GError **error)
{
  return initialize (self, error)
         && tell_writers (self, vss_backup_components_gather_writer_metadata, error)
         && start_set (self, error)
         && (self->options->dry_run ? plan_set (self, error) : take_set (self, error));
}

/* After a failure: gives everything up, and finds out whether that worked. */
static VssCliExit
undo (Create *self, const GError *why)
{
  g_autoptr (GError) error = NULL;

  vss_cli_print_error (self->cli, why);
  if (self->components == NULL)
    {
      return vss_cli_exit_of_error (why);
    }
  if (!vss_backup_components_close (self->components, &error))
    {
      vss_cli_print_error (self->cli, error);
    }
  if (self->set_id != NULL && !self->options->dry_run
      && vss_left_behind (self->cli, self->options->domain, self->set_id))
    {
      return VSS_CLI_UNCLEAN;
    }
  return error != NULL ? VSS_CLI_UNCLEAN : vss_cli_exit_of_error (why);
}

/* The set exists and stays. What fails from here on is told, but doesn't undo it. */
static gboolean
complete (Create *self)
{
  g_autoptr (GError) error = NULL;
  gboolean ended = self->options->dry_run || !self->has_writers
                   || vss_cli_wait_to_end (self->cli,
                                           vss_backup_components_backup_complete (self->components,
                                                                                  &error),
                                           &error);

  if (ended && vss_backup_components_close (self->components, &error))
    {
      return TRUE;
    }
  vss_cli_warn (self->cli, "the set was made, but its end could not be told to everybody:");
  vss_cli_print_error (self->cli, error);
  return FALSE;
}

static VssCliExit
finish (Create *self)
{
  g_autoptr (GPtrArray) left_out = vss_create_list_left_out (self->volumes, self->set);
  gboolean completed = complete (self);

  self->cli->kept = !self->options->dry_run;
  vss_output_created (self->cli, self->set, left_out, self->options->dry_run);
  if (!completed)
    {
      return VSS_CLI_UNCLEAN;
    }
  if (self->set->consistency == VSS_CONSISTENCY_NONE)
    {
      return VSS_CLI_FAILED;
    }
  return vss_create_is_weaker (self->options->policy, self->set->consistency) ? VSS_CLI_WEAKER
                                                                             : VSS_CLI_DONE;
}

VssCliExit
vss_verb_create (VssCli *cli, char **argv, GError **error)
{
  VssCreateOptions options;
  g_auto (Create) create = { .cli = cli, .options = &options };
  g_autoptr (GError) why = NULL;
  VssCliExit status;

  if (!vss_create_options_parse (&options, cli, argv, error))
    {
      return VSS_CLI_DONE;
    }
  create.has_writers = vss_create_context_has_writers (options.context);
  create.policy = options.policy;
  if (choose_volumes (&create, &why))
    {
      vss_cli_set_last_words (cli,
                              "leaving at once; the guest thaws by itself when the lease ends, "
                              "and '" VSS_CLI_PROGRAM " recover %s' removes the unfinished set",
                              options.domain);
      make_set (&create, &why);
    }
  status = why != NULL ? undo (&create, why) : finish (&create);
  vss_create_options_clear (&options);
  return status;
}
