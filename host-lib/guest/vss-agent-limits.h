/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long the host waits for the agent, command by command, in milliseconds. */
#pragma once

/* An agent that runs answers within a millisecond; one whose guest is short of processor time was
 * seen to take two seconds. Longer, and a requester had better be told. */
#define VSS_AGENT_SYNC_TIMEOUT_MS 5000
#define VSS_AGENT_HELLO_TIMEOUT_MS 5000
#define VSS_AGENT_PING_TIMEOUT_MS 3000

/* Reads the mount table and sysfs, and asks udev's records: no disk is touched. */
#define VSS_AGENT_QUERY_TIMEOUT_MS 10000

/* The status is made from memory. */
#define VSS_AGENT_STATUS_TIMEOUT_MS 5000

/* How late a freeze may begin after its command was sent: more than a round trip on a busy guest,
 * and short enough that nobody waits for a freeze that comes too late anyway. */
#define VSS_AGENT_FREEZE_START_MS 2000

/* What the answer may take beyond the limit that the guest was given for the command itself. A
 * freeze that ends at its limit is thawed before it is answered. */
#define VSS_AGENT_ANSWER_MARGIN_MS 3000

/* A renewal comes while the guest does nothing else, and is of no use when it comes late. */
#define VSS_AGENT_RENEW_TIMEOUT_MS 2000

/* FITHAW waits for a FIFREEZE that the kernel is still carrying out: up to 15 s on a slow disk. */
#define VSS_AGENT_THAW_TIMEOUT_MS 20000

/* As thawing; but who aborts hangs up next, which thaws as well, so there is less to wait for. */
#define VSS_AGENT_ABORT_TIMEOUT_MS 10000

/* Of an agent that has just let another limit pass, no more is expected than that the word reaches
 * it: it is hung up on next. */
#define VSS_AGENT_ABORT_SILENT_MS 3000

/* Frees the guest for the next set: bookkeeping. */
#define VSS_AGENT_POST_TIMEOUT_MS 5000

/* How often the host is heard while a set is under way: a third of the silence that makes the
 * guest give up, so that two may be lost; within these bounds. */
#define VSS_AGENT_KEEP_ALIVE_MIN_MS 500
#define VSS_AGENT_KEEP_ALIVE_MAX_MS 5000

/* The session ends a command at its limit; this only guards against a writer thread that is stuck
 * in the channel and can't tell the session the time. */
#define VSS_AGENT_STUCK_MS 1000
