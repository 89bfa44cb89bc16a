/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-writers.h. */
#include "guest-agent/vss-agent-writers.h"

#include <unistd.h>

#include "guest-agent/writers/vss-writer-listener.h"
#include "guest-agent/writers/vss-writer-programs.h"

struct _VssAgentWriters
{
  VssAgentServices *services;
  VssWriterEnvironment environment;
  VssWriterPrograms *programs;
  VssWriterListener *listener; /* NULL: not started, or no socket is configured */
  char *last_refusal;
};

/* -- what writers ask of the agent -- */

static gboolean
is_frozen (gpointer user_data)
{
  VssAgentWriters *self = user_data;

  return vss_freezer_is_frozen (self->services->freezer);
}

static guint
get_timeout_ms (gpointer user_data, VssWireWriterEvent event)
{
  VssAgentWriters *self = user_data;

  return self->services->config->writers_limit_ms[event];
}

/* A daemon that tries again and again is worth one line. */
static void
on_refused (const char *sentence, gpointer user_data)
{
  VssAgentWriters *self = user_data;

  if (g_strcmp0 (self->last_refusal, sentence) == 0)
    return;
  g_free (self->last_refusal);
  self->last_refusal = g_strdup (sentence);
  vss_agent_log (self->services->log, VSS_LOG_REFUSED, "%s", sentence);
}

/* -- from the settings -- */

static const VssWriterLauncher *
choose_launcher (const VssAgentConfig *config)
{
  gboolean is_managed = geteuid () == 0 && vss_writer_launcher_has_systemd ();

  if (config->writers_runner == VSS_AGENT_RUNNER_SYSTEMD ||
      (config->writers_runner == VSS_AGENT_RUNNER_AUTO && is_managed))
    return vss_writer_launcher_systemd ();
  return vss_writer_launcher_direct ();
}

/* The parts of a setting that are not empty. */
static char **
split (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (char **part = parts; *part; part++)
    if (*g_strstrip (*part))
      g_strv_builder_add (builder, *part);
  return g_strv_builder_end (builder);
}

VssAgentWriters *
vss_agent_writers_new (VssAgentServices *services, const VssWriterClock *clock)
{
  VssAgentWriters *self = g_new0 (VssAgentWriters, 1);
  g_auto (GStrv) folders = split (services->config->writers_folders);

  self->services = services;
  self->environment = (VssWriterEnvironment){
    .clock = clock,
    .launcher = choose_launcher (services->config),
    .is_frozen = is_frozen,
    .get_timeout_ms = get_timeout_ms,
    .user_data = self,
  };
  self->programs = vss_writer_programs_new (&self->environment,
                                            vss_writer_operations_get_registry (services->writers),
                                            (const char *const *)folders);
  return self;
}

gboolean
vss_agent_writers_start (VssAgentWriters *self, GError **error)
{
  const VssAgentConfig *config = self->services->config;
  g_auto (GStrv) users = split (config->writers_daemon_users);

  vss_writer_programs_reload (self->programs);
  if (*config->writers_socket == '\0')
    return TRUE;
  self->listener = vss_writer_listener_new (
      &self->environment, vss_writer_operations_get_registry (self->services->writers),
      config->writers_socket, (const char *const *)users, on_refused, self, error);
  return self->listener != NULL;
}

void
vss_agent_writers_reload (VssAgentWriters *self)
{
  if (!is_frozen (self))
    vss_writer_programs_reload (self->programs);
}

void
vss_agent_writers_free (VssAgentWriters *self)
{
  g_clear_pointer (&self->listener, vss_writer_listener_free);
  vss_writer_programs_free (self->programs);
  g_free (self->last_refusal);
  g_free (self);
}
