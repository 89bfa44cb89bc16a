/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of virt-vss: what was said on the command line, where output goes, who can interrupt.
 * Made by main, handed to the verb; used on the main thread. */
#pragma once

#include <stdio.h>

#include "host-lib/cli/vss-interrupt.h"
#include "host-lib/cli/vss-progress.h"
#include "host-lib/vss.h"

G_BEGIN_DECLS

#define VSS_CLI_PROGRAM "virt-vss"

/* The exit status; the manual page explains each. */
typedef enum
{
  VSS_CLI_DONE = 0,
  VSS_CLI_FAILED = 1, /* and nothing is left behind */
  VSS_CLI_USAGE = 2,
  VSS_CLI_WEAKER = 3, /* a set was kept that is less consistent than asked for */
  VSS_CLI_WRITER_FAILED = 4,
  VSS_CLI_UNCLEAN = 5, /* something is left behind, or may be */
} VssCliExit;

typedef struct _VssCliVerb VssCliVerb;

typedef struct
{
  FILE *out; /* data; not owned */
  FILE *err; /* everything that is no data; not owned */
  VssInterrupt *interrupt; /* nullable, not owned */

  const VssCliVerb *verb; /* nullable */
  char *subject; /* nullable: the domain that messages are about */
  gboolean json; /* --output=json */
  gboolean answered; /* a JSON document was written */
  gboolean kept; /* the run leaves a set behind on purpose */
  gint64 now_us; /* UTC; 0: as the clock says */

  /* Written by option parsing. */
  char *uri; /* nullable: libvirt's default */
  gboolean quiet;
  gboolean help;
  char *output;
  VssProgress *progress;
} VssCli;

/* A verb. @run: returns the exit status; if it sets @error, main prints that, and VSS_CLI_DONE
 * stands for the status that goes with the error. */
struct _VssCliVerb
{
  const char *name;
  const char *arguments;
  const char *summary;
  const char *details; /* nullable: whole lines for the end of its help */
  VssCliExit (*run) (VssCli *cli, char **argv, GError **error);
};

/* @out, @err: stay the caller's. */
void vss_cli_init (VssCli *self, FILE *out, FILE *err);
void vss_cli_clear (VssCli *self);

/* What messages are about from here on. */
void vss_cli_set_subject (VssCli *self, const char *subject);

/* Cancelled when the user interrupts; NULL if nobody can. */
GCancellable *vss_cli_get_cancellable (VssCli *self);
gboolean vss_cli_is_interrupted (VssCli *self);
/* What a second interrupt says before the program ends at once, leaving things behind. */
void vss_cli_set_last_words (VssCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* UTC, in microseconds. */
gint64 vss_cli_get_time (VssCli *self);

/* Waits; FALSE if an interrupt ended it. */
gboolean vss_cli_pause (VssCli *self, guint duration_ms);

/* A line on the error stream, "virt-vss: create db1: ..."; nothing of it can move the cursor.
 * A note isn't printed with --quiet. */
void vss_cli_warn (VssCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void vss_cli_note (VssCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Opens @domain and makes it the subject. */
VssDomain *vss_cli_open_domain (VssCli *self, const char *domain, GError **error);

G_END_DECLS
