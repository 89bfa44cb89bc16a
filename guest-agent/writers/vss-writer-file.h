/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer that is a program, as its key file NAME.writer describes it: man/vss-writer.5.rst.
 * Parsing is a pure function; loading opens the file and trusts only what nobody else could have
 * written. Used by the folders of writers and their programs, main thread. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

#define VSS_WRITER_FILE_ERROR (vss_writer_file_error_quark ())
GQuark vss_writer_file_error_quark (void);

/**
 * VssWriterFileError:
 * @VSS_WRITER_FILE_ERROR_READ: the file can't be read, or is none
 * @VSS_WRITER_FILE_ERROR_SYNTAX: it is no key file
 * @VSS_WRITER_FILE_ERROR_UNKNOWN: there is no such group or key
 * @VSS_WRITER_FILE_ERROR_VALUE: a value is of the wrong kind, out of range, or missing
 * @VSS_WRITER_FILE_ERROR_UNTRUSTED: others could have written the file or the program
 */
typedef enum
{
  VSS_WRITER_FILE_ERROR_READ,
  VSS_WRITER_FILE_ERROR_SYNTAX,
  VSS_WRITER_FILE_ERROR_UNKNOWN,
  VSS_WRITER_FILE_ERROR_VALUE,
  VSS_WRITER_FILE_ERROR_UNTRUSTED,
} VssWriterFileError;

#define VSS_WRITER_N_EVENTS (VSS_WIRE_WRITER_EVENT_ABORT + 1)

/* A description with thousands of file sets stays below; more is no key file. */
#define VSS_WRITER_FILE_MAX_BYTES (256 * 1024)

typedef struct
{
  char *path;
  char *name; /* of the file, without its suffix */
  gboolean enabled;
  gboolean stays; /* the program lives from Freeze to Thaw */
  char **argv;
  char *user;                            /* NULL: root */
  guint limits_ms[VSS_WRITER_N_EVENTS];  /* 0: the configured one */
  VssWireWriterIdentifyResult *identity; /* what the file says; the program may say more */
} VssWriterFile;

/* Reads the text of a key file; @path is for its name and for messages. */
VssWriterFile *
vss_writer_file_parse (const char *path, const char *text, gsize length, GError **error);

/* Reads a key file. An empty one and one that is /dev/null is a writer that is not enabled. */
VssWriterFile *vss_writer_file_load (const char *path, GError **error);

void vss_writer_file_free (VssWriterFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterFile, vss_writer_file_free)

/* Whether both describe the same writer in the same way. */
gboolean vss_writer_file_equal (const VssWriterFile *self, const VssWriterFile *other);

G_END_DECLS
