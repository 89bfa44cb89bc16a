/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every pairing of what libvirt names and what QEMU writes to leads to one situation, and no
 * situation in which data could be lost leads to a removal. */
#include "host-lib/providers/libvirt/vss-situation.h"

#include "host-lib/providers/libvirt/vss-recover.h"

#define IMAGE "/i/a"
#define OVERLAY "/i/a.vss-6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e01.qcow2"
#define NEWER "/i/a.vss-6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e02.qcow2"
#define FOREIGN "/j/copy"

typedef struct
{
  const char *libvirt; /* files of the chain, the active one first; NULL: no such disk */
  gboolean running;
  const char *qemu; /* NULL: not asked; "": no such device */
  VssSituation situation;
  VssUndoAction action;
} Row;

static const Row table[] = {
  { IMAGE, TRUE, NULL, VSS_SITUATION_IMAGE, VSS_UNDO_NOTHING },
  { OVERLAY " " IMAGE, TRUE, NULL, VSS_SITUATION_OVERLAY, VSS_UNDO_MERGE },
  { NEWER " " OVERLAY " " IMAGE, TRUE, NULL, VSS_SITUATION_COVERED, VSS_UNDO_REFUSE },
  { FOREIGN, TRUE, NULL, VSS_SITUATION_OTHER, VSS_UNDO_NOTHING },
  { NULL, TRUE, NULL, VSS_SITUATION_GONE, VSS_UNDO_NOTHING },

  { IMAGE, TRUE, IMAGE, VSS_SITUATION_IMAGE, VSS_UNDO_NOTHING },
  { IMAGE, TRUE, OVERLAY, VSS_SITUATION_SPLIT, VSS_UNDO_REPAIR },
  { IMAGE, TRUE, NEWER, VSS_SITUATION_CONFUSED, VSS_UNDO_REFUSE },
  { IMAGE, TRUE, "", VSS_SITUATION_CONFUSED, VSS_UNDO_REFUSE },
  { OVERLAY " " IMAGE, TRUE, OVERLAY, VSS_SITUATION_OVERLAY, VSS_UNDO_MERGE },
  { OVERLAY " " IMAGE, TRUE, IMAGE, VSS_SITUATION_REVERSED, VSS_UNDO_RETURN },
  { OVERLAY " " IMAGE, TRUE, NEWER, VSS_SITUATION_CONFUSED, VSS_UNDO_REFUSE },
  { NEWER " " OVERLAY " " IMAGE, TRUE, NEWER, VSS_SITUATION_COVERED, VSS_UNDO_REFUSE },
  { NEWER " " OVERLAY " " IMAGE, TRUE, OVERLAY, VSS_SITUATION_COVERED, VSS_UNDO_REFUSE },
  { FOREIGN, TRUE, FOREIGN, VSS_SITUATION_OTHER, VSS_UNDO_NOTHING },
  { FOREIGN, TRUE, OVERLAY, VSS_SITUATION_CONFUSED, VSS_UNDO_REFUSE },

  { IMAGE, FALSE, NULL, VSS_SITUATION_OFF_IMAGE, VSS_UNDO_NOTHING },
  { OVERLAY, FALSE, NULL, VSS_SITUATION_OFF_OVERLAY, VSS_UNDO_REFUSE },
  { NEWER " " OVERLAY, FALSE, NULL, VSS_SITUATION_COVERED, VSS_UNDO_REFUSE },
  { FOREIGN, FALSE, NULL, VSS_SITUATION_OTHER, VSS_UNDO_NOTHING },
};

static VssDomainView *
make_libvirt (const char *chain)
{
  g_auto (GStrv) files = g_strsplit (chain != NULL ? chain : "", " ", -1);
  g_autoptr (GString) xml = g_string_new ("<domain><devices>");
  guint depth = g_strv_length (files);

  if (chain != NULL)
    {
      g_string_append (xml, "<disk type='file'><alias name='d0'/><target dev='vda'/>");
      for (guint i = 0; i < depth; i++)
        g_string_append_printf (xml, "%s<source file='%s'/>", i > 0 ? "<backingStore>" : "",
                                files[i]);
      for (guint i = 1; i < depth; i++)
        g_string_append (xml, "</backingStore>");
      g_string_append (xml, "</disk>");
    }
  g_string_append (xml, "</devices></domain>");
  return vss_domain_view_parse (xml->str, NULL);
}

static VssQemuView *
make_qemu (const char *file)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) blocks = NULL;

  if (file == NULL)
    return NULL;
  text = *file == '\0'
             ? g_strdup ("[]")
             : g_strdup_printf ("[{\"qdev\":\"d0\",\"inserted\":{\"node-name\":\"n\",\"file\":"
                                "\"%s\"}}]",
                                file);
  blocks = json_from_string (text, NULL);
  return vss_qemu_view_new (blocks, NULL, NULL);
}

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const Row *row = &table[i];
      VssSetDisk disk = { .target = (char *)"vda",
                          .overlay = (char *)OVERLAY,
                          .image = (char *)IMAGE };
      g_autoptr (VssDomainView) libvirt = make_libvirt (row->libvirt);
      g_autoptr (VssQemuView) qemu = make_qemu (row->qemu);
      VssSituation situation = vss_situation_of (&disk, row->running, libvirt, qemu);

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (situation, ==, row->situation);
      g_assert_cmpint (vss_situation_row (situation)->action, ==, row->action);
      g_assert_nonnull (vss_situation_row (situation)->meaning);
      /* A refusal without advice leaves the user alone. */
      if (row->action == VSS_UNDO_REFUSE)
        g_assert_nonnull (vss_situation_row (situation)->advice);
    }
}

/* Recovery never touches what a living owner is at, nor a set that is complete and to stay. */
static void
test_recover_actions (void)
{
  for (VssSetState state = VSS_SET_PREPARING; state <= VSS_SET_DELETING; state++)
    {
      g_assert_cmpint (vss_recover_action (state, TRUE, TRUE), ==, VSS_RECOVER_LEAVE);
      g_assert_cmpint (vss_recover_action (state, FALSE, TRUE), ==, VSS_RECOVER_UNDO);
    }
  g_assert_cmpint (vss_recover_action (VSS_SET_PREPARING, FALSE, FALSE), ==, VSS_RECOVER_UNDO);
  g_assert_cmpint (vss_recover_action (VSS_SET_COMMITTING, FALSE, FALSE), ==, VSS_RECOVER_UNDO);
  g_assert_cmpint (vss_recover_action (VSS_SET_DELETING, FALSE, FALSE), ==, VSS_RECOVER_UNDO);
  g_assert_cmpint (vss_recover_action (VSS_SET_CREATED, FALSE, FALSE), ==, VSS_RECOVER_CHECK);
  g_assert_cmpint (vss_recover_action (VSS_SET_CREATED, TRUE, FALSE), ==, VSS_RECOVER_CHECK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/situation/table", test_table);
  g_test_add_func ("/recover/actions", test_recover_actions);
  return g_test_run ();
}
