/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* However a stream is cut, the frames are the same, and no line is longer than the limit. The
 * first byte of the input gives the limit, the second the length of the pieces. */
#include <glib.h>

#include "protocol/vss-framer.h"
#include "tests/fuzz/fuzz.h"

static void
take_frames (VssFramer *framer, gsize limit, GString *frames)
{
  VssFrame frame;

  while (vss_framer_next (framer, &frame))
    {
      g_string_append_c (frames, 'a' + frame.kind);
      if (frame.line != NULL)
        {
          gsize length;
          const char *bytes = g_bytes_get_data (frame.line, &length);

          g_assert_cmpuint (length, <=, limit);
          for (gsize i = 0; i < length; i++)
            g_assert_true (bytes[i] != '\n' && (guchar)bytes[i] != VSS_FRAMER_SYNC_BYTE);
          g_string_append_len (frames, bytes, length);
          g_string_append_c (frames, '\n');
        }
      /* Several 0xFF in a row mean the same as one. */
      else if (frame.kind == VSS_FRAME_SYNC && frames->len > 1 &&
               frames->str[frames->len - 2] == 'a' + VSS_FRAME_SYNC)
        g_string_truncate (frames, frames->len - 1);
      vss_frame_clear (&frame);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (VssFramer) whole = NULL;
  g_autoptr (VssFramer) pieces = NULL;
  GString *expected, *frames;
  gsize limit, piece;

  if (size < 2)
    return 0;
  limit = data[0] + 1;
  piece = data[1] + 1;
  data += 2;
  size -= 2;
  whole = vss_framer_new (limit);
  pieces = vss_framer_new (limit);
  expected = g_string_new (NULL);
  frames = g_string_new (NULL);
  vss_framer_push (whole, data, size);
  take_frames (whole, limit, expected);
  for (gsize at = 0; at < size; at += piece)
    {
      vss_framer_push (pieces, data + at, MIN (piece, size - at));
      take_frames (pieces, limit, frames);
    }
  g_assert_true (g_string_equal (expected, frames));
  g_string_free (expected, TRUE);
  g_string_free (frames, TRUE);
  return 0;
}
