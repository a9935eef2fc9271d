/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_CONTENT_H
#define HIVEAUDIT_INPUT_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/source.h"

/* What bytes are, told by what stands at fixed places of them, or by the first lines of a text, and
 * never by a name. */
enum content {
    CONTENT_UNKNOWN,
    CONTENT_EMPTY,
    CONTENT_HIVE,
    CONTENT_EWF,
    CONTENT_QCOW2,
    CONTENT_VMDK,
    CONTENT_VHD,
    CONTENT_VHDX,
    CONTENT_VDI,
    CONTENT_DISK, /* a raw disk or volume: a boot sector or a partition table */
    CONTENT_WIM,
    CONTENT_ARCHIVE,
    CONTENT_ISO,   /* ISO 9660, UDF, or both */
    CONTENT_INF,   /* the text that says how a driver is installed */
    CONTENT_REG,   /* registry text */
    CONTENT_OTHER, /* something known that holds no hives */
};

/* Whether content is a hive, or may hold or write one. */
bool content_is_auditable(enum content content);

/* Tells the content of a source. *name is set for all but CONTENT_UNKNOWN: "a qcow2 image". False
 * with errno set where it cannot be read. */
bool content_tell(const struct source *source, enum content *content, const char **name);

/* Bytes at the start of a source that content_tell looks at, besides those at its end: the comments
 * above the first line of a text that tells what it is. */
#define CONTENT_START_SIZE 65536

/* Whether the first bytes of a file, up to CONTENT_HEAD_SIZE of them, are those of a hive or log. A
 * base block may be lost and the hive behind it be whole: the logs, or what is left, tell. */
#define CONTENT_HEAD_SIZE 4100
bool content_is_hive(const unsigned char *head, size_t len);

#endif
