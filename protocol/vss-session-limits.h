/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every limit and time of a session, each with its reason. */
#pragma once

#include "protocol/vss-json-guard.h"

/* Longest message, either way: what the guard in front of the parser takes. */
#define VSS_SESSION_MAX_MESSAGE_BYTES VSS_JSON_GUARD_MAX_BYTES

/* Bytes of an id. Ours have some 60: a name, a colon and a number. */
#define VSS_SESSION_MAX_ID_BYTES 128

/* Bytes of a session's name: an id within its limit has room for it, a colon and 20 digits. */
#define VSS_SESSION_MAX_NAME_BYTES 100

/* Characters of the owner's nonce that are used: 128 bits take 32; the rest is only length. */
#define VSS_SESSION_MAX_NONCE_CHARS 64

/* Host: commands without an answer. A snapshot set needs three at once (what is under way, a
 * status, a thaw); ten times that is a caller gone wrong. */
#define VSS_SESSION_MAX_IN_FLIGHT 32

/* Host: commands past their limit whose late answer is still known as such; older ones are
 * forgotten, and their answer then counts as garbage. */
#define VSS_SESSION_MAX_EXPIRED 64

/* Guest: commands without an answer. More than the host's limit, since the host may have given up
 * on many that are still being carried out. */
#define VSS_SESSION_MAX_ACCEPTED 256

/* Guest: bytes that the host hasn't read. Two messages of the largest size; a host that leaves
 * that much lying is gone. Events are dropped first, then the session ends. */
#define VSS_SESSION_MAX_QUEUED_BYTES (2 * VSS_SESSION_MAX_MESSAGE_BYTES)

/* Host: events of the guest in any second. A hundred writers that change their state twice a
 * second stay below it. */
#define VSS_SESSION_MAX_EVENTS_PER_SECOND 256

/* Things dropped within one session (from one resynchronisation to the next). Honest peers cause
 * none, the seams of a connection a handful. */
#define VSS_SESSION_MAX_GARBAGE 64

/* Host: time from one guest-sync-delimited to its repetition. A guest answers in milliseconds;
 * one that boots, or was stopped, finds one a second at most waiting. */
#define VSS_SESSION_SYNC_REPEAT_MS 1000

/* Host: a vss-ping is given up after so many intervals. A guest may be busy for some; who needs
 * to know asks vss_session_last_heard(). */
#define VSS_SESSION_PING_INTERVALS 4
