/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks before a set that are about the domain as a whole: may we, does it run, is somebody
 * else at it. On the worker thread; changes nothing. */
#include "host-lib/providers/libvirt/vss-preflight.h"

#include <stdlib.h>

#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"

/* By virDomainJobOperation. */
static const char *const operation_texts[] = {
  [VIR_DOMAIN_JOB_OPERATION_UNKNOWN] = "a job",
  [VIR_DOMAIN_JOB_OPERATION_START] = "its start",
  [VIR_DOMAIN_JOB_OPERATION_SAVE] = "a save",
  [VIR_DOMAIN_JOB_OPERATION_RESTORE] = "a restore",
  [VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = "an incoming migration",
  [VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = "an outgoing migration",
  [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = "a snapshot",
  [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = "a revert to a snapshot",
  [VIR_DOMAIN_JOB_OPERATION_DUMP] = "a dump",
  [VIR_DOMAIN_JOB_OPERATION_BACKUP] = "a backup",
};

/* What only a read-write connection that may change the domain can see. */
static gboolean
check_access (VssLibvirtSession *session, VssSnapshotSet *set)
{
  char *xml = virDomainGetXMLDesc (session->domain, VIR_DOMAIN_XML_SECURE);
  GError *error = NULL;

  if (xml == NULL)
    {
      vss_libvirt_set_error (&error, "this connection to libvirt at %s may not change domain %s",
                             session->uri, session->domain_name);
      vss_findings_take_error (set->findings, VSS_FINDING_FATAL, session->domain_name, error);
    }
  free (xml);
  return xml != NULL;
}

/* Whether the set relies on applications that must run. */
static gboolean
needs_writers (const VssSnapshotSet *set)
{
  return (set->context & VSS_VOLSNAP_ATTR_NO_WRITERS) == 0 && set->policy != VSS_POLICY_CRASH;
}

static gboolean
check_state (VssLibvirtSession *session, VssSnapshotSet *set)
{
  const char *name = session->domain_name;
  GError *error = NULL;
  int state = 0;

  if (virDomainGetState (session->domain, &state, NULL, 0) < 0)
    {
      vss_libvirt_set_error (&error, "cannot ask for the state of domain %s", name);
      vss_findings_take_error (set->findings, VSS_FINDING_FATAL, name, error);
      return FALSE;
    }
  if (state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_BLOCKED)
    return TRUE;
  if (state != VIR_DOMAIN_PAUSED && state != VIR_DOMAIN_PMSUSPENDED)
    {
      vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_BAD_STATE, name,
                        "cannot take a set of domain %s: it is not running; start it first", name);
      return FALSE;
    }
  if (needs_writers (set))
    vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_BAD_STATE, name,
                      "cannot take a set of domain %s: it is paused, and its applications can't "
                      "take part; resume it ('virsh resume %s'), or use a context without writers",
                      name, name);
  else
    vss_findings_add (set->findings, VSS_FINDING_WEAKENS, VSS_E_BAD_STATE, name,
                      "domain %s is paused: what its guest has not written yet will be missing; "
                      "resume it for more",
                      name);
  return TRUE;
}

static void
check_job (VssLibvirtSession *session, VssSnapshotSet *set)
{
  virTypedParameterPtr parameters = NULL;
  int n_parameters = 0;
  int type = VIR_DOMAIN_JOB_NONE;
  int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
  GError *error = NULL;

  if (virDomainGetJobStats (session->domain, &type, &parameters, &n_parameters, 0) < 0)
    {
      vss_libvirt_set_error (&error, "cannot ask for the jobs of domain %s", session->domain_name);
      vss_findings_take_error (set->findings, VSS_FINDING_FATAL, session->domain_name, error);
      return;
    }
  virTypedParamsGetInt (parameters, n_parameters, VIR_DOMAIN_JOB_OPERATION, &operation);
  virTypedParamsFree (parameters, n_parameters);
  if (type == VIR_DOMAIN_JOB_NONE)
    return;
  if (operation < 0 || (gsize)operation >= G_N_ELEMENTS (operation_texts)
      || operation_texts[operation] == NULL)
    operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
  vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO, session->domain_name,
                    "cannot take a set of domain %s: %s is under way on it; wait for its end, or "
                    "end it with 'virsh domjobabort %s'",
                    session->domain_name, operation_texts[operation], session->domain_name);
}

/* What a dead requester left is put right by the next set's first step; the rest is in the way. */
static void
check_other (const VssSnapshotSet *other, VssSnapshotSet *set)
{
  g_autoptr (GError) error = NULL;
  gboolean busy;

  if (g_strcmp0 (other->id, set->id) == 0 || vss_preflight_check_other (other, &error))
    return;
  busy = error->code == VSS_E_SNAPSHOT_SET_IN_PROGRESS;
  vss_findings_add (set->findings, busy ? VSS_FINDING_FATAL : VSS_FINDING_NOTE, error->code,
                    other->id, "%s%s", error->message,
                    busy ? "" : "; making a set does so by itself");
}

static void
check_others (const VssDomainView *view, VssSnapshotSet *set)
{
  g_autoptr (GPtrArray) damaged = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) others = vss_record_list_domain (view, damaged);

  for (guint i = 0; i < damaged->len; i++)
    vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO,
                      g_ptr_array_index (damaged, i),
                      "the record of set %s in the metadata of domain %s is damaged; run 'virt-vss "
                      "recover %s' first",
                      (const char *)g_ptr_array_index (damaged, i), view->name, view->name);
  for (guint i = 0; i < others->len; i++)
    check_other (g_ptr_array_index (others, i), set);
}

gboolean
vss_preflight_domain (VssLibvirtSession *session, const VssDomainView *view, VssSnapshotSet *set)
{
  if (!check_access (session, set) || !check_state (session, set))
    return FALSE;
  check_job (session, set);
  check_others (view, set);
  return TRUE;
}
