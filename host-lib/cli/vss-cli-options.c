/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of virt-vss and of its verbs: see the header. */
#include "host-lib/cli/vss-cli-options.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK (vss-cli-error-quark, vss_cli_error)

/* What every verb understands, and what may stand before the verb. */
#define COMMON_ENTRIES                                                                            \
  { "connect", 'c', 0, G_OPTION_ARG_FILENAME, &cli->uri, "libvirt connection URI", "URI" },       \
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, "Print only what was asked for", NULL },   \
  {                                                                                               \
    "help", 'h', 0, G_OPTION_ARG_NONE, &cli->help, "Show this help", NULL                         \
  }

void
vss_cli_usage_error (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (error,
                     g_error_new_valist (VSS_CLI_ERROR, VSS_CLI_ERROR_USAGE, format, arguments));
  va_end (arguments);
}

/* Whether @fd can be written to. */
static gboolean
is_writable (gint64 fd)
{
  int flags = fd >= 0 && fd <= G_MAXINT ? fcntl ((int) fd, F_GETFL) : -1;

  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static gboolean
parse_progress (const char *name, const char *value, gpointer data, GError **error)
{
  VssCli *cli = data;
  guint64 fd;

  g_clear_pointer (&cli->progress, vss_progress_free);
  if (value == NULL)
    {
      cli->progress = isatty (STDERR_FILENO) ? vss_progress_new_for_people (STDERR_FILENO)
                                             : vss_progress_new_for_programs (STDERR_FILENO);
      return TRUE;
    }
  if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &fd, NULL)
      || !is_writable ((gint64) fd))
    {
      vss_cli_usage_error (error,
                           "--progress=%s: not the number of a descriptor open for writing",
                           value);
      return FALSE;
    }
  cli->progress = vss_progress_new_for_programs ((int) fd);
  return TRUE;
}

static void
add_common_entries (GOptionGroup *group, VssCli *cli)
{
  const GOptionEntry entries[] = { COMMON_ENTRIES, G_OPTION_ENTRY_NULL };

  g_option_group_add_entries (group, entries);
}

static void
add_output_entry (GOptionGroup *group, VssCli *cli)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_STRING, &cli->output, "text (default) or json", "FORMAT" },
    G_OPTION_ENTRY_NULL,
  };

  g_option_group_add_entries (group, entries);
}

static void
add_progress_entry (GOptionGroup *group)
{
  const GOptionEntry entries[] = {
    { "progress",
      0,
      G_OPTION_FLAG_OPTIONAL_ARG,
      G_OPTION_ARG_CALLBACK,
      parse_progress,
      "Tell each step, to descriptor FD if given",
      "FD" },
    G_OPTION_ENTRY_NULL,
  };

  g_option_group_add_entries (group, entries);
}

static GOptionContext *
context_new (GOptionGroup *group)
{
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_main_group (context, group);
  return context;
}

static GOptionContext *
verb_context_new (VssCli *cli, const VssCliSyntax *syntax)
{
  gpointer data = syntax->data != NULL ? syntax->data : cli;
  GOptionGroup *group = g_option_group_new ("verb", "", "", data, NULL);

  if (syntax->entries != NULL)
    {
      g_option_group_add_entries (group, syntax->entries);
    }
  if (syntax->has_output)
    {
      add_output_entry (group, cli);
    }
  if (syntax->has_progress)
    {
      add_progress_entry (group);
    }
  add_common_entries (group, cli);
  return context_new (group);
}

/* The options' part of GOption's help: what follows its usage line. */
static const char *
skip_usage (const char *help)
{
  const char *options = strstr (help, "\n\n");

  return options != NULL ? options + 2 : help;
}

static void
print_verb_help (VssCli *cli, GOptionContext *context)
{
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

  fprintf (cli->out,
           "Usage:\n  " VSS_CLI_PROGRAM " %s [OPTION...]%s%s\n\n%s.\n\n%s%s",
           cli->verb->name,
           *cli->verb->arguments != '\0' ? " " : "",
           cli->verb->arguments,
           cli->verb->summary,
           skip_usage (help),
           cli->verb->details != NULL ? cli->verb->details : "");
}

static gboolean
run_context (VssCli *cli, GOptionContext *context, GStrv *argv, GError **error)
{
  /* GOption forgets what an option overrides instead of freeing it. */
  g_autofree char *old_uri = g_steal_pointer (&cli->uri);
  g_autoptr (GError) why = NULL;

  if (g_option_context_parse_strv (context, argv, &why))
    {
      cli->uri = cli->uri != NULL ? cli->uri : g_steal_pointer (&old_uri);
      return TRUE;
    }
  if (g_error_matches (why, VSS_CLI_ERROR, VSS_CLI_ERROR_USAGE))
    {
      g_propagate_error (error, g_steal_pointer (&why));
    }
  else
    {
      vss_cli_usage_error (error, "%s", why->message);
    }
  return FALSE;
}

static gboolean
check_output (VssCli *cli, GError **error)
{
  if (cli->output != NULL && !g_str_equal (cli->output, "text")
      && !g_str_equal (cli->output, "json"))
    {
      vss_cli_usage_error (error, "--output=%s: the formats are text and json", cli->output);
      return FALSE;
    }
  cli->json = g_strcmp0 (cli->output, "json") == 0;
  return TRUE;
}

static gboolean
check_arguments (VssCli *cli, const VssCliSyntax *syntax, GStrv arguments, GError **error)
{
  guint n = g_strv_length (arguments);
  guint i;

  if (n < syntax->min_arguments)
    {
      vss_cli_usage_error (error, "an argument is missing: %s", cli->verb->arguments);
      return FALSE;
    }
  if (n > syntax->max_arguments)
    {
      vss_cli_usage_error (error,
                           "'%s' is one argument too many",
                           arguments[syntax->max_arguments]);
      return FALSE;
    }
  for (i = 0; i < n; i++)
    {
      if (*arguments[i] == '\0' || !g_utf8_validate (arguments[i], -1, NULL))
        {
          vss_cli_usage_error (error, "argument %u is empty or no UTF-8", i + 1);
          return FALSE;
        }
    }
  return TRUE;
}

/* "--" ends the options and is no argument. */
static GStrv
copy_arguments (GStrv argv)
{
  GStrv rest = argv[0] != NULL ? argv + 1 : argv;

  return g_strdupv (rest[0] != NULL && g_str_equal (rest[0], "--") ? rest + 1 : rest);
}

/* People at a terminal see what is going on without asking. */
static void
default_progress (VssCli *cli, const VssCliSyntax *syntax)
{
  if (syntax->has_progress && cli->progress == NULL && !cli->quiet && isatty (STDERR_FILENO))
    {
      cli->progress = vss_progress_new_for_people (STDERR_FILENO);
    }
}

gboolean
vss_cli_parse (VssCli *cli,
               const VssCliSyntax *syntax,
               char **argv,
               GStrv *arguments,
               GError **error)
{
  g_autoptr (GOptionContext) context = verb_context_new (cli, syntax);
  g_auto (GStrv) left = g_strdupv (argv);
  g_auto (GStrv) found = NULL;

  if (!run_context (cli, context, &left, error))
    {
      return FALSE;
    }
  if (cli->help)
    {
      print_verb_help (cli, context);
      return FALSE;
    }
  found = copy_arguments (left);
  if (!check_output (cli, error) || !check_arguments (cli, syntax, found, error))
    {
      return FALSE;
    }
  default_progress (cli, syntax);
  *arguments = g_steal_pointer (&found);
  return TRUE;
}

static GOptionContext *
global_context_new (VssCli *cli, gboolean *version)
{
  const GOptionEntry entries[] = {
    COMMON_ENTRIES,
    { "version", 'V', 0, G_OPTION_ARG_NONE, version, "Show the version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionGroup *group = g_option_group_new ("global", "", "", NULL, NULL);
  GOptionContext *context;

  g_option_group_add_entries (group, entries);
  context = context_new (group);
  /* The rest is the verb's. */
  g_option_context_set_strict_posix (context, TRUE);
  return context;
}

char *
vss_cli_get_global_options (void)
{
  VssCli cli = { 0 };
  gboolean version = FALSE;
  g_autoptr (GOptionContext) context = global_context_new (&cli, &version);
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

  return g_strdup (skip_usage (help));
}

gboolean
vss_cli_parse_global (VssCli *cli, gboolean *version, GStrv *argv, GError **error)
{
  g_autoptr (GOptionContext) context = global_context_new (cli, version);
  g_auto (GStrv) arguments = NULL;

  if (!run_context (cli, context, argv, error))
    {
      return FALSE;
    }
  arguments = copy_arguments (*argv);
  g_strfreev (*argv);
  *argv = g_steal_pointer (&arguments);
  return TRUE;
}
