/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain record of one finding, and lists of them. Called by the preflight, on a worker thread,
 * and by requesters; no state. */
#include "host-lib/vss-finding-private.h"

#include "host-lib/vss-error.h"

G_DEFINE_BOXED_TYPE (VssFinding, vss_finding, vss_finding_copy, vss_finding_free)

/**
 * vss_finding_copy:
 * @self: a finding
 *
 * Returns: (transfer full): a copy of it
 *
 * Since: 0.1
 */
VssFinding *
vss_finding_copy (const VssFinding *self)
{
  VssFinding *copy = g_new0 (VssFinding, 1);

  *copy = *self;
  copy->object = g_strdup (self->object);
  copy->text = g_strdup (self->text);
  return copy;
}

/**
 * vss_finding_free:
 * @self: (nullable): a finding
 *
 * Frees it.
 *
 * Since: 0.1
 */
void
vss_finding_free (VssFinding *self)
{
  if (self == NULL)
    return;
  g_free (self->object);
  g_free (self->text);
  g_free (self);
}

/**
 * vss_finding_severity_to_string:
 * @severity: what a finding means for its set
 *
 * Returns: "note", "weakens" or "fatal"
 *
 * Since: 0.1
 */
const char *
vss_finding_severity_to_string (VssFindingSeverity severity)
{
  static const char *const texts[] = { "note", "weakens", "fatal" };

  return (guint)severity < G_N_ELEMENTS (texts) ? texts[severity] : "unknown";
}

GPtrArray *
vss_findings_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)vss_finding_free);
}

static gpointer
copy_finding (gconstpointer source, gpointer user_data)
{
  return vss_finding_copy (source);
}

GPtrArray *
vss_findings_copy (GPtrArray *findings)
{
  GPtrArray *copy = g_ptr_array_copy (findings, copy_finding, NULL);

  g_ptr_array_set_free_func (copy, (GDestroyNotify)vss_finding_free);
  return copy;
}

static gboolean
has_text (GPtrArray *findings, const char *text)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const VssFinding *finding = g_ptr_array_index (findings, i);

      if (g_str_equal (finding->text, text))
        return TRUE;
    }
  return FALSE;
}

/* @text: (transfer full) */
static void
add (GPtrArray *findings, VssFindingSeverity severity, gint code, const char *object, char *text)
{
  VssFinding *finding;

  if (has_text (findings, text))
    {
      g_free (text);
      return;
    }
  finding = g_new0 (VssFinding, 1);
  finding->severity = severity;
  finding->code = code;
  finding->object = g_strdup (object);
  finding->text = text;
  g_ptr_array_add (findings, finding);
}

void
vss_findings_add (GPtrArray *findings,
                  VssFindingSeverity severity,
                  gint code,
                  const char *object,
                  const char *format,
                  ...)
{
  va_list args;

  va_start (args, format);
  add (findings, severity, code, object, g_strdup_vprintf (format, args));
  va_end (args);
}

void
vss_findings_take_error (GPtrArray *findings,
                         VssFindingSeverity severity,
                         const char *object,
                         GError *error)
{
  add (findings, severity, error->domain == VSS_ERROR ? error->code : VSS_E_UNEXPECTED, object,
       g_strdup (error->message));
  g_error_free (error);
}

gboolean
vss_findings_has_fatal (GPtrArray *findings)
{
  return !vss_findings_check (findings, NULL);
}

/* What makes other things fail, too: told first, and its code is the set's. */
static gboolean
is_cause (const VssFinding *finding)
{
  return finding->code == VSS_E_ACCESSDENIED || finding->code == VSS_E_BAD_STATE
         || finding->code == VSS_E_SNAPSHOT_SET_IN_PROGRESS;
}

static void
add_fatal (GPtrArray *findings, gboolean causes, gint *code, GString *text)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const VssFinding *finding = g_ptr_array_index (findings, i);

      if (finding->severity != VSS_FINDING_FATAL || is_cause (finding) != causes)
        continue;
      if (*code == 0)
        *code = finding->code;
      else
        g_string_append (text, "; besides, ");
      g_string_append (text, finding->text);
    }
}

gboolean
vss_findings_check (GPtrArray *findings, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gint code = 0;

  add_fatal (findings, TRUE, &code, text);
  add_fatal (findings, FALSE, &code, text);
  if (code == 0)
    return TRUE;
  g_set_error_literal (error, VSS_ERROR, code, text->str);
  return FALSE;
}
