/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks what the shared library shows to the outside. */
#pragma once

#define VSS_API __attribute__ ((visibility ("default"))) extern
