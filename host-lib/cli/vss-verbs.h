/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of virt-vss, one file each: verb-create.c holds vss_verb_create(). @argv begins with
 * the verb's name. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* All of them, in the order of the help; the last has no name. */
const VssCliVerb *vss_verbs_get (void);
/* NULL: there is none of that name. */
const VssCliVerb *vss_verbs_find (const char *name);
void vss_verbs_print_help (FILE *out);

VssCliExit vss_verb_create (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_list (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_show (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_delete (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_recover (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_enable (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_gc (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_volumes (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_status (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_thaw (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_writers (VssCli *cli, char **argv, GError **error);
VssCliExit vss_verb_help (VssCli *cli, char **argv, GError **error);

G_END_DECLS
