/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that the host reads of a guest, from the bytes of the channel to what virt-vss prints:
 * link, session, answers, volume map, writers, proof, record, document, text and JSON. The input
 * is what the guest answers to each command; see scripted-channel.h. Whatever it says, each call
 * ends, nothing is called held that was not said to be, and nothing but text comes out. */
#include <stdlib.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "host-lib/cli/vss-output-forms.h"
#include "host-lib/documents/vss-components-document.h"
#include "host-lib/guest/vss-agent-guest.h"
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/requester/vss-backup-components-private.h"
#include "host-lib/requester/vss-domain-private.h"
#include "host-lib/requester/vss-writer-record.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scripted-channel.h"

/* Longer inputs say the same more slowly. */
#define MAX_SCRIPT (64 * 1024)

/* What an answer is printed from. */
typedef struct
{
  GPtrArray *volumes;
  VssDomainStatus *status;
  VssSnapshotSet *set;
} Answer;

typedef void (*PrintFunc) (VssCli *cli, const Answer *answer);

/* -- what comes out -- */

static void
check_text (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      g_assert_true (c == '\n' || g_unichar_isprint (c));
      g_assert_true (g_unichar_type (c) != G_UNICODE_FORMAT);
    }
}

static void
check_error (GError *error)
{
  g_autofree char *text = NULL;

  if (error == NULL)
    return;
  /* Whoever prints it makes it safe; but it is never long, and always text. */
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 8192);
  g_error_free (error);
}

static void
check_output (PrintFunc print, const Answer *answer, gboolean json)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream (&text, &size);
  VssCli cli;

  vss_cli_init (&cli, stream, stream);
  cli.json = json;
  print (&cli, answer);
  vss_cli_clear (&cli);
  fclose (stream);
  g_assert_cmpuint (strlen (text), ==, size);
  check_text (text);
  if (json)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();

      g_assert_true (json_parser_load_from_data (parser, text, (gssize) size, NULL));
    }
  free (text);
}

static void
print_volumes (VssCli *cli, const Answer *answer)
{
  vss_output_volumes (cli, "vm", answer->volumes, NULL);
}

static void
print_status (VssCli *cli, const Answer *answer)
{
  vss_output_status (cli, "vm", answer->status, NULL, NULL, NULL);
}

static void
print_set (VssCli *cli, const Answer *answer)
{
  vss_output_set (cli, answer->set);
}

static void
check_outputs (PrintFunc print, const Answer *answer)
{
  check_output (print, answer, FALSE);
  check_output (print, answer, TRUE);
}

/* -- the calls outside of a backup -- */

static void
ask_domain (VssProvider *provider, VssGuest *guest)
{
  g_autoptr (VssDomain) domain = vss_domain_new (provider, guest, "vm", VSS_ID_NULL);
  g_autoptr (GPtrArray) volumes = NULL;
  g_autoptr (VssDomainStatus) status = NULL;
  GError *agent_error = NULL;
  GError *error = NULL;

  volumes = vss_domain_list_volumes (domain, NULL, &agent_error, &error);
  g_assert_no_error (error);
  check_error (agent_error);
  check_outputs (print_volumes, &(Answer){ .volumes = volumes });
  status = vss_domain_get_status (domain, NULL, &error);
  g_assert_no_error (error);
  check_outputs (print_status, &(Answer){ .status = status });
}

/* -- a backup -- */

static gboolean
ended (VssAsync *async, GError **error)
{
  gboolean good = async != NULL && vss_async_finish (async, error);

  g_clear_object (&async);
  return good;
}

/* -- writers -- */

static void
look_at_files (VssWMFiledesc *files)
{
  if (files == NULL)
    return;
  g_assert_nonnull (vss_wm_filedesc_get_path (files));
  g_object_unref (files);
}

static void
look_at_writer (VssExamineWriterMetadata *metadata)
{
  g_autofree char *instance_id = NULL;
  g_autofree char *writer_id = NULL;
  g_autofree char *name = NULL;
  guint excluded = 0;
  guint components = 0;

  vss_examine_writer_metadata_get_identity (metadata, &instance_id, &writer_id, &name, NULL, NULL,
                                            NULL);
  g_assert_true (g_uuid_string_is_valid (instance_id) && g_uuid_string_is_valid (writer_id));
  check_text (name);
  vss_examine_writer_metadata_get_file_counts (metadata, NULL, &excluded, &components, NULL);
  g_assert_cmpuint (components, <=, VSS_MAX_COMPONENTS);
  for (guint i = 0; i < MIN (components, 16); i++)
    g_object_unref (vss_examine_writer_metadata_get_component (metadata, i, NULL));
  for (guint i = 0; i < MIN (excluded, 16); i++)
    look_at_files (vss_examine_writer_metadata_get_exclude_file (metadata, i, NULL));
  g_object_unref (metadata);
}

static void
look_at_writers (VssBackupComponents *components)
{
  g_autoptr (GPtrArray) absent = vss_backup_components_get_absent_writers (components, NULL);
  guint count = 0;

  vss_backup_components_get_writer_metadata_count (components, &count, NULL);
  g_assert_cmpuint (count, <=, VSS_MAX_WRITERS);
  for (guint i = 0; i < count; i++)
    look_at_writer (vss_backup_components_get_writer_metadata (components, i, NULL, NULL));
  for (guint i = 0; absent != NULL && i < absent->len; i++)
    {
      const VssAbsentWriter *writer = g_ptr_array_index (absent, i);

      check_text (writer->name);
      check_text (writer->reason);
    }
}

/* Of the set that was made: never called better than what was said. */
static void
check_set (VssBackupComponents *components, const char *set_id)
{
  GError *error = NULL;
  g_autoptr (VssSnapshotSet) set
      = vss_backup_components_get_snapshot_set (components, set_id, &error);
  g_autoptr (VssSnapshotSet) read = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_true (set->consistency < VSS_CONSISTENCY_APPLICATION || set->weakness == NULL);
  for (guint i = 0; i < set->holds->len; i++)
    {
      const VssSetHold *hold = g_ptr_array_index (set->holds, i);

      g_assert_true (set->consistency == VSS_CONSISTENCY_CRASH
                     || !g_str_equal (hold->state, "not-held"));
    }
  check_outputs (print_set, &(Answer){ .set = set });
  xml = vss_snapshot_set_to_xml (set);
  g_assert_cmpuint (strlen (xml), <=, VSS_SET_XML_MAX);
  read = vss_snapshot_set_from_xml (xml, &error);
  g_assert_no_error (error);
  again = vss_snapshot_set_to_xml (read);
  g_assert_cmpstr (xml, ==, again);
}

static void
check_document (VssBackupComponents *components)
{
  g_autofree char *xml = NULL;
  GError *error = NULL;

  if (!vss_backup_components_save_as_xml (components, &xml, &error))
    {
      check_error (error);
      return;
    }
  vss_components_document_check (xml, &error);
  g_assert_no_error (error);
}

static gboolean
begin (VssBackupComponents *components, VssPolicy policy, char **set_id, GError **error)
{
  return vss_backup_components_initialize_for_backup (components, NULL, error)
         && vss_backup_components_set_context (components, VSS_CTX_APP_ROLLBACK, error)
         && vss_backup_components_set_policy (components, policy, error)
         && vss_backup_components_set_backup_state (components, FALSE, FALSE, VSS_BT_COPY, FALSE,
                                                    error)
         && ended (vss_backup_components_gather_writer_metadata (components, error), error)
         && vss_backup_components_start_snapshot_set (components, set_id, error);
}

static void
add_volume (VssBackupComponents *components, const char *name)
{
  g_autofree char *snapshot_id = NULL;
  GError *error = NULL;

  vss_backup_components_add_to_snapshot_set (components, name, NULL, &snapshot_id, &error);
  check_error (error);
}

static gboolean
make_set (VssBackupComponents *components, GError **error)
{
  return ended (vss_backup_components_prepare_for_backup (components, error), error)
         && ended (vss_backup_components_do_snapshot_set (components, error), error);
}

static void
make_backup (VssProvider *provider, VssGuest *guest, VssPolicy policy)
{
  g_autoptr (VssBackupComponents) components
      = vss_backup_components_new (provider, guest, "vm", VSS_ID_NULL, "host");
  g_autofree char *set_id = NULL;
  GError *error = NULL;

  if (begin (components, policy, &set_id, &error))
    {
      look_at_writers (components);
      add_volume (components, "/a");
      add_volume (components, "uuid:1f8fd5a3-0000-0000-0000-000000000001");
      add_volume (components, "vda");
      add_volume (components, "vdb");
      if (make_set (components, &error))
        {
          check_set (components, set_id);
          ended (vss_backup_components_gather_writer_status (components, &error), &error);
          check_error (g_steal_pointer (&error));
          ended (vss_backup_components_backup_complete (components, &error), &error);
        }
      check_document (components);
    }
  check_error (g_steal_pointer (&error));
  vss_backup_components_close (components, &error);
  check_error (error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (VssMemoryProvider) provider = vss_memory_provider_new ();
  g_autoptr (ScriptedChannel) channel = NULL;
  g_autoptr (VssAgentGuest) guest = NULL;

  if (size > MAX_SCRIPT)
    return 0;
  channel = scripted_channel_new (data, size);
  guest = vss_agent_guest_new (VSS_CHANNEL (channel), "vm");
  vss_memory_provider_add_disk (provider, "vda")->serial = g_strdup ("A");
  vss_memory_provider_add_disk (provider, "vdb")->serial = g_strdup ("B");
  ask_domain (VSS_PROVIDER (provider), VSS_GUEST (guest));
  make_backup (VSS_PROVIDER (provider), VSS_GUEST (guest),
               size % 2 == 0 ? VSS_POLICY_REPORT : VSS_POLICY_REQUIRE_FILESYSTEM);
  return 0;
}
