/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds the agent's channel to a virtual machine: to its configuration first, so that a failure
 * there has changed nothing, then to the running machine. Called by applications, on the thread of
 * the virtual machine's object. */
#include "host-lib/requester/vss-domain-enable.h"

#include "host-lib/documents/vss-xml.h"
#include "host-lib/guest/vss-channel-state.h"
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"
#include "host-lib/requester/vss-domain-private.h"
#include "host-lib/vss-pipe-guard.h"

#define CHANNEL_XML                                                                                \
  "<channel type='unix'><target type='virtio' name='" VSS_CHANNEL_NAME "'/></channel>"

/* Without the controller libvirt has no place for the port, and QEMU can't plug one in. */
#define NO_CONTROLLER                                                                              \
  "the running virtual machine has no virtio-serial controller, and one can't be plugged in"

G_DEFINE_BOXED_TYPE (VssEnableResult,
                     vss_enable_result,
                     vss_enable_result_copy,
                     vss_enable_result_free)

/**
 * vss_enable_result_copy:
 * @self: a result
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssEnableResult *
vss_enable_result_copy (const VssEnableResult *self)
{
  VssEnableResult *copy = g_new0 (VssEnableResult, 1);

  *copy = *self;
  copy->live_reason = g_strdup (self->live_reason);
  return copy;
}

/**
 * vss_enable_result_free:
 * @self: (nullable): a result
 *
 * Frees it with its text.
 *
 * Since: 0.1
 */
void
vss_enable_result_free (VssEnableResult *self)
{
  if (self == NULL)
    return;
  g_free (self->live_reason);
  g_free (self);
}

/* -- what the virtual machine has -- */

static gboolean
has_controller (const char *xml)
{
  g_autoptr (VssXml) document = vss_xml_parse (xml, -1, NULL);
  const VssXmlNode *node;

  node = document != NULL
             ? vss_xml_child (vss_xml_child (vss_xml_root (document), "devices"), "controller")
             : NULL;
  for (; node != NULL; node = vss_xml_next (node, "controller"))
    if (vss_xml_attr_is (node, "type", "virtio-serial"))
      return TRUE;
  return FALSE;
}

/* @controller: (out) (optional) */
static gboolean
read_definition (virDomainPtr domain,
                 unsigned int flags,
                 gboolean *channel,
                 gboolean *controller,
                 GError **error)
{
  VssChannelState state = VSS_CHANNEL_ABSENT;
  const char *name = virDomainGetName (domain);
  char *xml = virDomainGetXMLDesc (domain, flags);
  gboolean known;

  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the definition of '%s'", name);
      return FALSE;
    }
  known = vss_channel_state_read (xml, &state, error);
  *channel = state != VSS_CHANNEL_ABSENT;
  if (controller != NULL)
    *controller = has_controller (xml);
  free (xml);
  return known;
}

/* -- changing it -- */

static gboolean
attach (virDomainPtr domain, unsigned int flags, gboolean dry_run, GError **error)
{
  /* Asked for before: every call of libvirt forgets the error of the one before it. */
  const char *name = virDomainGetName (domain);

  if (dry_run || virDomainAttachDeviceFlags (domain, CHANNEL_XML, flags) == 0)
    return TRUE;
  vss_libvirt_set_error (error, "cannot add the agent's channel to the %s '%s'",
                         flags == VIR_DOMAIN_AFFECT_CONFIG ? "configuration of" : "running", name);
  return FALSE;
}

static gboolean
enable_config (virDomainPtr domain, gboolean dry_run, VssEnableResult *result, GError **error)
{
  const char *name = virDomainGetName (domain);
  int persistent = virDomainIsPersistent (domain);
  gboolean present = FALSE;

  if (persistent < 0)
    {
      vss_libvirt_set_error (error, "cannot ask whether '%s' has a configuration", name);
      return FALSE;
    }
  if (persistent == 0)
    return TRUE;
  if (!read_definition (domain, VIR_DOMAIN_XML_INACTIVE, &present, NULL, error)
      || (!present && !attach (domain, VIR_DOMAIN_AFFECT_CONFIG, dry_run, error)))
    return FALSE;
  result->config = present ? VSS_ENABLE_PRESENT : VSS_ENABLE_ADDED;
  return TRUE;
}

/* @reason: (transfer full) */
static void
refuse_live (VssEnableResult *result, char *reason)
{
  result->live = VSS_ENABLE_REFUSED;
  result->live_reason
      = g_strconcat (reason, "; its configuration has the channel: shut it down and start it again "
                             "(a reboot from within isn't enough)", NULL);
  g_free (reason);
}

static gboolean
refuse_without_controller (virDomainPtr domain, VssEnableResult *result, GError **error)
{
  if (result->config == VSS_ENABLE_NOT_APPLICABLE)
    {
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                   "cannot add the agent's channel to '%s': %s; it is transient, so add " CHANNEL_XML
                   " to the devices of the XML that it is started from",
                   virDomainGetName (domain), NO_CONTROLLER);
      return FALSE;
    }
  refuse_live (result, g_strdup (NO_CONTROLLER));
  return TRUE;
}

/* What libvirt refuses is an error only while nothing was changed. */
static gboolean
attach_live (virDomainPtr domain, gboolean dry_run, VssEnableResult *result, GError **error)
{
  g_autoptr (GError) cause = NULL;

  result->live = VSS_ENABLE_ADDED;
  if (attach (domain, VIR_DOMAIN_AFFECT_LIVE, dry_run, &cause))
    return TRUE;
  if (result->config != VSS_ENABLE_ADDED)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  refuse_live (result, g_strdup (cause->message));
  return TRUE;
}

static gboolean
enable_live (virDomainPtr domain, gboolean dry_run, VssEnableResult *result, GError **error)
{
  gboolean controller = FALSE;
  gboolean present = FALSE;

  if (virDomainIsActive (domain) != 1)
    return TRUE;
  if (!read_definition (domain, 0, &present, &controller, error))
    return FALSE;
  if (present)
    {
      result->live = VSS_ENABLE_PRESENT;
      return TRUE;
    }
  return controller ? attach_live (domain, dry_run, result, error)
                    : refuse_without_controller (domain, result, error);
}

/**
 * vss_domain_enable:
 * @self: a virtual machine
 * @dry_run: only tell what would be done
 * @error: return location for an error
 *
 * Gives the virtual machine the channel to the agent in its guest, where it lacks it: in its
 * configuration, which counts from its next start on, and, if it is running, at once. A machine that
 * runs without a virtio-serial controller can't get it at once.
 *
 * Errors: %VSS_E_ACCESSDENIED for a read-only connection, %VSS_E_OBJECT_NOT_FOUND,
 * %VSS_E_PROVIDER_VETO if it can't be added anywhere, %VSS_E_UNEXPECTED_PROVIDER_ERROR. After an
 * error nothing is changed.
 *
 * Returns: (transfer full): what was done
 *
 * Since: 0.1
 */
VssEnableResult *
vss_domain_enable (VssDomain *self, gboolean dry_run, GError **error)
{
  VSS_GUARD_PIPES ();
  g_autoptr (VssEnableResult) result = NULL;
  virDomainPtr domain;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  domain = vss_domain_get_libvirt (self);
  result = g_new0 (VssEnableResult, 1);
  if (domain == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO, "'%s' is no domain of libvirt",
                   vss_domain_get_name (self));
      return NULL;
    }
  if (!enable_config (domain, dry_run, result, error)
      || !enable_live (domain, dry_run, result, error))
    return NULL;
  return g_steal_pointer (&result);
}
