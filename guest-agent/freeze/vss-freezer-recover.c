/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent does first: undoes what a former one that was killed has left frozen. */
#include "guest-agent/freeze/vss-freezer-private.h"

#include <errno.h>

#include "guest-agent/freeze/vss-freeze-record.h"
#include "guest-agent/guard/vss-guard-record.h"

/* At the start: how long to wait for a former agent that is still inside a FIFREEZE. */
#define RECOVER_LIMIT_US (60 * G_USEC_PER_SEC)
#define RECOVER_PAUSE_US (20 * 1000)

static guint
thaw_recorded (VssFreezer           *self,
               VssMountTable        *table,
               const VssGuardRecord *record)
{
  const GPtrArray *file_systems = vss_mount_table_get_file_systems (table);
  guint thawed = 0;

  for (guint i = 0; i < record->count; i++)
    {
      for (guint j = 0; j < file_systems->len; j++)
        {
          const VssFileSystem *fs = file_systems->pdata[j];
          const VssMount *mount = fs->mounts->pdata[0];
          int fd;

          if (fs->device_major != record->holds[i].device_major
              || fs->device_minor != record->holds[i].device_minor)
            {
              continue;
            }
          fd = vss_kernel_open_mount (self->kernel, mount->path, mount->id);
          if (fd >= 0)
            {
              thawed += vss_kernel_thaw (self->kernel, fd) == 0 ? 1 : 0;
              vss_kernel_close (self->kernel, fd);
            }
        }
    }
  return thawed;
}

char *
vss_freezer_recover (VssFreezer *self,
                     GError    **error)
{
  g_autofree VssGuardRecord *record = g_new0 (VssGuardRecord, 1);
  g_autoptr (VssMountTable) table = NULL;
  gint64 limit_us = vss_kernel_boot_time_us (self->kernel) + RECOVER_LIMIT_US;
  gboolean gone = FALSE;
  guint thawed = 0;

  if (!vss_guard_record_read (self->record_path, record))
    {
      int saved = errno;

      if (saved == EBADMSG)
        {
          /* It was never finished, so nothing had been frozen. */
          vss_freeze_record_remove (self->record_path);
        }
      else if (saved != ENOENT)
        {
          g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_GENERIC_ERROR,
                       "can't read the freeze record %s: %s", self->record_path,
                       g_strerror (saved));
        }
      return NULL;
    }
  table = vss_kernel_read_mounts (self->kernel, error);
  if (table == NULL)
    {
      return NULL;
    }
  while (!gone && vss_kernel_boot_time_us (self->kernel) < limit_us)
    {
      /* Asked before the pass: what was frozen until then is found by it. */
      gone = vss_guard_record_agent_is_gone (record);
      thawed += thaw_recorded (self, table, record);
      if (!gone)
        {
          g_usleep (RECOVER_PAUSE_US);
        }
    }
  if (record->rcu_expedited >= 0)
    {
      vss_kernel_set_rcu_expedited (self->kernel, record->rcu_expedited);
    }
  vss_freeze_record_remove (self->record_path);
  return g_strdup_printf ("a former agent (process %d) died with %u file systems to hold; "
                          "%u of them were still frozen and have been thawed",
                          (int) record->agent, record->count, thawed);
}
