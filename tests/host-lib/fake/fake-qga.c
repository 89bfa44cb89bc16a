/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's guest agent that does what a test tells it. */
#include "tests/host-lib/fake/fake-qga.h"

#include "host-lib/providers/vss-provider.h"

struct _FakeQga
{
  GObject parent_instance;

  GMutex lock;
  GCond changed;
  GPtrArray *file_systems; /* element-type VssQgaFileSystem */
  gint refusal; /* code; 0: opens */
  char *refusal_text;
  char *freeze_failure; /* nullable */
  gint freeze_at_most; /* -1: all */
  gboolean hangs;
  guint failing_thaws;
  guint frozen;
  guint freezes;
  guint thaws;
};

static void fake_qga_init_interface (VssQgaInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeQga,
                               fake_qga,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_QGA, fake_qga_init_interface))

static void
copy_file_system (GPtrArray *copies, const VssQgaFileSystem *file_system)
{
  VssQgaFileSystem *copy = vss_qga_file_system_new ();

  copy->mount_point = g_strdup (file_system->mount_point);
  copy->fs_type = g_strdup (file_system->fs_type);
  copy->device = g_strdup (file_system->device);
  for (guint i = 0; i < file_system->disks->len; i++)
    {
      const VssQgaDisk *disk = g_ptr_array_index (file_system->disks, i);

      vss_qga_file_system_add_disk (copy)->target = g_strdup (disk->target);
    }
  g_ptr_array_add (copies, copy);
}

/* -- the interface -- */

static gboolean
fake_open (VssQga *qga, gboolean *frozen, GCancellable *cancellable, GError **error)
{
  FakeQga *self = FAKE_QGA (qga);

  if (self->refusal != 0)
    g_set_error_literal (error, VSS_ERROR, self->refusal, self->refusal_text);
  *frozen = fake_qga_is_frozen (self);
  return self->refusal == 0;
}

static void
fake_close (VssQga *qga)
{
}

static gboolean
fake_is_frozen (VssQga *qga, gboolean *frozen, GError **error)
{
  *frozen = fake_qga_is_frozen (FAKE_QGA (qga));
  return TRUE;
}

static GPtrArray *
fake_list_file_systems (VssQga *qga, GError **error)
{
  FakeQga *self = FAKE_QGA (qga);
  GPtrArray *copies = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_qga_file_system_free);

  for (guint i = 0; i < self->file_systems->len; i++)
    copy_file_system (copies, g_ptr_array_index (self->file_systems, i));
  return copies;
}

static GPtrArray *
fake_list_disks (VssQga *qga, GError **error)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);
}

static int
fake_freeze (VssQga *qga, const char *const *mount_points, GError **error)
{
  FakeQga *self = FAKE_QGA (qga);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint count = g_strv_length ((GStrv) mount_points);

  while (self->hangs)
    g_cond_wait (&self->changed, &self->lock);
  if (self->freeze_failure != NULL)
    {
      g_set_error_literal (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE, self->freeze_failure);
      return -1;
    }
  self->frozen = self->freeze_at_most < 0 ? count : MIN (count, (guint) self->freeze_at_most);
  self->freezes++;
  g_cond_broadcast (&self->changed);
  return (int) self->frozen;
}

static int
fake_thaw (VssQga *qga, GError **error)
{
  FakeQga *self = FAKE_QGA (qga);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  guint count = self->frozen;

  self->thaws++;
  if (self->failing_thaws > 0)
    {
      self->failing_thaws--;
      g_set_error_literal (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE, "no answer");
      return -1;
    }
  self->frozen = 0;
  g_cond_broadcast (&self->changed);
  return (int) count;
}

/* -- life -- */

static void
fake_qga_init_interface (VssQgaInterface *iface)
{
  iface->open = fake_open;
  iface->close = fake_close;
  iface->is_frozen = fake_is_frozen;
  iface->list_file_systems = fake_list_file_systems;
  iface->list_disks = fake_list_disks;
  iface->freeze = fake_freeze;
  iface->thaw = fake_thaw;
}

static void
fake_qga_finalize (GObject *object)
{
  FakeQga *self = FAKE_QGA (object);

  g_ptr_array_unref (self->file_systems);
  g_free (self->refusal_text);
  g_free (self->freeze_failure);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (fake_qga_parent_class)->finalize (object);
}

static void
fake_qga_class_init (FakeQgaClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_qga_finalize;
}

static void
fake_qga_init (FakeQga *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->file_systems
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_qga_file_system_free);
  self->freeze_at_most = -1;
}

FakeQga *
fake_qga_new (void)
{
  return g_object_new (FAKE_TYPE_QGA, NULL);
}

/* -- what a test tells it -- */

void
fake_qga_add (FakeQga *self,
              const char *mount_point,
              const char *fs_type,
              const char *device,
              const char *target)
{
  VssQgaFileSystem *file_system = vss_qga_file_system_new ();

  file_system->mount_point = g_strdup (mount_point);
  file_system->fs_type = g_strdup (fs_type);
  file_system->device = g_strdup (device);
  vss_qga_file_system_add_disk (file_system)->target = g_strdup (target);
  g_ptr_array_add (self->file_systems, file_system);
}

void
fake_qga_refuse_open (FakeQga *self, gint code, const char *text)
{
  self->refusal = code;
  g_free (self->refusal_text);
  self->refusal_text = g_strdup (text);
}

void
fake_qga_freeze_only (FakeQga *self, guint count)
{
  self->freeze_at_most = (gint) count;
}

void
fake_qga_fail_freeze (FakeQga *self, const char *text)
{
  self->freeze_failure = g_strdup (text);
}

void
fake_qga_hang_freeze (FakeQga *self)
{
  self->hangs = TRUE;
}

void
fake_qga_let_freeze_go (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->hangs = FALSE;
  g_cond_broadcast (&self->changed);
}

void
fake_qga_fail_thaws (FakeQga *self, guint count)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->failing_thaws = count;
}

void
fake_qga_thaw_one (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->frozen--;
}

/* -- what has become of it -- */

guint
fake_qga_count_frozen (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->frozen;
}

gboolean
fake_qga_is_frozen (FakeQga *self)
{
  return fake_qga_count_frozen (self) > 0;
}

guint
fake_qga_count_thaws (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->thaws;
}

void
fake_qga_wait_thawed (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->frozen > 0)
    g_cond_wait (&self->changed, &self->lock);
}

void
fake_qga_wait_frozen_once (FakeQga *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->freezes == 0)
    g_cond_wait (&self->changed, &self->lock);
}
