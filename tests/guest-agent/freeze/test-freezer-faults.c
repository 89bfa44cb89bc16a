/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every step of a freeze with everything that can go wrong in it: an error, a call that hangs, an
 * end of guard or host. After each row nothing is frozen and the next set succeeds. */
#include <errno.h>
#include <unistd.h>

#include "freezer-rig.h"

#define NO_ERROR ((int) -1)

typedef enum
{
  FAULT_ERROR,
  FAULT_HANG, /* until the command's limit, then for a while */
  FAULT_THAW, /* it hangs, and vss-thaw comes */
  FAULT_ABORT, /* it hangs, and vss-abort comes */
  FAULT_GUARD, /* it hangs, and the guard dies */
  FAULT_LEASE, /* it hangs, and the lease ends */
  FAULT_HANG_UP, /* the host is gone */
} Fault;

typedef struct
{
  const char *name;
  FakeCall call;
  Fault fault;
  int result; /* what the call returns, for FAULT_ERROR */
  int prepare_error; /* what the commands answer; NO_ERROR if they succeed */
  int freeze_error;
  const char *thawed; /* the answer to vss-thaw, NULL if there was nothing to thaw */
} Row;

#define CLASS(name) ((int) VSS_WIRE_ERROR_CLASS_##name)

static const Row rows[] = {
  { "open/error", FAKE_OPEN, FAULT_ERROR, -EACCES, NO_ERROR, NO_ERROR, "/one=not-held /two=held" },
  { "open/hang", FAKE_OPEN, FAULT_HANG, 0, CLASS (FLUSH_TIMEOUT), NO_ERROR, NULL },
  { "open/abort", FAKE_OPEN, FAULT_ABORT, 0, CLASS (BAD_STATE), NO_ERROR, NULL },
  { "drain/error", FAKE_SYNCFS, FAULT_ERROR, -EIO, NO_ERROR, NO_ERROR, "/one=not-held /two=held" },
  { "drain/hang", FAKE_SYNCFS, FAULT_HANG, 0, CLASS (FLUSH_TIMEOUT), NO_ERROR, NULL },
  { "drain/abort", FAKE_SYNCFS, FAULT_ABORT, 0, CLASS (BAD_STATE), NO_ERROR, NULL },
  { "start/hang-up", FAKE_FREEZE, FAULT_HANG_UP, 0, NO_ERROR, CLASS (HOLD_LOST), NULL },
  { "freeze/error", FAKE_FREEZE, FAULT_ERROR, -EIO, NO_ERROR, NO_ERROR,
    "/one=not-held /two=held" },
  { "freeze/not-supported", FAKE_FREEZE, FAULT_ERROR, -EOPNOTSUPP, NO_ERROR, NO_ERROR,
    "/one=flushed /two=held" },
  { "freeze/hang", FAKE_FREEZE, FAULT_HANG, 0, NO_ERROR, CLASS (FLUSH_TIMEOUT), NULL },
  { "freeze/thaw", FAKE_FREEZE, FAULT_THAW, 0, NO_ERROR, CLASS (HOLD_LOST), NULL },
  { "freeze/abort", FAKE_FREEZE, FAULT_ABORT, 0, NO_ERROR, CLASS (HOLD_LOST), NULL },
  { "freeze/guard-dies", FAKE_FREEZE, FAULT_GUARD, 0, NO_ERROR, CLASS (GUARD_MISSING), NULL },
  { "freeze/lease-ends", FAKE_FREEZE, FAULT_LEASE, 0, NO_ERROR, CLASS (HOLD_LOST), NULL },
};

static gboolean
is_two_frozen (Rig *rig)
{
  return fake_kernel_is_frozen (rig_get_kernel (rig), "/two");
}

static gboolean
is_two_thawed (Rig *rig)
{
  return !is_two_frozen (rig);
}

static void
strike (Rig       *rig,
        const Row *row)
{
  FakeKernel *kernel = rig_get_kernel (rig);

  rig_run_until_hanging (rig);
  if (row->call == FAKE_FREEZE)
    {
      rig_run_until (rig, is_two_frozen);
    }
  switch (row->fault)
    {
    case FAULT_HANG:
      fake_kernel_advance_ms (kernel, 5000);
      break;
    case FAULT_THAW:
      rig_thaw (rig);
      break;
    case FAULT_ABORT:
      rig_abort (rig);
      break;
    case FAULT_GUARD:
      rig_kill_guard (rig);
      break;
    case FAULT_LEASE:
      fake_kernel_advance_ms (kernel, 2000);
      break;
    case FAULT_ERROR:
    case FAULT_HANG_UP:
      break;
    }
}

static gboolean
does_hang (const Row *row)
{
  return row->fault != FAULT_ERROR && row->fault != FAULT_HANG_UP;
}

/* FALSE if it went no further. */
static gboolean
run_prepare (Rig       *rig,
             const Row *row)
{
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;
  VssWireErrorClass error_class;

  rig_prepare (rig, RIG_SET, "/one /two");
  if (row->prepare_error == NO_ERROR)
    {
      prepared = rig_wait_prepare (rig, &error_class);
      g_assert_nonnull (prepared);
      return TRUE;
    }
  strike (rig, row);
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint ((int) error_class, ==, row->prepare_error);
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_THAWED);

  /* The thread is still inside the call: this file system is refused, the other one isn't. */
  rig_prepare (rig, RIG_SET, "/one");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT);
  rig_prepare (rig, RIG_SET, "/two");
  while ((prepared = rig_wait_prepare (rig, &error_class)) == NULL)
    {
      /* Its thread may have been inside a call when the set was given up. */
      g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT);
      rig_prepare (rig, RIG_SET, "/two");
    }
  return FALSE;
}

static void
run_freeze (Rig       *rig,
            const Row *row)
{
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_freeze (rig, 2000);
  if (row->freeze_error != NO_ERROR)
    {
      if (does_hang (row))
        {
          strike (rig, row);
          /* The other file system doesn't wait for the slow one. */
          rig_run_until (rig, is_two_thawed);
          g_assert_true (fake_kernel_is_hanging (rig_get_kernel (rig)));
          fake_kernel_release (rig_get_kernel (rig));
        }
      g_assert_null (rig_wait_freeze (rig, &error_class));
      g_assert_cmpint ((int) error_class, ==, row->freeze_error);
      return;
    }
  frozen = rig_wait_freeze (rig, &error_class);
  g_assert_nonnull (frozen);
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, row->thawed);
}

static gboolean
is_idle (Rig *rig)
{
  return !rig_is_waiting (rig) && !fake_kernel_is_hanging (rig_get_kernel (rig));
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);

  if (row->fault == FAULT_ERROR)
    {
      fake_kernel_set_result (kernel, "/one", row->call, row->result);
    }
  else if (row->fault == FAULT_HANG_UP)
    {
      rig_hang_up (rig);
    }
  else
    {
      fake_kernel_hang (kernel, "/one", row->call);
    }
  if (run_prepare (rig, row))
    {
      run_freeze (rig, row);
    }
  fake_kernel_release (kernel);
  rig_run_until (rig, is_idle);
  rig_abort (rig);
  rig_run_until (rig, is_idle);
  rig_assert_clean (rig);
}

static void
test_thaw_fails_and_is_repeated (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  rig_expect_frozen (rig, 0);
  fake_kernel_set_result (kernel, "/one", FAKE_THAW, -EIO);
  rig_thaw (rig);
  g_assert_null (rig_wait_thaw (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_THAW_FAILED);
  g_assert_false (fake_kernel_is_frozen (kernel, "/two"));
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_FROZEN);
  g_assert_true (vss_freezer_is_frozen (rig_get_freezer (rig)));

  fake_kernel_set_result (kernel, "/one", FAKE_THAW, 0);
  fake_kernel_advance_ms (kernel, 1000);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_HELD);
  rig_assert_clean (rig);
}

static void
test_thaw_hangs (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  rig_expect_frozen (rig, 0);
  fake_kernel_hang (kernel, "/one", FAKE_THAW);
  rig_thaw (rig);
  rig_run_until (rig, is_two_thawed);
  rig_run_until_hanging (rig);
  g_assert_true (rig_is_waiting (rig));
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_THAWING);
  fake_kernel_release (kernel);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, "/one=held /two=held");
  rig_assert_clean (rig);
}

static void
test_sentinel_that_does_not_block (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autofree char *held = NULL;
  VssWireErrorClass error_class;

  fake_kernel_let_unlink_through (rig_get_kernel (rig), "/one");
  rig_expect_prepared (rig, "/one /two");
  rig_freeze (rig, 0);
  frozen = rig_wait_freeze (rig, &error_class);
  held = rig_describe (frozen->volumes);
  g_assert_cmpstr (held, ==, "/one=not-held /two=held");
  /* What can't be proven isn't kept frozen. */
  g_assert_false (fake_kernel_is_frozen (rig_get_kernel (rig), "/one"));
  rig_abort (rig);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_THAWED);
  rig_assert_clean (rig);
}

static void
test_guard_dies_while_frozen (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  rig_expect_frozen (rig, 0);
  rig_kill_guard (rig);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_HELD);
  g_assert_cmpstr (rig_get_unasked (rig), ==, "the thaw guard was lost");
  rig_assert_clean (rig);
  rig_prepare (rig, RIG_SET, "/one");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_GUARD_MISSING);
}

static void
test_no_guard_no_freeze (gconstpointer data)
{
  RigGuard guard = (RigGuard) GPOINTER_TO_INT (data);
  g_autoptr (Rig) rig = rig_new (guard);
  VssWireErrorClass error_class;

  if (guard == RIG_GUARD_ABSENT)
    {
      rig_prepare (rig, RIG_SET, "/one");
      g_assert_null (rig_wait_prepare (rig, &error_class));
    }
  else
    {
      rig_expect_prepared (rig, "/one");
      rig_freeze (rig, 0);
      g_assert_null (rig_wait_freeze (rig, &error_class));
    }
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_GUARD_MISSING);
  g_assert_cmpuint (fake_kernel_count (rig_get_kernel (rig), "/one", FAKE_FREEZE), ==, 0);
  rig_assert_clean (rig);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("/freezer-faults/%s", rows[i].name);

      g_test_add_data_func (name, &rows[i], test_row);
    }
  g_test_add_func ("/freezer-faults/thaw/error", test_thaw_fails_and_is_repeated);
  g_test_add_func ("/freezer-faults/thaw/hang", test_thaw_hangs);
  g_test_add_func ("/freezer-faults/sentinel/error", test_sentinel_that_does_not_block);
  g_test_add_func ("/freezer-faults/frozen/guard-dies", test_guard_dies_while_frozen);
  g_test_add_data_func ("/freezer-faults/start/no-guard", GINT_TO_POINTER (RIG_GUARD_ABSENT),
                        test_no_guard_no_freeze);
  g_test_add_data_func ("/freezer-faults/start/guard-silent", GINT_TO_POINTER (RIG_GUARD_SILENT),
                        test_no_guard_no_freeze);
  return g_test_run ();
}
