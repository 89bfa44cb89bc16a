/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vssadmin's main(): options, verbs, exit status; nothing else. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/vssadmin/vss-admin-link.h"
#include "guest-agent/vssadmin/vss-admin-text.h"
#include "protocol/vss-text.h"

#define DEFAULT_SOCKET "/run/vss-agent/agent.sock"

/* Exit statuses: documented in vssadmin(8). */
#define EXIT_USAGE 2
#define EXIT_NO_AGENT 3

typedef struct
{
  char *socket;
  char *output;
  gboolean version;
  gboolean as_json;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->socket);
  g_free (options->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* -- verbs: each gives the text to print, NULL with an error -- */

static char *
list_writers (VssAdminLink *link, gboolean as_json, GError **error)
{
  const VssWireClient *client = vss_admin_link_get_client (link);
  g_autoptr (VssWireWritersResult) result =
      vss_wire_client_query_writers (client, VSS_ADMIN_TIMEOUT_MS, NULL, error);

  if (!result)
    return NULL;
  if (as_json)
    return vss_admin_text_json (vss_wire_writers_result_to_json (result));
  return vss_admin_text_writers (result, vss_admin_link_get_hello (link)->boot_time_ms);
}

static char *
list_volumes (VssAdminLink *link, gboolean as_json, GError **error)
{
  const VssWireClient *client = vss_admin_link_get_client (link);
  g_autoptr (VssWireVolumesResult) result =
      vss_wire_client_query_volumes (client, VSS_ADMIN_TIMEOUT_MS, NULL, error);

  if (!result)
    return NULL;
  if (as_json)
    return vss_admin_text_json (vss_wire_volumes_result_to_json (result));
  return vss_admin_text_volumes (result);
}

/* As JSON it is one document with both answers. */
static char *
show_status (VssAdminLink *link, gboolean as_json, GError **error)
{
  const VssWireClient *client = vss_admin_link_get_client (link);
  g_autoptr (VssWireStatusResult) status =
      vss_wire_client_query_status (client, VSS_ADMIN_TIMEOUT_MS, NULL, error);
  g_autoptr (VssWireFreezeStatusResult) freeze =
      status ? vss_wire_client_freeze_status (client, VSS_ADMIN_TIMEOUT_MS, NULL, error) : NULL;
  g_autoptr (JsonObject) both = NULL;

  if (!freeze)
    return NULL;
  if (!as_json)
    return vss_admin_text_status (status, freeze);
  both = json_object_new ();
  json_object_set_member (both, "agent", vss_wire_status_result_to_json (status));
  json_object_set_member (both, "freeze", vss_wire_freeze_status_result_to_json (freeze));
  return vss_admin_text_json (json_node_init_object (json_node_alloc (), both));
}

typedef struct
{
  const char *words[2]; /* the second NULL if there is one */
  char *(*run) (VssAdminLink *link, gboolean as_json, GError **error);
} Verb;

static const Verb verbs[] = {
  { { "list", "writers" }, list_writers },
  { { "list", "volumes" }, list_volumes },
  { { "status", NULL }, show_status },
};

static const Verb *
find_verb (int argc, char **argv)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      const char *const *words = verbs[i].words;

      if (argc == (words[1] ? 3 : 2) && g_str_equal (argv[1], words[0]) &&
          (!words[1] || g_str_equal (argv[2], words[1])))
        return &verbs[i];
    }
  return NULL;
}

/* -- options -- */

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_STRING, &options->output, "Print as text or json", "FORM" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket, "Ask the agent at PATH", "PATH" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("list writers | list volumes | status");

  g_option_context_set_summary (context, "Shows this guest's part in snapshots.");
  g_option_context_set_description (context, "See vssadmin(8).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  options->as_json = g_strcmp0 (options->output, "json") == 0;
  if (options->as_json || !options->output || g_str_equal (options->output, "text"))
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--output is text or json");
  return FALSE;
}

static int
fail (const GError *error, int status)
{
  g_autofree char *message = vss_text_sanitise (error->message, VSS_TEXT_MAX_MESSAGE);

  g_printerr ("vssadmin: %s\n", message);
  return status;
}

static int
run (const Verb *verb, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssAdminLink) link =
      vss_admin_link_open (options->socket ? options->socket : DEFAULT_SOCKET, &error);
  g_autofree char *text = NULL;

  if (!link)
    return fail (error, EXIT_NO_AGENT);
  text = verb->run (link, options->as_json, &error);
  if (!text)
    return fail (error, EXIT_FAILURE);
  g_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) error = NULL;
  const Verb *verb;

  signal (SIGPIPE, SIG_IGN);
  if (!parse_options (&options, &argc, &argv, &error))
    return fail (error, EXIT_USAGE);
  if (options.version)
    {
      g_print ("vssadmin %s\n", VSS_VERSION);
      return EXIT_SUCCESS;
    }
  verb = find_verb (argc, argv);
  if (!verb)
    {
      g_printerr ("vssadmin: what to do? list writers, list volumes, or status; see --help\n");
      return EXIT_USAGE;
    }
  return run (verb, &options);
}
