/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder that plays a guest's root: /proc, /sys, /run/udev and /dev as a test fills them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FakeTree FakeTree;

FakeTree *fake_tree_new (void);
void fake_tree_free (FakeTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeTree, fake_tree_free)

const char *fake_tree_get_root (FakeTree *self);

/* Paths are relative to the root; folders are made as needed. */
void fake_tree_add_file (FakeTree *self, const char *path, const char *text);
void fake_tree_add_bytes (FakeTree *self, const char *path, const char *bytes, gsize length);
/* @target: relative to the root as well. */
void fake_tree_add_link (FakeTree *self, const char *path, const char *target);
void fake_tree_add_mounts (FakeTree *self, const char *mountinfo);
/* Process @pid ("self" for this one) in the mount namespace @number. @mountinfo: nullable */
void fake_tree_add_namespace (FakeTree *self,
                              const char *pid,
                              guint number,
                              const char *mountinfo);

/* A block device: @folder below sys/devices, its name the last part, with what every one has. */
void fake_tree_add_device (FakeTree *self, const char *folder, const char *number, guint sectors);
/* The same, of a disk: something with a controller behind it. */
void fake_tree_add_disk (FakeTree *self, const char *folder, const char *number, guint sectors);
void fake_tree_add_slave (FakeTree *self, const char *folder, const char *slave_folder);

G_END_DECLS
