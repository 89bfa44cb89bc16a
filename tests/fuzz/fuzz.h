/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every fuzz entry defines. It returns 0; whatever must not happen aborts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
