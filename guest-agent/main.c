/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss-agent's main(): options, settings, signals, readiness; nothing else. */
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/vss-agent-memory.h"
#include "guest-agent/vss-agent-notify.h"
#include "guest-agent/vss-agent.h"
#include "guest-agent/vss-log-output.h"

/* Exit statuses, as service managers know them. */
#define EXIT_USAGE 2
#define EXIT_CONFIG 78

#define DEFAULT_CONFIG VSS_AGENT_CONFIG_FOLDER "/vss-agent.conf"

typedef struct
{
  char *config;
  char **config_folders;
  char *port;
  char *socket;
  char *guard_socket;
  char *record;
  char *writers_socket;
  gboolean check_config;
  gboolean version;
} Options;

typedef struct
{
  GMainLoop *loop;
  VssAgent *agent;
  VssAgentLog *log;
  gboolean is_stopping;
} Program;

/* -- options and settings -- */

static void
options_clear (Options *options)
{
  g_free (options->config);
  g_strfreev (options->config_folders);
  g_free (options->port);
  g_free (options->socket);
  g_free (options->guard_socket);
  g_free (options->record);
  g_free (options->writers_socket);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "Read the settings of FILE",
      "FILE" },
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->config_folders,
      "Read the drop-ins of DIR (repeatable)", "DIR" },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
      "Check the settings, print them and exit", NULL },
    { "port", 0, 0, G_OPTION_ARG_FILENAME, &options->port, "Answer on the virtio-serial port PATH",
      "PATH" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket, "Answer on the Unix socket PATH",
      "PATH" },
    { "guard-socket", 0, 0, G_OPTION_ARG_FILENAME, &options->guard_socket,
      "Reach the thaw guard at PATH", "PATH" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options->record, "Keep the freeze record in PATH",
      "PATH" },
    { "writers-socket", 0, 0, G_OPTION_ARG_FILENAME, &options->writers_socket,
      "Let writers register on the Unix socket PATH", "PATH" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- consistent snapshots' guest end");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (context, "Settings are described in vss-agent.conf(5).");
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                   "\"%s\" is no option; see vss-agent --help", (*argv)[1]);
      return FALSE;
    }
  return TRUE;
}

static void
override (char **setting, const char *option)
{
  if (!option)
    return;
  g_free (*setting);
  *setting = *option ? g_canonicalize_filename (option, NULL) : g_strdup ("");
}

/* Where this installation keeps the key files of writers. */
static void
set_writers_folders (VssAgentConfig *config)
{
  if (*config->writers_folders)
    return;
  g_free (config->writers_folders);
  config->writers_folders =
      g_strdup (VSS_AGENT_VENDOR_FOLDER "/writers.d;" VSS_AGENT_CONFIG_FOLDER "/writers.d");
}

static VssAgentConfig *
load_config (const Options *options, GError **error)
{
  const char *const default_folders[] = { VSS_AGENT_VENDOR_FOLDER "/vss-agent.conf.d",
                                          VSS_AGENT_CONFIG_FOLDER "/vss-agent.conf.d", NULL };
  const char *const *folders =
      options->config_folders ? (const char *const *)options->config_folders : default_folders;
  g_autoptr (VssAgentConfig) config = vss_agent_config_new ();

  if (!vss_agent_config_load_file (config, options->config ? options->config : DEFAULT_CONFIG,
                                   options->config != NULL, error) ||
      !vss_agent_config_load_drop_ins (config, folders, error))
    return NULL;
  override (&config->port, options->port);
  override (&config->socket, options->socket);
  override (&config->guard_socket, options->guard_socket);
  override (&config->record, options->record);
  override (&config->writers_socket, options->writers_socket);
  set_writers_folders (config);
  if (!vss_agent_config_check (config, error))
    return NULL;
  return g_steal_pointer (&config);
}

/* -- log -- */

static void
log_sink (const VssLogRecord *record, gpointer user_data)
{
  vss_log_output_write (user_data, record);
}

static gint64
log_clock (gpointer user_data)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec * (gint64)1000 + now.tv_nsec / 1000000;
}

/* What GLib itself has to say must not be written while frozen either. */
static GLogWriterOutput
log_library (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  g_autofree char *message = g_log_writer_format_fields (level, fields, n_fields, FALSE);
  int syslog_level = 7;

  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    syslog_level = 3;
  else if (level & G_LOG_LEVEL_WARNING)
    syslog_level = 4;
  vss_agent_log_message (user_data, VSS_LOG_LIBRARY, syslog_level, message);
  return G_LOG_WRITER_HANDLED;
}

/* -- the agent's run -- */

static void
notify (Program *program, const char *state)
{
  g_autoptr (GError) error = NULL;

  if (!vss_agent_notify (g_getenv ("NOTIFY_SOCKET"), state, &error))
    vss_agent_log (program->log, VSS_LOG_FAILED, "%s", error->message);
}

static void
on_stopped (gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
}

static gboolean
on_signal (gpointer user_data)
{
  Program *program = user_data;

  if (program->is_stopping)
    return G_SOURCE_CONTINUE;
  program->is_stopping = TRUE;
  notify (program, "STOPPING=1");
  vss_agent_stop (program->agent, on_stopped, program);
  return G_SOURCE_CONTINUE;
}

static int
run (Program *program, const VssAgentConfig *config)
{
  g_autoptr (VssKernel) kernel = vss_kernel_linux_new ();
  g_autoptr (VssGuardClient) guard = vss_guard_client_new (config->guard_socket, 0);
  g_autoptr (VssAgent) agent =
      vss_agent_new (config, program->log, kernel, guard, vss_port_system_linux (), NULL);
  g_autoptr (GError) error = NULL;

  program->agent = agent;
  if (!vss_agent_start (agent, &error))
    {
      vss_agent_log (program->log, VSS_LOG_FAILED, "cannot start: %s", error->message);
      return EXIT_FAILURE;
    }
  g_unix_signal_add (SIGTERM, on_signal, program);
  g_unix_signal_add (SIGINT, on_signal, program);
  g_unix_signal_add (SIGHUP, on_signal, program);
  vss_agent_memory_release ();
  notify (program, "READY=1");
  g_main_loop_run (program->loop);
  return EXIT_SUCCESS;
}

static int
run_with_log (const VssAgentConfig *config)
{
  /* GLib's log writer can't be taken back, so these live as long as the process. */
  VssLogOutput *output = vss_log_output_new (STDERR_FILENO);
  VssAgentLog *log = vss_agent_log_new (log_sink, log_clock, output);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Program program = { .loop = loop, .log = log };

  vss_agent_log_set_level (log, config->log_level);
  g_log_set_writer_func (log_library, log, NULL);
  return run (&program, config);
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (VssAgentConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_IGN); /* nobody may read what we say, and that is no reason to die */
  if (!parse_options (&options, &argc, &argv, &error))
    {
      g_printerr ("vss-agent: %s\n", error->message);
      return EXIT_USAGE;
    }
  if (options.version)
    {
      g_print ("vss-agent %s\n", VSS_VERSION);
      return EXIT_SUCCESS;
    }
  config = load_config (&options, &error);
  if (!config)
    {
      g_printerr ("vss-agent: %s\n", error->message);
      return EXIT_CONFIG;
    }
  if (options.check_config)
    {
      g_autofree char *text = vss_agent_config_to_text (config);

      g_print ("%s", text);
      return EXIT_SUCCESS;
    }
  return run_with_log (config);
}
