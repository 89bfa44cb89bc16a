/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only door to libxml2's parser, and the escaping of what is written. Called on any thread;
 * no state beyond the document. Reading: no network, no DTD, no entities, bounded size and depth.
 * Names are compared without their namespace's prefix. */
#pragma once

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* Largest document that is read: a domain with hundreds of disks and long backing chains stays
 * well below. */
#define VSS_XML_MAX_SIZE (16 * 1024 * 1024)

typedef struct _xmlDoc VssXml;
typedef struct _xmlNode VssXmlNode;

/* @length -1: terminated by NUL. VSS_E_INVALID_XML_DOCUMENT. */
VssXml *vss_xml_parse (const char *text, gssize length, GError **error);
void vss_xml_free (VssXml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssXml, vss_xml_free)

VssXmlNode *vss_xml_root (VssXml *self);
/* First child element, next sibling element; @name NULL: of any name. NULL-safe. */
VssXmlNode *vss_xml_child (const VssXmlNode *node, const char *name);
VssXmlNode *vss_xml_next (const VssXmlNode *node, const char *name);
const char *vss_xml_name (const VssXmlNode *node);
/* NULL if it has none. */
const char *vss_xml_namespace (const VssXmlNode *node);

/* Copies; NULL if absent. */
char *vss_xml_attr (const VssXmlNode *node, const char *name);
char *vss_xml_text (const VssXmlNode *node);
/* Text of the child element @name, NULL if absent. */
char *vss_xml_child_text (const VssXmlNode *node, const char *name);
/* TRUE if present and exactly @value. */
gboolean vss_xml_attr_is (const VssXmlNode *node, const char *name, const char *value);

/* The element as text of its own, with the namespaces it needs. */
char *vss_xml_to_string (VssXmlNode *node);
/* Changes the document in memory. */
void vss_xml_set_attr (VssXmlNode *node, const char *name, const char *value);
void vss_xml_remove (VssXmlNode *node);

/* Writing: appends ` name="value"` with the value escaped; characters that XML cannot carry
 * become U+FFFD. @value NULL: appends nothing. */
void vss_xml_append_attr (GString *out, const char *name, const char *value);
void vss_xml_append_attr_int (GString *out, const char *name, gint64 value);
void vss_xml_append_text (GString *out, const char *text);

G_END_DECLS
