/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_DISK_H
#define HIVEAUDIT_INPUT_DISK_H

#include <stdbool.h>

#include "base/source.h"
#include "input/access.h"

/* Each reader makes the bytes of a disk of an image file: *disk is what the machine saw. The file
 * outlives it, and so does the arena of access, in which all of it lives. False after a DIAG_FAILED
 * diagnostic, or where a library is wanted that is not loaded. What is found wrong while the disk
 * is read is a diagnostic, too, and a read that fails: never zeros in its place. */
typedef bool disk_open_fn(struct access *access, const struct source *file, struct source *disk);

/* Parts of a raw image, name.001 being the first; *disk is all of them. One part that is short is
 * said. */
disk_open_fn disk_open_split;

/* Expert Witness (.E01 and its further segments): libewf. */
disk_open_fn disk_open_ewf;

/* QEMU's qcow2, versions 2 and 3: sub-clusters and external data files are refused; compressed
 * clusters by zlib or zstd; a backing file (raw or qcow2) in the same folder. */
disk_open_fn disk_open_qcow2;

/* VMware: sparse, streamOptimized, flat, split into extents: libvmdk. The file is a sparse extent
 * or a descriptor. */
disk_open_fn disk_open_vmdk;

/* Virtual PC: fixed, dynamic, differencing with its parents in the same folder, whose identity is
 * checked. */
disk_open_fn disk_open_vhd;

/* Hyper-V's VHDX: libvhdi. */
disk_open_fn disk_open_vhdx;

/* VirtualBox: fixed and dynamic; differencing ones are refused. */
disk_open_fn disk_open_vdi;

#endif
