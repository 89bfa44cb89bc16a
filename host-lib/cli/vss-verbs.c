/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of verbs, and the help that comes from it. */
#include "host-lib/cli/vss-verbs.h"

#include "host-lib/cli/vss-cli-options.h"

static const VssCliVerb verbs[] = {
  { "create", "DOMAIN", "Make a snapshot set", vss_verb_create },
  { "list", "[DOMAIN]", "List snapshot sets", vss_verb_list },
  { "show", "DOMAIN SET", "Show a snapshot set", vss_verb_show },
  { "delete", "DOMAIN SET...", "Merge snapshot sets back and remove them", vss_verb_delete },
  { "recover", "DOMAIN", "Finish or undo what a requester left half-way", vss_verb_recover },
  { "gc", "", "Recover every domain; for timers", vss_verb_gc },
  { "volumes", "DOMAIN", "List what can be snapshotted", vss_verb_volumes },
  { "status", "DOMAIN", "Show the state of guest and agent", vss_verb_status },
  { "thaw", "DOMAIN", "Thaw what is frozen in the guest", vss_verb_thaw },
  { "help", "[VERB]", "Explain virt-vss or one of its verbs", vss_verb_help },
  { NULL, NULL, NULL, NULL },
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
           "\n%s\nDOMAIN is a name, a UUID or an id; SET an id or its beginning.\n"
           "'" VSS_CLI_PROGRAM " help VERB' explains a verb.\n",
           options);
}
