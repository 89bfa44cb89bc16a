/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer that does as the test says, and writes down what it was told. */
#pragma once

#include "guest-agent/writers/vss-writer.h"
#include "tests/guest-agent/writers/manual-clock.h"

G_BEGIN_DECLS

/**
 * FakeConduct:
 * @FAKE_CONDUCT_OK: answers at once that all is well
 * @FAKE_CONDUCT_RETRYABLE: answers at once that another try may succeed
 * @FAKE_CONDUCT_DIES: is gone at once
 * @FAKE_CONDUCT_HANGS: there is no answer within the limit, which it keeps to
 * @FAKE_CONDUCT_LATE: answers when told to, heedless of the limit
 */
typedef enum
{
  FAKE_CONDUCT_OK,
  FAKE_CONDUCT_RETRYABLE,
  FAKE_CONDUCT_DIES,
  FAKE_CONDUCT_HANGS,
  FAKE_CONDUCT_LATE,
  FAKE_N_CONDUCTS
} FakeConduct;

#define FAKE_N_EVENTS (VSS_WIRE_WRITER_EVENT_ABORT + 1)

#define FAKE_TYPE_WRITER (fake_writer_get_type ())
G_DECLARE_FINAL_TYPE (FakeWriter, fake_writer, FAKE, WRITER, GObject)

struct _FakeWriter
{
  GObject parent_instance;

  ManualClock *clock;
  GString *log; /* shared: "EVENT:name " as it is told, "event. " when it has answered */
  char *name;
  char *instance_id;
  char *location;
  VssWireWriterKind kind;
  VssWireWriterLevel level;
  gboolean is_transaction_manager;
  guint rest_limit_ms; /* 0: asks for none */
  guint n_components;
  gsize caption_length; /* of each component */

  FakeConduct conduct[FAKE_N_EVENTS];
  guint limit_ms[FAKE_N_EVENTS];
  guint told[FAKE_N_EVENTS];
  guint given_ms[FAKE_N_EVENTS]; /* the limit that came with the event */
  guint n_given_components;      /* with the last event; G_MAXUINT for none named */
  char *set_id;                  /* of the last event */
  gboolean is_busy;              /* being told; telling it anything then is an error */
  gboolean is_owed;              /* Thaw or Abort; Freeze is an error then, and Thaw else */
  gboolean is_forbidden;         /* file systems are frozen: telling or asking it is an error */
  GTask *late;
  GSource *timer;
};

/* With limits of 10 s each. @clock and @log (nullable) must outlive it. */
FakeWriter *
fake_writer_new (const char *name, VssWireWriterLevel level, ManualClock *clock, GString *log);

/* The late answer: all is well. */
void fake_writer_answer (FakeWriter *self);

/* How often it was sent Thaw or Abort. */
guint fake_writer_count_releases (FakeWriter *self);

G_END_DECLS
