/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers for the tests of the command line. */
#pragma once

#include "host-lib/cli/vss-writer-list.h"

G_BEGIN_DECLS

#define SAMPLE_WRITER_ID "e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e01"
#define SAMPLE_WRITER_INSTANCE "e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e02"
#define SAMPLE_OTHER_ID "e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e03"
#define SAMPLE_OTHER_INSTANCE "e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e04"

/* (element-type VssWriterInfo): PostgreSQL, and one that wants to be seen. */
GPtrArray *sample_known_writers_new (void);
/* (element-type VssAbsentWriter): one that is set up wrongly. */
GPtrArray *sample_absent_writers_new (void);
/* (element-type VssExamineWriterMetadata): of both. */
GPtrArray *sample_metadata_new (void);

/* Adds to @set what became of them: the first took part, the second was left out. */
void sample_add_writers (VssSnapshotSet *set);

G_END_DECLS
