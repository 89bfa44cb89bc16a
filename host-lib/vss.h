/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one header to include. */
#pragma once

#include "host-lib/requester/vss-async.h"
#include "host-lib/requester/vss-backup-components.h"
#include "host-lib/requester/vss-domain-enable.h"
#include "host-lib/requester/vss-domain.h"
#include "host-lib/requester/vss-enum-object.h"
#include "host-lib/requester/vss-examine-writer-metadata.h"
#include "host-lib/requester/vss-overlay-info.h"
#include "host-lib/requester/vss-wm-component.h"
#include "host-lib/requester/vss-wm-filedesc.h"
#include "host-lib/vss-error.h"
#include "host-lib/vss-finding.h"
#include "host-lib/vss-snapshot-set.h"
#include "host-lib/vss-types.h"
#include "host-lib/vss-writer-types.h"
