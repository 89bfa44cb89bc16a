/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of VssSession share: its state, and the table of what is done with a message. */
#pragma once

#include "protocol/vss-framer.h"
#include "protocol/vss-message.h"
#include "protocol/vss-output-queue.h"
#include "protocol/vss-pending.h"
#include "protocol/vss-session-limits.h"
#include "protocol/vss-session.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_SESSION_CLOSED, /* host: not synchronised; guest: no host was heard yet */
  VSS_SESSION_SYNCING, /* host only: the answer to guest-sync-delimited is awaited */
  VSS_SESSION_SYNCED, /* in step; no session yet */
  VSS_SESSION_OPEN, /* the session has a name */
  VSS_SESSION_FAILED, /* a limit was passed; everything but a resynchronisation is dropped */
} VssSessionState;

#define VSS_SESSION_N_STATES (VSS_SESSION_FAILED + 1)

typedef void (*VssSessionAction) (VssSession *self, VssMessage *message);

/* NULL: dropped in silence. */
typedef const VssSessionAction VssSessionTable[VSS_SESSION_N_STATES][VSS_MESSAGE_N_KINDS];

typedef struct
{
  gint64 sync_number; /* of the resynchronisation, the last one if it is over */
  gint64 sync_timeout_ms;
  gint64 sync_deadline_ms;
  gint64 sync_repeat_ms; /* when to ask again */
  guint sync_unanswered; /* requests whose answer may still come */
  VssPendingTable *pending;
  gint64 last_number; /* of the commands of this session */
  gint64 keep_alive_ms; /* interval, 0 for none */
  gint64 keep_alive_due_ms;
  gint64 second_began_ms; /* the second in which events are counted */
  guint second_events;
} VssSessionHost;

typedef struct
{
  GHashTable *accepted; /* ids of commands not yet answered; the value says: within the session */
  gint64 last_number;
} VssSessionGuest;

struct _VssSession
{
  VssSessionRole role;
  VssSessionState state;
  char *nonce;
  guint64 counter; /* makes what is derived from the nonce unique */
  char *name; /* of the session, in VSS_SESSION_OPEN */
  gint64 now_ms; /* the time as last told */
  gint64 last_heard_ms;
  gboolean after_sync_byte; /* nothing was received since a 0xFF */
  guint garbage; /* dropped since the last resynchronisation */
  VssFramer *framer;
  VssOutputQueue *output;
  GQueue events;
  VssSessionHost host;
  VssSessionGuest guest;
};

extern VssSessionTable vss_session_host_table;
extern VssSessionTable vss_session_guest_table;

/* -- vss-session.c: for both roles -- */

VssSessionEvent *vss_session_add_event (VssSession *self, VssSessionEventKind kind);

/* Reports that something was dropped; the session fails if that happens too often. Takes @error. */
void vss_session_garbage (VssSession *self, GError *error);

/* Action: a message that has no place in this state. */
void vss_session_refuse (VssSession *self, VssMessage *message);

/* The session is beyond use. Takes @error. */
void vss_session_fail (VssSession *self, GError *error);

/* Leaves the session for @state: whatever belongs to it is dropped, what is awaited ends with
 * VSS_PROTOCOL_ERROR_CLOSED and @why. What is received but not worked off stays. */
void vss_session_leave (VssSession *self, VssSessionState state, const char *why);

/* -- vss-session-host.c, vss-session-guest.c: each for its role -- */

void vss_session_host_leave (VssSession *self, const char *why);
void vss_session_host_begin (VssSession *self);
void vss_session_host_advance (VssSession *self);
gint64 vss_session_host_next_deadline (VssSession *self);
void vss_session_guest_begin (VssSession *self);

G_END_DECLS
