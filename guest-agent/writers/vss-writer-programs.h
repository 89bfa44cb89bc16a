/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers that are programs: reads the folders of key files and registers what they describe.
 * Read at the agent's start and whenever writers are asked to describe themselves, so that a new
 * key file needs no restart and nothing watches the folders meanwhile. Owned by the agent, main
 * thread. */
#pragma once

#include "guest-agent/writers/vss-writer-environment.h"
#include "guest-agent/writers/vss-writer-registry.h"

G_BEGIN_DECLS

typedef struct _VssWriterPrograms VssWriterPrograms;

/* @folders: NULL-terminated; of two files with the same name the one in the later folder counts.
 * Everything but @folders must outlive the result; @registry is kept by reference. */
VssWriterPrograms *vss_writer_programs_new (const VssWriterEnvironment *environment,
                                            VssWriterRegistry *registry,
                                            const char *const *folders);

/* Ends what is under way with VSS_WRITER_ERROR_GONE and kills what runs. */
void vss_writer_programs_free (VssWriterPrograms *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterPrograms, vss_writer_programs_free)

/* Reads the folders again: registers what is new, removes what is gone or changed, and tells the
 * registry which files can't be used. Not while file systems are frozen. */
void vss_writer_programs_reload (VssWriterPrograms *self);

G_END_DECLS
