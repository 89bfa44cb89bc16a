/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses the form of an answer; owns the records that only the command line has. Called by the
 * verbs, main thread. */
#include "host-lib/cli/vss-output.h"

#include "host-lib/cli/vss-output-forms.h"

VssLeftOut *
vss_left_out_new (const VssVolumeInfo *volume, const char *reason)
{
  VssLeftOut *self = g_new0 (VssLeftOut, 1);

  self->name = g_strdup (volume->name);
  self->disks = g_strdupv (volume->disks);
  self->reason = g_strdup (reason);
  return self;
}

void
vss_left_out_free (VssLeftOut *self)
{
  g_free (self->name);
  g_strfreev (self->disks);
  g_free (self->reason);
  g_free (self);
}

VssDomainAnswer *
vss_domain_answer_new (const char *domain)
{
  VssDomainAnswer *self = g_new0 (VssDomainAnswer, 1);

  self->domain = g_strdup (domain);
  return self;
}

void
vss_domain_answer_free (VssDomainAnswer *self)
{
  g_free (self->domain);
  g_clear_pointer (&self->sets, g_ptr_array_unref);
  g_strfreev (self->actions);
  g_clear_error (&self->error);
  g_free (self);
}

const char *
vss_output_set_state (VssSetState state)
{
  switch (state)
    {
    case VSS_SET_PREPARING:
      return "preparing";
    case VSS_SET_COMMITTING:
      return "committing";
    case VSS_SET_CREATED:
      return "created";
    case VSS_SET_DELETING:
      return "deleting";
    default:
      return "unknown";
    }
}

void
vss_output_created (VssCli *cli,
                    const VssSnapshotSet *set,
                    GPtrArray *left_out,
                    gboolean dry_run)
{
  if (cli->json)
    {
      vss_json_created (cli, set, left_out, dry_run);
    }
  else
    {
      vss_text_created (cli, set, left_out, dry_run);
    }
}

void
vss_output_set (VssCli *cli, const VssSnapshotSet *set)
{
  if (cli->json)
    {
      vss_json_set (cli, set);
    }
  else
    {
      vss_text_set (cli, set);
    }
}

void
vss_output_sets (VssCli *cli, GPtrArray *answers)
{
  if (cli->json)
    {
      vss_json_sets (cli, answers);
    }
  else
    {
      vss_text_sets (cli, answers);
    }
}

void
vss_output_volumes (VssCli *cli,
                    const char *domain,
                    GPtrArray *volumes,
                    const GError *agent_error)
{
  if (cli->json)
    {
      vss_json_volumes (cli, domain, volumes, agent_error);
    }
  else
    {
      vss_text_volumes (cli, volumes);
    }
}

void
vss_output_status (VssCli *cli,
                   const char *domain,
                   const VssDomainStatus *status,
                   GPtrArray *sets,
                   GPtrArray *overlays,
                   GPtrArray *before)
{
  if (cli->json)
    {
      vss_json_status (cli, domain, status, sets, overlays, before);
    }
  else
    {
      vss_text_status (cli, domain, status, sets, overlays, before);
    }
}

void
vss_output_enabled (VssCli *cli,
                    const char *domain,
                    const VssEnableResult *result,
                    const VssDomainStatus *status,
                    gboolean dry_run)
{
  if (cli->json)
    {
      vss_json_enabled (cli, domain, result, status, dry_run);
    }
  else
    {
      vss_text_enabled (cli, result, status, dry_run);
    }
}

void
vss_output_thawed (VssCli *cli, const char *domain, GStrv thawed)
{
  if (cli->json)
    {
      vss_json_thawed (cli, domain, thawed);
    }
  else
    {
      vss_text_thawed (cli, thawed);
    }
}

void
vss_output_deleted (VssCli *cli, const char *domain, GPtrArray *ids)
{
  if (cli->json)
    {
      vss_json_deleted (cli, domain, ids);
    }
  else
    {
      vss_text_deleted (cli, ids);
    }
}

void
vss_output_recovered (VssCli *cli, GPtrArray *answers)
{
  if (cli->json)
    {
      vss_json_recovered (cli, answers);
    }
  else
    {
      vss_text_recovered (cli, answers);
    }
}
