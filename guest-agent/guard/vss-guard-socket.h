/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard's socket: packets with descriptors. Never blocks. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "guest-agent/guard/vss-guard-protocol.h"

/* -1 and errno on failure. */
int vss_guard_socket_listen (const char *path);

/* A client that runs as root or as the guard's own user; others are turned away (-1). */
int vss_guard_socket_accept (int listen_fd, pid_t *pid);

/* False if the other end is gone or sent something else than a request. @fds has room for
 * VSS_GUARD_MAX_HOLDS descriptors, which become the caller's. */
bool vss_guard_socket_receive (int fd, VssGuardMessage *message, int *fds, unsigned *n_fds);

/* Completes and sends @message; false if the other end is gone or doesn't read. */
bool vss_guard_socket_send (int fd, VssGuardMessage *message);
