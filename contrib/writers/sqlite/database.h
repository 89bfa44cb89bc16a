/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One SQLite database, brought to rest: nobody can commit to it until it is let go. Used by the
 * writer, one thread. Errors are VSS_DATABASE_ERROR. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VSS_DATABASE_ERROR (vss_database_error_quark ())
GQuark vss_database_error_quark (void);

typedef enum
{
  VSS_DATABASE_ERROR_BUSY,  /* somebody else had it all the time: another try may succeed */
  VSS_DATABASE_ERROR_OTHER, /* it isn't there, or is no database, or can't be read */
} VssDatabaseError;

typedef struct _VssDatabase VssDatabase;

/* Opens a database that exists. */
VssDatabase *vss_database_open (const char *path, GError **error);
/* Lets it go, too. */
void vss_database_close (VssDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssDatabase, vss_database_close)

/* Writes what is in the write-ahead log into the database, as far as nobody is in the way. */
void vss_database_checkpoint (VssDatabase *self, gint64 until_us);

/* Takes the one lock that commits need, waiting for whoever has it until @until_us of the monotonic
 * clock. Readers are not disturbed. */
gboolean vss_database_hold (VssDatabase *self, gint64 until_us, GError **error);

/* While it is held: brings what is in the write-ahead log into the database file, as far as no
 * reader is in the way. */
void vss_database_settle (VssDatabase *self);

/* Whether it was held from then until now. */
gboolean vss_database_release (VssDatabase *self, GError **error);

G_END_DECLS
