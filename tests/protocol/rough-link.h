/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transport between two ends that delivers every byte in order, but in pieces of any length and
 * whenever it likes, keeps what a dead host had sent, and gives the guest's old bytes to the next
 * host: what a virtio port does at its worst. */
#pragma once

#include "protocol/vss-session.h"

G_BEGIN_DECLS

typedef struct
{
  GRand *random;
  GByteArray *to_guest;
  GByteArray *to_host;
} RoughLink;

RoughLink *rough_link_new (guint32 seed);
void rough_link_free (RoughLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoughLink, rough_link_free)

/* TRUE once in @n times. */
gboolean rough_link_chance (RoughLink *self, int n);

/* Takes a piece of what @session has to send, if any. */
void rough_link_take (RoughLink *self, VssSession *session, GByteArray *pipe);

/* Gives @session a piece of what is on its way, if any. */
void rough_link_give (RoughLink *self, GByteArray *pipe, VssSession *session, gint64 now_ms);

/* Loses the end of what is on its way: the sender died while it wrote. */
void rough_link_tear (RoughLink *self, GByteArray *pipe);

/* Somebody else writes something. */
void rough_link_disturb (RoughLink *self, GByteArray *pipe);

G_END_DECLS
