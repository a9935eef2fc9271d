/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/marvin.h"

#include "support.h"

#define SEED_1 0x004fb61a001bdbcc
#define SEED_2 0x804fb61a001bdbcc
#define SEED_3 0x804fb61a801bdbcc

/* The vectors that implementations of Marvin32 are commonly checked with. */
static const struct {
    uint64_t seed;
    const char *bytes;
    size_t len;
    uint64_t hash;
} vectors[] = {
    {SEED_1, "", 0, 0x30ed35c100cd3c7d},
    {SEED_1, "\xaf", 1, 0x48e73fc77d75ddc1},
    {SEED_1, "\xe7\x0f", 2, 0xb5f6e1fc485dbff8},
    {SEED_1, "\x37\xf4\x95", 3, 0xf0b07c789b8cf7e8},
    {SEED_1, "\x86\x42\xdc\x59", 4, 0x7008f2e87e9cf556},
    {SEED_1, "\x15\x3f\xb7\x98\x26", 5, 0xe6c08c6da2afa997},
    {SEED_1, "\x09\x32\xe6\x24\x6c\x47", 6, 0x6f04bf1a5ea24060},
    {SEED_1, "\xab\x42\x7e\xa8\xd1\x0f\xc7", 7, 0xe11847e4f0678c41},
    {SEED_2, "", 0, 0x10a9d5d3996fd65d},
    {SEED_2, "\xaf", 1, 0x68201f91960ebf91},
    {SEED_2, "\xe7\x0f", 2, 0x64b581631f6ab378},
    {SEED_2, "\x37\xf4\x95", 3, 0xe1f2dfa6e5131408},
    {SEED_2, "\x86\x42\xdc\x59", 4, 0x36289d9654fb49f6},
    {SEED_2, "\x15\x3f\xb7\x98\x26", 5, 0x0a06114b13464dbd},
    {SEED_2, "\x09\x32\xe6\x24\x6c\x47", 6, 0xd6dd5e40ad1bc2ed},
    {SEED_2, "\xab\x42\x7e\xa8\xd1\x0f\xc7", 7, 0xe203987dba252fb3},
    {SEED_3, "\0", 1, 0xa37fb0da2ecae06c},
    {SEED_3, "\xff", 1, 0xfecef370701ae054},
    {SEED_3, "\0\xff", 2, 0xa638e75700048880},
    {SEED_3, "\xff\0", 2, 0xbdfb46d969730e2a},
    {SEED_3, "\xff\0\xff", 3, 0x9d8577c0fe0d30bf},
    {SEED_3, "\0\xff\0", 3, 0x4f9fbdde15099497},
    {SEED_3, "\0\xff\0\xff", 4, 0x24eaa279d9a529ca},
    {SEED_3, "\xff\0\xff\0", 4, 0xd3bec7726b057943},
    {SEED_3, "\xff\0\xff\0\xff", 5, 0x920b62bbca3e0b72},
    {SEED_3, "\0\xff\0\xff\0", 5, 0x1d7ddf9dfdf3c1bf},
    {SEED_3, "\0\xff\0\xff\0\xff", 6, 0xec21276a17e821a5},
    {SEED_3, "\xff\0\xff\0\xff\0", 6, 0x6911a53ca8c12254},
    {SEED_3, "\xff\0\xff\0\xff\0\xff", 7, 0xfdfd187b1d3ce784},
    {SEED_3, "\0\xff\0\xff\0\xff\0", 7, 0x71876f2efb1b0ee8},
};

static void hashes_are_those_of_the_published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct slice bytes = {.ptr = (const uint8_t *)vectors[i].bytes, .len = vectors[i].len};
        uint64_t hash = marvin32(vectors[i].seed, bytes);
        if (hash != vectors[i].hash)
            fail_msg("vector %zu: got %016jx, want %016jx", i, (uintmax_t)hash,
                     (uintmax_t)vectors[i].hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(hashes_are_those_of_the_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
