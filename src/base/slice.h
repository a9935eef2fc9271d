/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_SLICE_H
#define HIVEAUDIT_BASE_SLICE_H

#include <stddef.h>
#include <stdint.h>

/* A view of bytes; never owns them. ptr may be NULL only where len is 0. */
struct slice {
    const uint8_t *ptr;
    size_t len;
};

#endif
