/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part that one writer takes in one operation: its state, its limits, and the promise that a
 * writer that was sent Freeze is sent one Thaw or Abort. Owned by the operation; main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-slot.h"
#include "guest-agent/writers/vss-writer-state.h"

G_BEGIN_DECLS

/* What all writers of an operation are told of it. Reference-counted. */
typedef struct
{
  char *set_id;
  gboolean has_backup; /* it began with PrepareForBackup, so the rest is known */
  VssWireBackupType backup_type;
  gboolean select_components;
  gboolean bootable_system_state;
  gboolean partial_file_support;
  GPtrArray *components; /* of VssWireSelectedComponent, all writers' */
} VssWriterBackup;

VssWriterBackup *vss_writer_backup_new (const char *set_id);
VssWriterBackup *vss_writer_backup_ref (VssWriterBackup *self);
void vss_writer_backup_unref (VssWriterBackup *self);
/* Takes copies. */
void vss_writer_backup_set_components (VssWriterBackup *self, GPtrArray *components);
/* What the writer @instance_id is told, without the limit. */
VssWireWriterEventArguments *vss_writer_backup_make_event (VssWriterBackup *self,
                                                           VssWireWriterEvent event,
                                                           const char *instance_id);

#define VSS_TYPE_WRITER_PART (vss_writer_part_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterPart, vss_writer_part, VSS, WRITER_PART, GObject)

/* What the operation wants to know. */
typedef struct
{
  /* Thaw or Abort is being sent: nothing is owed any more. */
  void (*released) (VssWriterPart *part, gpointer user_data);
  /* It failed; the status says how. */
  void (*failed) (VssWriterPart *part, gpointer user_data);
  /* Nothing is under way or waiting for it any more. */
  void (*idle) (VssWriterPart *part, gpointer user_data);
} VssWriterPartWatch;

/* In which it is frozen; thawed from the last to the first. */
typedef enum
{
  VSS_WRITER_STAGE_FRONT_END,
  VSS_WRITER_STAGE_BACK_END,
  VSS_WRITER_STAGE_SYSTEM,
  VSS_WRITER_STAGE_TRANSACTION_MANAGER,
  VSS_WRITER_N_STAGES
} VssWriterStage;

/* @rest_limit_ms: from Freeze to Thaw, for writers that ask for nothing else. A writer that has not
 * described itself takes part as failed. */
VssWriterPart *vss_writer_part_new (VssWriterSlot *slot,
                                    VssWriterBackup *backup,
                                    guint rest_limit_ms,
                                    const VssWriterPartWatch *watch,
                                    gpointer user_data);
/* The operation goes: watches no more. What is owed is still sent. */
void vss_writer_part_abandon (VssWriterPart *self);

VssWriterSlot *vss_writer_part_get_slot (VssWriterPart *self);
VssWriterStage vss_writer_part_get_stage (VssWriterPart *self);
VssWireWriterStatus *vss_writer_part_dup_status (VssWriterPart *self);
VssWireWriterState vss_writer_part_get_state (VssWriterPart *self);

/* The requester goes on without it: it is only told how the operation ends. */
void vss_writer_part_exclude (VssWriterPart *self);

/* Whether @event is for it now. */
gboolean vss_writer_part_takes (VssWriterPart *self, VssWireWriterEvent event);
gboolean vss_writer_part_is_idle (VssWriterPart *self);
/* Freeze was sent, neither Thaw nor Abort was. */
gboolean vss_writer_part_owes_release (VssWriterPart *self);
gboolean vss_writer_part_was_sent_freeze (VssWriterPart *self);

typedef void (*VssWriterPartFunc) (VssWriterPart *part, gpointer user_data);

/* Tells it an event that it takes; @done is called once: when it has answered, failed, or its limit
 * (its own, at most @limit_ms) is over; possibly before this returns. Freeze and what comes before
 * or after it go through here, Thaw and Abort through vss_writer_part_release(). */
void vss_writer_part_tell (VssWriterPart *self,
                           VssWireWriterEvent event,
                           guint limit_ms,
                           VssWriterPartFunc done,
                           gpointer user_data);

/* Sends it Thaw or Abort, whichever comes first and only if it takes it; the other does nothing.
 * What it is being told waits no longer for its answer, but the writer is only told once it can
 * be. @done as above, at once if the writer is still busy. */
void vss_writer_part_release (VssWriterPart *self,
                              VssWireWriterEvent event,
                              VssWriterPartFunc done,
                              gpointer user_data);

G_END_DECLS
