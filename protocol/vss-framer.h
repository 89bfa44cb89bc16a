/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts a byte stream into lines and finds the resynchronisation byte 0xFF. No I/O. Owned by a
 * session; used on the session's thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VSS_FRAMER_SYNC_BYTE 0xFF

typedef struct _VssFramer VssFramer;

typedef enum
{
  VSS_FRAME_LINE, /* a line without its newline */
  VSS_FRAME_SYNC, /* the byte 0xFF: what was half received before it is dropped */
  VSS_FRAME_OVERLONG, /* a line beyond the limit: dropped up to its newline or to 0xFF */
} VssFrameKind;

typedef struct
{
  VssFrameKind kind;
  GBytes *line; /* of a VSS_FRAME_LINE, else NULL */
} VssFrame;

VssFramer *vss_framer_new (gsize max_line_bytes);
void vss_framer_free (VssFramer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssFramer, vss_framer_free)

/* Adds received bytes. Never keeps more than max_line_bytes of an unfinished line. */
void vss_framer_push (VssFramer *self, const guint8 *bytes, gsize length);

/* Takes the next frame, or returns FALSE if there is none yet. */
gboolean vss_framer_next (VssFramer *self, VssFrame *frame);
void vss_frame_clear (VssFrame *frame);

/* Forgets everything half received. */
void vss_framer_reset (VssFramer *self);

G_END_DECLS
