/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of virt-vss and of its verbs. What can't be understood is VSS_CLI_ERROR_USAGE. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

#define VSS_CLI_ERROR (vss_cli_error_quark ())
GQuark vss_cli_error_quark (void);

typedef enum
{
  VSS_CLI_ERROR_USAGE,
} VssCliError;

/* Any number of arguments. */
#define VSS_CLI_MANY G_MAXUINT

/* What a verb understands besides the options that all have. */
typedef struct
{
  const GOptionEntry *entries; /* nullable */
  gpointer data; /* nullable: for callbacks of @entries; not together with has_progress */
  gboolean has_output; /* --output */
  gboolean has_progress; /* --progress */
  guint min_arguments;
  guint max_arguments;
} VssCliSyntax;

/* Takes the options out of @argv (the verb's name and what follows it) and returns the arguments
 * in @arguments. FALSE without @error: --help was answered. */
gboolean vss_cli_parse (VssCli *cli,
                        const VssCliSyntax *syntax,
                        char **argv,
                        GStrv *arguments,
                        GError **error);

/* What stands before the verb: takes it out of @argv, which then begins with the verb. */
gboolean vss_cli_parse_global (VssCli *cli, gboolean *version, GStrv *argv, GError **error);
char *vss_cli_get_global_options (void);

void vss_cli_usage_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
