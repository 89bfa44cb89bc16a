/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where one disk of a set stands: what libvirt names, what QEMU writes to. Pure. */
#pragma once

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-qemu-view.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_SITUATION_IMAGE,       /* libvirt and QEMU: the image, as before the set */
  VSS_SITUATION_OVERLAY,     /* both: the overlay, as after the commit */
  VSS_SITUATION_SPLIT,       /* libvirt: the image; QEMU: the overlay */
  VSS_SITUATION_REVERSED,    /* libvirt: the overlay; QEMU: the image */
  VSS_SITUATION_COVERED,     /* a newer overlay lies above ours */
  VSS_SITUATION_CONFUSED,    /* QEMU writes to something that libvirt doesn't name */
  VSS_SITUATION_OTHER,       /* other files altogether */
  VSS_SITUATION_GONE,        /* no such disk any more */
  VSS_SITUATION_OFF_IMAGE,   /* not running; it will start on the image */
  VSS_SITUATION_OFF_OVERLAY, /* not running; it will start on the overlay */
} VssSituation;

/* @qemu: NULL if it wasn't asked: then libvirt is believed. */
VssSituation vss_situation_of (const VssSetDisk *disk,
                               gboolean running,
                               const VssDomainView *libvirt,
                               const VssQemuView *qemu);

/* What a situation means for the undoing of a set. */
typedef enum
{
  VSS_UNDO_NOTHING, /* only the file is left to remove */
  VSS_UNDO_MERGE,   /* by libvirt */
  VSS_UNDO_REPAIR,  /* by QEMU */
  VSS_UNDO_RETURN,  /* to an empty overlay, then a merge by libvirt */
  VSS_UNDO_REFUSE,
} VssUndoAction;

typedef struct
{
  VssUndoAction action;
  const char *meaning; /* for recovery's report and for errors */
  const char *advice;  /* nullable; what the user has to do */
} VssSituationRow;

const VssSituationRow *vss_situation_row (VssSituation situation);

G_END_DECLS
