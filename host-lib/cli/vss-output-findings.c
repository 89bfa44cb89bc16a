/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a dry run found, as lines and as JSON. Called by the output of sets, main thread. */
#include "host-lib/cli/vss-output-findings.h"

#include "host-lib/cli/vss-json.h"
#include "host-lib/cli/vss-safe-text.h"

void
vss_text_findings (VssCli *cli, GPtrArray *findings)
{
  int severity;
  guint i;

  for (severity = VSS_FINDING_FATAL; severity >= VSS_FINDING_NOTE; severity--)
    {
      for (i = 0; i < findings->len; i++)
        {
          const VssFinding *finding = g_ptr_array_index (findings, i);
          g_autofree char *safe = vss_safe_text (finding->text);

          if ((int) finding->severity != severity)
            {
              continue;
            }
          if (severity == VSS_FINDING_FATAL)
            {
              fprintf (cli->out, "fatal: %s (%s)\n", safe, vss_error_to_name (finding->code));
            }
          else
            {
              fprintf (cli->out,
                       "%s: %s\n",
                       vss_finding_severity_to_string (finding->severity),
                       safe);
            }
        }
    }
}

void
vss_json_findings (JsonBuilder *builder, GPtrArray *findings)
{
  guint i;

  vss_json_begin_array (builder, "findings");
  for (i = 0; i < findings->len; i++)
    {
      const VssFinding *finding = g_ptr_array_index (findings, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "severity", vss_finding_severity_to_string (finding->severity));
      vss_json_string (builder, "code", vss_error_to_name (finding->code));
      vss_json_string (builder, "object", finding->object);
      vss_json_string (builder, "text", finding->text);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}
