/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contexts of VSS. */
#include "host-lib/requester/vss-context.h"

/* The attributes that make up a context. */
#define CONTEXT_BITS                                                                              \
  (VSS_VOLSNAP_ATTR_PERSISTENT | VSS_VOLSNAP_ATTR_CLIENT_ACCESSIBLE                               \
   | VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE | VSS_VOLSNAP_ATTR_NO_WRITERS)

/* Attributes that may be added. They say what an overlay is anyway, or what is not done here:
 * nothing recovers inside a snapshot, and there is no transaction coordinator. */
#define HARMLESS_BITS                                                                             \
  (VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY                               \
   | VSS_VOLSNAP_ATTR_NOT_TRANSACTED | VSS_VOLSNAP_ATTR_ROLLBACK_RECOVERY                         \
   | VSS_VOLSNAP_ATTR_TXF_RECOVERY)

typedef struct
{
  gint context;
  gint may_add;
} ContextRow;

static const ContextRow contexts[] = {
  { VSS_CTX_BACKUP, HARMLESS_BITS },
  { VSS_CTX_FILE_SHARE_BACKUP, HARMLESS_BITS },
  { VSS_CTX_NAS_ROLLBACK, HARMLESS_BITS },
  { VSS_CTX_APP_ROLLBACK, HARMLESS_BITS },
  { VSS_CTX_CLIENT_ACCESSIBLE, 0 },
  { VSS_CTX_CLIENT_ACCESSIBLE_WRITERS, 0 },
};

gboolean
vss_context_check (gint context, GError **error)
{
  if (context == VSS_CTX_ALL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    {
      gint added = context & ~CONTEXT_BITS;

      if (contexts[i].context != (context & CONTEXT_BITS))
        continue;
      if ((added & ~contexts[i].may_add) == 0)
        return TRUE;
      g_set_error (error, VSS_ERROR, VSS_E_UNSUPPORTED_CONTEXT,
                   "context %s does not take the attributes 0x%x here",
                   vss_snapshot_context_to_string (contexts[i].context),
                   (guint) (added & ~contexts[i].may_add));
      return FALSE;
    }
  g_set_error (error, VSS_ERROR, VSS_E_UNSUPPORTED_CONTEXT, "0x%x is no context", (guint) context);
  return FALSE;
}

VssContextKind
vss_context_kind (gint context)
{
  if (context == VSS_CTX_ALL)
    return VSS_KIND_ALL;
  return (context & VSS_VOLSNAP_ATTR_NO_WRITERS) != 0 ? VSS_KIND_NO_WRITERS : VSS_KIND_WRITERS;
}

gboolean
vss_context_covers (gint context, gint set_context)
{
  return context == VSS_CTX_ALL || (context & CONTEXT_BITS) == (set_context & CONTEXT_BITS);
}
