/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/marvin.h"

#include "base/bytes.h"

struct state {
    uint32_t low, high;
};

static uint32_t rotate_left(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static void mix(struct state *state, uint32_t word)
{
    uint32_t low = state->low + word, high = state->high ^ low;
    low = rotate_left(low, 20) + high;
    high = rotate_left(high, 9) ^ low;
    low = rotate_left(low, 27) + high;
    *state = (struct state){.low = low, .high = rotate_left(high, 19)};
}

uint64_t marvin32(uint64_t seed, struct slice bytes)
{
    struct state state = {.low = (uint32_t)seed, .high = (uint32_t)(seed >> 32)};
    size_t whole = bytes.len - bytes.len % 4;
    for (size_t i = 0; i < whole; i += 4)
        mix(&state, get_u32(bytes.ptr + i));
    /* The last word holds the bytes that are left, and 0x80 behind them. */
    uint32_t last = 0x80;
    for (size_t i = bytes.len; i > whole; i--)
        last = last << 8 | bytes.ptr[i - 1];
    mix(&state, last);
    mix(&state, 0);
    return (uint64_t)state.high << 32 | state.low;
}
