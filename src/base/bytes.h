/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_BYTES_H
#define HIVEAUDIT_BASE_BYTES_H

#include <stdint.h>

/* Numbers at any address: little-endian ones, as all of a registry file has them, and big-endian
 * ones of some disk images. */

static inline uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return get_u16(p) | (uint32_t)get_u16(p + 2) << 16;
}

static inline uint64_t get_u64(const uint8_t *p)
{
    return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t get_be64(const uint8_t *p)
{
    return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static inline void put_u16(uint8_t *p, uint16_t number)
{
    p[0] = (uint8_t)number;
    p[1] = (uint8_t)(number >> 8);
}

static inline void put_u32(uint8_t *p, uint32_t number)
{
    put_u16(p, (uint16_t)number);
    put_u16(p + 2, (uint16_t)(number >> 16));
}

static inline void put_u64(uint8_t *p, uint64_t number)
{
    put_u32(p, (uint32_t)number);
    put_u32(p + 4, (uint32_t)(number >> 32));
}

#endif
