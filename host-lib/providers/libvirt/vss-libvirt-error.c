/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's errors as VSS's. Called right after a libvirt call failed, on the same thread. */
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

#include <errno.h>
#include <string.h>

#include <libvirt/virterror.h>

typedef struct
{
  int libvirt_code;
  VssError code;
  const char *advice; /* nullable */
} VssErrorRow;

static const VssErrorRow error_rows[] = {
  { VIR_ERR_AUTH_FAILED, VSS_E_ACCESSDENIED, "check the credentials of the connection" },
  { VIR_ERR_AUTH_CANCELLED, VSS_E_ACCESSDENIED, NULL },
  { VIR_ERR_AUTH_UNAVAILABLE, VSS_E_ACCESSDENIED, "start a polkit agent or use another user" },
  { VIR_ERR_ACCESS_DENIED, VSS_E_ACCESSDENIED, "libvirt's polkit rules must allow it" },
  { VIR_ERR_OPERATION_DENIED, VSS_E_ACCESSDENIED, "use a read-write connection" },
  { VIR_ERR_NO_DOMAIN, VSS_E_OBJECT_NOT_FOUND, NULL },
  { VIR_ERR_NO_STORAGE_VOL, VSS_E_OBJECT_NOT_FOUND, NULL },
  { VIR_ERR_BLOCK_COPY_ACTIVE, VSS_E_PROVIDER_VETO, "wait for the block job to end" },
  { VIR_ERR_OPERATION_TIMEOUT, VSS_E_PROVIDER_VETO, "wait for the domain's other job to end" },
  { VIR_ERR_OPERATION_INVALID, VSS_E_PROVIDER_VETO, NULL },
  { VIR_ERR_OPERATION_UNSUPPORTED, VSS_E_PROVIDER_VETO, NULL },
  { VIR_ERR_CONFIG_UNSUPPORTED, VSS_E_PROVIDER_VETO, NULL },
  { VIR_ERR_ARGUMENT_UNSUPPORTED, VSS_E_PROVIDER_VETO, NULL },
  { VIR_ERR_NO_SUPPORT, VSS_E_PROVIDER_VETO, NULL },
  { VIR_ERR_MIGRATE_UNSAFE, VSS_E_PROVIDER_VETO, NULL },
};

static const VssErrorRow other_row = { VIR_ERR_OK, VSS_E_UNEXPECTED_PROVIDER_ERROR, NULL };
static const VssErrorRow space_row = { VIR_ERR_OK, VSS_E_INSUFFICIENT_STORAGE,
                                       "free space in the folder of the image" };
static const VssErrorRow denied_row = { VIR_ERR_OK, VSS_E_ACCESSDENIED,
                                        "the user of libvirt must be able to write there" };

static const VssErrorRow *
find_row (const virError *cause)
{
  for (gsize i = 0; cause != NULL && i < G_N_ELEMENTS (error_rows); i++)
    {
      if (error_rows[i].libvirt_code == cause->code)
        return &error_rows[i];
    }
  /* libvirt has no code of its own for these two. */
  if (cause != NULL && cause->message != NULL)
    {
      if (strstr (cause->message, g_strerror (ENOSPC)) != NULL ||
          strstr (cause->message, "No space left") != NULL)
        return &space_row;
      if (cause->code == VIR_ERR_SYSTEM_ERROR && strstr (cause->message, "Permission denied"))
        return &denied_row;
    }
  return &other_row;
}

void
vss_libvirt_set_error (GError **error, const char *attempt_format, ...)
{
  const virError *cause = virGetLastError ();
  const VssErrorRow *row = find_row (cause);
  g_autofree char *attempt = NULL;
  va_list args;

  va_start (args, attempt_format);
  attempt = g_strdup_vprintf (attempt_format, args);
  va_end (args);

  g_set_error (error, VSS_ERROR, row->code, "%s: %s%s%s", attempt,
               cause != NULL && cause->message != NULL ? cause->message : "libvirt gives no reason",
               row->advice != NULL ? "; " : "", row->advice != NULL ? row->advice : "");
}
