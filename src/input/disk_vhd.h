/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_DISK_VHD_H
#define HIVEAUDIT_INPUT_DISK_VHD_H

#include <stdbool.h>
#include <stdint.h>

#include "input/disk_image.h"

/* What the reader of VHD images and the finder of their parents share. */

#define VHD_ID_SIZE 16

/* Whether a file is a VHD with this unique id. */
bool vhd_is_disk(const struct source *file, const uint8_t id[VHD_ID_SIZE]);

/* Opens the file of the parent of a differencing disk, by its header. False after disk_fail. */
bool vhd_find_parent(struct disk_image *image, const uint8_t *header, struct source *file);

#endif
