/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_CRC32_H
#define HIVEAUDIT_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Polynomials, the lowest bit for the highest power. */
#define CRC32  UINT32_C(0xedb88320) /* of ISO/IEC 3309, as in zip */
#define CRC32C UINT32_C(0x82f63b78) /* of Castagnoli */

/* Bit by bit: for some kilobytes of a header. zlib is not linked. */
static inline uint32_t crc32_compute(uint32_t polynomial, const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return ~crc;
}

#endif
