/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_SLICE_H
#define HIVEAUDIT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes; never owns them. ptr may be NULL only where len is 0. */
struct slice {
    const uint8_t *ptr;
    size_t len;
};

/* Orders by bytes, in the manner of strcmp; what is longer comes behind what it starts with. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Whether each byte is this one; so it is where there are none. */
static inline bool slice_is_all(struct slice bytes, uint8_t byte)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.ptr[i] != byte)
            return false;
    return true;
}

#endif
