/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw by path, from a record, with a made-up FITHAW on a real mount. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-record.h"

typedef struct
{
  char *folder;
  char *record;
  char *device; /* of a mount of this machine */
  VssGuardKernel kernel;
  guint thaws;
  guint frozen; /* FITHAW succeeds that many times */
} Fixture;

static int
fake_thaw (void *data,
           int   fd)
{
  Fixture *fixture = data;

  fixture->thaws++;
  if (fixture->frozen == 0)
    {
      return -EINVAL;
    }
  fixture->frozen--;
  return 0;
}

/* "8:1" of the mount at /proc, which every machine has. */
static char *
find_device (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

      if (g_strv_length (words) > 4 && strcmp (words[4], "/proc") == 0)
        {
          return g_strdup (words[2]);
        }
    }
  return NULL;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("record-XXXXXX", NULL);
  fixture->record = g_build_filename (fixture->folder, "record", NULL);
  fixture->device = find_device ();
  fixture->kernel = vss_guard_kernel_linux ();
  fixture->kernel.thaw = fake_thaw;
  fixture->kernel.data = fixture;
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_unlink (fixture->record);
  g_rmdir (fixture->folder);
  g_free (fixture->record);
  g_free (fixture->folder);
  g_free (fixture->device);
}

static void
write_record (Fixture    *fixture,
              int         agent,
              const char *start,
              const char *end)
{
  g_autofree char *text =
    g_strdup_printf (VSS_GUARD_RECORD_HEADER "\nagent %d %s\nset 1\ngeneration 3\n"
                     "lease-end-ms 4\nhold %s /some where\n%s",
                     agent, start, fixture->device, end);

  g_assert_true (g_file_set_contents (fixture->record, text, -1, NULL));
}

static void
test_nothing_to_do (Fixture      *fixture,
                    gconstpointer data)
{
  g_assert_true (vss_guard_recover (fixture->record, &fixture->kernel));
  write_record (fixture, 1, "1", "");
  g_assert_true (vss_guard_recover (fixture->record, &fixture->kernel));
  g_assert_cmpuint (fixture->thaws, ==, 0);
}

static void
test_reads (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree VssGuardRecord *record = g_new0 (VssGuardRecord, 1);

  g_assert_true (g_file_set_contents (fixture->record,
                                      VSS_GUARD_RECORD_HEADER "\nagent 12 345678\n"
                                      "rcu-expedited 1\nhold 254:16 /a b\nhold 0:38 /c\nend\n",
                                      -1, NULL));
  g_assert_true (vss_guard_record_read (fixture->record, record));
  g_assert_cmpint (record->agent, ==, 12);
  g_assert_cmpuint (record->agent_start, ==, 345678);
  g_assert_cmpint (record->rcu_expedited, ==, 1);
  g_assert_cmpuint (record->count, ==, 2);
  g_assert_cmpuint (record->holds[0].device_major, ==, 254);
  g_assert_cmpuint (record->holds[1].device_minor, ==, 38);
}

static void
test_thaws_until_nothing_is_frozen (Fixture      *fixture,
                                    gconstpointer data)
{
  write_record (fixture, 1, "1", "end\n");
  fixture->frozen = 2;
  g_assert_true (vss_guard_recover (fixture->record, &fixture->kernel));
  g_assert_cmpuint (fixture->thaws, ==, 3);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
}

static char *
read_start_time (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  words = g_strsplit (strrchr (text, ')') + 2, " ", -1);
  return g_strdup (words[19]);
}

/* A freeze that completes after its process was killed is met by a later pass. */
static int
thaw_and_kill_later (void *data,
                     int   fd)
{
  Fixture *fixture = data;
  static const guint PASSES = 3;

  fixture->thaws++;
  if (fixture->thaws == PASSES)
    {
      /* Passed on in the number of successes left: the process to end. */
      kill ((pid_t) fixture->frozen, SIGKILL);
      waitpid ((pid_t) fixture->frozen, NULL, 0);
      return 0;
    }
  return -EINVAL;
}

static void
test_goes_on_while_the_agent_lives (Fixture      *fixture,
                                    gconstpointer data)
{
  pid_t agent = fork ();
  g_autofree char *start = NULL;

  if (agent == 0)
    {
      pause ();
      _exit (0);
    }
  start = read_start_time (agent);
  write_record (fixture, agent, start, "end\n");
  fixture->kernel.thaw = thaw_and_kill_later;
  fixture->frozen = (guint) agent;
  g_assert_true (vss_guard_recover (fixture->record, &fixture->kernel));
  g_assert_cmpuint (fixture->thaws, >, 3);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
}

/* A living agent that thaws by itself removes its record. */
static int
thaw_and_remove (void *data,
                 int   fd)
{
  Fixture *fixture = data;

  fixture->thaws++;
  g_unlink (fixture->record);
  return -EINVAL;
}

static void
test_ends_when_the_agent_has_done_it (Fixture      *fixture,
                                      gconstpointer data)
{
  g_autofree char *start = read_start_time (getpid ());

  write_record (fixture, getpid (), start, "end\n");
  fixture->kernel.thaw = thaw_and_remove;
  g_assert_true (vss_guard_recover (fixture->record, &fixture->kernel));
  g_assert_cmpuint (fixture->thaws, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/guard-record/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("nothing-to-do", test_nothing_to_do);
  ADD ("reads", test_reads);
  ADD ("thaws-until-nothing-is-frozen", test_thaws_until_nothing_is_frozen);
  ADD ("goes-on-while-the-agent-lives", test_goes_on_while_the_agent_lives);
  ADD ("ends-when-the-agent-has-done-it", test_ends_when_the_agent_has_done_it);
#undef ADD
  return g_test_run ();
}
