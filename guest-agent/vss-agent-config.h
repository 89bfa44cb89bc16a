/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's settings: a key file and drop-ins over built-in values. Read by main() before
 * anything else, then only read from. Described in man/vss-agent.conf.5.rst. */
#pragma once

#include <glib.h>

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

#define VSS_AGENT_CONFIG_ERROR (vss_agent_config_error_quark ())
GQuark vss_agent_config_error_quark (void);

/**
 * VssAgentConfigError:
 * @VSS_AGENT_CONFIG_ERROR_READ: a file or folder can't be read
 * @VSS_AGENT_CONFIG_ERROR_SYNTAX: a file is no key file
 * @VSS_AGENT_CONFIG_ERROR_UNKNOWN: there is no such group or key
 * @VSS_AGENT_CONFIG_ERROR_VALUE: a value is of the wrong kind, out of range, or contradicts another
 */
typedef enum
{
  VSS_AGENT_CONFIG_ERROR_READ,
  VSS_AGENT_CONFIG_ERROR_SYNTAX,
  VSS_AGENT_CONFIG_ERROR_UNKNOWN,
  VSS_AGENT_CONFIG_ERROR_VALUE,
} VssAgentConfigError;

#define VSS_AGENT_CONFIG_N_EVENTS (VSS_WIRE_WRITER_EVENT_ABORT + 1)

/* How programs of writers are started. */
typedef enum
{
  VSS_AGENT_RUNNER_AUTO, /* by systemd where it has started the system */
  VSS_AGENT_RUNNER_SYSTEMD,
  VSS_AGENT_RUNNER_DIRECT,
} VssAgentRunner;

typedef struct
{
  char *port;   /* virtio-serial port; empty for none */
  char *socket; /* Unix socket to listen on; empty for none */
  guint session_idle_ms;
  char *guard_socket;
  char *record; /* the freeze record */
  guint default_lease_ms;
  guint max_lease_ms;
  guint max_volumes;
  guint drain_rounds;
  char *writers_folders;      /* of key files, separated by semicolons; main() says which if empty */
  char *writers_socket;       /* for daemons; empty for none */
  char *writers_daemon_users; /* who may register besides root, separated by semicolons */
  guint writers_runner;       /* a VssAgentRunner */
  char *writers_record;                /* of the writers that were sent Freeze */
  guint writers_operation_limit_s;     /* after which a forgotten operation is shut down */
  guint writers_rest_limit_ms;         /* from Freeze to Thaw */
  guint writers_limit_ms[VSS_AGENT_CONFIG_N_EVENTS]; /* of each event, by VssWireWriterEvent */
  guint log_level; /* syslog's number */
} VssAgentConfig;

/* The built-in values. */
VssAgentConfig *vss_agent_config_new (void);
void vss_agent_config_free (VssAgentConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAgentConfig, vss_agent_config_free)

/* Reads one file over what is set. A missing file is an error only if @must_exist. */
gboolean vss_agent_config_load_file (VssAgentConfig *self,
                                     const char *path,
                                     gboolean must_exist,
                                     GError **error);

/* Reads the files *.conf of @folders (NULL-terminated) in the order of their names; of two with
 * the same name only the one in the later folder. A missing folder is an empty one. */
gboolean
vss_agent_config_load_drop_ins (VssAgentConfig *self, const char *const *folders, GError **error);

/* Whether the values fit each other; call it after all files were read. */
gboolean vss_agent_config_check (const VssAgentConfig *self, GError **error);

/* The values in force, as a key file. */
char *vss_agent_config_to_text (const VssAgentConfig *self);

G_END_DECLS
