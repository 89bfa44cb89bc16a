/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pays what a killed agent owes: each writer that its record names is sent Abort, first thing when
 * it registers. Owned by the operations, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-record.h"
#include "guest-agent/writers/vss-writer-registry.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_DEBTS (vss_writer_debts_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterDebts, vss_writer_debts, VSS, WRITER_DEBTS, GObject)

VssWriterDebts *vss_writer_debts_new (VssWriterRegistry *registry, VssWriterRecord *record);

/* Signals (main thread):
 * "paid" (const char *sentence): a writer is being sent the Abort.
 * "failed" (const char *sentence): it failed at it. */

G_END_DECLS
