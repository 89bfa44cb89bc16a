/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the only calls of libxml2's parser. See vss-xml.h for who calls it. */
#include "host-lib/documents/vss-xml.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#include "protocol/vss-text.h"

/* No document of ours or of libvirt's has a DTD: the parser stops at the first one, before an
 * entity of it could be used. */
static void
refuse_dtd (void *context,
            const xmlChar *name,
            const xmlChar *external_id,
            const xmlChar *system_id)
{
  xmlParserCtxtPtr parser = context;

  xmlStopParser (parser);
  parser->wellFormed = 0;
}

static char *
describe_failure (xmlParserCtxtPtr parser)
{
  const xmlError *last = xmlCtxtGetLastError (parser);
  g_autofree char *message = NULL;

  if (last == NULL || last->message == NULL || last->code == XML_ERR_USER_STOP)
    return g_strdup ("it has a DTD or stops early");
  /* It quotes the document. */
  message = vss_text_sanitise (g_strchomp (last->message), VSS_TEXT_MAX_MESSAGE);
  return g_strdup_printf ("line %d: %s", last->line, message);
}

VssXml *
vss_xml_parse (const char *text, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize)length;
  xmlParserCtxtPtr parser;
  xmlDocPtr doc;

  if (size > VSS_XML_MAX_SIZE)
    {
      g_set_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT,
                   "cannot read an XML document of %" G_GSIZE_FORMAT " bytes: at most %d are read",
                   size, VSS_XML_MAX_SIZE);
      return NULL;
    }

  parser = xmlNewParserCtxt ();
  parser->sax->internalSubset = refuse_dtd;
  doc = xmlCtxtReadMemory (parser, text, (int)size, NULL, NULL,
                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                               XML_PARSE_NOCDATA);
  if (doc == NULL || xmlDocGetRootElement (doc) == NULL)
    {
      g_autofree char *why = describe_failure (parser);

      g_set_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT, "cannot read an XML document: %s",
                   why);
      g_clear_pointer (&doc, xmlFreeDoc);
    }
  xmlFreeParserCtxt (parser);
  return doc;
}

void
vss_xml_free (VssXml *self)
{
  if (self != NULL)
    xmlFreeDoc (self);
}

VssXmlNode *
vss_xml_root (VssXml *self)
{
  return xmlDocGetRootElement (self);
}

static VssXmlNode *
find_from (VssXmlNode *node, const char *name)
{
  for (; node != NULL; node = node->next)
    {
      if (node->type == XML_ELEMENT_NODE &&
          (name == NULL || g_str_equal ((const char *)node->name, name)))
        return node;
    }
  return NULL;
}

VssXmlNode *
vss_xml_child (const VssXmlNode *node, const char *name)
{
  return node == NULL ? NULL : find_from (node->children, name);
}

VssXmlNode *
vss_xml_next (const VssXmlNode *node, const char *name)
{
  return node == NULL ? NULL : find_from (node->next, name);
}

const char *
vss_xml_name (const VssXmlNode *node)
{
  return (const char *)node->name;
}

const char *
vss_xml_namespace (const VssXmlNode *node)
{
  return node->ns == NULL ? NULL : (const char *)node->ns->href;
}

static char *
take_text (xmlChar *text)
{
  char *copy = g_strdup ((const char *)text);

  xmlFree (text);
  return copy;
}

char *
vss_xml_attr (const VssXmlNode *node, const char *name)
{
  xmlChar *value;

  if (node == NULL)
    return NULL;
  value = xmlGetNoNsProp (node, (const xmlChar *)name);
  return value == NULL ? NULL : take_text (value);
}

char *
vss_xml_text (const VssXmlNode *node)
{
  xmlChar *value;

  if (node == NULL)
    return NULL;
  value = xmlNodeGetContent (node);
  return value == NULL ? NULL : take_text (value);
}

char *
vss_xml_child_text (const VssXmlNode *node, const char *name)
{
  return vss_xml_text (vss_xml_child (node, name));
}

gboolean
vss_xml_attr_is (const VssXmlNode *node, const char *name, const char *value)
{
  g_autofree char *found = vss_xml_attr (node, name);

  return g_strcmp0 (found, value) == 0;
}

char *
vss_xml_to_string (VssXmlNode *node)
{
  g_autoptr (VssXml) doc = xmlNewDoc ((const xmlChar *)"1.0");
  xmlNodePtr copy = xmlDocCopyNode (node, doc, 1);
  xmlBufferPtr buffer = xmlBufferCreate ();
  char *text;

  xmlDocSetRootElement (doc, copy);
  xmlReconciliateNs (doc, copy);
  xmlNodeDump (buffer, doc, copy, 0, 0);
  text = g_strdup ((const char *)xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

void
vss_xml_set_attr (VssXmlNode *node, const char *name, const char *value)
{
  xmlSetProp (node, (const xmlChar *)name, (const xmlChar *)value);
}

void
vss_xml_remove (VssXmlNode *node)
{
  xmlUnlinkNode (node);
  xmlFreeNode (node);
}

/* The characters of XML 1.0. */
static gboolean
is_xml_char (gunichar c)
{
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

void
vss_xml_append_text (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '&')
        g_string_append (out, "&amp;");
      else if (c == '<')
        g_string_append (out, "&lt;");
      else if (c == '>')
        g_string_append (out, "&gt;");
      else if (c == '"')
        g_string_append (out, "&quot;");
      else if (c == '\n' || c == '\r' || c == '\t')
        g_string_append_printf (out, "&#%u;", c); /* else attributes lose them */
      else
        g_string_append_unichar (out, is_xml_char (c) ? c : 0xFFFD);
    }
}

void
vss_xml_append_attr (GString *out, const char *name, const char *value)
{
  if (value == NULL)
    return;
  g_string_append_printf (out, " %s=\"", name);
  vss_xml_append_text (out, value);
  g_string_append_c (out, '"');
}

void
vss_xml_append_attr_int (GString *out, const char *name, gint64 value)
{
  g_string_append_printf (out, " %s=\"%" G_GINT64_FORMAT "\"", name, value);
}
