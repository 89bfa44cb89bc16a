/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of verbs, and the help that comes from it. */
#include "host-lib/cli/vss-verbs.h"

#include "host-lib/cli/vss-cli-options.h"

#define CREATE_DETAILS                                                                            \
  "Contexts: app-rollback (default), client-accessible-writers; without writers:\n"               \
  "  nas-rollback, client-accessible. Sets of backup and file-share-backup are\n"                 \
  "  deleted when the command of --exec has ended.\n"                                             \
  "Policies: require-application (default where there are writers),\n"                            \
  "  require-filesystem (default elsewhere), report, crash.\n"                                    \
  "COMMAND finds the images in VSS_IMAGE_VDA and so on; see the manual page.\n"                   \
  "Exit status: 0 done; 1 failed, nothing is left; 2 usage; 3 weaker than asked;\n"               \
  "  4 a writer failed, nothing is left; 5 something is left.\n"

static const VssCliVerb verbs[] = {
  { "create", "DOMAIN", "Make a snapshot set", CREATE_DETAILS, vss_verb_create },
  { "list", "[DOMAIN]", "List snapshot sets", NULL, vss_verb_list },
  { "show", "DOMAIN SET", "Show a snapshot set", NULL, vss_verb_show },
  { "delete", "DOMAIN SET...", "Merge snapshot sets back and remove them", NULL, vss_verb_delete },
  { "recover",
    "DOMAIN",
    "Finish or undo what a requester left half-way",
    NULL,
    vss_verb_recover },
  { "gc", "", "Recover every domain; for timers", NULL, vss_verb_gc },
  { "volumes", "DOMAIN", "List what can be snapshotted", NULL, vss_verb_volumes },
  { "writers", "DOMAIN", "List the applications that take part", NULL, vss_verb_writers },
  { "enable", "DOMAIN", "Add the channel to the guest's agent", NULL, vss_verb_enable },
  { "status", "DOMAIN", "Show the state of guest and agent", NULL, vss_verb_status },
  { "thaw", "DOMAIN", "Thaw what is frozen in the guest", NULL, vss_verb_thaw },
  { "help", "[VERB]", "Explain virt-vss or one of its verbs", NULL, vss_verb_help },
  { NULL, NULL, NULL, NULL, NULL },
};

const VssCliVerb *
vss_verbs_get (void)
{
  return verbs;
}

const VssCliVerb *
vss_verbs_find (const char *name)
{
  const VssCliVerb *verb;

  for (verb = verbs; verb->name != NULL; verb++)
    {
      if (g_str_equal (verb->name, name))
        {
          return verb;
        }
    }
  return NULL;
}

void
vss_verbs_print_help (FILE *out)
{
  g_autofree char *options = vss_cli_get_global_options ();
  const VssCliVerb *verb;

  fputs ("Usage:\n  " VSS_CLI_PROGRAM " [-c URI] [-q] VERB [OPTION...] [ARGUMENT...]\n\n"
         "Makes consistent snapshot sets of running virtual machines.\n\nVerbs:\n",
         out);
  for (verb = verbs; verb->name != NULL; verb++)
    {
      g_autofree char *usage = g_strconcat (verb->name, " ", verb->arguments, NULL);

      fprintf (out, "  %-22s %s\n", usage, verb->summary);
    }
  fprintf (out,
           "\n%sDOMAIN is a name, a UUID or an id; SET an id or its beginning.\n"
           "'" VSS_CLI_PROGRAM " help VERB' explains a verb.\n",
           options);
}
