/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of virt-vss: see the header. Main thread. */
#include "host-lib/cli/vss-cli.h"

#include "host-lib/cli/vss-safe-text.h"

void
vss_cli_init (VssCli *self, FILE *out, FILE *err)
{
  *self = (VssCli){ .out = out, .err = err };
}

void
vss_cli_clear (VssCli *self)
{
  g_clear_pointer (&self->subject, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->output, g_free);
  g_clear_pointer (&self->progress, vss_progress_free);
}

void
vss_cli_set_subject (VssCli *self, const char *subject)
{
  g_autofree char *old = self->subject;

  self->subject = g_strdup (subject);
}

GCancellable *
vss_cli_get_cancellable (VssCli *self)
{
  return self->interrupt != NULL ? vss_interrupt_get_cancellable (self->interrupt) : NULL;
}

gboolean
vss_cli_is_interrupted (VssCli *self)
{
  return g_cancellable_is_cancelled (vss_cli_get_cancellable (self));
}

gint64
vss_cli_get_time (VssCli *self)
{
  return self->now_us != 0 ? self->now_us : g_get_real_time ();
}

gboolean
vss_cli_pause (VssCli *self, guint duration_ms)
{
  GCancellable *cancellable = vss_cli_get_cancellable (self);
  GPollFD fd;

  if (cancellable == NULL || !g_cancellable_make_pollfd (cancellable, &fd))
    {
      g_usleep ((gulong) duration_ms * 1000);
      return !vss_cli_is_interrupted (self);
    }
  g_poll (&fd, 1, (gint) duration_ms);
  g_cancellable_release_fd (cancellable);
  return !vss_cli_is_interrupted (self);
}

void
vss_cli_set_last_words (VssCli *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (self->interrupt == NULL)
    {
      return;
    }
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  vss_interrupt_set_last_words (self->interrupt, text);
}

static void
print_message (VssCli *self, const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  g_autofree char *safe = vss_safe_text (text);
  g_autofree char *subject = self->subject != NULL ? vss_safe_text (self->subject) : NULL;

  if (self->progress != NULL)
    {
      vss_progress_clear_line (self->progress);
    }
  fputs (VSS_CLI_PROGRAM ": ", self->err);
  if (self->verb != NULL)
    {
      fputs (self->verb->name, self->err);
      if (subject != NULL)
        {
          fprintf (self->err, " %s", subject);
        }
      fputs (": ", self->err);
    }
  fprintf (self->err, "%s\n", safe);
  fflush (self->err);
}

void
vss_cli_warn (VssCli *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  print_message (self, format, arguments);
  va_end (arguments);
}

void
vss_cli_note (VssCli *self, const char *format, ...)
{
  va_list arguments;

  if (self->quiet)
    {
      return;
    }
  va_start (arguments, format);
  print_message (self, format, arguments);
  va_end (arguments);
}

VssDomain *
vss_cli_open_domain (VssCli *self, const char *domain, GError **error)
{
  vss_cli_set_subject (self, domain);
  return vss_domain_open (self->uri, domain, error);
}
