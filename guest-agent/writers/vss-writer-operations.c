/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-operations.h. */
#include "guest-agent/writers/vss-writer-operations.h"

#include "guest-agent/writers/vss-writer-debts.h"

/* Operations at a time. More requesters than that don't back one machine up at once; the oldest
 * that only waits for its requester has been forgotten by it. */
#define MAX_OPERATIONS 16
/* For the writers' last answers when the agent stops: service managers wait for longer. */
#define STOP_LIMIT_MS 10000

typedef struct
{
  VssWriterOperation *operation;
  GSource *timer; /* until it is forgotten */
} Entry;

struct _VssWriterOperations
{
  GObject parent_instance;

  VssWriterRegistry *registry;
  const VssWriterClock *clock;
  VssWriterRecord *record;
  VssWriterDebts *debts;
  guint rest_limit_ms;
  guint operation_limit_s;

  GPtrArray *entries; /* oldest first */
  GPtrArray *waits;   /* of Wait */
  GSource *open_source;
  gboolean is_frozen;
};

G_DEFINE_FINAL_TYPE (VssWriterOperations, vss_writer_operations, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  vss_writer_clock_cancel (&entry->timer);
  g_object_unref (entry->operation);
  g_free (entry);
}

/* -- looking up -- */

static Entry *
find_entry (VssWriterOperations *self, const char *set_id)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      Entry *entry = g_ptr_array_index (self->entries, i - 1);

      if (g_str_equal (vss_writer_operation_get_set_id (entry->operation), set_id))
        return entry;
    }
  return NULL;
}

VssWriterOperation *
vss_writer_operations_find (VssWriterOperations *self, const char *set_id)
{
  Entry *entry = find_entry (self, set_id);

  return entry ? entry->operation : NULL;
}

static gboolean
is_under_way (VssWriterOperation *operation)
{
  return vss_writer_operation_get_phase (operation) < VSS_WRITER_PHASE_POSTED;
}

VssWriterOperation *
vss_writer_operations_get_current (VssWriterOperations *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (is_under_way (entry->operation))
        return entry->operation;
    }
  return NULL;
}

VssWriterRegistry *
vss_writer_operations_get_registry (VssWriterOperations *self)
{
  return self->registry;
}

/* -- waiting -- */

typedef struct
{
  GTask *task;
  VssWriterOperation *operation; /* NULL for all */
  GSource *timer;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  vss_writer_clock_cancel (&wait->timer);
  g_clear_object (&wait->operation);
  g_clear_object (&wait->task);
  g_free (wait);
}

static gboolean
is_over (VssWriterOperations *self, VssWriterOperation *operation)
{
  if (operation)
    return vss_writer_operation_is_idle (operation);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (!vss_writer_operation_is_idle (entry->operation))
        return FALSE;
    }
  return TRUE;
}

/* Takes @wait out of the list. */
static void
answer (VssWriterOperations *self, Wait *wait)
{
  VssWireWriterStatusResult *result;

  if (wait->operation)
    {
      result = vss_wire_writer_status_result_new ();
      g_ptr_array_unref (result->writers);
      result->writers = vss_writer_operation_get_statuses (wait->operation);
    }
  else
    result = vss_writer_registry_get_status (self->registry);
  g_task_return_pointer (wait->task, result, (GDestroyNotify)vss_wire_writer_status_result_free);
  g_ptr_array_remove (self->waits, wait);
}

static void
on_operation_idle (VssWriterOperation *operation, VssWriterOperations *self)
{
  g_autoptr (VssWriterOperations) keep = g_object_ref (self);

  for (guint i = self->waits->len; i > 0; i--)
    {
      Wait *wait = g_ptr_array_index (self->waits, i - 1);

      if ((!wait->operation || wait->operation == operation) && is_over (self, wait->operation))
        answer (self, wait);
    }
}

static gboolean
on_wait_limit (gpointer user_data)
{
  Wait *wait = user_data;
  g_autoptr (VssWriterOperations) self = g_object_ref (g_task_get_source_object (wait->task));

  answer (self, wait);
  return G_SOURCE_REMOVE;
}

void
vss_writer_operations_wait_async (VssWriterOperations *self,
                                  const char *set_id,
                                  guint timeout_ms,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  VssWriterOperation *operation = set_id ? vss_writer_operations_find (self, set_id) : NULL;
  Wait *wait;

  if (set_id && !operation)
    {
      g_task_return_new_error (task, VSS_WRITER_ERROR, VSS_WRITER_ERROR_UNKNOWN,
                               "no writer takes part in snapshot set %s, or it was ended", set_id);
      return;
    }
  wait = g_new0 (Wait, 1);
  wait->task = g_steal_pointer (&task);
  wait->operation = operation ? g_object_ref (operation) : NULL;
  g_ptr_array_add (self->waits, wait);
  if (is_over (self, operation) || timeout_ms == 0)
    answer (self, wait);
  else
    wait->timer = vss_writer_clock_call_at (
        self->clock, vss_writer_clock_now_us (self->clock) + timeout_ms * (gint64)1000,
        on_wait_limit, wait);
}

VssWireWriterStatusResult *
vss_writer_operations_wait_finish (VssWriterOperations *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* -- beginning and ending -- */

static void
on_operation_failed (VssWriterOperation *operation,
                     const char *sentence,
                     VssWriterOperations *self)
{
  g_signal_emit_by_name (self, "failed", sentence);
}

static gboolean
is_ended (VssWriterOperation *operation)
{
  return vss_writer_operation_get_phase (operation) == VSS_WRITER_PHASE_ENDED &&
         vss_writer_operation_is_idle (operation);
}

static void
drop_ended (VssWriterOperations *self)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      Entry *entry = g_ptr_array_index (self->entries, i - 1);

      if (is_ended (entry->operation))
        g_ptr_array_remove_index (self->entries, i - 1);
    }
}

static void
end_oldest (VssWriterOperations *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (vss_writer_operation_get_phase (entry->operation) != VSS_WRITER_PHASE_ENDED)
        {
          vss_writer_operation_give_up (entry->operation, TRUE);
          return;
        }
    }
}

static guint
count_living (VssWriterOperations *self)
{
  guint living = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      living += vss_writer_operation_get_phase (entry->operation) != VSS_WRITER_PHASE_ENDED;
    }
  return living;
}

static gboolean
on_operation_limit (gpointer user_data)
{
  Entry *entry = user_data;

  vss_writer_clock_cancel (&entry->timer);
  vss_writer_operation_give_up (entry->operation, TRUE);
  return G_SOURCE_REMOVE;
}

gboolean
vss_writer_operations_make_room (VssWriterOperations *self, const char *set_id, GError **error)
{
  VssWriterOperation *current = vss_writer_operations_get_current (self);
  VssWriterPhase phase;

  if (!current || g_str_equal (vss_writer_operation_get_set_id (current), set_id))
    return TRUE;
  phase = vss_writer_operation_get_phase (current);
  if (phase == VSS_WRITER_PHASE_FREEZING || phase == VSS_WRITER_PHASE_AT_REST)
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE,
                   "can't begin snapshot set %s: the writers of %s are frozen; thaw first", set_id,
                   vss_writer_operation_get_set_id (current));
      return FALSE;
    }
  vss_writer_operation_give_up (current, TRUE);
  return TRUE;
}

VssWriterOperation *
vss_writer_operations_begin (VssWriterOperations *self,
                             const char *set_id,
                             gconstpointer owner,
                             GError **error)
{
  Entry *entry;

  drop_ended (self);
  if (vss_writer_operations_find (self, set_id))
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE,
                   "can't begin the operation of snapshot set %s: it has begun already", set_id);
      return NULL;
    }
  if (!vss_writer_operations_make_room (self, set_id, error))
    return NULL;
  if (count_living (self) >= MAX_OPERATIONS)
    end_oldest (self);
  entry = g_new0 (Entry, 1);
  entry->operation =
      vss_writer_operation_new (set_id, self->clock, self->record, self->rest_limit_ms, owner);
  entry->timer = vss_writer_clock_call_at (self->clock,
                                           vss_writer_clock_now_us (self->clock) +
                                               self->operation_limit_s * (gint64)G_USEC_PER_SEC,
                                           on_operation_limit, entry);
  g_signal_connect_object (entry->operation, "idle", G_CALLBACK (on_operation_idle), self, 0);
  g_signal_connect_object (entry->operation, "failed", G_CALLBACK (on_operation_failed), self, 0);
  vss_writer_operation_hold_back (entry->operation, self->is_frozen);
  g_ptr_array_add (self->entries, entry);
  return entry->operation;
}

void
vss_writer_operations_forget (VssWriterOperations *self, VssWriterOperation *operation)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->operation == operation)
        {
          g_ptr_array_remove_index (self->entries, i);
          return;
        }
    }
}

void
vss_writer_operations_lose (VssWriterOperations *self, gconstpointer owner)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);
      VssWriterPhase phase = vss_writer_operation_get_phase (entry->operation);

      if (vss_writer_operation_get_owner (entry->operation) == owner &&
          (phase < VSS_WRITER_PHASE_POSTED || phase == VSS_WRITER_PHASE_ABORTED))
        vss_writer_operation_give_up (entry->operation, TRUE);
    }
}

void
vss_writer_operations_abort (VssWriterOperations *self, const char *set_id)
{
  VssWriterOperation *operation = set_id ? vss_writer_operations_find (self, set_id)
                                         : vss_writer_operations_get_current (self);

  if (operation)
    vss_writer_operation_give_up (operation, TRUE);
}

/* -- frozen file systems -- */

static void
set_closed (VssWriterOperations *self, gboolean is_closed)
{
  vss_writer_registry_set_closed (self->registry, is_closed);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      vss_writer_operation_hold_back (entry->operation, is_closed);
    }
}

static gboolean
on_open (gpointer user_data)
{
  g_autoptr (VssWriterOperations) self = g_object_ref (user_data);

  vss_writer_clock_cancel (&self->open_source);
  set_closed (self, FALSE);
  return G_SOURCE_REMOVE;
}

void
vss_writer_operations_set_frozen (VssWriterOperations *self, gboolean frozen, const char *reason)
{
  VssWriterOperation *current = vss_writer_operations_get_current (self);

  self->is_frozen = frozen;
  vss_writer_clock_cancel (&self->open_source);
  if (frozen)
    {
      set_closed (self, TRUE);
      return;
    }
  if (current && vss_writer_operation_get_phase (current) < VSS_WRITER_PHASE_THAWED)
    {
      if (reason)
        vss_writer_operation_give_up (current, FALSE);
      else
        vss_writer_operation_thaw (current);
    }
  self->open_source = g_idle_source_new ();
  /* Behind the answer to whoever asked for the thaw. */
  g_source_set_priority (self->open_source, G_PRIORITY_HIGH_IDLE);
  g_source_set_callback (self->open_source, on_open, self, NULL);
  g_source_attach (self->open_source, g_main_context_get_thread_default ());
}

/* -- what a former agent left behind -- */

static void
on_debt_paid (VssWriterDebts *debts, const char *sentence, VssWriterOperations *self)
{
  g_signal_emit_by_name (self, "recovered", sentence);
}

static void
on_debt_failed (VssWriterDebts *debts, const char *sentence, VssWriterOperations *self)
{
  g_signal_emit_by_name (self, "failed", sentence);
}

char *
vss_writer_operations_recover (VssWriterOperations *self, GError **error)
{
  guint count = vss_writer_record_load (self->record, error);

  return count == 0 ? NULL
                    : g_strdup_printf ("%u writers were at rest and are sent Abort once they have "
                                       "registered",
                                       count);
}

/* -- life -- */

void
vss_writer_operations_stop_async (VssWriterOperations *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->entries, i);

      vss_writer_operation_give_up (entry->operation, TRUE);
    }
  vss_writer_operations_wait_async (self, NULL, STOP_LIMIT_MS, callback, user_data);
}

VssWriterOperations *
vss_writer_operations_new (VssWriterRegistry *registry, const VssWriterOperationsConfig *config)
{
  VssWriterOperations *self = g_object_new (VSS_TYPE_WRITER_OPERATIONS, NULL);

  self->registry = g_object_ref (registry);
  self->clock = vss_writer_registry_get_clock (registry);
  self->record = vss_writer_record_new (config->record_path);
  self->rest_limit_ms = config->rest_limit_ms;
  self->operation_limit_s = config->operation_limit_s;
  self->debts = vss_writer_debts_new (registry, self->record);
  g_signal_connect_object (self->debts, "paid", G_CALLBACK (on_debt_paid), self, 0);
  g_signal_connect_object (self->debts, "failed", G_CALLBACK (on_debt_failed), self, 0);
  return self;
}

static void
vss_writer_operations_dispose (GObject *object)
{
  VssWriterOperations *self = VSS_WRITER_OPERATIONS (object);

  vss_writer_clock_cancel (&self->open_source);
  g_ptr_array_set_size (self->waits, 0);
  g_ptr_array_set_size (self->entries, 0);
  G_OBJECT_CLASS (vss_writer_operations_parent_class)->dispose (object);
}

static void
vss_writer_operations_finalize (GObject *object)
{
  VssWriterOperations *self = VSS_WRITER_OPERATIONS (object);

  g_ptr_array_unref (self->waits);
  g_ptr_array_unref (self->entries);
  g_object_unref (self->debts);
  vss_writer_record_unref (self->record);
  g_object_unref (self->registry);
  G_OBJECT_CLASS (vss_writer_operations_parent_class)->finalize (object);
}

static void
vss_writer_operations_class_init (VssWriterOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vss_writer_operations_dispose;
  G_OBJECT_CLASS (klass)->finalize = vss_writer_operations_finalize;
  g_signal_new ("failed", VSS_TYPE_WRITER_OPERATIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_STRING);
  g_signal_new ("recovered", VSS_TYPE_WRITER_OPERATIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vss_writer_operations_init (VssWriterOperations *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->waits = g_ptr_array_new_with_free_func (wait_free);
}
