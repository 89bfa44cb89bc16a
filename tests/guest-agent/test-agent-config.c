/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings: what is read is what is in force, and a mistake is named. */
#include "guest-agent/vss-agent-config.h"

#include <glib/gstdio.h>

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("vss-config-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_tree (inner);
    }
  g_remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static char *
write_file (Fixture *fixture, const char *name, const char *text)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_defaults (void)
{
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (config->port, ==, "/dev/virtio-ports/org.virtvss.agent.0");
  g_assert_cmpstr (config->socket, ==, "/run/vss-agent/agent.sock");
  g_assert_cmpuint (config->default_lease_ms, ==, 10000);
  g_assert_cmpuint (config->max_lease_ms, ==, 60000);
  g_assert_true (vss_agent_config_check (config, &error));
  g_assert_no_error (error);
}

static void
test_file_and_drop_ins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *vendor = g_build_filename (fixture->folder, "vendor", NULL);
  g_autofree char *admin = g_build_filename (fixture->folder, "admin", NULL);
  g_autofree char *missing = g_build_filename (fixture->folder, "missing", NULL);
  const char *folders[] = { vendor, missing, admin, NULL };
  g_autofree char *file =
      write_file (fixture, "vss-agent.conf", "[freeze]\ndefault-lease-ms=5000\nmax-volumes=8\n");
  g_autofree char *masked =
      write_file (fixture, "vendor/50-a.conf", "[freeze]\nmax-lease-ms=11000\n");
  g_autofree char *kept =
      write_file (fixture, "vendor/10-b.conf", "[freeze]\nmax-volumes=16\ndrain-rounds=5\n");
  g_autofree char *late = write_file (fixture, "admin/50-a.conf", "[freeze]\nmax-volumes=32\n");
  g_autofree char *other = write_file (fixture, "admin/README", "not read\n");

  g_assert_true (vss_agent_config_load_file (config, file, TRUE, &error));
  g_assert_true (vss_agent_config_load_drop_ins (config, folders, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (config->default_lease_ms, ==, 5000);
  g_assert_cmpuint (config->drain_rounds, ==, 5);
  g_assert_cmpuint (config->max_volumes, ==, 32);     /* 50-a after 10-b */
  g_assert_cmpuint (config->max_lease_ms, ==, 60000); /* the administrator's 50-a replaces it */
}

static void
test_missing_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "none.conf", NULL);

  g_assert_true (vss_agent_config_load_file (config, path, FALSE, &error));
  g_assert_no_error (error);
  g_assert_false (vss_agent_config_load_file (config, path, TRUE, &error));
  g_assert_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_READ);
}

typedef struct
{
  const char *text;
  VssAgentConfigError code;
  const char *mentions[4];
} Mistake;

static const Mistake mistakes[] = {
  { "[freeze]\nmax-leese-ms=1\n", VSS_AGENT_CONFIG_ERROR_UNKNOWN, { "[freeze]", "max-leese-ms" } },
  { "[frieze]\nmax-lease-ms=1\n", VSS_AGENT_CONFIG_ERROR_UNKNOWN, { "[frieze]", "no such group" } },
  { "[freeze]\nmax-lease-ms=ten\n",
    VSS_AGENT_CONFIG_ERROR_VALUE,
    { "[freeze]", "max-lease-ms", "\"ten\"" } },
  { "[freeze]\nmax-lease-ms=-1\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "max-lease-ms", "-1" } },
  { "[freeze]\nmax-lease-ms=600001\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "1000 to 600000" } },
  { "[freeze]\ndrain-rounds=0\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "1 to 16" } },
  { "[channel]\nport=virtio\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "absolute path", "empty" } },
  { "[guard]\nsocket=\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "[guard]", "absolute path" } },
  { "[log]\nlevel=loud\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "\"loud\"", "debug" } },
  { "max-lease-ms=1\n", VSS_AGENT_CONFIG_ERROR_SYNTAX, { "settings" } },
  { "[freeze\n", VSS_AGENT_CONFIG_ERROR_SYNTAX, { "settings" } },
  { "[channel]\nport=/dev/\\q\n", VSS_AGENT_CONFIG_ERROR_SYNTAX, { "[channel]", "port" } },
  { "[writers]\nfolders=/a;b\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "folders", "\"b\"" } },
  { "[writers]\nrunner=cron\n", VSS_AGENT_CONFIG_ERROR_VALUE, { "runner", "direct" } },
  { "[channel]\nport=/dev/\xff\n", VSS_AGENT_CONFIG_ERROR_SYNTAX, { "[channel]", "port" } },
};

static void
test_mistake (Fixture *fixture, gconstpointer data)
{
  const Mistake *mistake = data;
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_file (fixture, "bad.conf", mistake->text);

  g_assert_false (vss_agent_config_load_file (config, path, TRUE, &error));
  g_assert_error (error, VSS_AGENT_CONFIG_ERROR, (int)mistake->code);
  g_assert_nonnull (strstr (error->message, path));
  for (guint i = 0; mistake->mentions[i]; i++)
    if (!strstr (error->message, mistake->mentions[i]))
      g_error ("\"%s\" doesn't mention %s", error->message, mistake->mentions[i]);
}

static void
test_contradictions (void)
{
  g_autoptr (VssAgentConfig) lease = vss_agent_config_new ();
  g_autoptr (VssAgentConfig) channel = vss_agent_config_new ();
  g_autoptr (GError) lease_error = NULL;
  g_autoptr (GError) channel_error = NULL;

  lease->default_lease_ms = lease->max_lease_ms + 1;
  g_assert_false (vss_agent_config_check (lease, &lease_error));
  g_assert_error (lease_error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE);

  *channel->port = '\0';
  *channel->socket = '\0';
  g_assert_false (vss_agent_config_check (channel, &channel_error));
  g_assert_error (channel_error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE);
}

static void
test_text_reads_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();
  g_autoptr (VssAgentConfig) again = vss_agent_config_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_again = NULL;
  g_autofree char *path = NULL;

  config->max_volumes = 7;
  config->log_level = 7;
  text = vss_agent_config_to_text (config);
  path = write_file (fixture, "again.conf", text);
  g_assert_true (vss_agent_config_load_file (again, path, TRUE, &error));
  g_assert_no_error (error);
  text_again = vss_agent_config_to_text (again);
  g_assert_cmpstr (text, ==, text_again);
  g_assert_cmpuint (again->max_volumes, ==, 7);
}

#define ADD(path, function, data) g_test_add (path, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-config/defaults", test_defaults);
  ADD ("/agent-config/file-and-drop-ins", test_file_and_drop_ins, NULL);
  ADD ("/agent-config/missing-file", test_missing_file, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/agent-config/mistake/%u", i);

      ADD (path, test_mistake, &mistakes[i]);
    }
  g_test_add_func ("/agent-config/contradictions", test_contradictions);
  ADD ("/agent-config/text-reads-back", test_text_reads_back, NULL);
  return g_test_run ();
}
