/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain's XML says: its disks with their chains of images, running block jobs, and the
 * records of snapshot sets. A plain copy of one moment. Used by all files of this folder. */
#pragma once

#include "host-lib/documents/vss-xml.h"
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

G_BEGIN_DECLS

/* The namespace of a set's record ends in the set's id. */
#define VSS_RECORD_NAMESPACE "urn:virt-vss:set:"

typedef struct
{
  char *path;
  char *format;
  guint index; /* libvirt's number for it: its node in QEMU is libvirt-<index>-format; 0: none */
} VssChainImage;

typedef struct
{
  VssDomainDisk *disk;
  char *alias;      /* nullable; the device's name in QEMU */
  GPtrArray *chain; /* (element-type VssChainImage) active image first; only what has a path */
  char *mirror_job; /* nullable; "active-commit", "copy" */
  gboolean mirror_ready;
  char *mirror_path; /* nullable; what the job writes to */
} VssDiskView;

/* A set's record as it stands in the metadata, not yet looked at. */
typedef struct
{
  char *id; /* from its namespace */
  char *xml;
} VssRecordText;

typedef struct
{
  char *name;
  char *uuid;
  GPtrArray *disks;   /* (element-type VssDiskView) */
  GPtrArray *records; /* (element-type VssRecordText) */
} VssDomainView;

VssDomainView *vss_domain_view_parse (const char *xml, GError **error);
/* Asks libvirt; @flags 0 (as it is: running if it runs) or VIR_DOMAIN_XML_INACTIVE. */
VssDomainView *vss_domain_view_load (virDomainPtr domain, unsigned int flags, GError **error);
void vss_domain_view_free (VssDomainView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssDomainView, vss_domain_view_free)

VssDiskView *vss_domain_view_find (const VssDomainView *self, const char *target);
/* Position of @path in the disk's chain, 0 for the active image; -1 if it isn't in it. */
int vss_disk_view_position (const VssDiskView *self, const char *path);
/* Whether any disk of the domain, its chain or its job names @path. */
gboolean vss_domain_view_uses (const VssDomainView *self, const char *path);

/* Fills @disk's addresses from its element, and from the controllers among @devices. */
void vss_disk_address_read (const VssXmlNode *devices, const VssXmlNode *node, VssDomainDisk *disk);

/* Fills @disk's read_only, supported, unsupported_code and unsupported_reason from its element. */
void vss_disk_support_judge (const VssXmlNode *node, VssDomainDisk *disk);

G_END_DECLS
