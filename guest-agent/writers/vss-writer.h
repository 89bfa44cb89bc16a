/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One writer of the guest, however it is reached: as a program that is started for each event or
 * as a daemon that is connected. It carries events and answers, and knows nothing of states,
 * levels and operations: those are the registry's. Main thread; nothing blocks. */
#pragma once

#include <gio/gio.h>

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

#define VSS_WRITER_ERROR (vss_writer_error_quark ())
GQuark vss_writer_error_quark (void);

/**
 * VssWriterError:
 * @VSS_WRITER_ERROR_TIMEOUT: there was no answer in time
 * @VSS_WRITER_ERROR_GONE: the program died or could not be started, the daemon has hung up
 * @VSS_WRITER_ERROR_MALFORMED: the answer is not what the schema says
 * @VSS_WRITER_ERROR_IDENTITY: what it says of itself can't be, or contradicts its key file
 * @VSS_WRITER_ERROR_UNKNOWN: there is no such writer
 * @VSS_WRITER_ERROR_REFUSED: it can't be registered
 * @VSS_WRITER_ERROR_STATE: the operation isn't where that could be told
 * @VSS_WRITER_ERROR_ABORTED: the operation was given up meanwhile
 */
typedef enum
{
  VSS_WRITER_ERROR_TIMEOUT,
  VSS_WRITER_ERROR_GONE,
  VSS_WRITER_ERROR_MALFORMED,
  VSS_WRITER_ERROR_IDENTITY,
  VSS_WRITER_ERROR_UNKNOWN,
  VSS_WRITER_ERROR_REFUSED,
  VSS_WRITER_ERROR_STATE,
  VSS_WRITER_ERROR_ABORTED,
} VssWriterError;

#define VSS_TYPE_WRITER (vss_writer_get_type ())
G_DECLARE_INTERFACE (VssWriter, vss_writer, VSS, WRITER, GObject)

struct _VssWriterInterface
{
  GTypeInterface parent_iface;

  VssWireWriterKind (*get_kind) (VssWriter *self);
  /* A UUID, the same as long as this writer is registered. */
  const char *(*get_instance_id) (VssWriter *self);
  /* For messages, also before it has described itself. */
  const char *(*get_name) (VssWriter *self);
  /* Its key file, or its process and unit. */
  const char *(*get_location) (VssWriter *self);
  /* Optional. What is known of it without asking (its key file's values, what the daemon said when
   * it connected), owned by the writer; NULL if nothing is. */
  const VssWireWriterIdentifyResult *(*peek_identity) (VssWriter *self);
  /* The limit of @event in milliseconds: its own if it has set one, else the configured one. */
  guint (*get_timeout_ms) (VssWriter *self, VssWireWriterEvent event);

  void (*identify_async) (VssWriter *self,
                          guint timeout_ms,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
  VssWireWriterIdentifyResult *(*identify_finish) (VssWriter *self,
                                                   GAsyncResult *result,
                                                   GError **error);

  void (*send_async) (VssWriter *self,
                      const VssWireWriterEventArguments *event,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  VssWireWriterEventResult *(*send_finish) (VssWriter *self, GAsyncResult *result, GError **error);
};

/* Describes itself. What the key file says is filled in: writer_id, name, usage, source and level
 * are there. Ends by @timeout_ms, with VSS_WRITER_ERROR. */
void vss_writer_identify_async (VssWriter *self,
                                guint timeout_ms,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
VssWireWriterIdentifyResult *vss_writer_identify_finish (VssWriter *self,
                                                         GAsyncResult *result,
                                                         GError **error);

/* Tells it an event; one at a time. Ends by the event's timeout_ms, with VSS_WRITER_ERROR, or with
 * what the writer says of it. A writer that doesn't know an event has carried it out. */
void vss_writer_send_async (VssWriter *self,
                            const VssWireWriterEventArguments *event,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
VssWireWriterEventResult *vss_writer_send_finish (VssWriter *self,
                                                  GAsyncResult *result,
                                                  GError **error);

VssWireWriterKind vss_writer_get_kind (VssWriter *self);
const char *vss_writer_get_instance_id (VssWriter *self);
const char *vss_writer_get_name (VssWriter *self);
const char *vss_writer_get_location (VssWriter *self);
const VssWireWriterIdentifyResult *vss_writer_peek_identity (VssWriter *self);
guint vss_writer_get_timeout_ms (VssWriter *self, VssWireWriterEvent event);

/* Signals (main thread):
 * "lost" (const char *reason): it is not there any more, between its answer to Freeze and the
 * next event: whatever it held for the set may be gone. A program that ends after its answer to
 * Freeze as it said it would is not lost; one that said it stays is. A daemon: it has hung up. */

G_END_DECLS
