/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long the guest's writers may take altogether, event by event, in milliseconds. Each writer
 * has limits of its own in the guest; these bound what the host waits for. */
#pragma once

/* A program is started and asks its application for its databases: seconds on a busy guest. */
#define VSS_WRITERS_IDENTIFY_MS 20000

/* Choosing what to back up; nothing is held up but the requester. */
#define VSS_WRITERS_PREPARE_BACKUP_MS 60000

/* What takes long is to be done here, such as a checkpoint; the applications go on meanwhile. */
#define VSS_WRITERS_PREPARE_SNAPSHOT_MS 60000

/* From here on applications stand still: all levels together. VSS gives a writer a minute from
 * Freeze to Thaw, of which the hold and the commit need a part. */
#define VSS_WRITERS_FREEZE_MS 30000

/* They run again or have failed; a writer's own limit is VSS's minute. */
#define VSS_WRITERS_THAW_MS 60000

/* Only the end of DoSnapshotSet waits for it. */
#define VSS_WRITERS_POST_SNAPSHOT_MS 60000

/* Truncating logs and the like. */
#define VSS_WRITERS_COMPLETE_MS 60000

/* Nobody needs the answer; whoever is slow is told all the same. */
#define VSS_WRITERS_SHUTDOWN_MS 10000

/* Asking how they are, while nothing is under way. */
#define VSS_WRITERS_STATUS_MS 10000

/* After DoSnapshotSet the guest's channel is free for others. Who needs it once more tries for so
 * long, so often: a query of another program takes it for a moment, a set for longer than anybody
 * wants to wait for. */
#define VSS_WRITERS_REOPEN_MS 15000
#define VSS_WRITERS_REOPEN_EVERY_MS 200
