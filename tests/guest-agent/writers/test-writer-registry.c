/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is registered, what is known of them, and how they describe themselves: all at once, each
 * failing alone, in pieces that fit into a message. */
#include "guest-agent/writers/vss-writer-gather.h"
#include "tests/guest-agent/writers/fake-writer.h"

#include "protocol/vss-json-guard.h"
#include "qapi/vss-wire-marshal.h"

typedef struct
{
  ManualClock clock;
  GString *log;
  VssWriterRegistry *registry;
  GPtrArray *writers;
  VssWireGatherWriterMetadataResult *gathered;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  manual_clock_init (&fixture->clock);
  fixture->log = g_string_new (NULL);
  fixture->registry = vss_writer_registry_new (&fixture->clock.clock);
  fixture->writers = g_ptr_array_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  manual_clock_advance_ms (&fixture->clock, 60000);
  g_assert_finalize_object (fixture->registry);
  for (guint i = 0; i < fixture->writers->len; i++)
    g_assert_finalize_object (G_OBJECT (g_ptr_array_index (fixture->writers, i)));
  g_ptr_array_unref (fixture->writers);
  g_clear_pointer (&fixture->gathered, vss_wire_gather_writer_metadata_result_free);
  g_string_free (fixture->log, TRUE);
}

static FakeWriter *
add (Fixture *fixture, const char *name)
{
  FakeWriter *writer =
      fake_writer_new (name, VSS_WIRE_WRITER_LEVEL_BACK_END, &fixture->clock, fixture->log);

  g_assert_true (vss_writer_registry_add (fixture->registry, VSS_WRITER (writer), NULL));
  g_ptr_array_add (fixture->writers, writer);
  return writer;
}

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_clear_pointer (&fixture->gathered, vss_wire_gather_writer_metadata_result_free);
  fixture->gathered = vss_writer_gather_finish (VSS_WRITER_REGISTRY (source), result);
}

static void
gather (Fixture *fixture, guint timeout_ms)
{
  g_clear_pointer (&fixture->gathered, vss_wire_gather_writer_metadata_result_free);
  vss_writer_gather_async (fixture->registry, timeout_ms, on_gathered, fixture);
  manual_clock_run ();
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssWireWritersResult) writers = vss_writer_registry_query (fixture->registry);

  gather (fixture, 1000);
  g_assert_nonnull (fixture->gathered);
  g_assert_cmpuint (fixture->gathered->writers->len, ==, 0);
  g_assert_cmpuint (writers->writers->len, ==, 0);
}

/* One dies, one hangs, one is too late for the command; the fourth is there. */
static void
test_gather (Fixture *fixture, gconstpointer data)
{
  FakeWriter *hangs = add (fixture, "hangs");
  FakeWriter *dies = add (fixture, "dies");
  FakeWriter *good = add (fixture, "good");
  FakeWriter *late = add (fixture, "late");
  VssWireWriterMetadata *metadata;

  hangs->conduct[VSS_WIRE_WRITER_EVENT_IDENTIFY] = FAKE_CONDUCT_HANGS;
  hangs->limit_ms[VSS_WIRE_WRITER_EVENT_IDENTIFY] = 500;
  dies->conduct[VSS_WIRE_WRITER_EVENT_IDENTIFY] = FAKE_CONDUCT_DIES;
  late->conduct[VSS_WIRE_WRITER_EVENT_IDENTIFY] = FAKE_CONDUCT_HANGS;
  good->n_components = 3;
  good->rest_limit_ms = 5000;
  gather (fixture, 2000);
  g_assert_null (fixture->gathered);
  g_assert_cmpuint (late->told[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 1);
  manual_clock_advance_ms (&fixture->clock, 2000);
  g_assert_nonnull (fixture->gathered);
  g_assert_cmpuint (fixture->gathered->absent->len, ==, 3);
  g_assert_cmpuint (fixture->gathered->writers->len, ==, 1);
  metadata = g_ptr_array_index (fixture->gathered->writers, 0);
  g_assert_cmpstr (metadata->name, ==, "good");
  g_assert_cmpstr (metadata->instance_id, ==, good->instance_id);
  g_assert_cmpuint (metadata->component_count, ==, 3);
  g_assert_true (metadata->has_freeze_timeout_ms);
  g_assert_cmpuint (metadata->freeze_timeout_ms, ==, 5000);
  g_assert_cmpuint (hangs->given_ms[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 500);
  g_assert_cmpuint (late->given_ms[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 2000);
}

static void
test_components_in_pages (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "big");
  g_autoptr (GError) error = NULL;
  guint first = 0;
  guint pages = 0;

  writer->n_components = 3000;
  writer->caption_length = 1000;
  g_assert_null (vss_writer_registry_query_components (fixture->registry, writer->instance_id, 0,
                                                       &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_UNKNOWN);
  g_clear_error (&error);
  gather (fixture, 1000);
  while (first < 3000)
    {
      g_autoptr (VssWireWriterComponentsResult) page = vss_writer_registry_query_components (
          fixture->registry, writer->instance_id, first, &error);
      g_autoptr (JsonNode) node = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      node = vss_wire_writer_components_result_to_json (page);
      text = json_to_string (node, FALSE);
      g_assert_cmpuint (strlen (text), <, VSS_JSON_GUARD_MAX_BYTES - 1024);
      g_assert_cmpuint (page->components->len, >, 0);
      first += page->components->len;
      pages++;
    }
  g_assert_cmpuint (first, ==, 3000);
  g_assert_cmpuint (pages, >, 3);
}

static void
test_component_past_the_end (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db");
  g_autoptr (VssWireWriterComponentsResult) page = NULL;

  gather (fixture, 1000);
  page = vss_writer_registry_query_components (fixture->registry, writer->instance_id, G_MAXUINT,
                                               NULL);
  g_assert_cmpuint (page->components->len, ==, 0);
  g_assert_null (vss_writer_registry_query_components (fixture->registry, "nobody", 0, NULL));
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db");
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_writer_registry_add (fixture->registry, VSS_WRITER (writer), &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_REFUSED);
  g_clear_error (&error);
  for (guint i = 1; i < VSS_WRITER_REGISTRY_MAX_WRITERS; i++)
    add (fixture, "many");
  writer = fake_writer_new ("more", VSS_WIRE_WRITER_LEVEL_SYSTEM, &fixture->clock, fixture->log);
  g_ptr_array_add (fixture->writers, writer);
  g_assert_false (vss_writer_registry_add (fixture->registry, VSS_WRITER (writer), &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_REFUSED);
}

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssWireWritersResult) before = NULL;
  g_autoptr (VssWireWritersResult) after = NULL;
  VssWireAbsentWriter *entry;

  vss_writer_registry_set_broken (fixture->registry, "/etc/a.writer", "no such key");
  vss_writer_registry_set_broken (fixture->registry, "/etc/b.writer", "not a key file");
  vss_writer_registry_set_broken (fixture->registry, "/etc/a.writer", "it is anybody's to write");
  before = vss_writer_registry_query (fixture->registry);
  g_assert_cmpuint (before->broken->len, ==, 2);
  vss_writer_registry_set_broken (fixture->registry, "/etc/b.writer", NULL);
  after = vss_writer_registry_query (fixture->registry);
  g_assert_cmpuint (after->broken->len, ==, 1);
  entry = g_ptr_array_index (after->broken, 0);
  g_assert_cmpstr (entry->reason, ==, "it is anybody's to write");
}

/* Nothing is asked for the list, and what was said is in it. */
static void
test_query (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db");
  g_autoptr (VssWireWritersResult) before = vss_writer_registry_query (fixture->registry);
  g_autoptr (VssWireWritersResult) after = NULL;
  VssWireWriterInfo *info = g_ptr_array_index (before->writers, 0);

  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 0);
  g_assert_cmpstr (info->name, ==, "db");
  g_assert_cmpstr (info->location, ==, writer->location);
  g_assert_cmpint (info->state, ==, VSS_WIRE_WRITER_STATE_STABLE);
  gather (fixture, 1000);
  after = vss_writer_registry_query (fixture->registry);
  info = g_ptr_array_index (after->writers, 0);
  g_assert_cmpint (info->level, ==, VSS_WIRE_WRITER_LEVEL_BACK_END);
  vss_writer_registry_remove (fixture->registry, VSS_WRITER (writer), "gone");
  g_assert_cmpuint (vss_writer_registry_count (fixture->registry), ==, 0);
}

/* While closed nobody is asked; who asks meanwhile shares the answer. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db");

  vss_writer_registry_set_closed (fixture->registry, TRUE);
  gather (fixture, 1000);
  vss_writer_gather_async (fixture->registry, 5000, on_gathered, fixture);
  manual_clock_advance_ms (&fixture->clock, 1000);
  g_assert_cmpuint (fixture->gathered->absent->len, ==, 1);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 0);
  vss_writer_registry_set_closed (fixture->registry, FALSE);
  manual_clock_run ();
  g_assert_cmpuint (fixture->gathered->writers->len, ==, 1);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_IDENTIFY], ==, 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/writer-registry/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("empty", test_empty);
  ADD ("gather", test_gather);
  ADD ("components-in-pages", test_components_in_pages);
  ADD ("component-past-the-end", test_component_past_the_end);
  ADD ("refused", test_refused);
  ADD ("broken", test_broken);
  ADD ("query", test_query);
  ADD ("closed", test_closed);
  return g_test_run ();
}
