/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer that is a program, started for each event as its key file says: man/vss-writer.5.rst.
 * It may live from Freeze to Thaw. Made from its file by the set of programs and registered by it;
 * main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"
#include "guest-agent/writers/vss-writer-file.h"
#include "guest-agent/writers/vss-writer.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_PROGRAM (vss_writer_program_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterProgram, vss_writer_program, VSS, WRITER_PROGRAM, GObject)

/* Takes @file, which is enabled. */
VssWriterProgram *vss_writer_program_new (const VssWriterEnvironment *environment,
                                          VssWriterFile *file);

const VssWriterFile *vss_writer_program_get_file (VssWriterProgram *self);

/* The agent ends: so does what is under way, with VSS_WRITER_ERROR_GONE, and what runs. */
void vss_writer_program_close (VssWriterProgram *self);

G_END_DECLS
