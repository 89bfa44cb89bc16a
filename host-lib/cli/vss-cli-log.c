/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps what the library logs until the main thread prints it: see the header. */
#include "host-lib/cli/vss-cli-log.h"

#define DOMAIN "libvss"

/* An operation says one thing or two; what is beyond that is no help to anybody. */
#define MAX_MESSAGES 32

struct _VssCliLog
{
  guint handler;
  GMutex lock; /* of what follows */
  GPtrArray *messages; /* (element-type utf8) */
};

static void
keep (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  VssCliLog *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->messages->len < MAX_MESSAGES)
    {
      g_ptr_array_add (self->messages, g_strdup (message));
    }
}

VssCliLog *
vss_cli_log_new (void)
{
  VssCliLog *self = g_new0 (VssCliLog, 1);

  g_mutex_init (&self->lock);
  self->messages = g_ptr_array_new_with_free_func (g_free);
  self->handler
      = g_log_set_handler (DOMAIN, G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_WARNING, keep, self);
  return self;
}

void
vss_cli_log_free (VssCliLog *self)
{
  g_log_remove_handler (DOMAIN, self->handler);
  g_ptr_array_unref (self->messages);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
vss_cli_log_print (VssCliLog *self, VssCli *cli)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint i;

  for (i = 0; i < self->messages->len; i++)
    {
      vss_cli_note (cli, "%s", (const char *) g_ptr_array_index (self->messages, i));
    }
  g_ptr_array_set_size (self->messages, 0);
}
