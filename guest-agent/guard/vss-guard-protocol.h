/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What agent and thaw guard say to each other over a Unix SEQPACKET socket. Included by both.
 *
 * Every packet is one VssGuardMessage in the machine's own byte order; both ends come from the
 * same package. Each request of the agent is acknowledged (VSS_GUARD_ACK) with its serial number
 * and a status: 0 or an errno.
 *
 *   agent                                     guard
 *   ARM generation lease_end_ms tids, fds ->  keeps copies of the descriptors, starts a thread
 *                                         <-  for each, sets its timer, ACK; only now the agent
 *                                             freezes
 *   DROP generation index                 ->  descriptor index isn't the agent's to thaw (EBUSY:
 *                                         <-  somebody else has frozen it), ACK
 *   RENEW generation lease_end_ms         ->  sets the timer, ACK; ETIME if it has thawed already
 *   DISARM generation                     ->  all is thawed and no freezing thread runs: forgets
 *                                         <-  the descriptors, ACK
 *                                         <-  EXPIRED generation: the lease is over, thawing
 *
 * The guard thaws when the timer expires, the agent's end is closed or the agent's process is
 * gone, and goes on until the freezing threads are done and one more pass found nothing frozen,
 * or DISARM came. One agent can be armed at a time (EBUSY for others). */
#pragma once

#include <stdint.h>

#define VSS_GUARD_DEFAULT_SOCKET "/run/vss-agent/guard.sock"

/* The agent takes 64 volumes; a packet can carry 253 descriptors. */
#define VSS_GUARD_MAX_HOLDS 128

#define VSS_GUARD_MAGIC 0x31535647u /* "GVS1": last digit is the version */

typedef enum
{
  VSS_GUARD_ARM = 1,
  VSS_GUARD_DROP = 2,
  VSS_GUARD_RENEW = 3,
  VSS_GUARD_DISARM = 4,
  VSS_GUARD_ACK = 5,
  VSS_GUARD_EXPIRED = 6,
} VssGuardMessageType;

typedef struct
{
  uint32_t magic;
  uint32_t type;
  uint32_t serial;
  int32_t status;
  uint64_t generation;
  int64_t lease_end_ms; /* CLOCK_BOOTTIME */
  uint32_t count; /* ARM: of the descriptors; DROP: which one */
  int32_t tids[VSS_GUARD_MAX_HOLDS]; /* ARM: the thread that freezes each descriptor */
} VssGuardMessage;
