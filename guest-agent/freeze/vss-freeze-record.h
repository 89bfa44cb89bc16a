/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the freeze record: what a guard or a new agent has to thaw if this one dies. Its text is
 * described in guest-agent/guard/vss-guard-record.h, which reads it. Used by the freezer on the
 * main thread; the record lies on a tmpfs, so that writing never waits for a frozen file system. */
#pragma once

#include "guest-agent/freeze/vss-mount-table.h"

G_BEGIN_DECLS

typedef struct
{
  const char *set_id;
  gint64 generation;
  gint64 lease_end_ms;
  int rcu_expedited; /* what to restore; negative if unknown */
  GPtrArray *file_systems; /* (element-type VssFileSystem) */
} VssFreezeRecord;

gboolean vss_freeze_record_write (const VssFreezeRecord *self, const char *path, GError **error);
void vss_freeze_record_remove (const char *path);

G_END_DECLS
