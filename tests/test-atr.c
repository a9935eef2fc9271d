/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/atr_text.h"
#include "random.h"

#define NO_TCK_BYTE  (-1)
#define LONG_LEN     (4U * 1024 * 1024)
#define RANDOM_TURNS 200000
#define DEFAULT_SEED 20240607

/* What ISO/IEC 7816-3 says of real ATRs and of broken ones. protocols holds the T of each TD; the
 * historical bytes are those that the device ID of the card ends in (SCFILTER\CID_...). */
static const struct vector {
    const char *atr;
    size_t len, historical_len, historical_offset;
    const char *protocols;
    int tck;
    const char *historical;
    enum atr_fault fault;
} vectors[] = {
    {"3b0451ff0800", 6, 4, 2, "", -1, "51ff0800", ATR_OK},
    {"3bdc1300403a4954475f4d534353505f5632", 18, 12, 6, "0", -1, "4954475f4d534353505f5632",
     ATR_OK},
    {"3bfd1300008131fe158073c021c057597562694b657940", 23, 13, 9, "1,1", 0x40,
     "8073c021c057597562694b6579", ATR_OK},
    {"3b8d80018073c021c057597562694b6579f9", 18, 13, 4, "0,1", 0xf9, "8073c021c057597562694b6579",
     ATR_OK},
    {"3b8d80018073c021c057597562694b65ff7f", 18, 13, 4, "0,1", 0x7f, "8073c021c057597562694b65ff",
     ATR_OK},
    {"3bf81300008131fe15597562696b657934d4", 18, 8, 9, "1,1", 0xd4, "597562696b657934", ATR_OK},
    {"3bde18ffc080b1fe451f034573744549442076657220312e302b", 26, 14, 11, "0,1,15", 0x2b,
     "4573744549442076657220312e30", ATR_OK},
    {"3bfe1800008031fe454573744549442076657220312e30a8", 24, 14, 9, "0,1", 0xa8,
     "4573744549442076657220312e30", ATR_OK},
    {"3bfa1800008131fe45", 9, 10, 9, "1,1", -1, "", ATR_TRUNCATED},
    {"3bfa1800008031fe45fe654944202f20504b4903", 20, 10, 9, "0,1", 0x03, "fe654944202f20504b49",
     ATR_OK},
    {"3b7f9600008031b865b085051024122460829000", 20, 15, 5, "", -1,
     "8031b865b085051024122460829000", ATR_OK},
    {"3b7f96000080318065b085040120120fff829000", 20, 15, 5, "", -1,
     "80318065b085040120120fff829000", ATR_OK},
    {"3bff9600008131fe4380318065b085040120120fff829000d0", 25, 15, 9, "1,1", 0xd0,
     "80318065b085040120120fff829000", ATR_OK},
    {"3bff9600008131804380318065b0850300ef120fff82900067", 25, 15, 9, "1,1", 0x67,
     "80318065b0850300ef120fff829000", ATR_OK},
    {"3b959540ffd000540131", 10, 5, 5, "0", -1, "d000540131", ATR_OK},
    {"3b650000d000540131", 9, 5, 4, "", -1, "d000540131", ATR_OK},
    {"3b7d95000080318065b08311c0a983009000", 18, 13, 5, "", -1, "80318065b08311c0a983009000",
     ATR_OK},
    {"3b7d95000080318065b08311c0a98300", 16, 13, 5, "", -1, "", ATR_TRUNCATED},
    {"3b9894400aa503010101ad1311", 13, 8, 5, "0", -1, "a503010101ad1311", ATR_OK},
    {"3b8d0180fba000000397425446590401cf", 17, 13, 3, "1", 0xcf, "80fba000000397425446590401",
     ATR_OK},
    {"3b8d0180fba000000397425446590401", 16, 13, 3, "1", -1, "80fba000000397425446590401",
     ATR_NO_TCK},
    {"3bf71800008031fe45736674652d6e66c4", 17, 7, 9, "0,1", 0xc4, "736674652d6e66", ATR_OK},
    {"3bf71100008131fe6543616e6f6b657999", 17, 7, 9, "1,1", 0x99, "43616e6f6b6579", ATR_OK},
    {"3ba70040188065a208010152", 12, 7, 5, "0", -1, "8065a208010152", ATR_OK},
    {"3bac00402a001225006480000310009000", 17, 12, 5, "0", -1, "001225006480000310009000", ATR_OK},
    {"3bd218008131fe58c90316", 11, 2, 8, "1,1", 0x16, "c903", ATR_OK},
    {"3bfe1800008131fe458031815448534d31738021408107fa", 24, 14, 9, "1,1", 0xfa,
     "8031815448534d31738021408107", ATR_OK},
    {"3bde18ff8191fe1fc38031815448534d317380214081071c", 24, 14, 9, "1,1,15", 0x1c,
     "8031815448534d31738021408107", ATR_OK},
    {"3b8e80018031815448534d3173802140810718", 19, 14, 4, "0,1", 0x18,
     "8031815448534d31738021408107", ATR_OK},
    {"3bd996ff8131fe458031b8738601c0810502", 18, 9, 8, "1,1", 0x02, "8031b8738601c08105", ATR_OK},
    {"3b80800101", 5, 0, 4, "0,1", 0x01, "", ATR_OK},
    {"3b8080", 3, 0, 0, "0", -1, "", ATR_TRUNCATED},
    {"3bda13ff8131fb468012392f31c173c601c03b", 19, 10, 8, "1,1", 0x3b, "8012392f31c173c601c0",
     ATR_OK},
    {"3b9f958131fe9f006646530523002571df000003900096", 23, 15, 7, "1,1", 0x96,
     "006646530523002571df0000039000", ATR_OK},
    {"3bf51800008131fe454d794549449a", 15, 5, 9, "1,1", 0x9a, "4d79454944", ATR_OK},
    {"3bd6970081b1fe451f878031c152411223", 17, 6, 10, "1,1,15", 0x23, "8031c1524112", ATR_OK},
    {"3b7a18000073667465206364313434", 15, 10, 5, "", -1, "73667465206364313434", ATR_OK},
    {"3f690000006401000000809000", 13, 9, 4, "", -1, "006401000000809000", ATR_OK},
    {"3b971181217569536869656c6405", 14, 7, 6, "1,1", 0x05, "69536869656c64", ATR_OK},
    {"3b00", 2, 0, 2, "", -1, "", ATR_OK},
    {"3b021458", 4, 2, 2, "", -1, "1458", ATR_OK},
    {"3b0a00640181010c829000", 11, 10, 2, "", -1, "", ATR_TRUNCATED},
    {"3b", 1, 0, 0, "", -1, "", ATR_SHORT},
    {"4b00", 2, 0, 0, "", -1, "", ATR_BAD_TS},
};

/* stored and mask as in the registry; no mask value is NULL. */
static const struct match_vector {
    const char *name, *card, *stored, *mask;
    bool matches;
} match_vectors[] = {
    {"M1 sample card", "3b0451ff0800", "3b0451ff0800", "ffffffffffff", true},
    {"M2 BE eID v1 masked", "3b9894400aa503010101ad1311", "3b98004000a503010101ad1300",
     "ffff00ff00ffffffffffffff00", true},
    {"M3 BE eID other last byte", "3b9894400aa503010101ad1310", "3b98004000a503010101ad1300",
     "ffff00ff00ffffffffffffff00", true},
    {"M4 PTeid partial bit mask", "3b959540ffd000540132", "3b959540ffd000540130",
     "fffffffffffffffffffc", true},
    {"M4b PTeid 0x34 differs", "3b959540ffd000540134", "3b959540ffd000540130",
     "fffffffffffffffffffc", false},
    {"M5 PTeid GemSafe1", "3b7d95000080318065b08311c0a983009000",
     "3b7d95000080318065b08311000083009000", "ffffffffffffffffffffffff0000ffffffff", true},
    {"M6 GemSafe2 (16) vs 18-byte card", "3b7d95000080318065b08311c0a983009000",
     "3b7d95000080318065b0831100008300", "ffffffffffffffffffffffff0000ffff", false},
    {"M7 OpenSC#2321 unnormalised", "3bac00402a001225006480000310009000",
     "3bac00402a001225006480000310009000", "ff00000000ffffffffffff000000ffffff", false},
    {"M8 #2321 no mask", "3bac00402a001225006480000310009000", "3bac00402a001225006480000310009000",
     NULL, true},
    {"M9 CardOS unnormalised", "3bf21800ffc10a31fe55c8068a", "3bf21800ffc10a31fe55c8068a",
     "ffff0fff00ff00ffff00000000", false},
    {"M10 CardOS normalised", "3bf21800ffc10a31fe55c8068a", "3bf2080000c10031fe00000000",
     "ffff0fff00ff00ffff00000000", true},
    {"M11 mask longer", "3b0451ff0800", "3b0451ff0800", "ffffffffffffff", false},
    {"M12 mask shorter", "3b0451ff0800", "3b0451ff0800", "ffffff", false},
    {"M13 all-zero mask+zero ATR", "3b0451ff0800", "000000000000", "000000000000", true},
    {"M14 zero mask, ATR nonzero", "3b0451ff0800", "3b0451ff0800", "000000000000", false},
    {"M15 mask trailing zero-pad 36", "3b0451ff0800",
     "3b0451ff0800000000000000000000000000000000000000000000000000000000000000",
     "ffffffffffff000000000000000000000000000000000000000000000000000000000000", false},
    {"M16 TPM VSC", "3b8d0180fba000000397425446590401cf", "3b8d0180fba000000397425446590401cf",
     "ffffffffffffffffffffffffffffffffff", true},
};

static const struct slice no_mask;

/* The bytes of hex in a block of exactly their size, so that a sanitizer sees any overrun. */
static struct slice alloc_bytes(const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = malloc(len);
    assert_true(bytes || len == 0);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
    return (struct slice){bytes, len};
}

static void free_bytes(struct slice bytes)
{
    free((void *)bytes.ptr);
}

static struct atr decode_hex(const char *atr, const char *mask)
{
    struct slice bytes = alloc_bytes(atr);
    struct slice mask_bytes = mask ? alloc_bytes(mask) : no_mask;
    struct atr decoded = atr_decode(bytes, mask_bytes);
    free_bytes(bytes);
    free_bytes(mask_bytes);
    return decoded;
}

static bool describes_plainly(struct slice bytes, const struct atr *atr)
{
    struct arena *arena = arena_new();
    const char *text = atr_describe(arena, bytes, atr);
    size_t len = strlen(text);
    bool plain = len > 0 && len < 400;
    for (size_t i = 0; i < len; i++)
        plain = plain && text[i] >= ' ' && text[i] <= '~';
    arena_free(arena);
    return plain;
}

static void check_protocols(const struct vector *vector, const struct atr *atr)
{
    char text[128] = "";
    for (size_t i = 0; i < atr->nprotocols; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", i ? "," : "",
                 atr->protocols[i]);
    assert_string_equal(text, vector->protocols);
}

static void check_historical(const struct vector *vector, const struct atr *atr)
{
    struct slice bytes = alloc_bytes(vector->atr), expected = alloc_bytes(vector->historical);
    assert_int_equal(expected.len, vector->historical_len);
    assert_memory_equal(bytes.ptr + atr->historical_offset, expected.ptr, expected.len);
    free_bytes(bytes);
    free_bytes(expected);
}

/* The ID ends in the historical bytes, in upper case; without all of them there is none. */
static void check_device_id(const struct vector *vector)
{
    struct arena *arena = arena_new();
    struct slice bytes = alloc_bytes(vector->atr);
    const char *id = atr_device_id(arena, bytes, no_mask);
    if (*vector->historical) {
        char *expected = arena_printf(arena, "scfilter\\cid_%s", vector->historical);
        for (char *p = expected; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        assert_non_null(id);
        assert_string_equal(id, expected);
    } else {
        assert_null(id);
    }
    free_bytes(bytes);
    arena_free(arena);
}

static void check_vector(const struct vector *vector)
{
    struct atr atr = decode_hex(vector->atr, NULL);
    assert_int_equal(strlen(vector->atr) / 2, vector->len);
    assert_int_equal(atr.fault, vector->fault);
    assert_int_equal(atr.reach, ATR_FULL);
    assert_int_equal(atr.inverse, vector->atr[1] == 'f');
    assert_int_equal(atr.historical_len, vector->historical_len);
    assert_int_equal(atr.historical_offset, vector->historical_offset);
    check_protocols(vector, &atr);
    check_device_id(vector);
    if (vector->fault == ATR_OK || vector->fault == ATR_NO_TCK)
        check_historical(vector, &atr);
    if (vector->fault != ATR_OK)
        return;
    assert_int_equal(atr.expected_len, vector->len);
    assert_int_equal(atr.needs_tck, vector->tck != NO_TCK_BYTE);
    assert_int_equal(atr.tck, atr.needs_tck ? vector->tck : 0);
    assert_int_equal(atr.tck_expected, atr.tck);
}

static void known_atrs_decode_as_their_sources_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        print_message("%s\n", vectors[i].atr);
        check_vector(&vectors[i]);
    }
}

/* The interface bytes of an ATR, "TA1=95 TB1=96 ..."; those that are masked as "TA1". */
static void check_interface(const char *atr, const char *mask, const char *expected)
{
    struct atr decoded = decode_hex(atr, mask);
    char text[512] = "";
    for (size_t i = 0; i < decoded.ninterface; i++) {
        const struct atr_interface *byte = &decoded.interface[i];
        char value[8] = "";
        if (byte->is_known)
            snprintf(value, sizeof value, "=%02x", byte->value);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sT%c%u%s", i ? " " : "",
                 byte->letter, byte->group, value);
    }
    assert_string_equal(text, expected);
}

static void interface_bytes_are_named_as_t0_and_each_td_announce_them(void **state)
{
    (void)state;
    check_interface("3b0451ff0800", NULL, "");
    check_interface("3b8d0180fba000000397425446590401cf", NULL, "TD1=01");
    check_interface("3b7f9600008031b865b085051024122460829000", NULL, "TA1=96 TB1=00 TC1=00");
    check_interface("3bde18ffc080b1fe451f034573744549442076657220312e302b", NULL,
                    "TA1=18 TC1=ff TD1=c0 TC2=80 TD2=b1 TA3=fe TB3=45 TD3=1f TA4=03");
    check_interface("3bfd1300008131fe158073c021c057597562694b657940", NULL,
                    "TA1=13 TB1=00 TC1=00 TD1=81 TD2=31 TA3=fe TB3=15");
}

static void interface_bytes_of_a_truncated_atr_are_kept(void **state)
{
    (void)state;
    check_interface("3b8080", NULL, "TD1=80");
    check_interface("3bf01100", NULL, "TA1=11 TB1=00");
    check_interface("3bfa1800008131fe45", NULL, "TA1=18 TB1=00 TC1=00 TD1=81 TD2=31 TA3=fe TB3=45");
}

static void a_masked_interface_byte_is_not_known(void **state)
{
    (void)state;
    check_interface("3b98004000a503010101ad1300", "ffff00ff00ffffffffffffff00", "TA1 TD1=40 TC2");
    /* Nobody knows what a masked TD announces. */
    check_interface("3b8d80008073c021c057597562694b6579f9", "ffffff00ffffffffffffffffffffffffffff",
                    "TD1=80 TD2");
}

static void assert_no_device_id(const char *atr, const char *mask)
{
    struct arena *arena = arena_new();
    struct slice bytes = alloc_bytes(atr), mask_bytes = alloc_bytes(mask);
    assert_null(atr_device_id(arena, bytes, mask_bytes));
    free_bytes(bytes);
    free_bytes(mask_bytes);
    arena_free(arena);
}

static void masked_history_or_structure_leaves_no_device_id(void **state)
{
    (void)state;
    assert_no_device_id("3b0451ff0000", "ffffffff00ff");
    assert_no_device_id("3b0451ff0800", "fffffffffffe");
    assert_no_device_id("3b0451ff0800", "fffeffffffff");
    assert_no_device_id("3b8d80008073c021c057597562694b6579f9",
                        "ffffff00ffffffffffffffffffffffffffff");
}

static void what_is_masked_besides_the_history_leaves_the_device_id(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct slice bytes = alloc_bytes("3b98004000a503010101ad1311");
    struct slice mask = alloc_bytes("ffff00ff00ffffffffffffffff");
    assert_string_equal(atr_device_id(arena, bytes, mask), "SCFILTER\\CID_A503010101AD1311");
    free_bytes(bytes);
    free_bytes(mask);
    /* TS and TCK. */
    bytes = alloc_bytes("008d80018073c021c057597562694b657900");
    mask = alloc_bytes("00ffffffffffffffffffffffffffffffff00");
    assert_string_equal(atr_device_id(arena, bytes, mask),
                        "SCFILTER\\CID_8073C021C057597562694B6579");
    free_bytes(bytes);
    free_bytes(mask);
    arena_free(arena);
}

/* The copy of each prefix is exact, so that reading on would be seen. */
static void check_every_prefix(struct slice whole)
{
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *copy = malloc(len);
        memcpy(copy, whole.ptr, len);
        struct slice bytes = {copy, len};
        struct atr atr = atr_decode(bytes, no_mask);
        enum atr_fault cut = len + 1 == whole.len ? ATR_NO_TCK : ATR_TRUNCATED;
        if (len < 2)
            assert_int_equal(atr.fault, ATR_SHORT);
        else
            assert_true(atr.fault == ATR_TRUNCATED || atr.fault == cut);
        assert_true(describes_plainly(bytes, &atr));
        free(copy);
    }
}

static void every_prefix_of_a_valid_atr_is_short_or_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        if (vectors[i].fault != ATR_OK)
            continue;
        struct slice whole = alloc_bytes(vectors[i].atr);
        check_every_prefix(whole);
        free_bytes(whole);
    }
}

static void a_byte_behind_a_valid_atr_is_trailing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        if (vectors[i].fault != ATR_OK)
            continue;
        char longer[128];
        snprintf(longer, sizeof longer, "%s00", vectors[i].atr);
        struct atr atr = decode_hex(longer, NULL);
        assert_int_equal(atr.fault, ATR_TRAILING);
        assert_int_equal(atr.expected_len, vectors[i].len);
        assert_int_equal(atr.tck, 0);
    }
}

static void each_changed_bit_behind_the_interface_bytes_is_a_bad_tck(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        struct slice bytes = alloc_bytes(vector->atr);
        size_t first = vector->tck == NO_TCK_BYTE ? bytes.len : vector->historical_offset;
        for (size_t bit = first * 8; bit < bytes.len * 8; bit++) {
            uint8_t *byte = (uint8_t *)bytes.ptr + bit / 8;
            *byte ^= (uint8_t)(1 << bit % 8);
            struct atr atr = atr_decode(bytes, no_mask);
            assert_int_equal(atr.fault, ATR_BAD_TCK);
            assert_int_equal(atr.tck ^ atr.tck_expected, 1 << bit % 8);
            *byte ^= (uint8_t)(1 << bit % 8);
        }
        free_bytes(bytes);
    }
}

static void any_protocol_but_t_0_requires_a_tck(void **state)
{
    (void)state;
    assert_int_equal(decode_hex("3b800282", NULL).fault, ATR_OK);
    assert_int_equal(decode_hex("3b8002", NULL).fault, ATR_NO_TCK);
    assert_int_equal(decode_hex("3b80810001", NULL).fault, ATR_OK);
    assert_int_equal(decode_hex("3b808100", NULL).fault, ATR_NO_TCK);
}

static void a_masked_t0_leaves_the_structure_unknown(void **state)
{
    (void)state;
    struct atr atr = decode_hex("3b0051ff0800", "ff00ffffffff");
    assert_int_equal(atr.reach, ATR_UNCHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.expected_len, 0);
    /* One masked bit of T0 is enough. */
    assert_int_equal(decode_hex("3b0451ff0800", "fffeffffffff").reach, ATR_UNCHECKABLE);
    /* A wrong TS is seen all the same. */
    atr = decode_hex("4b0051ff0800", "ff00ffffffff");
    assert_int_equal(atr.reach, ATR_UNCHECKABLE);
    assert_int_equal(atr.fault, ATR_BAD_TS);
}

static void a_masked_td_leaves_the_structure_unknown(void **state)
{
    (void)state;
    /* YubiKey 5 NFC with TD2 (01) masked, and, longer by a byte, with TD1 (80) masked. */
    struct atr atr =
        decode_hex("3b8d80008073c021c057597562694b6579f9", "ffffff00ffffffffffffffffffffffffffff");
    assert_int_equal(atr.reach, ATR_UNCHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.nprotocols, 1);
    assert_int_equal(atr.historical_offset, 0);
    atr = decode_hex("3b8d00018073c021c057597562694b6579f900",
                     "ffff00ffffffffffffffffffffffffffffffff");
    assert_int_equal(atr.reach, ATR_UNCHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.nprotocols, 0);
}

static void a_masked_byte_that_is_no_td_keeps_the_structure_known(void **state)
{
    (void)state;
    /* Belgian eID: TA1, TC1 and the last historical byte masked; no TCK. */
    struct atr atr = decode_hex("3b98004000a503010101ad1300", "ffff00ff00ffffffffffffff00");
    assert_int_equal(atr.reach, ATR_CHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.historical_offset, 5);
    assert_int_equal(atr.expected_len, 13);
}

static void a_short_stored_history_is_truncated_in_spite_of_its_mask(void **state)
{
    (void)state;
    /* PTeid GemSafe 2: 16 bytes, two of them masked, where T0 says 18. */
    struct atr atr =
        decode_hex("3b7d95000080318065b0831100008300", "ffffffffffffffffffffffff0000ffff");
    assert_int_equal(atr.fault, ATR_TRUNCATED);
    assert_int_equal(atr.reach, ATR_CHECKABLE);
    assert_int_equal(atr.expected_len, 18);
    assert_int_equal(atr.historical_len, 13);
    assert_int_equal(atr.historical_offset, 5);
}

static void a_masked_tck_leaves_structure_and_length_checkable(void **state)
{
    (void)state;
    const char *mask = "ffffffffffffffffffffffffffffffffff00";
    struct atr atr = decode_hex("3b8d80018073c021c057597562694b657900", mask);
    assert_int_equal(atr.reach, ATR_CHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
    assert_true(atr.needs_tck);
    assert_int_equal(atr.expected_len, 18);
    assert_int_equal(atr.tck_expected, 0);
    atr = decode_hex("3b8d80018073c021c057597562694b6579", "ffffffffffffffffffffffffffffffff00");
    assert_int_equal(atr.fault, ATR_NO_TCK);
}

static void a_masked_historical_byte_leaves_the_tck_unjudged(void **state)
{
    (void)state;
    struct atr atr =
        decode_hex("3b8d80018073c021c057597562694b6500f9", "ffffffffffffffffffffffffffffffff00ff");
    assert_int_equal(atr.reach, ATR_CHECKABLE);
    assert_int_equal(atr.fault, ATR_OK);
}

static void a_masked_ts_is_not_judged_and_not_covered_by_the_tck(void **state)
{
    (void)state;
    struct atr atr = decode_hex("0080800101", "00ffffffff");
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.reach, ATR_FULL);
    assert_false(atr.inverse);
    assert_int_equal(decode_hex("0080800100", "00ffffffff").fault, ATR_BAD_TCK);
    assert_false(decode_hex("3f80800101", "fbffffffff").inverse);
    assert_int_equal(decode_hex("0080800101", "ffffffffff").fault, ATR_BAD_TS);
}

static void a_masked_trailing_byte_leaves_the_rest_fully_judged(void **state)
{
    (void)state;
    struct atr atr = decode_hex("3b8080010100", "ffffffffff00");
    assert_int_equal(atr.fault, ATR_TRAILING);
    assert_int_equal(atr.reach, ATR_FULL);
}

static void an_empty_value_is_short(void **state)
{
    (void)state;
    struct atr atr = atr_decode((struct slice){0}, no_mask);
    assert_int_equal(atr.fault, ATR_SHORT);
    assert_true(describes_plainly((struct slice){0}, &atr));
}

/* A T0 and TDs that each announce one more TD, to the end of the value. */
static void an_endless_chain_of_tds_is_safe(void **state)
{
    (void)state;
    uint8_t *bytes = malloc(LONG_LEN);
    memset(bytes, 0x81, LONG_LEN);
    bytes[0] = 0x3b;
    struct atr atr = atr_decode((struct slice){bytes, LONG_LEN}, no_mask);
    assert_int_equal(atr.fault, ATR_TRUNCATED);
    assert_int_equal(atr.nprotocols, 32);
    assert_int_equal(atr.ninterface, ATR_INTERFACE_MAX);
    assert_true(describes_plainly((struct slice){bytes, LONG_LEN}, &atr));
    bytes[LONG_LEN - 3] = 0x01;
    bytes[LONG_LEN - 1] = 0;
    for (size_t i = 1; i < LONG_LEN - 1; i++)
        bytes[LONG_LEN - 1] ^= bytes[i];
    atr = atr_decode((struct slice){bytes, LONG_LEN}, no_mask);
    assert_int_equal(atr.fault, ATR_OK);
    assert_int_equal(atr.historical_offset, LONG_LEN - 2);
    assert_int_equal(atr.expected_len, LONG_LEN);
    free(bytes);
}

static void megabytes_behind_a_valid_atr_are_trailing(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, LONG_LEN);
    bytes[0] = 0x3b;
    struct atr atr = atr_decode((struct slice){bytes, LONG_LEN}, no_mask);
    assert_int_equal(atr.fault, ATR_TRAILING);
    assert_int_equal(atr.expected_len, 2);
    assert_true(describes_plainly((struct slice){bytes, LONG_LEN}, &atr));
    free(bytes);
}

static void windows_pairs_the_known_cards_as_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof match_vectors / sizeof *match_vectors; i++) {
        const struct match_vector *vector = &match_vectors[i];
        print_message("%s\n", vector->name);
        struct slice card = alloc_bytes(vector->card), stored = alloc_bytes(vector->stored);
        struct slice mask = vector->mask ? alloc_bytes(vector->mask) : no_mask;
        assert_int_equal(atr_matches(card, stored, mask), vector->matches);
        free_bytes(card);
        free_bytes(stored);
        free_bytes(mask);
    }
}

static void fail_with_seed(uint64_t seed, const char *what)
{
    fail_msg("%s; repeat with TEST_SEED=%llu", what, (unsigned long long)seed);
}

struct sample {
    uint8_t card[4], stored[4], mask[4];
    size_t card_len, stored_len, mask_len;
};

/* Lengths and values are drawn so that equal and unequal ones are both frequent. */
static struct sample draw_sample(void)
{
    struct sample sample;
    sample.stored_len = 1 + random_byte() % 4;
    sample.card_len = random_byte() % 8 ? sample.stored_len : 1U + random_byte() % 4;
    sample.mask_len = random_byte() % 8 ? sample.stored_len : 1U + random_byte() % 4;
    uint8_t noise = random_byte() % 2 ? 0xff : 0;
    for (size_t i = 0; i < 4; i++) {
        sample.mask[i] = random_byte() | random_byte();
        sample.stored[i] = random_byte() & (sample.mask[i] | noise);
        sample.card[i] = sample.stored[i] | (random_byte() & ~sample.mask[i]);
    }
    if (random_byte() % 2)
        sample.card[random_byte() % 4] ^= (uint8_t)(1 << random_byte() % 8);
    return sample;
}

/* By the bit: where the mask holds 1 both sides are equal, where it holds 0 the entry holds 0. */
static bool matches_by_bits(const struct sample *sample)
{
    if (sample->card_len != sample->stored_len || sample->mask_len != sample->stored_len)
        return false;
    for (size_t bit = 0; bit < 8 * sample->stored_len; bit++) {
        bool card = sample->card[bit / 8] >> bit % 8 & 1;
        bool stored = sample->stored[bit / 8] >> bit % 8 & 1;
        bool compared = sample->mask[bit / 8] >> bit % 8 & 1;
        if (compared ? card != stored : stored)
            return false;
    }
    return true;
}

static void matching_agrees_with_a_comparison_bit_by_bit(void **state)
{
    (void)state;
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    size_t matches = 0;
    for (size_t turn = 0; turn < RANDOM_TURNS; turn++) {
        struct sample sample = draw_sample();
        struct slice card = {sample.card, sample.card_len};
        struct slice stored = {sample.stored, sample.stored_len};
        bool expected = matches_by_bits(&sample);
        if (atr_matches(card, stored, (struct slice){sample.mask, sample.mask_len}) != expected)
            fail_with_seed(seed, "atr_matches differs from the comparison by bits");
        matches += expected;
    }
    /* Both answers were put to the test. */
    assert_in_range(matches, RANDOM_TURNS / 10, RANDOM_TURNS - RANDOM_TURNS / 10);
}

static void a_normalised_entry_matches_whatever_its_mask_leaves_open(void **state)
{
    (void)state;
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (size_t turn = 0; turn < RANDOM_TURNS; turn++) {
        uint8_t card[33], stored[33], mask[33];
        size_t len = 2 + random_byte() % 32;
        for (size_t i = 0; i < len; i++) {
            mask[i] = random_byte();
            stored[i] = random_byte() & mask[i];
            card[i] = stored[i] | (random_byte() & ~mask[i]);
        }
        struct slice entry = {stored, len}, reported = {card, len};
        if (!atr_matches(reported, entry, (struct slice){mask, len}))
            fail_with_seed(seed, "a normalised entry does not match");
        card[len / 2] = stored[len / 2] ^ 0x10;
        mask[len / 2] |= 0x10;
        if (atr_matches(reported, entry, (struct slice){mask, len}))
            fail_with_seed(seed, "an entry matches in spite of a compared bit that differs");
    }
}

/* T0 and TDs that announce much are drawn often, masked bytes seldom. */
static void any_bytes_decode_safely_and_are_described_plainly(void **state)
{
    (void)state;
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (size_t turn = 0; turn < RANDOM_TURNS / 4; turn++) {
        size_t len = random_byte() % 48;
        uint8_t *bytes = malloc(len), *mask = malloc(len);
        for (size_t i = 0; i < len; i++) {
            bytes[i] = random_byte() % 2 ? random_byte() : 0x80 | random_byte() % 32;
            mask[i] = random_byte() % 16 ? 0xff : random_byte();
        }
        if (len && random_byte() % 8)
            bytes[0] = random_byte() % 2 ? 0x3b : 0x3f;
        struct slice value = {bytes, len};
        struct atr atr = atr_decode(value, random_byte() % 2 ? (struct slice){mask, len} : no_mask);
        bool inside =
            atr.fault == ATR_TRUNCATED || atr.historical_offset + atr.historical_len <= len;
        if (!inside || !describes_plainly(value, &atr))
            fail_with_seed(seed, "historical bytes or description out of bounds");
        free(bytes);
        free(mask);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_atrs_decode_as_their_sources_say),
        cmocka_unit_test(interface_bytes_are_named_as_t0_and_each_td_announce_them),
        cmocka_unit_test(interface_bytes_of_a_truncated_atr_are_kept),
        cmocka_unit_test(a_masked_interface_byte_is_not_known),
        cmocka_unit_test(masked_history_or_structure_leaves_no_device_id),
        cmocka_unit_test(what_is_masked_besides_the_history_leaves_the_device_id),
        cmocka_unit_test(every_prefix_of_a_valid_atr_is_short_or_truncated),
        cmocka_unit_test(a_byte_behind_a_valid_atr_is_trailing),
        cmocka_unit_test(each_changed_bit_behind_the_interface_bytes_is_a_bad_tck),
        cmocka_unit_test(any_protocol_but_t_0_requires_a_tck),
        cmocka_unit_test(a_masked_t0_leaves_the_structure_unknown),
        cmocka_unit_test(a_masked_td_leaves_the_structure_unknown),
        cmocka_unit_test(a_masked_byte_that_is_no_td_keeps_the_structure_known),
        cmocka_unit_test(a_short_stored_history_is_truncated_in_spite_of_its_mask),
        cmocka_unit_test(a_masked_tck_leaves_structure_and_length_checkable),
        cmocka_unit_test(a_masked_historical_byte_leaves_the_tck_unjudged),
        cmocka_unit_test(a_masked_ts_is_not_judged_and_not_covered_by_the_tck),
        cmocka_unit_test(a_masked_trailing_byte_leaves_the_rest_fully_judged),
        cmocka_unit_test(an_empty_value_is_short),
        cmocka_unit_test(an_endless_chain_of_tds_is_safe),
        cmocka_unit_test(megabytes_behind_a_valid_atr_are_trailing),
        cmocka_unit_test(windows_pairs_the_known_cards_as_documented),
        cmocka_unit_test(matching_agrees_with_a_comparison_bit_by_bit),
        cmocka_unit_test(a_normalised_entry_matches_whatever_its_mask_leaves_open),
        cmocka_unit_test(any_bytes_decode_safely_and_are_described_plainly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
