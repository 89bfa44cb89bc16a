/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which order the functions may be called. One row for each function; a state that a column
 * doesn't have is refused with that state's own words. The tolerances are those that requesters in
 * use need: SetContext after GatherWriterMetadata, SetBackupState after AddToSnapshotSet, no
 * PrepareForBackup, DeleteSnapshots after BackupComplete. */
#include "host-lib/requester/vss-sequence.h"

/* Sets of states. */
#define BIT(state) (1u << (state))
#define ANY (~0u)

#define BACKUP BIT (VSS_MODE_BACKUP)
#define OPEN_OBJECT (BIT (VSS_MODE_NONE) | BIT (VSS_MODE_BACKUP))

#define WRITERS BIT (VSS_KIND_WRITERS)
#define NO_WRITERS BIT (VSS_KIND_NO_WRITERS)
#define CREATING (WRITERS | NO_WRITERS)

#define NOT_GATHERED BIT (VSS_GATHER_NO)
#define GATHERED BIT (VSS_GATHER_DONE)
#define GATHERED_ONCE (BIT (VSS_GATHER_DONE) | BIT (VSS_GATHER_FREED))

#define NO_SET BIT (VSS_SET_PROGRESS_NONE)
#define SET_OPEN BIT (VSS_SET_PROGRESS_OPEN)
#define SET_DONE BIT (VSS_SET_PROGRESS_DONE)

/* Conditions that are yes or no. */
enum
{
  CONTEXT_NOT_SET = BIT (0),
  STATE_SET = BIT (1),
  NOT_PREPARED = BIT (2),
  PREPARED = BIT (3),
  NOT_COMPLETED = BIT (4),
  NOT_PENDING = BIT (5),
  /* where writers take part they were gathered, and where they don't nothing is asked */
  GATHERED_IF_WRITERS = BIT (6),
  STATUS_GATHERED = BIT (7),
};

typedef struct
{
  guint modes;
  guint kinds;
  guint gathers;
  guint sets;
  guint conditions;
} Rule;

static const Rule rules[VSS_N_CALLS] = {
  [VSS_CALL_CREATE] = { ANY, ANY, ANY, ANY, 0 },
  [VSS_CALL_INITIALIZE_FOR_BACKUP] = { BIT (VSS_MODE_NONE), ANY, ANY, ANY, 0 },
  [VSS_CALL_SET_CONTEXT] = { BACKUP, ANY, ANY, NO_SET, CONTEXT_NOT_SET | NOT_PENDING },
  [VSS_CALL_SET_BACKUP_STATE]
  = { BACKUP, ANY, ANY, NO_SET | SET_OPEN, NOT_PREPARED | NOT_PENDING },
  [VSS_CALL_GATHER_WRITER_METADATA]
  = { BACKUP, CREATING, NOT_GATHERED, NO_SET | SET_OPEN, NOT_PENDING },
  [VSS_CALL_GET_WRITER_METADATA_COUNT] = { BACKUP, ANY, GATHERED, ANY, 0 },
  [VSS_CALL_GET_WRITER_METADATA] = { BACKUP, ANY, GATHERED, ANY, 0 },
  [VSS_CALL_FREE_WRITER_METADATA] = { BACKUP, ANY, GATHERED, ANY, 0 },
  /* too late they are without effect, and no error */
  [VSS_CALL_ENABLE_WRITER_CLASSES] = { BACKUP, ANY, ANY, ANY, 0 },
  [VSS_CALL_DISABLE_WRITER_CLASSES] = { BACKUP, ANY, ANY, ANY, 0 },
  [VSS_CALL_DISABLE_WRITER_INSTANCES] = { BACKUP, ANY, ANY, ANY, 0 },
  [VSS_CALL_ADD_COMPONENT]
  = { BACKUP, WRITERS, GATHERED_ONCE, NO_SET | SET_OPEN, NOT_PREPARED | NOT_PENDING },
  [VSS_CALL_START_SNAPSHOT_SET] = { BACKUP, CREATING, ANY, NO_SET, NOT_PENDING },
  [VSS_CALL_ADD_TO_SNAPSHOT_SET] = { BACKUP, CREATING, ANY, SET_OPEN, NOT_PENDING },
  [VSS_CALL_IS_VOLUME_SUPPORTED] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_PREPARE_FOR_BACKUP]
  = { BACKUP, WRITERS, GATHERED_ONCE, SET_OPEN, STATE_SET | NOT_PREPARED | NOT_PENDING },
  [VSS_CALL_DO_SNAPSHOT_SET]
  = { BACKUP, CREATING, ANY, SET_OPEN, GATHERED_IF_WRITERS | NOT_PENDING },
  /* while a set is made there is none to be found yet: no matter of order */
  [VSS_CALL_GET_SNAPSHOT_PROPERTIES] = { BACKUP, ANY, ANY, ANY, 0 },
  [VSS_CALL_QUERY] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_GATHER_WRITER_STATUS] = { BACKUP, CREATING, GATHERED_ONCE, ANY, NOT_PENDING },
  [VSS_CALL_GET_WRITER_STATUS_COUNT] = { BACKUP, ANY, ANY, ANY, STATUS_GATHERED },
  [VSS_CALL_GET_WRITER_STATUS] = { BACKUP, ANY, ANY, ANY, STATUS_GATHERED },
  [VSS_CALL_GET_WRITER_STATUS_EX] = { BACKUP, ANY, ANY, ANY, STATUS_GATHERED },
  /* once at the very end is enough, and nothing to free is no error */
  [VSS_CALL_FREE_WRITER_STATUS] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_SET_BACKUP_SUCCEEDED]
  = { BACKUP, WRITERS, ANY, SET_DONE, NOT_COMPLETED | NOT_PENDING },
  [VSS_CALL_BACKUP_COMPLETE]
  = { BACKUP, WRITERS, ANY, SET_DONE, PREPARED | NOT_COMPLETED | NOT_PENDING },
  [VSS_CALL_ABORT_BACKUP] = { BACKUP, ANY, ANY, ANY, 0 },
  [VSS_CALL_DELETE_SNAPSHOTS] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_SAVE_AS_XML] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_SET_OPTION] = { OPEN_OBJECT, ANY, ANY, NO_SET | SET_OPEN, NOT_PENDING },
  [VSS_CALL_DRY_RUN] = { BACKUP, CREATING, ANY, SET_OPEN, NOT_PENDING },
  [VSS_CALL_GET_SNAPSHOT_SET] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_DELETE_SNAPSHOT_SET] = { BACKUP, ANY, ANY, ANY, NOT_PENDING },
  [VSS_CALL_GET_ABSENT_WRITERS] = { BACKUP, ANY, GATHERED, ANY, 0 },
};

static const char *const mode_words[] = {
  [VSS_MODE_NONE] = "the object is not initialised; call InitializeForBackup first",
  [VSS_MODE_BACKUP] = "the object is initialised already",
  [VSS_MODE_CLOSED] = "the object is closed; make a new one",
};

static const char *const kind_words[] = {
  [VSS_KIND_WRITERS] = "the context has writers",
  [VSS_KIND_NO_WRITERS] = "the context has no writers",
  [VSS_KIND_ALL] = "the context VSS_CTX_ALL is for queries and deletes only",
};

static const char *const gather_words[] = {
  [VSS_GATHER_NO] = "the writers were not gathered; call GatherWriterMetadata first",
  [VSS_GATHER_RUNNING] = "GatherWriterMetadata is still running; wait for it",
  [VSS_GATHER_DONE] = "the writers were gathered already",
  [VSS_GATHER_FREED] = "the writers' metadata was freed",
};

static const char *const set_words[] = {
  [VSS_SET_PROGRESS_NONE] = "no snapshot set was started; call StartSnapshotSet first",
  [VSS_SET_PROGRESS_OPEN] = "a snapshot set was started and not made yet",
  [VSS_SET_PROGRESS_DOING] = "the snapshot set is being made; wait for it",
  [VSS_SET_PROGRESS_DONE] = "the snapshot set is made already",
  [VSS_SET_PROGRESS_FAILED] = "the snapshot set failed or was aborted; begin with a new object",
};

/* What of @conditions is not met, in words; NULL if nothing. */
static const char *
find_unmet (const VssSequence *self, guint conditions)
{
  if ((conditions & NOT_PENDING) && self->pending)
    return "an operation of this object is still running; wait for it or cancel it";
  if ((conditions & CONTEXT_NOT_SET) && self->context_set)
    return "the context was set already";
  if ((conditions & STATE_SET) && !self->state_set)
    return "the backup's state was not set; call SetBackupState first";
  if ((conditions & NOT_PREPARED) && self->prepared)
    return "the writers were prepared already";
  if ((conditions & PREPARED) && !self->prepared)
    return "the writers were not prepared; PrepareForBackup comes before DoSnapshotSet";
  if ((conditions & NOT_COMPLETED) && self->completed)
    return "the backup was completed already";
  if ((conditions & STATUS_GATHERED) && !self->status)
    return "there is no status; call GatherWriterStatus first";
  if ((conditions & GATHERED_IF_WRITERS) && self->kind == VSS_KIND_WRITERS
      && (GATHERED_ONCE & BIT (self->gather)) == 0)
    return gather_words[self->gather];
  return NULL;
}

static const char *
find_wrong (const VssSequence *self, const Rule *rule)
{
  if ((rule->modes & BIT (self->mode)) == 0)
    return mode_words[self->mode];
  if ((rule->kinds & BIT (self->kind)) == 0)
    return kind_words[self->kind];
  if ((rule->sets & BIT (self->set)) == 0)
    return set_words[self->set];
  if ((rule->gathers & BIT (self->gather)) == 0)
    return gather_words[self->gather];
  return find_unmet (self, rule->conditions);
}

gboolean
vss_sequence_check (const VssSequence *self, VssCall call, GError **error)
{
  const char *wrong = find_wrong (self, &rules[call]);

  if (wrong == NULL)
    return TRUE;
  return vss_call_fail (call, error,
                        g_error_new (VSS_ERROR, VSS_E_BAD_STATE, "%s is out of order: %s",
                                     vss_call_get_name (call), wrong));
}
