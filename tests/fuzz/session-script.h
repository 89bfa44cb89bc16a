/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzz input as a play for one end of a session. Each line is a step:
 *
 *   <TEXT  the peer sends TEXT and a newline      @TEXT  the same with 0xFF in front
 *   -TEXT  the peer sends TEXT without a newline  !      the peer is gone
 *   +TEXT  100 ms go by for each byte of TEXT     o      the output is sent
 *   sTEXT  (host) synchronise                     xTEXT  (host) execute TEXT
 *   kTEXT  (host) keep alive, as + counts         bTEXT  begin session TEXT
 *   r      (guest) answer the oldest command      R      (guest) answer it with an error
 *   eTEXT  (guest) emit event TEXT
 *
 * Any other line is what the peer sends, bare. After each step the events and everything that is
 * sent are looked at; at the end the peer goes, and each command must have had one answer. */
#pragma once

#include "protocol/vss-session.h"

G_BEGIN_DECLS

void session_script_run (VssSessionRole role, const guint8 *data, gsize size);

G_END_DECLS
