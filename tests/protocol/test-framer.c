/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The framer finds the same lines however the stream is cut, and keeps no more than its limit. */
#include <string.h>

#include "protocol/vss-framer.h"

#define LIMIT 8

typedef struct
{
  const char *name;
  const char *stream;
  const char *frames; /* each line in brackets, "S" for 0xFF, "O" for an overlong line */
} Case;

static const Case cases[] = {
  { "nothing", "", "" },
  { "line", "abc\n", "[abc]" },
  { "lines", "a\nb\nc\n", "[a][b][c]" },
  { "unfinished", "a\nb", "[a]" },
  { "empty-lines", "\n\na\n\n", "[a]" },
  { "longest", "12345678\n", "[12345678]" },
  { "overlong", "123456789\n", "O" },
  { "overlong-and-line", "123456789\nab\n", "O[ab]" },
  { "overlong-unfinished", "123456789abcdefghijklm", "O" },
  { "overlong-twice", "123456789\n123456789\n", "OO" },
  { "sync", "\xFF", "S" },
  { "sync-before-line", "\xFFok\n", "S[ok]" },
  { "sync-in-line", "half\xFFok\n", "S[ok]" },
  { "sync-ends-overlong", "123456789\xFFok\n", "OS[ok]" },
  { "sync-run", "a\xFF\xFF\xFF\xFFok\n", "S[ok]" },
  { "sync-between",
    "a\n\xFF"
    "b\n\xFF\n",
    "[a]S[b]S" },
  { "carriage-return-stays", "a\r\n", "[a\r]" },
};

/* Takes all frames that there are. */
static void
collect (VssFramer *framer, GString *frames)
{
  VssFrame frame;

  while (vss_framer_next (framer, &frame))
    {
      if (frame.kind == VSS_FRAME_SYNC)
        g_string_append_c (frames, 'S');
      else if (frame.kind == VSS_FRAME_OVERLONG)
        g_string_append_c (frames, 'O');
      else
        g_string_append_printf (frames, "[%.*s]", (int)g_bytes_get_size (frame.line),
                                (const char *)g_bytes_get_data (frame.line, NULL));
      vss_frame_clear (&frame);
    }
}

static void
push (VssFramer *framer, const char *bytes, gsize length)
{
  /* A copy of its own, so that a checker of memory sees any byte read beyond it. */
  g_autofree guint8 *copy = length > 0 ? g_memdup2 (bytes, length) : NULL;

  vss_framer_push (framer, copy, length);
}

static void
check_split (const Case *c, gsize first, gsize second, gboolean take_between)
{
  g_autoptr (VssFramer) framer = vss_framer_new (LIMIT);
  GString *frames = g_string_new (NULL);
  gsize length = strlen (c->stream);

  push (framer, c->stream, first);
  if (take_between)
    collect (framer, frames);
  push (framer, c->stream + first, second - first);
  if (take_between)
    collect (framer, frames);
  push (framer, c->stream + second, length - second);
  collect (framer, frames);
  /* Whether a run of 0xFF is one or several depends on when it is taken, and means the same. */
  if (strcmp (c->name, "sync-run") == 0 && take_between)
    for (char *twice; (twice = strstr (frames->str, "SS")) != NULL;)
      g_string_erase (frames, twice - frames->str, 1);
  g_assert_cmpstr (frames->str, ==, c->frames);
  g_string_free (frames, TRUE);
}

static void
test_every_split (gconstpointer data)
{
  const Case *c = data;
  gsize length = strlen (c->stream);

  for (gsize first = 0; first <= length; first++)
    for (gsize second = first; second <= length; second++)
      {
        check_split (c, first, second, FALSE);
        check_split (c, first, second, TRUE);
      }
}

static void
test_reset (void)
{
  g_autoptr (VssFramer) framer = vss_framer_new (LIMIT);
  GString *frames = g_string_new (NULL);

  push (framer, "a\nhalf", 6);
  vss_framer_reset (framer);
  push (framer, "b\n", 2);
  push (framer, "123456789", 9);
  collect (framer, frames);
  vss_framer_reset (framer);
  push (framer, "c\n", 2);
  collect (framer, frames);
  g_assert_cmpstr (frames->str, ==, "[b]O[c]");
  g_string_free (frames, TRUE);
}

/* What is left in it when it is freed is freed too; a checker of leaks sees it if not. */
static void
test_free_with_frames (void)
{
  g_autoptr (VssFramer) framer = vss_framer_new (LIMIT);

  push (framer, "a\nb\nhalf", 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/framer/every-split/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_every_split);
    }
  g_test_add_func ("/framer/reset", test_reset);
  g_test_add_func ("/framer/free-with-frames", test_free_with_frames);
  return g_test_run ();
}
