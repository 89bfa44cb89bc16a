/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The freeze record, as the guard reads it when it has to thaw without descriptors, and the thaw
 * by path. The agent writes it (vss-freeze-record); the text, one item a line:
 *
 *   vss-freeze-record 1
 *   agent PID START-TIME        the agent's process; field 22 of /proc/PID/stat
 *   set UUID
 *   generation N
 *   lease-end-ms N
 *   rcu-expedited N             what to restore; left out if it was not changed
 *   hold MAJOR:MINOR PATH       one for each file system; PATH is for messages, to the line's end
 *   end                         a record without it is still being written: nothing is frozen yet
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "guest-agent/guard/vss-guard-kernel.h"
#include "guest-agent/guard/vss-guard-protocol.h"

#define VSS_GUARD_RECORD_HEADER "vss-freeze-record 1"

typedef struct
{
  unsigned device_major;
  unsigned device_minor;
} VssGuardRecordHold;

typedef struct
{
  pid_t agent;
  unsigned long long agent_start;
  int rcu_expedited; /* -1 if it isn't to be restored */
  unsigned count;
  VssGuardRecordHold holds[VSS_GUARD_MAX_HOLDS];
} VssGuardRecord;

/* False with errno ENOENT if there is none, EBADMSG if it isn't a complete record. */
bool vss_guard_record_read (const char *path, VssGuardRecord *record);

/* Whether the process that wrote it is gone, with all its threads. */
bool vss_guard_record_agent_is_gone (const VssGuardRecord *record);

/* Thaws what the record at @path names, wherever it is mounted, restores rcu_expedited and removes
 * the record. Goes on while the agent that wrote it may still be freezing. True if nothing is left
 * to do. */
bool vss_guard_recover (const char *path, const VssGuardKernel *kernel);
