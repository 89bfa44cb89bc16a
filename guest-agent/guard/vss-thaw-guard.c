/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss-thaw-guard: keeps a guest from staying frozen. Waits beside the agent with copies of the
 * descriptors that the agent freezes with and thaws when the lease is over or the agent dies.
 * Static, without GLib, locked in memory: it needs nothing of a frozen file system. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest-agent/guard/vss-guard-record.h"
#include "guest-agent/guard/vss-guard.h"

static void
print_help (void)
{
  puts ("Usage: vss-thaw-guard [--socket=PATH]\n"
        "       vss-thaw-guard --recover=RECORD\n"
        "\n"
        "Thaws the file systems that vss-agent has frozen if it doesn't do so itself.\n"
        "\n"
        "  --socket=PATH     listen there (" VSS_GUARD_DEFAULT_SOCKET ")\n"
        "  --recover=RECORD  thaw what the record of a former agent names, and end\n"
        "  --version         print the version\n"
        "  --help            print this");
}

static int
serve (const char *socket_path)
{
  VssGuardKernel kernel = vss_guard_kernel_linux ();
  VssGuard *guard;

  /* Pages of the program may lie on a file system that is frozen; reading them works, but a disk
   * that is being cut off may not. */
  if (mlockall (MCL_CURRENT | MCL_FUTURE) < 0)
    {
      fprintf (stderr, "vss-thaw-guard: can't lock the memory: %s; going on without\n",
               strerror (errno));
    }
  guard = vss_guard_new (socket_path, &kernel, -1);
  if (guard == NULL)
    {
      fprintf (stderr, "vss-thaw-guard: can't listen at %s: %s\n", socket_path, strerror (errno));
      return 1;
    }
  if (!vss_guard_run (guard))
    {
      fprintf (stderr, "vss-thaw-guard: can't go on waiting: %s\n", strerror (errno));
      return 1;
    }
  return 0;
}

static int
recover (const char *record)
{
  VssGuardKernel kernel = vss_guard_kernel_linux ();

  if (!vss_guard_recover (record, &kernel))
    {
      fprintf (stderr, "vss-thaw-guard: what %s names may still be frozen\n", record);
      return 1;
    }
  return 0;
}

int
main (int    argc,
      char **argv)
{
  static const struct option options[] = {
    { "socket", required_argument, NULL, 's' },
    { "recover", required_argument, NULL, 'r' },
    { "version", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };
  const char *socket_path = VSS_GUARD_DEFAULT_SOCKET;
  const char *record = NULL;
  int option;

  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1)
    {
      switch (option)
        {
        case 's':
          socket_path = optarg;
          break;
        case 'r':
          record = optarg;
          break;
        case 'v':
          puts ("vss-thaw-guard " VSS_VERSION);
          return 0;
        case 'h':
          print_help ();
          return 0;
        default:
          return 2;
        }
    }
  if (optind < argc)
    {
      fprintf (stderr, "vss-thaw-guard: unexpected argument: %s\n", argv[optind]);
      return 2;
    }
  return record != NULL ? recover (record) : serve (socket_path);
}
