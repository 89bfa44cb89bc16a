/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Port: frames over the laboratory's virtio-serial port; used by main.c only, on its one thread. */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the sysfs file of a port holds this name. */
static bool
has_name (const char *sysfs_file, const char *name)
{
  char line[128] = "";
  FILE *file = fopen (sysfs_file, "re");

  if (!file)
    return false;
  if (fgets (line, sizeof line, file))
    line[strcspn (line, "\n")] = '\0';
  fclose (file);
  return strcmp (line, name) == 0;
}

static int
open_by_name (const char *name)
{
  glob_t found;
  int fd = -1;

  if (glob ("/sys/class/virtio-ports/*/name", 0, NULL, &found) != 0)
    return -1;
  for (size_t i = 0; i < found.gl_pathc && fd < 0; i++)
    {
      char device[64], port_name[32];

      if (!has_name (found.gl_pathv[i], name)
          || sscanf (found.gl_pathv[i], "/sys/class/virtio-ports/%31[^/]", port_name) != 1)
        continue;
      snprintf (device, sizeof device, "/dev/%s", port_name);
      fd = open (device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
  globfree (&found);
  return fd;
}

Port *
port_open (const char *name)
{
  int fd = open_by_name (name);
  Port *port;

  if (fd < 0)
    return NULL;
  port = calloc (1, sizeof *port);
  if (port)
    port->fd = fd;
  return port;
}

static bool
reserve (Port *port, size_t more)
{
  size_t size = port->out_size ? port->out_size : 4096;
  char *out;

  while (size < port->out_length + more)
    size *= 2;
  if (size == port->out_size)
    return true;
  out = realloc (port->out, size);
  if (!out)
    return false;
  port->out = out;
  port->out_size = size;
  return true;
}

/* Queues one frame; port_flush() sends it. */
void
port_send (Port *port, unsigned id, const char *verb, const char *payload, size_t length)
{
  if (!reserve (port, PORT_HEADER_MAX + length))
    return;
  port->out_length += (size_t) snprintf (port->out + port->out_length, PORT_HEADER_MAX,
                                         "%u %s %zu\n", id, verb, length);
  if (length > 0)
    memcpy (port->out + port->out_length, payload, length);
  port->out_length += length;
}

/* Writes as much as the host takes now; without a host, nothing. */
void
port_flush (Port *port)
{
  size_t done = 0;

  while (done < port->out_length)
    {
      ssize_t n = write (port->fd, port->out + done, port->out_length - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      done += (size_t) n;
    }
  port->out_length -= done;
  memmove (port->out, port->out + done, port->out_length);
}

/* Takes one frame off the front of the input; returns its size, 0 when it isn't whole yet. */
static size_t
parse_frame (Port *port, size_t offset, PortFrame *frame)
{
  const char *start = port->in + offset;
  size_t available = port->in_length - offset;
  const char *end = memchr (start, '\n', available);
  char line[PORT_HEADER_MAX] = "";
  size_t header;

  if (!end)
    return available > PORT_HEADER_MAX ? available : 0;
  header = (size_t) (end - start) + 1;
  if (header <= sizeof line)
    memcpy (line, start, header - 1);
  if (sscanf (line, "%u %15s %zu", &frame->id, frame->verb, &frame->length) != 3
      || frame->length > PORT_PAYLOAD_MAX)
    {
      /* What an earlier host left behind: skipped up to the next line. */
      frame->verb[0] = '\0';
      return header;
    }
  if (available - header < frame->length)
    return 0;
  frame->payload = end + 1;
  return header + frame->length;
}

static void
dispatch (Port *port, PortHandler handler, void *data)
{
  size_t offset = 0;

  for (;;)
    {
      PortFrame frame = { 0 };
      size_t size = parse_frame (port, offset, &frame);
      char *after = port->in + offset + size;
      char saved;

      if (size == 0)
        break;
      saved = *after;
      *after = '\0';
      if (frame.verb[0] && frame.payload)
        handler (&frame, data);
      *after = saved;
      offset += size;
    }
  port->in_length -= offset;
  memmove (port->in, port->in + offset, port->in_length);
}

/* Reads what there is and hands out whole frames; false when no host is connected. */
bool
port_receive (Port *port, PortHandler handler, void *data)
{
  for (;;)
    {
      size_t room = sizeof port->in - 1 - port->in_length;
      ssize_t n = read (port->fd, port->in + port->in_length, room);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno == EAGAIN;
      if (n == 0)
        return false;
      port->in_length += (size_t) n;
      dispatch (port, handler, data);
    }
}
