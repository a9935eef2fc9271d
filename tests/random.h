/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_RANDOM_H
#define HIVEAUDIT_TESTS_RANDOM_H

#include <stdint.h>
#include <stdlib.h>

/* The generator is splitmix64: all of its state is one word, which is the seed to print. */
static uint64_t random_state;

static inline uint64_t random_next(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z;
}

static inline unsigned random_below(unsigned limit)
{
    uint64_t z = random_next();
    return (unsigned)((z ^ z >> 31) % limit);
}

static inline uint8_t random_byte(void)
{
    return (uint8_t)(random_next() >> 56);
}

/* Starts with TEST_SEED of the environment, or the test's own seed. */
static inline uint64_t random_take_seed(uint64_t usual)
{
    const char *seed = getenv("TEST_SEED");
    return random_state = seed ? strtoull(seed, NULL, 0) : usual;
}

#endif
