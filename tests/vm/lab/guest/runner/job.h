/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Job: one shell command of the host, with its pipes.
 *
 * Made, fed and reaped by main.c on its one thread; nothing here waits for the command.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef enum
{
  JOB_IN_GUEST, /* sees the mounts and the root of process 1 */
  JOB_IN_LAB,   /* stays in the runner's own memory-only root: works while disks are frozen */
} JobPlace;

typedef struct
{
  unsigned id;
  pid_t pid; /* 0: the slot is free */
  int input; /* ends of the pipes on our side; -1: closed */
  int output;
  int error;
  char *pending; /* bytes for the command's standard input that it has not taken yet */
  size_t pending_length;
  bool input_ends; /* close the input once nothing is pending */
} Job;

bool job_start (Job *job, unsigned id, JobPlace place, const char *command);
void job_feed (Job *job, const char *bytes, size_t length);
void job_push_input (Job *job);
void job_signal (const Job *job, int signal);
void job_clear (Job *job);
