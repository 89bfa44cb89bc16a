/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread that calls a function again and again until it is stopped: what keeps a lease alive
 * while its owner's thread is blocked elsewhere. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssRepeater VssRepeater;

/* Called on the repeater's thread. Returns the time until the next call in microseconds, 0 or less
 * for no further call. */
typedef gint64 (*VssRepeaterFunc) (gpointer user_data);

/* @first_us: time until the first call, 0 or less for none. */
VssRepeater *vss_repeater_start (const char *thread_name,
                                 gint64 first_us,
                                 VssRepeaterFunc func,
                                 gpointer user_data);

/* Returns when no call is under way and none will come. */
void vss_repeater_stop (VssRepeater *self);

G_END_DECLS
