/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support.h"

#define BYTES(literal)                                                                             \
    (struct slice)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

static struct codec decoder(struct arena *arena, struct slice bytes)
{
    return (struct codec){.arena = arena, .all = bytes, .in = bytes};
}

static void assert_encoded(struct codec *codec, struct slice bytes)
{
    assert_int_equal(codec->len, bytes.len);
    assert_memory_equal(codec->out, bytes.ptr, bytes.len);
    free(codec->out);
}

static void assert_fault(const struct codec *codec, const char *words)
{
    assert_non_null(codec->fault);
    if (!strstr(codec->fault, words))
        fail_msg("\"%s\" does not say \"%s\"", codec->fault, words);
}

static void numbers_are_little_endian(void **state)
{
    struct codec codec = {0};
    uint32_t number = 0x01020304;
    int64_t negative = -2;
    uint64_t size = 0x0102030405060708;
    (void)state;
    codec_u32(&codec, &number);
    codec_i64(&codec, &negative);
    codec_size(&codec, &size);
    assert_int_equal(codec_choice(&codec, 7, 8), 7);
    assert_int_equal(codec_count(&codec, 3, 5), 3);
    assert_encoded(&codec, BYTES("\4\3\2\1\xfe\xff\xff\xff\xff\xff\xff\xff\x08\7\6\5\4\3\2\1\7"
                                 "\3\0\0\0\0\0\0\0"));
}

static void numbers_come_back(void **state)
{
    struct codec codec = decoder(*state, BYTES("\xff\xff\xff\xff\0\0\0\0\0\0\0\x80"
                                               "\xff\xff\xff\xff\xff\xff\xff\x7f\1"));
    uint32_t number = 0;
    int64_t negative = 0;
    uint64_t size = 0;
    codec_u32(&codec, &number);
    codec_i64(&codec, &negative);
    codec_size(&codec, &size);
    assert_true(number == UINT32_MAX && negative == INT64_MIN && size == INT64_MAX);
    assert_int_equal(codec_choice(&codec, 0, 2), 1);
    assert_int_equal(codec.in.len, 0);
    assert_null(codec.fault);
}

static void texts_and_bytes_come_back(void **state)
{
    struct codec codec = {0};
    codec_text(&codec, "a\xc0\x80\xed\xa0\x80\xc3\xa9");
    codec_text(&codec, "");
    codec_optional_text(&codec, NULL);
    codec_optional_text(&codec, "");
    codec_slice(&codec, BYTES("\0\xff"));
    codec_slice(&codec, (struct slice){0});
    struct codec back = decoder(*state, (struct slice){codec.out, codec.len});
    assert_string_equal(codec_text(&back, NULL), "a\xc0\x80\xed\xa0\x80\xc3\xa9");
    assert_string_equal(codec_text(&back, NULL), "");
    assert_null(codec_optional_text(&back, "x"));
    assert_string_equal(codec_optional_text(&back, NULL), "");
    struct slice bytes = codec_slice(&back, (struct slice){0});
    assert_int_equal(bytes.len, 2);
    assert_memory_equal(bytes.ptr, "\0\xff", 2);
    bytes = codec_slice(&back, (struct slice){0});
    assert_int_equal(bytes.len, 0);
    assert_non_null(bytes.ptr);
    assert_true(!back.fault && !back.in.len);
    free(codec.out);
}

/* Messages may quote names of files, which may be any bytes. */
static void a_string_that_is_no_text_is_sent_as_one(void **state)
{
    struct codec codec = {0};
    (void)state;
    codec_text(&codec, "a\xff");
    assert_encoded(&codec, BYTES("\4\0\0\0\0\0\0\0a\xef\xbf\xbd"));
}

static void much_can_be_encoded(void **state)
{
    enum { COUNT = 100000 };
    struct codec codec = {0};
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        codec_u32(&codec, &i);
    assert_int_equal(codec.len, 4 * COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(get_u32(codec.out + 4 * i), i);
    free(codec.out);
}

static void what_is_out_of_range_is_a_fault(void **state)
{
    uint64_t size = 0;
    struct codec codec = decoder(*state, BYTES("\2"));
    assert_int_equal(codec_choice(&codec, 0, 2), 0);
    assert_fault(&codec, "a choice is out of range, at byte 1");
    codec = decoder(*state, BYTES("\0\0\0\0\0\0\0\x80"));
    codec_size(&codec, &size);
    assert_fault(&codec, "absurd");
    codec = decoder(*state, BYTES("\3\0\0"));
    assert_int_equal(codec_number(&codec, 7, 4), 0);
    assert_fault(&codec, "end early, at byte 0");
    codec = decoder(*state, BYTES("\2\0\0\0\0\0\0\0\xc3z"));
    assert_string_equal(codec_text(&codec, NULL), "");
    assert_fault(&codec, "not valid, at byte 8");
    codec = decoder(*state, BYTES("\1\0\0\0\0\0\0\0\0"));
    assert_string_equal(codec_text(&codec, NULL), "");
    assert_fault(&codec, "not valid");
}

static void a_count_is_believed_where_its_items_can_be(void **state)
{
    struct codec codec = decoder(*state, BYTES("\2\0\0\0\0\0\0\0abcdef"));
    assert_int_equal(codec_count(&codec, 0, 3), 2);
    assert_null(codec.fault);
    codec = decoder(*state, BYTES("\2\0\0\0\0\0\0\0abcde"));
    assert_int_equal(codec_count(&codec, 0, 3), 0);
    assert_fault(&codec, "larger than what is left");
    codec = decoder(*state, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"
                                  "abcde"));
    assert_int_equal(codec_slice(&codec, (struct slice){0}).len, 0);
    assert_fault(&codec, "larger than what is left");
}

static void nothing_is_decoded_behind_a_fault(void **state)
{
    struct codec codec = decoder(*state, BYTES("\2\1\1\1\1\1\1\1\1\1\1\1\1\1"));
    uint32_t number = 7;
    codec_choice(&codec, 0, 2);
    const char *fault = codec.fault;
    codec_u32(&codec, &number);
    assert_int_equal(number, 0);
    assert_int_equal(codec_choice(&codec, 1, 2), 0);
    assert_int_equal(codec_count(&codec, 1, 1), 0);
    assert_int_equal(codec_slice(&codec, BYTES("x")).len, 0);
    assert_string_equal(codec_text(&codec, NULL), "");
    assert_null(codec_optional_text(&codec, "x"));
    codec_demand(&codec, false, "another");
    assert_ptr_equal(codec.fault, fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(numbers_are_little_endian),
        SUPPORT_TEST(numbers_come_back),
        SUPPORT_TEST(texts_and_bytes_come_back),
        SUPPORT_TEST(a_string_that_is_no_text_is_sent_as_one),
        SUPPORT_TEST(much_can_be_encoded),
        SUPPORT_TEST(what_is_out_of_range_is_a_fault),
        SUPPORT_TEST(a_count_is_believed_where_its_items_can_be),
        SUPPORT_TEST(nothing_is_decoded_behind_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
