/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol's error domain. A peer's error carries its class with it. Any thread. */
#include "protocol/vss-protocol-error.h"

#include "protocol/vss-text.h"

typedef struct
{
  char *error_class;
} VssProtocolErrorPrivate;

static void
vss_protocol_error_private_init (VssProtocolErrorPrivate *priv)
{
  priv->error_class = NULL;
}

static void
vss_protocol_error_private_copy (const VssProtocolErrorPrivate *source,
                                 VssProtocolErrorPrivate *copy)
{
  copy->error_class = g_strdup (source->error_class);
}

static void
vss_protocol_error_private_clear (VssProtocolErrorPrivate *priv)
{
  g_free (priv->error_class);
}

G_DEFINE_EXTENDED_ERROR (VssProtocolError, vss_protocol_error)

GError *
vss_protocol_error_new_remote (const char *error_class, const char *description)
{
  g_autofree char *text = vss_text_sanitise (description, VSS_TEXT_MAX_MESSAGE);
  GError *error = g_error_new_literal (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_REMOTE, text);

  vss_protocol_error_get_private (error)->error_class =
      vss_text_sanitise (error_class, VSS_TEXT_MAX_NAME);
  return error;
}

const char *
vss_protocol_error_get_class (const GError *error)
{
  if (!g_error_matches (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_REMOTE))
    return NULL;
  return vss_protocol_error_get_private (error)->error_class;
}
