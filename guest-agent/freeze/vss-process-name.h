/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process as messages name it. Pure function, any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "postgres (process 123)". @folder: the process's in /proc. (transfer full) */
char *vss_process_describe (const char *folder, const char *pid);

G_END_DECLS
