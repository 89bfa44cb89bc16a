/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random values of described types, random JSON, and random damage to JSON, for
 * the tests of this folder. Everything follows from the GRand alone. */
#pragma once

#include "qapi/runtime/vss-schema.h"

G_BEGIN_DECLS

/* A value of a structure: optional members are there or not, lists have a few elements. */
gpointer vss_schema_random_value (const VssSchemaType *type, GRand *random);

/* Any JSON. */
JsonNode *vss_schema_random_json (GRand *random, guint depth);

/* Replaces, removes, adds or repeats something somewhere in the tree. */
JsonNode *vss_schema_random_damage (JsonNode *node, GRand *random);

/* A list of every type of the real and the test schema; NULL-terminated, free the list. */
const VssSchemaType **vss_schema_random_types (void);

G_END_DECLS
