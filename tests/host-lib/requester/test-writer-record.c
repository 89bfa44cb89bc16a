/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is believed of a guest that describes writers that can't be, and more of them than can be
 * kept. */
#include "host-lib/requester/vss-writer-record.h"

#include "tests/host-lib/fake/fake-guest.h"

#include <string.h>

/* Forty of them are more than there is room for, all writers together. */
#define LONG_TEXT (512 * 1024)

typedef struct
{
  FakeGuest *guest;
  FakeWriters *writers;
  GPtrArray *absent;
  GPtrArray *records;
} Fixture;

static void
set_up (Fixture *fixture)
{
  fixture->guest = fake_guest_new ();
  fixture->writers = fake_guest_get_writers (fixture->guest);
  fixture->absent = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_absent_writer_free);
  fixture->records = NULL;
}

static void
gather (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_guest_open (VSS_GUEST (fixture->guest), "test", FALSE, NULL, &error));
  fixture->records = vss_writer_records_gather (VSS_GUEST (fixture->guest), 1000, NULL, NULL,
                                                fixture->absent, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->records);
  vss_guest_close (VSS_GUEST (fixture->guest));
}

static void
tear_down (Fixture *fixture)
{
  g_ptr_array_unref (fixture->records);
  g_ptr_array_unref (fixture->absent);
  g_object_unref (fixture->guest);
}

static const char *
reason_of (Fixture *fixture, const char *name)
{
  for (guint i = 0; i < fixture->absent->len; i++)
    {
      const VssAbsentWriter *writer = g_ptr_array_index (fixture->absent, i);

      if (g_str_equal (writer->name, name))
        return writer->reason;
    }
  return "";
}

static void
test_too_much_text (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "modest");
  fake_writers_add_component (fixture.writers, "a");
  fake_writers_add (fixture.writers, 2, "vast");
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("component %u", i);

      fake_writers_add_component (fixture.writers, name)->caption = g_strnfill (LONG_TEXT, 'x');
    }
  fake_writers_add (fixture.writers, 3, "modest too");
  fake_writers_add_component (fixture.writers, "a");
  gather (&fixture);
  g_assert_cmpuint (fixture.records->len, ==, 2);
  g_assert_cmpstr (reason_of (&fixture, "vast"), ==, "its components are more than can be kept");
  tear_down (&fixture);
}

static void
test_impossible (void)
{
  Fixture fixture;
  VssWireWriterMetadata *metadata;

  set_up (&fixture);
  metadata = fake_writers_add (fixture.writers, 1, "no id");
  g_free (metadata->writer_id);
  metadata->writer_id = g_strdup ("../../etc/passwd");
  metadata = fake_writers_add (fixture.writers, 2, "no instance");
  g_free (metadata->instance_id);
  metadata->instance_id = g_strdup ("\033[2J");
  fake_writers_add (fixture.writers, 3, "one of two");
  fake_writers_add (fixture.writers, 3, "the other");
  fake_writers_add (fixture.writers, 4, "")->usage = VSS_WIRE_USAGE_TYPE_OTHER;
  fake_writers_add_absent (fixture.writers, "\033[31m", "\302\2332J");
  gather (&fixture);
  g_assert_cmpuint (fixture.records->len, ==, 1);
  g_assert_nonnull (strstr (reason_of (&fixture, "no id"), "no UUID"));
  g_assert_nonnull (strstr (reason_of (&fixture, "no instance"), "no UUID"));
  g_assert_nonnull (strstr (reason_of (&fixture, "the other"), "same instance"));
  g_assert_cmpstr (reason_of (&fixture, "?[31m"), ==, "?2J");
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer-record/too-much-text", test_too_much_text);
  g_test_add_func ("/writer-record/impossible", test_impossible);
  return g_test_run ();
}
