/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Port: the laboratory's virtio-serial port, cut into frames.
 *
 * A frame is one text line "ID VERB LENGTH\n" and LENGTH bytes. The runner's only thread owns it;
 * nothing here blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The longest header line: two 10-digit numbers, a verb of at most 15 letters, blanks. */
#define PORT_HEADER_MAX 64
#define PORT_VERB_MAX 16
/* The longest payload: the host cuts files into pieces of 64 KiB. */
#define PORT_PAYLOAD_MAX (256 * 1024)
/* Above this many bytes not yet taken by the host, output of jobs is left in their pipes. */
#define PORT_BACKLOG_MAX (1024 * 1024)

typedef struct
{
  unsigned id;
  char verb[PORT_VERB_MAX];
  const char *payload; /* followed by a NUL byte that isn't part of it */
  size_t length;
} PortFrame;

typedef void (*PortHandler) (const PortFrame *frame, void *data);

typedef struct
{
  int fd;
  char in[PORT_HEADER_MAX + PORT_PAYLOAD_MAX + 1];
  size_t in_length;
  char *out;
  size_t out_length;
  size_t out_size;
} Port;

Port *port_open (const char *name);
void port_send (Port *port, unsigned id, const char *verb, const char *payload, size_t length);
void port_flush (Port *port);
bool port_receive (Port *port, PortHandler handler, void *data);
