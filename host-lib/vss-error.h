/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of the library: the code of an error is the HRESULT that VSS has for it. */
#pragma once

#include <glib-object.h>

#include "host-lib/vss-export.h"

G_BEGIN_DECLS

#define VSS_ERROR (vss_error_quark ())

/**
 * VssError:
 * @VSS_E_BAD_STATE: object not initialised, wrong mode or wrong call order
 * @VSS_E_UNEXPECTED: internal service error; details in log
 * @VSS_E_PROVIDER_NOT_REGISTERED: given provider id unknown
 * @VSS_E_PROVIDER_VETO: provider refused for a reason it logged
 * @VSS_E_OBJECT_NOT_FOUND: snapshot, volume, writer, component or index absent
 * @VSS_E_VOLUME_NOT_SUPPORTED: no provider supports this volume or operation
 * @VSS_E_OBJECT_ALREADY_EXISTS: duplicate component, volume or association
 * @VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER: chosen provider does not support the volume
 * @VSS_E_UNEXPECTED_PROVIDER_ERROR: provider returned a code outside its allowed list
 * @VSS_E_CORRUPT_XML_DOCUMENT: stored XML damaged
 * @VSS_E_INVALID_XML_DOCUMENT: XML malformed or violates schema
 * @VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED: set already holds its volume limit (64)
 * @VSS_E_FLUSH_WRITES_TIMEOUT: filesystem buffers could not be flushed in time
 * @VSS_E_HOLD_WRITES_TIMEOUT: writes could not be held; commit missed 10 s window
 * @VSS_E_UNEXPECTED_WRITER_ERROR: communication with writers failed unexpectedly
 * @VSS_E_SNAPSHOT_SET_IN_PROGRESS: another snapshot set is being created on this machine
 * @VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED: volume has its maximum number of snapshots
 * @VSS_E_WRITER_INFRASTRUCTURE: event plumbing to writers is broken or stopped
 * @VSS_E_WRITER_NOT_RESPONDING: writer did not answer
 * @VSS_E_UNSUPPORTED_CONTEXT: context value or bits not supported for this call
 * @VSS_E_VOLUME_IN_USE: volume could not be locked, or has snapshots
 * @VSS_E_INSUFFICIENT_STORAGE: no space for snapshot data
 * @VSS_E_NO_SNAPSHOTS_IMPORTED: import found no snapshot
 * @VSS_E_SOME_SNAPSHOTS_NOT_IMPORTED: error form of partial import
 * @VSS_E_REVERT_IN_PROGRESS: volume is already being reverted
 * @VSS_E_REVERT_VOLUME_LOST: volume vanished during revert
 * @VSS_E_REBOOT_REQUIRED: provider needs a machine restart
 * @VSS_E_TRANSACTION_FREEZE_TIMEOUT: transaction managers could not be frozen in time
 * @VSS_E_TRANSACTION_THAW_TIMEOUT: transaction managers could not be thawed in time
 * @VSS_E_UNSELECTED_VOLUME: resync target holds a volume nobody selected
 * @VSS_E_SNAPSHOT_NOT_IN_SET: snapshot is not in the loaded document
 * @VSS_E_NESTED_VOLUME_LIMIT: volume nested too deep (VHD in VHD)
 * @VSS_E_NOT_SUPPORTED: operation not supported in this setup
 * @VSS_E_WRITERERROR_PARTIAL_FAILURE: writer reports component errors; read IVssComponentEx2::GetFailure
 * @VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT: set lacks a volume the writer needs
 * @VSS_E_WRITERERROR_OUTOFRESOURCES: writer lacked memory or other resources
 * @VSS_E_WRITERERROR_TIMEOUT: writer exceeded its freeze-to-thaw limit
 * @VSS_E_WRITERERROR_RETRYABLE: transient writer failure; redo the whole operation
 * @VSS_E_WRITERERROR_NONRETRYABLE: writer failure likely to recur
 * @VSS_E_WRITERERROR_RECOVERY_FAILED: writer could not recover the snapshot copy
 * @VSS_E_MISSING_DISK: expected disk absent in snapshot
 * @VSS_E_MISSING_HIDDEN_VOLUME: expected hidden volume did not arrive
 * @VSS_E_MISSING_VOLUME: expected volume did not arrive
 * @VSS_E_AUTORECOVERY_FAILED: autorecovery phase failed
 * @VSS_E_NONTRANSPORTABLE_BCD: document is not for a transportable set
 * @VSS_E_WRITER_STATUS_NOT_AVAILABLE: writer session slots exhausted, no status
 * @VSS_E_NOTIMPL: not implemented / provider lacks the feature
 * @VSS_E_POINTER: required pointer is NULL (enumerator, QueryRevertStatus)
 * @VSS_E_FAIL: internal error in enumerator or revert
 * @VSS_E_ACCESSDENIED: caller lacks backup or administrator rights
 * @VSS_E_OUTOFMEMORY: caller side out of memory or resources
 * @VSS_E_INVALIDARG: bad argument or NULL out pointer
 *
 * The failures of VSS with their published values, as signed 32-bit integers, and written so that
 * introspection reads them as such. The codes of COM itself carry the prefix VSS_ here
 * (VSS_E_INVALIDARG is E_INVALIDARG).
 *
 * Since: 0.1
 */
typedef enum
{
  VSS_E_BAD_STATE = 0x80042301 - 0x100000000,
  VSS_E_UNEXPECTED = 0x80042302 - 0x100000000,
  VSS_E_PROVIDER_NOT_REGISTERED = 0x80042304 - 0x100000000,
  VSS_E_PROVIDER_VETO = 0x80042306 - 0x100000000,
  VSS_E_OBJECT_NOT_FOUND = 0x80042308 - 0x100000000,
  VSS_E_VOLUME_NOT_SUPPORTED = 0x8004230C - 0x100000000,
  VSS_E_OBJECT_ALREADY_EXISTS = 0x8004230D - 0x100000000,
  VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER = 0x8004230E - 0x100000000,
  VSS_E_UNEXPECTED_PROVIDER_ERROR = 0x8004230F - 0x100000000,
  VSS_E_CORRUPT_XML_DOCUMENT = 0x80042310 - 0x100000000,
  VSS_E_INVALID_XML_DOCUMENT = 0x80042311 - 0x100000000,
  VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED = 0x80042312 - 0x100000000,
  VSS_E_FLUSH_WRITES_TIMEOUT = 0x80042313 - 0x100000000,
  VSS_E_HOLD_WRITES_TIMEOUT = 0x80042314 - 0x100000000,
  VSS_E_UNEXPECTED_WRITER_ERROR = 0x80042315 - 0x100000000,
  VSS_E_SNAPSHOT_SET_IN_PROGRESS = 0x80042316 - 0x100000000,
  VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED = 0x80042317 - 0x100000000,
  VSS_E_WRITER_INFRASTRUCTURE = 0x80042318 - 0x100000000,
  VSS_E_WRITER_NOT_RESPONDING = 0x80042319 - 0x100000000,
  VSS_E_UNSUPPORTED_CONTEXT = 0x8004231B - 0x100000000,
  VSS_E_VOLUME_IN_USE = 0x8004231D - 0x100000000,
  VSS_E_INSUFFICIENT_STORAGE = 0x8004231F - 0x100000000,
  VSS_E_NO_SNAPSHOTS_IMPORTED = 0x80042320 - 0x100000000,
  VSS_E_SOME_SNAPSHOTS_NOT_IMPORTED = 0x80042321 - 0x100000000,
  VSS_E_REVERT_IN_PROGRESS = 0x80042325 - 0x100000000,
  VSS_E_REVERT_VOLUME_LOST = 0x80042326 - 0x100000000,
  VSS_E_REBOOT_REQUIRED = 0x80042327 - 0x100000000,
  VSS_E_TRANSACTION_FREEZE_TIMEOUT = 0x80042328 - 0x100000000,
  VSS_E_TRANSACTION_THAW_TIMEOUT = 0x80042329 - 0x100000000,
  VSS_E_UNSELECTED_VOLUME = 0x8004232A - 0x100000000,
  VSS_E_SNAPSHOT_NOT_IN_SET = 0x8004232B - 0x100000000,
  VSS_E_NESTED_VOLUME_LIMIT = 0x8004232C - 0x100000000,
  VSS_E_NOT_SUPPORTED = 0x8004232F - 0x100000000,
  VSS_E_WRITERERROR_PARTIAL_FAILURE = 0x80042336 - 0x100000000,
  VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT = 0x800423F0 - 0x100000000,
  VSS_E_WRITERERROR_OUTOFRESOURCES = 0x800423F1 - 0x100000000,
  VSS_E_WRITERERROR_TIMEOUT = 0x800423F2 - 0x100000000,
  VSS_E_WRITERERROR_RETRYABLE = 0x800423F3 - 0x100000000,
  VSS_E_WRITERERROR_NONRETRYABLE = 0x800423F4 - 0x100000000,
  VSS_E_WRITERERROR_RECOVERY_FAILED = 0x800423F5 - 0x100000000,
  VSS_E_MISSING_DISK = 0x800423F8 - 0x100000000,
  VSS_E_MISSING_HIDDEN_VOLUME = 0x800423F9 - 0x100000000,
  VSS_E_MISSING_VOLUME = 0x800423FA - 0x100000000,
  VSS_E_AUTORECOVERY_FAILED = 0x800423FB - 0x100000000,
  VSS_E_NONTRANSPORTABLE_BCD = 0x800423FD - 0x100000000,
  VSS_E_WRITER_STATUS_NOT_AVAILABLE = 0x80042409 - 0x100000000,
  VSS_E_NOTIMPL = 0x80004001 - 0x100000000,
  VSS_E_POINTER = 0x80004003 - 0x100000000,
  VSS_E_FAIL = 0x80004005 - 0x100000000,
  VSS_E_ACCESSDENIED = 0x80070005 - 0x100000000,
  VSS_E_OUTOFMEMORY = 0x8007000E - 0x100000000,
  VSS_E_INVALIDARG = 0x80070057 - 0x100000000,
} VssError;

/**
 * VssSuccess:
 * @VSS_S_OK: success
 * @VSS_S_FALSE: success, but nothing there / fewer items / already initialised
 * @VSS_S_ASYNC_PENDING: operation still running
 * @VSS_S_ASYNC_FINISHED: operation completed successfully (or too late to cancel)
 * @VSS_S_ASYNC_CANCELLED: operation was cancelled
 * @VSS_S_SOME_SNAPSHOTS_NOT_IMPORTED: only part of the set was imported
 *
 * The codes of VSS that are no failures; they come in out-parameters.
 *
 * Since: 0.1
 */
typedef enum
{
  VSS_S_OK = 0x00000000,
  VSS_S_FALSE = 0x00000001,
  VSS_S_ASYNC_PENDING = 0x00042309,
  VSS_S_ASYNC_FINISHED = 0x0004230A,
  VSS_S_ASYNC_CANCELLED = 0x0004230B,
  VSS_S_SOME_SNAPSHOTS_NOT_IMPORTED = 0x00042321,
} VssSuccess;

VSS_API GQuark vss_error_quark (void);

/* "VSS_E_BAD_STATE" for VSS_E_BAD_STATE (VSS's own spelling, so E_INVALIDARG without prefix). */
VSS_API const char *vss_error_to_name (gint code);

G_END_DECLS
