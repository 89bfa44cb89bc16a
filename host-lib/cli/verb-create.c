/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss create DOMAIN: a whole requester in VSS's order of calls. Main thread. */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-wait.h"
#include "host-lib/cli/vss-create-document.h"
#include "host-lib/cli/vss-create-exec.h"
#include "host-lib/cli/vss-create-options.h"
#include "host-lib/cli/vss-create-volumes.h"
#include "host-lib/cli/vss-create-writers.h"
#include "host-lib/cli/vss-left-behind.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"
#include "host-lib/cli/vss-writer-list.h"

typedef struct
{
  VssCli *cli;
  const VssCreateOptions *options;
  gboolean has_writers;
  VssPolicy policy; /* the one in force: see take_agent_error() */
  GPtrArray *volumes; /* (element-type VssVolumeInfo): all of the domain */
  GPtrArray *names; /* (element-type utf8): what goes into the set */
  GStrv leave_out; /* nullable: instances of writers that are not to take part */
  VssBackupComponents *components;
  GPtrArray *findings; /* nullable (element-type VssFinding): of a dry run, volumes refused */
  char *set_id;
  gboolean tried; /* writers were told of the set */
  VssSnapshotSet *set;
  GError *command_error; /* nullable: why the command of --exec failed */
} Create;

static void
create_clear (Create *self)
{
  g_clear_pointer (&self->volumes, g_ptr_array_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->leave_out, g_strfreev);
  g_clear_object (&self->components);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_clear_pointer (&self->set_id, g_free);
  g_clear_pointer (&self->set, vss_snapshot_set_free);
  g_clear_error (&self->command_error);
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

/* The ids of writers can change with each start of the agent, so names are looked up. */
static gboolean
choose_writers (Create *self, VssDomain *domain, GError **error)
{
  const VssCreateOptions *options = self->options;
  g_autoptr (GPtrArray) known = NULL;

  if (options->writers == NULL && options->exclude_writers == NULL)
    {
      return TRUE;
    }
  known = vss_domain_list_writers (domain, NULL, vss_cli_get_cancellable (self->cli), error);
  if (known == NULL)
    {
      return FALSE;
    }
  self->leave_out = vss_writers_leave_out (known,
                                           (const char *const *) options->writers,
                                           (const char *const *) options->exclude_writers,
                                           error);
  return self->leave_out != NULL;
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
  return self->names != NULL && choose_writers (self, domain, error);
}

static gboolean
leave_writers_out (Create *self, GError **error)
{
  return self->leave_out == NULL || self->leave_out[0] == NULL
         || vss_backup_components_disable_writer_instances (
             self->components,
             (const char *const *) self->leave_out,
             error);
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
         && vss_backup_components_set_backup_state (self->components,
                                                    FALSE,
                                                    FALSE,
                                                    options->backup_type,
                                                    FALSE,
                                                    error)
         && leave_writers_out (self, error);
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

/* The set was made, and is not wanted any more. FALSE, as any other set that failed; undo() finds
 * out whether it is really gone. */
static gboolean
drop_set (Create *self)
{
  g_autoptr (GError) failure = NULL;
  VssAsync *deletion
      = vss_backup_components_delete_snapshot_set (self->components, self->set_id, &failure);

  if (!vss_cli_wait_to_end (self->cli, deletion, &failure))
    {
      vss_cli_print_error (self->cli, failure);
    }
  return FALSE;
}

/* What is left if a second interrupt doesn't wait for the set's end. */
static void
set_last_words (Create *self)
{
  const char *verb
      = vss_create_context_is_auto_release (self->options->context) ? "recover" : "delete";

  vss_cli_set_last_words (self->cli,
                          "leaving at once; snapshot set %s stays: '" VSS_CLI_PROGRAM
                          " %s %s%s%.8s' deletes it",
                          self->set_id,
                          verb,
                          self->options->domain,
                          *verb == 'd' ? " " : "",
                          *verb == 'd' ? self->set_id : "");
}

/* A command that fails is told at the end; the set is what it was asked to be. Only an interrupt
 * undoes the set: FALSE. */
static gboolean
run_command (Create *self, GError **error)
{
  const VssCreateOptions *options = self->options;
  g_auto (GStrv) environment = NULL;

  if (options->exec == NULL)
    {
      return TRUE;
    }
  set_last_words (self);
  environment = vss_create_exec_environment (g_get_environ (), self->set, options->document);
  if (vss_create_exec_run (self->cli, options->exec, environment, &self->command_error))
    {
      return TRUE;
    }
  return !g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (self->cli), error);
}

/* What is done with the set while it is held for us. */
static gboolean
use_set (Create *self, GError **error)
{
  const char *document = self->options->document;

  return (document == NULL || vss_create_document_write (self->components, document, error))
         && run_command (self, error);
}

static gboolean
take_set (Create *self, GError **error)
{
  self->tried = self->has_writers;
  if (!tell_writers (self, vss_backup_components_prepare_for_backup, error)
      || !vss_cli_wait (self->cli,
                        vss_backup_components_do_snapshot_set (self->components, error),
                        error))
    {
      return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (self->cli), error))
    {
      return drop_set (self);
    }
  self->set = vss_backup_components_get_snapshot_set (self->components, self->set_id, error);
  if (self->set == NULL)
    {
      return FALSE;
    }
  return use_set (self, error) || drop_set (self);
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

/* A failure that is a writer's has a status of its own, although the set's code is the same as for
 * other vetoes. */
static VssCliExit
exit_of (Create *self, const GError *why)
{
  VssCliExit status = vss_cli_exit_of_error (why);

  if (self->tried && g_error_matches (why, VSS_ERROR, VSS_E_PROVIDER_VETO)
      && !vss_create_ask_writers (self->cli, self->components, NULL))
    {
      return VSS_CLI_WRITER_FAILED;
    }
  return status;
}

/* After a failure: gives everything up, and finds out whether that worked. */
static VssCliExit
undo (Create *self, const GError *why)
{
  g_autoptr (GError) error = NULL;
  VssCliExit status;

  vss_cli_print_error (self->cli, why);
  if (self->components == NULL)
    {
      return vss_cli_exit_of_error (why);
    }
  status = exit_of (self, why);
  if (!vss_backup_components_close (self->components, &error))
    {
      vss_cli_print_error (self->cli, error);
    }
  if (self->set_id != NULL && !self->options->dry_run
      && vss_left_behind (self->cli, self->options->domain, self->set_id))
    {
      return VSS_CLI_UNCLEAN;
    }
  return error != NULL ? VSS_CLI_UNCLEAN : status;
}

/* Tells the writers that all is done; not if the command failed: then it isn't. */
static gboolean
tell_complete (Create *self, GError **error)
{
  if (self->options->dry_run || !self->has_writers || self->command_error != NULL)
    {
      return TRUE;
    }
  if (!vss_cli_wait_to_end (self->cli,
                            vss_backup_components_backup_complete (self->components, error),
                            error))
    {
      return FALSE;
    }
  vss_create_ask_writers (self->cli, self->components, self->set);
  return TRUE;
}

/* The set exists. What fails from here on is told, but doesn't undo it. */
static gboolean
complete (Create *self)
{
  g_autoptr (GError) error = NULL;

  if (tell_complete (self, &error) && vss_backup_components_close (self->components, &error))
    {
      return TRUE;
    }
  vss_cli_warn (self->cli, "the set was made, but its end could not be told to everybody:");
  vss_cli_print_error (self->cli, error);
  return FALSE;
}

/* The command failed. An auto-release set is gone, as it was to be; another stays. */
static VssCliExit
fail_command (Create *self)
{
  vss_cli_print_error (self->cli, self->command_error);
  if (vss_create_context_is_auto_release (self->options->context))
    {
      return VSS_CLI_FAILED;
    }
  vss_cli_warn (self->cli,
                "snapshot set %s stays: '" VSS_CLI_PROGRAM " delete %s %.8s' deletes it",
                self->set->id,
                self->options->domain,
                self->set->id);
  return VSS_CLI_UNCLEAN;
}

static VssCliExit
judge (Create *self)
{
  if (self->command_error != NULL)
    {
      return fail_command (self);
    }
  if (self->set->consistency == VSS_CONSISTENCY_NONE)
    {
      return VSS_CLI_FAILED;
    }
  return vss_create_is_weaker (self->options->policy, self->set) ? VSS_CLI_WEAKER : VSS_CLI_DONE;
}

static VssCliExit
finish (Create *self)
{
  g_autoptr (GPtrArray) left_out = vss_create_list_left_out (self->volumes, self->set);
  gboolean goes = vss_create_context_is_auto_release (self->options->context);
  gboolean completed = complete (self);

  self->cli->kept = !self->options->dry_run && !goes;
  vss_output_created (self->cli, self->set, left_out, self->options->dry_run);
  if (!completed
      || (goes && !self->options->dry_run
          && vss_left_behind (self->cli, self->options->domain, self->set_id)))
    {
      return VSS_CLI_UNCLEAN;
    }
  return judge (self);
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
  if ((options.document == NULL || vss_create_document_check (options.document, &why))
      && choose_volumes (&create, &why))
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
