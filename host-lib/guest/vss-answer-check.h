/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a guest's answer is refused although the schema allows it: what no guest can honestly
 * say, and what would be in the way wherever it is shown. Pure functions, any thread. */
#pragma once

#include "qapi/vss-wire-types.h"

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* Bytes of a path in the guest: its kernel has no longer ones (PATH_MAX, without the end). */
#define VSS_ANSWER_MAX_PATH 4095

/* Bytes of a type, number, UUID, serial number or kernel's name: a file name's length, which the
 * longest honest one (of device mapper, 128) doesn't reach. */
#define VSS_ANSWER_MAX_WORD 255

/* What the mount point of a file system begins with that is mounted only in other mount namespaces
 * of the guest: "mnt:[4026532200]/data". */
#define VSS_ANSWER_ELSEWHERE "mnt:["

/* What stands for the mount point that libvirt has told in no usable way begins with this. */
#define VSS_ANSWER_UNKNOWN "(unknown "

/* Each mount point is an absolute path of Linux or Windows, one in another mount namespace, or
 * known to be unknown: never what could be taken for a disk's target or a UUID; and nothing is longer
 * than it can be. The error, with VSS_E_WRITER_INFRASTRUCTURE, names the entry. */
gboolean vss_answer_check_volumes (const VssWireVolumesResult *answer, GError **error);

G_END_DECLS
