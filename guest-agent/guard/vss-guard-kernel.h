/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the thaw guard asks of the kernel; a table so that its tests can play the kernel. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a thread of the agent has done so far, to tell whether it has run since one looked. */
typedef struct
{
  bool exists;
  bool sleeps; /* stopped, or waiting where signals reach it: so not inside FIFREEZE */
  uint64_t switches; /* how often it has left the processor */
} VssGuardThread;

typedef struct
{
  /* FITHAW: 0 or a negative errno */
  int (*thaw) (void *data, int fd);
  VssGuardThread (*look_at_thread) (void *data, pid_t pid, pid_t tid);
  /* A descriptor that polls readable once process @pid and all its threads are gone; -1 if there is
   * no such thing. */
  int (*open_process) (void *data, pid_t pid);
  void *data;
} VssGuardKernel;

/* The kernel that this program runs on. */
VssGuardKernel vss_guard_kernel_linux (void);
