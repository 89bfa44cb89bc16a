/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which order the functions may be called: what an object has been through, and a table of
 * what each function takes of that. Pure functions of the structure, which the object's lock
 * covers. */
#pragma once

#include "host-lib/requester/vss-call.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_MODE_NONE, /* not initialised */
  VSS_MODE_BACKUP,
  VSS_MODE_CLOSED,
} VssMode;

typedef enum
{
  VSS_GATHER_NO,
  VSS_GATHER_RUNNING,
  VSS_GATHER_DONE,
  VSS_GATHER_FREED,
} VssGather;

typedef enum
{
  VSS_SET_PROGRESS_NONE, /* no set */
  VSS_SET_PROGRESS_OPEN, /* started, volumes can be added */
  VSS_SET_PROGRESS_DOING,
  VSS_SET_PROGRESS_DONE,
  VSS_SET_PROGRESS_FAILED, /* or aborted */
} VssSetProgress;

/* What a context is to the order of calls. */
typedef enum
{
  VSS_KIND_WRITERS, /* writers take part */
  VSS_KIND_NO_WRITERS,
  VSS_KIND_ALL, /* queries and deletes only */
} VssContextKind;

typedef struct
{
  VssMode mode;
  VssContextKind kind;
  VssGather gather;
  VssSetProgress set;
  gboolean context_set; /* SetContext was called */
  gboolean state_set; /* SetBackupState was called */
  gboolean prepared; /* PrepareForBackup has succeeded */
  gboolean status; /* GatherWriterStatus has ended, and was not freed */
  gboolean completed; /* BackupComplete was called */
  gboolean pending; /* an operation is under way */
} VssSequence;

/* Whether @call may be called now; if not, with the code that it has for that, and what is wrong
 * in words. */
gboolean vss_sequence_check (const VssSequence *self, VssCall call, GError **error);

G_END_DECLS
