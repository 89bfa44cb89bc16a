/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives memory back that start-up or a session has touched and that an agent at rest needs no
 * more. Called by the agent on the main thread while nothing is under way. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns freed heap to the kernel and unmaps the clean pages of programs and libraries; they are
 * still in the page cache, where the next session finds them. Takes a millisecond or two. */
void vss_agent_memory_release (void);

/* Whether a mapping may be let go, by its header line and the Anonymous line of its entry in a
 * file like /proc/self/smaps: a file's, never written to by anybody here. */
gboolean vss_agent_memory_is_clean (const char *header_line, const char *anonymous_line);

G_END_DECLS
