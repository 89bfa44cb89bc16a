/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer.h. */
#include "guest-agent/writers/vss-writer.h"

G_DEFINE_QUARK (vss-writer-error-quark, vss_writer_error)
G_DEFINE_INTERFACE (VssWriter, vss_writer, G_TYPE_OBJECT)

static void
vss_writer_default_init (VssWriterInterface *iface)
{
  g_signal_new ("lost", VSS_TYPE_WRITER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_STRING);
}

VssWireWriterKind
vss_writer_get_kind (VssWriter *self)
{
  return VSS_WRITER_GET_IFACE (self)->get_kind (self);
}

const char *
vss_writer_get_instance_id (VssWriter *self)
{
  return VSS_WRITER_GET_IFACE (self)->get_instance_id (self);
}

const char *
vss_writer_get_name (VssWriter *self)
{
  return VSS_WRITER_GET_IFACE (self)->get_name (self);
}

const char *
vss_writer_get_location (VssWriter *self)
{
  return VSS_WRITER_GET_IFACE (self)->get_location (self);
}

const VssWireWriterIdentifyResult *
vss_writer_peek_identity (VssWriter *self)
{
  VssWriterInterface *iface = VSS_WRITER_GET_IFACE (self);

  return iface->peek_identity ? iface->peek_identity (self) : NULL;
}

guint
vss_writer_get_timeout_ms (VssWriter *self, VssWireWriterEvent event)
{
  return VSS_WRITER_GET_IFACE (self)->get_timeout_ms (self, event);
}

void
vss_writer_identify_async (VssWriter *self,
                           guint timeout_ms,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  VSS_WRITER_GET_IFACE (self)->identify_async (self, timeout_ms, callback, user_data);
}

VssWireWriterIdentifyResult *
vss_writer_identify_finish (VssWriter *self, GAsyncResult *result, GError **error)
{
  return VSS_WRITER_GET_IFACE (self)->identify_finish (self, result, error);
}

void
vss_writer_send_async (VssWriter *self,
                       const VssWireWriterEventArguments *event,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  VSS_WRITER_GET_IFACE (self)->send_async (self, event, callback, user_data);
}

VssWireWriterEventResult *
vss_writer_send_finish (VssWriter *self, GAsyncResult *result, GError **error)
{
  return VSS_WRITER_GET_IFACE (self)->send_finish (self, result, error);
}
