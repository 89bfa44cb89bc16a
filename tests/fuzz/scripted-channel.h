/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel whose other end answers as a script says: whoever speaks to it speaks to any guest.
 * The script has a section for each command, which begins with a line ":COMMAND"; the lines that
 * follow are what that command is answered with, each time:
 *
 *   <JSON  a return with this value     !JSON  an error with this body
 *   ^JSON  an event with these data     =      the honest answer
 *   @TEXT  TEXT behind the byte 0xFF    -TEXT  TEXT without a newline
 *   #      the end of the connection
 *
 * Any other line is sent as it is. "$I" in a line is the command's id. A command without section is
 * answered honestly. Every command has an answer in the end, so that nobody waits for a limit. */
#pragma once

#include "host-lib/guest/vss-channel.h"

G_BEGIN_DECLS

#define SCRIPTED_TYPE_CHANNEL (scripted_channel_get_type ())
G_DECLARE_FINAL_TYPE (ScriptedChannel, scripted_channel, SCRIPTED, CHANNEL, GObject)

ScriptedChannel *scripted_channel_new (const guint8 *script, gsize length);

G_END_DECLS
