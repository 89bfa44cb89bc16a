/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contexts and the attributes that may be added to them. */
#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/requester/vss-context.h"

typedef struct
{
  gint context;
  VssContextKind kind;
  gboolean kept;
  gboolean takes_attributes;
} Row;

static const Row rows[] = {
  { VSS_CTX_BACKUP, VSS_KIND_WRITERS, FALSE, TRUE },
  { VSS_CTX_FILE_SHARE_BACKUP, VSS_KIND_NO_WRITERS, FALSE, TRUE },
  { VSS_CTX_NAS_ROLLBACK, VSS_KIND_NO_WRITERS, TRUE, TRUE },
  { VSS_CTX_APP_ROLLBACK, VSS_KIND_WRITERS, TRUE, TRUE },
  { VSS_CTX_CLIENT_ACCESSIBLE, VSS_KIND_NO_WRITERS, TRUE, FALSE },
  { VSS_CTX_CLIENT_ACCESSIBLE_WRITERS, VSS_KIND_WRITERS, TRUE, FALSE },
};

static gboolean
is_taken (gint context)
{
  g_autoptr (GError) error = NULL;
  gboolean taken = vss_context_check (context, &error);

  if (!taken)
    g_assert_error (error, VSS_ERROR, VSS_E_UNSUPPORTED_CONTEXT);
  return taken;
}

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (is_taken (rows[i].context));
      g_assert_cmpint (vss_context_kind (rows[i].context), ==, rows[i].kind);
      g_assert_true (vss_context_is_kept (rows[i].context) == rows[i].kept);
      g_assert_true (is_taken (rows[i].context | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY)
                     == rows[i].takes_attributes);
    }
  g_assert_true (is_taken (VSS_CTX_ALL));
  g_assert_cmpint (vss_context_kind (VSS_CTX_ALL), ==, VSS_KIND_ALL);
}

/* A requester that asks for more than there is tries again with less. */
static void
test_unsupported (void)
{
  g_assert_false (is_taken (VSS_CTX_APP_ROLLBACK | VSS_VOLSNAP_ATTR_TRANSPORTABLE
                            | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY | VSS_VOLSNAP_ATTR_TXF_RECOVERY));
  g_assert_true (is_taken (VSS_CTX_APP_ROLLBACK | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY
                           | VSS_VOLSNAP_ATTR_TXF_RECOVERY));
  g_assert_false (is_taken (VSS_CTX_BACKUP | VSS_VOLSNAP_ATTR_PLEX));
  g_assert_false (is_taken (VSS_VOLSNAP_ATTR_PERSISTENT));
  g_assert_false (is_taken (0x40000000));
}

static void
test_covers (void)
{
  gint with_attribute = VSS_CTX_BACKUP | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY;

  g_assert_true (vss_context_covers (VSS_CTX_ALL, VSS_CTX_NAS_ROLLBACK));
  g_assert_true (vss_context_covers (VSS_CTX_BACKUP, with_attribute));
  g_assert_true (vss_context_covers (with_attribute, VSS_CTX_BACKUP));
  g_assert_false (vss_context_covers (VSS_CTX_BACKUP, VSS_CTX_APP_ROLLBACK));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context/table", test_table);
  g_test_add_func ("/context/unsupported", test_unsupported);
  g_test_add_func ("/context/covers", test_covers);
  return g_test_run ();
}
