/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-unit.h. */
#include "guest-agent/writers/vss-writer-unit.h"

#include <string.h>

#define UNITS_PATH "/org/freedesktop/systemd1/unit/"

/* What is left of the unit when its main process has ended gets so long. */
#define STOP_US (2 * G_USEC_PER_SEC)
/* If the agent is gone and can't end it: longer than the longest limit of an event. */
#define START_US ((guint64)61 * 60 * G_USEC_PER_SEC)
/* Of the key file's name in the unit's, which may have 255 altogether. */
#define MAX_NAME_CHARACTERS 100
/* The manager replaces $NAME in arguments; a doubled $ stays one. */
static GVariant *
make_command_line (const char *const *argv)
{
  GVariantBuilder arguments;

  g_variant_builder_init (&arguments, G_VARIANT_TYPE ("as"));
  for (const char *const *argument = argv; *argument; argument++)
    {
      g_auto (GStrv) parts = g_strsplit (*argument, "$", -1);

      g_variant_builder_add_value (&arguments,
                                   g_variant_new_take_string (g_strjoinv ("$$", parts)));
    }
  return g_variant_new_parsed ("[(%s, %@as, false)]", argv[0], g_variant_builder_end (&arguments));
}

static void
add (GVariantBuilder *properties, const char *name, GVariant *value)
{
  g_variant_builder_add (properties, "(sv)", name, value);
}

static gboolean
add_descriptor (GUnixFDList *list,
                GVariantBuilder *properties,
                const char *name,
                int fd,
                GError **error)
{
  int handle = g_unix_fd_list_append (list, fd, error);

  if (handle >= 0)
    add (properties, name, g_variant_new_handle (handle));
  return handle >= 0;
}

static gboolean
add_descriptors (GUnixFDList *list, GVariantBuilder *properties, const int *fds, GError **error)
{
  return add_descriptor (list, properties, "StandardInputFileDescriptor", fds[0], error) &&
         add_descriptor (list, properties, "StandardOutputFileDescriptor", fds[1], error) &&
         add_descriptor (list, properties, "StandardErrorFileDescriptor", fds[2], error);
}

/* A oneshot: its start is over when the program is. */
static void
add_settings (GVariantBuilder *properties, const VssWriterCommand *command)
{
  g_autofree char *description = g_strdup_printf ("Snapshot writer %s", command->name);

  add (properties, "Description", g_variant_new_string (description));
  add (properties, "Type", g_variant_new_string ("oneshot"));
  /* Else the unit would be forgotten with its status, and each event that a program has no use for
   * would be an error in the journal. */
  add (properties, "RemainAfterExit", g_variant_new_boolean (TRUE));
  add (properties, "SuccessExitStatus",
       g_variant_new_parsed ("([%i], @ai [])", VSS_WRITER_STATUS_NOT_SUPPORTED));
  add (properties, "ExecStart", make_command_line (command->argv));
  add (properties, "KillMode", g_variant_new_string ("control-group"));
  add (properties, "TimeoutStartUSec", g_variant_new_uint64 (START_US));
  add (properties, "TimeoutStopUSec", g_variant_new_uint64 (STOP_US));
  /* A core dump to a frozen disk never ends. */
  add (properties, "LimitCORE", g_variant_new_uint64 (0));
  if (command->user->uid != 0)
    add (properties, "User", g_variant_new_string (command->user->name));
}

GVariant *
vss_writer_unit_make_properties (const char *name,
                                 const VssWriterCommand *command,
                                 GUnixFDList *descriptors,
                                 GError **error)
{
  GVariantBuilder properties;

  g_variant_builder_init (&properties, G_VARIANT_TYPE ("a(sv)"));
  add_settings (&properties, command);
  if (!add_descriptors (descriptors, &properties, command->descriptors, error))
    {
      g_variant_builder_clear (&properties);
      return NULL;
    }
  return g_variant_new ("(ssa(sv)a(sa(sv)))", name, "fail", &properties, NULL);
}

char *
vss_writer_unit_make_name (const char *name)
{
  g_autofree char *clean = g_strndup (name, MAX_NAME_CHARACTERS);
  g_autofree char *random = g_uuid_string_random ();

  g_strcanon (clean, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-", '_');
  random[8] = '\0';
  return g_strdup_printf ("vss-writer-%s-%s.service", clean, random);
}

/* Whatever is no letter or digit is written as its number. */
char *
vss_writer_unit_make_path (const char *name)
{
  GString *path = g_string_new (UNITS_PATH);

  for (; *name; name++)
    if (g_ascii_isalnum (*name))
      g_string_append_c (path, *name);
    else
      g_string_append_printf (path, "_%02x", (guchar)*name);
  return g_string_free (path, FALSE);
}
