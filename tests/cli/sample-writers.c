/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers for the tests of the command line: see the header. */
#include "tests/cli/sample-writers.h"

#include "host-lib/requester/vss-wm-component-private.h"
#include "host-lib/vss-set-writer.h"
#include "vss-wire-marshal.h"

/* As the guest's agent sends them. */
#define METADATA                                                                                  \
  "{'writer-id': '" SAMPLE_WRITER_ID "', 'instance-id': '" SAMPLE_WRITER_INSTANCE "',"            \
  " 'name': 'PostgreSQL', 'instance-name': 'main', 'usage': 'user-data',"                         \
  " 'source': 'transacted-db', 'major-version': 15, 'minor-version': 4, 'level': 'back-end',"     \
  " 'restore-method': 'stop-start', 'restore-service': 'postgresql', 'restore-events': 'never',"  \
  " 'exclude-files': [{'path': '/tmp', 'filespec': '*', 'recursive': false}],"                    \
  " 'component-count': 1}"
#define COMPONENT                                                                                 \
  "{'type': 'database', 'logical-path': 'main', 'name': 'sales', 'caption': 'Sales',"             \
  " 'selectable': true, 'notify-on-backup-complete': true,"                                       \
  " 'database-files': [{'path': '/var/lib/postgresql', 'filespec': '*', 'recursive': true}],"     \
  " 'database-log-files': [{'path': '/var/lib/pg_wal', 'filespec': '*', 'recursive': false,"      \
  " 'alternate-path': '/srv/wal'}],"                                                              \
  " 'dependencies': [{'writer-id': '" SAMPLE_OTHER_ID "', 'component-name': 'disk'}]}"
#define OTHER_METADATA                                                                            \
  "{'writer-id': '" SAMPLE_OTHER_ID "', 'instance-id': '" SAMPLE_OTHER_INSTANCE "',"              \
  " 'name': 'odd \\\\x1b[2J', 'usage': 'other', 'source': 'other', 'level': 'system',"            \
  " 'component-count': 1}"
#define OTHER_COMPONENT                                                                           \
  "{'type': 'file-group', 'name': 'disk\\u001b[2J', 'files': [{'path': '/\\u001b]0;t\\u0007',"    \
  " 'filespec': '\\n', 'recursive': false}]}"

static JsonNode *
parse (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "'", -1);
  g_autofree char *json = g_strjoinv ("\"", parts);
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (json, &error);

  g_assert_no_error (error);
  return node;
}

static VssExamineWriterMetadata *
metadata_new (const char *metadata, const char *component)
{
  g_autoptr (JsonNode) metadata_node = parse (metadata);
  g_autoptr (JsonNode) component_node = parse (component);
  VssWriterRecord *record = g_atomic_rc_box_new0 (VssWriterRecord);
  g_autoptr (GError) error = NULL;
  VssExamineWriterMetadata *object;

  record->metadata
      = vss_wire_writer_metadata_from_json (metadata_node, VSS_WIRE_PARSE_LENIENT, &error);
  g_assert_no_error (error);
  record->components
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_writer_component_free);
  g_ptr_array_add (record->components,
                   vss_wire_writer_component_from_json (component_node,
                                                        VSS_WIRE_PARSE_LENIENT,
                                                        &error));
  g_assert_no_error (error);
  object = vss_examine_writer_metadata_new (record);
  vss_writer_record_unref (record);
  return object;
}

GPtrArray *
sample_metadata_new (void)
{
  GPtrArray *metadata = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (metadata, metadata_new (METADATA, COMPONENT));
  g_ptr_array_add (metadata, metadata_new (OTHER_METADATA, OTHER_COMPONENT));
  return metadata;
}

static VssWriterInfo *
info_new (const char *writer_id, const char *instance_id, const char *name, const char *location)
{
  VssWriterInfo *info = g_new0 (VssWriterInfo, 1);

  info->writer_id = g_strdup (writer_id);
  info->instance_id = g_strdup (instance_id);
  info->name = g_strdup (name);
  info->kind = g_strdup ("program");
  info->location = g_strdup (location);
  info->level = VSS_APP_BACK_END;
  info->state = VSS_WS_STABLE;
  return info;
}

GPtrArray *
sample_known_writers_new (void)
{
  GPtrArray *known = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_writer_info_free);
  VssWriterInfo *odd = info_new (SAMPLE_OTHER_ID, SAMPLE_OTHER_INSTANCE, "odd", "/etc/\033[2J");

  odd->state = VSS_WS_FAILED_AT_FREEZE;
  odd->failure = VSS_E_WRITERERROR_TIMEOUT;
  odd->message = g_strdup ("too slow \033[2J");
  odd->application_code = 17;
  g_ptr_array_add (known,
                   info_new (SAMPLE_WRITER_ID,
                             SAMPLE_WRITER_INSTANCE,
                             "PostgreSQL",
                             "/etc/vss-agent/writers.d/postgresql.writer"));
  g_ptr_array_add (known, odd);
  return known;
}

GPtrArray *
sample_absent_writers_new (void)
{
  GPtrArray *absent = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_absent_writer_free);
  VssAbsentWriter *writer = g_new0 (VssAbsentWriter, 1);

  writer->name = g_strdup ("redis.writer");
  writer->reason = g_strdup ("line 3: '\033[2J' is no UUID");
  g_ptr_array_add (absent, writer);
  return absent;
}

void
sample_add_writers (VssSnapshotSet *set)
{
  VssSetWriter *writer = vss_set_writer_new ();
  VssSetWriter *other = vss_set_writer_new ();

  writer->writer_id = g_strdup (SAMPLE_WRITER_ID);
  writer->instance_id = g_strdup (SAMPLE_WRITER_INSTANCE);
  writer->name = g_strdup ("PostgreSQL");
  writer->state = VSS_WS_WAITING_FOR_BACKUP_COMPLETE;
  writer->selected = TRUE;
  writer->took_part = TRUE;
  writer->freeze_us = 12300;
  writer->thaw_us = 4100;
  other->writer_id = g_strdup (SAMPLE_OTHER_ID);
  other->instance_id = g_strdup (SAMPLE_OTHER_INSTANCE);
  other->name = g_strdup ("Redis");
  other->state = VSS_WS_STABLE;
  g_ptr_array_add (set->writers, writer);
  g_ptr_array_add (set->writers, other);
}
