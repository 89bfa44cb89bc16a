/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostile-writer: a daemon that connects as a writer and breaks the rules.
 *
 *   hostile-writer MODE SOCKET
 *
 * MODE: silent, wrong, deep, huge, escapes, mute, lies, endless, unasked, many.
 * Those up to deep fail to register; the others do, then misbehave. It ends when it is hung up on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_BYTES 65536
#define CONNECTIONS 1000
#define DEPTH 20000
#define COMPONENTS 3000
#define ESCAPES "\\u001b[2J\\u009b31m\\u202e"

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  strncpy (address.sun_path, path, sizeof address.sun_path - 1);
  if (fd < 0 || connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    {
      perror (path);
      exit (1);
    }
  return fd;
}

static void
say (int fd, const char *text)
{
  size_t left = strlen (text);

  while (left > 0)
    {
      ssize_t put = send (fd, text, left, MSG_NOSIGNAL);

      if (put <= 0)
        exit (0); /* hung up on */
      text += put;
      left -= (size_t)put;
    }
}

/* The next line without what is in front of its brace. */
static const char *
read_line (int fd, char *line)
{
  size_t length = 0;
  char *start;

  while (length < LINE_BYTES - 1 && read (fd, line + length, 1) == 1)
    if (line[length++] == '\n')
      {
        line[length] = '\0';
        start = strchr (line, '{');
        return start ? start : line;
      }
  exit (0);
}

static void
answer (int fd, const char *line, const char *result)
{
  const char *id = strstr (line, "\"id\":\"");
  char text[256];

  say (fd, "{\"return\":");
  say (fd, result);
  snprintf (text, sizeof text, ",\"id\":\"%.*s\"}\n", id ? (int)strcspn (id + 6, "\"") : 0,
            id ? id + 6 : "");
  say (fd, text);
}

static void
open_session (int fd)
{
  char line[LINE_BYTES];
  char text[128];
  const char *number = strstr (read_line (fd, line), "{\"id\":");

  snprintf (text, sizeof text, "\xff{\"return\":{\"id\":%lld}}\n", number ? atoll (number + 6) : 0);
  say (fd, text);
  answer (fd, read_line (fd, line), "{\"session\":\"s\"}");
}

/* Who it says it is; the last digits of the class tell modes apart. */
static char *
make_identity (const char *mode)
{
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream (&text, &length);

  fprintf (out, "{\"writer-id\":\"6f1d0000-0000-4000-8000-0000000000%02x\",\"name\":\"%s\"",
           (unsigned char)mode[0], mode);
  if (strcmp (mode, "wrong") == 0)
    fputs (",\"level\":7,\"components\":{}", out);
  if (strcmp (mode, "deep") == 0)
    {
      fputs (",\"x\":", out);
      for (int i = 0; i < DEPTH; i++)
        fputs ("[", out);
    }
  if (strcmp (mode, "escapes") == 0)
    fputs (",\"components\":[{\"type\":\"database\",\"name\":\"a\",\"caption\":\"" ESCAPES
           "\"}],\"restore-service\":\"" ESCAPES "\"",
           out);
  if (strcmp (mode, "huge") == 0)
    {
      fputs (",\"components\":[", out);
      for (int i = 0; i < COMPONENTS; i++)
        fprintf (out, "%s{\"type\":\"database\",\"name\":\"c%d\",\"caption\":\"%0200d\"}",
                 i == 0 ? "" : ",", i, i);
      fputs ("]", out);
    }
  fputs ("}", out);
  fclose (out);
  return text;
}

static void
misbehave (int fd, const char *mode, char *line)
{
  if (strcmp (mode, "endless") == 0)
    while (1)
      say (fd, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  if (strcmp (mode, "unasked") == 0)
    while (1)
      say (fd, "{\"return\":{\"failure\":\"none\"},\"id\":\"s:99999\"}\n");
  while (1)
    {
      const char *command = read_line (fd, line);

      if (strstr (command, "vss-writer-identify"))
        {
          char *identity = make_identity (mode);

          answer (fd, command, identity);
          free (identity);
        }
      else if (strcmp (mode, "lies") == 0)
        answer (fd, command, "{\"failure\":[],\"message\":{}}");
      else if (strcmp (mode, "mute") != 0)
        answer (fd, command, "{\"failure\":\"nonretryable\",\"message\":\"" ESCAPES "\"}");
    }
}

int
main (int argc, char **argv)
{
  char line[LINE_BYTES];
  char *identity;
  int fd;

  if (argc != 3)
    {
      fprintf (stderr, "usage: hostile-writer MODE SOCKET\n");
      return 2;
    }
  if (strcmp (argv[1], "many") == 0)
    for (int i = 0; i < CONNECTIONS; i++)
      close (connect_to (argv[2]));
  fd = connect_to (argv[2]);
  if (strcmp (argv[1], "silent") == 0)
    return read (fd, line, sizeof line) < 0 || pause () < 0;
  open_session (fd);
  identity = make_identity (argv[1]);
  answer (fd, read_line (fd, line), identity);
  free (identity);
  misbehave (fd, argv[1], line);
  return 0;
}
