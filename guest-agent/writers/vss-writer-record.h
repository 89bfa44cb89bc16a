/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of the writers that were sent Freeze and neither Thaw nor Abort yet: a small file in
 * /run that outlives the agent. It is written before Freeze is sent, so it may name a writer too
 * many, and changed right after Thaw or Abort was: an agent killed between the two repeats an
 * Abort, which writers have to bear, rather than leave one at rest. The file is gone when nobody is
 * owed anything. Shared by the operations; main thread. */
#pragma once

#include "guest-agent/writers/vss-writer.h"

G_BEGIN_DECLS

typedef struct _VssWriterRecord VssWriterRecord;

typedef struct
{
  char *set_id;
  VssWireWriterKind kind;
  char *location; /* see vss_writer_get_location() */
  char *name;
  gboolean is_left_behind; /* by a former agent */
} VssWriterRecordEntry;

/* Reference-counted. */
VssWriterRecord *vss_writer_record_new (const char *path);
VssWriterRecord *vss_writer_record_ref (VssWriterRecord *self);
void vss_writer_record_unref (VssWriterRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterRecord, vss_writer_record_unref)

/* Reads what a former agent left behind; no file is nothing. What can't be read is left out, and
 * @error says so. Returns the number of entries. */
guint vss_writer_record_load (VssWriterRecord *self, GError **error);

/* Entries stay in memory until vss_writer_record_write(). */
void vss_writer_record_add (VssWriterRecord *self, const char *set_id, VssWriter *writer);
/* Fails if the file can't be written; then nothing may be frozen. */
gboolean vss_writer_record_write (VssWriterRecord *self, GError **error);

/* Removes and writes; a failure to write leaves a writer too many in the file. */
void vss_writer_record_remove (VssWriterRecord *self, const char *set_id, VssWriter *writer);

/* What a former agent owes to @writer: the entry's set id, NULL if nothing. The entry stays. */
const char *vss_writer_record_find_left_behind (VssWriterRecord *self, VssWriter *writer);

guint vss_writer_record_count (VssWriterRecord *self);

G_END_DECLS
