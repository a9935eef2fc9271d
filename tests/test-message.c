/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "support.h"

static const struct message item = {
    .kind = MESSAGE_ITEM,
    .member = "p3/vss1/Windows/System32/config/SOFTWARE",
    .origin = "p3/Windows/System32/config/SOFTWARE",
    .shadow = 1,
    .created = 0x01cee000deadbeef,
    .is_certain = true,
    .facts = {.ptr = (const uint8_t *)"facts\0with a NUL", .len = 16},
};

static struct slice encode(struct arena *arena, const struct message *message)
{
    struct slice made = message_encode(message), kept = arena_dup(arena, made);
    free((void *)made.ptr);
    return kept;
}

/* From memory of just these bytes, which is gone afterwards. */
static const char *decode(struct arena *arena, struct slice bytes, struct message *message)
{
    uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
    assert_non_null(exact);
    memcpy(exact, bytes.ptr, bytes.len);
    const char *fault =
        message_decode(arena, (struct slice){.ptr = exact, .len = bytes.len}, message);
    free(exact);
    return fault;
}

static void check_same(const struct message *a, const struct message *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->libraries, b->libraries);
    assert_int_equal(a->name.len, b->name.len);
    if (a->name.len)
        assert_memory_equal(a->name.ptr, b->name.ptr, a->name.len);
    if (a->kind != MESSAGE_ITEM)
        return;
    assert_string_equal(a->member, b->member);
    assert_int_equal(a->origin != NULL, b->origin != NULL);
    if (a->origin)
        assert_string_equal(a->origin, b->origin);
    assert_int_equal(a->shadow, b->shadow);
    assert_int_equal(a->created, b->created);
    assert_int_equal(a->is_certain, b->is_certain);
    assert_int_equal(a->facts.len, b->facts.len);
    assert_memory_equal(a->facts.ptr, b->facts.ptr, a->facts.len);
}

static void check_round(struct arena *arena, const struct message *message)
{
    struct message got;
    assert_null(decode(arena, encode(arena, message), &got));
    check_same(message, &got);
}

static void every_kind_comes_back_as_it_was(void **state)
{
    check_round(*state, &item);
    check_round(*state, &(struct message){.kind = MESSAGE_END});
    check_round(*state, &(struct message){.kind = MESSAGE_NEED, .libraries = 0x80000401});
    check_round(*state, &(struct message){.kind = MESSAGE_NEED});
    check_round(*state, &(struct message){.kind = MESSAGE_PART,
                                          .name = {(const uint8_t *)"disk.\xff\0", 7}});
}

static void what_an_item_may_lack_may_be_missing(void **state)
{
    check_round(*state, &(struct message){.kind = MESSAGE_ITEM, .member = ""});
    check_round(*state, &(struct message){.kind = MESSAGE_ITEM, .member = "", .origin = ""});
    check_round(*state, &(struct message){.kind = MESSAGE_ITEM,
                                          .member = "a\xc0\x80\xed\xa0\x80",
                                          .shadow = UINT32_MAX,
                                          .created = INT64_MIN});
}

/* Only an item has facts, and only a need has libraries. */
static void kinds_carry_nothing_of_others(void **state)
{
    struct message message = item, got;
    message.kind = MESSAGE_END;
    message.libraries = 7;
    assert_int_equal(encode(*state, &message).len, 1);
    assert_null(decode(*state, encode(*state, &message), &got));
    assert_int_equal(got.libraries, 0);
    assert_null(got.facts.ptr);
}

static void unknown_kinds_are_refused(void **state)
{
    struct message got;
    for (unsigned kind = NMESSAGE_KINDS; kind < 256; kind++) {
        uint8_t byte = (uint8_t)kind;
        assert_non_null(decode(*state, (struct slice){.ptr = &byte, .len = 1}, &got));
    }
}

static void a_message_that_is_cut_short_is_refused(void **state)
{
    static const struct message need = {.kind = MESSAGE_NEED, .libraries = 1};
    struct message got;
    struct slice bytes = encode(*state, &item), short_one = encode(*state, &need);
    for (size_t len = 0; len < bytes.len; len++)
        assert_non_null(decode(*state, (struct slice){bytes.ptr, len}, &got));
    for (size_t len = 0; len < short_one.len; len++)
        assert_non_null(decode(*state, (struct slice){short_one.ptr, len}, &got));
}

static void bytes_behind_the_end_are_refused(void **state)
{
    static const struct message ends[] = {{.kind = MESSAGE_END}, {.kind = MESSAGE_NEED}};
    struct message got;
    for (size_t i = 0; i < 3; i++) {
        struct slice bytes = encode(*state, i < 2 ? &ends[i] : &item);
        uint8_t *longer = arena_alloc(*state, bytes.len + 1, 1);
        memcpy(longer, bytes.ptr, bytes.len);
        assert_non_null(strstr(decode(*state, (struct slice){longer, bytes.len + 1}, &got),
                               "bytes behind the end"));
    }
}

/* Offsets as the message is laid out: a kind, then the count of the member's bytes, then they. */
static void counts_beyond_the_end_are_refused(void **state)
{
    static const uint64_t counts[] = {1000, UINT64_MAX, INT64_MAX, UINT64_MAX - 8};
    struct slice bytes = encode(*state, &item);
    struct message got;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint8_t *changed = (uint8_t *)arena_dup(*state, bytes).ptr;
        put_u64(changed + 1, counts[i]);
        assert_non_null(decode(*state, (struct slice){changed, bytes.len}, &got));
        memcpy(changed, bytes.ptr, bytes.len);
        put_u64(changed + bytes.len - item.facts.len - 8, counts[i]);
        assert_non_null(decode(*state, (struct slice){changed, bytes.len}, &got));
    }
}

static void a_name_that_is_no_text_is_refused(void **state)
{
    static const char *const bad[] = {"\xff", "\xc0\x81", "\xf4\x90\x80\x80", "\xe2\x82"};
    struct message got;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct slice bytes = encode(*state, &item);
        memcpy((uint8_t *)bytes.ptr + 9, bad[i], strlen(bad[i]));
        assert_non_null(strstr(decode(*state, bytes, &got), "text is not valid"));
    }
}

static void choices_out_of_range_are_refused(void **state)
{
    struct slice bytes = encode(*state, &item);
    struct message got;
    size_t is_certain = bytes.len - item.facts.len - 9;
    ((uint8_t *)bytes.ptr)[is_certain] = 2;
    assert_non_null(decode(*state, bytes, &got));
}

/* A name of a folder of this machine need not be UTF-8. */
static void names_that_are_no_text_are_sent_as_one(void **state)
{
    struct message message = item, got;
    message.member = "a\xffz";
    assert_null(decode(*state, encode(*state, &message), &got));
    assert_string_equal(got.member, "a\xef\xbf\xbdz");
}

static uint32_t random_of(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void damage(uint32_t *random, uint8_t *bytes, size_t *len)
{
    for (unsigned n = 1 + random_of(random) % 4; n-- > 0 && *len;) {
        size_t at = random_of(random) % *len;
        switch (random_of(random) % 4) {
        case 0:
            bytes[at] = (uint8_t)random_of(random);
            break;
        case 1:
            bytes[at] ^= (uint8_t)(1U << random_of(random) % 8);
            break;
        case 2:
            *len = at;
            break;
        default:
            memmove(bytes + at, bytes + *len / 2, *len - (at > *len / 2 ? at : *len / 2));
        }
    }
}

/* Whatever is taken is whole: it has texts, and encodes to what it was decoded of. */
static void damaged_messages_are_refused_or_whole(void **state)
{
    uint32_t seed = (uint32_t)time(NULL) | 1, random = seed;
    struct slice bytes = encode(*state, &item);
    print_message("# seed %u\n", seed);
    for (int i = 0; i < 20000; i++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        struct message got;
        size_t len = bytes.len;
        uint8_t *mutant = (uint8_t *)arena_dup(arena, bytes).ptr;
        damage(&random, mutant, &len);
        if (decode(arena, (struct slice){mutant, len}, &got))
            continue;
        assert_true(got.kind < NMESSAGE_KINDS);
        if (got.kind == MESSAGE_ITEM)
            assert_true(text_is_valid(got.member, strlen(got.member)));
        struct slice again = encode(arena, &got);
        assert_int_equal(again.len, len);
        assert_memory_equal(again.ptr, mutant, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(every_kind_comes_back_as_it_was),
        SUPPORT_TEST(what_an_item_may_lack_may_be_missing),
        SUPPORT_TEST(kinds_carry_nothing_of_others),
        SUPPORT_TEST(unknown_kinds_are_refused),
        SUPPORT_TEST(a_message_that_is_cut_short_is_refused),
        SUPPORT_TEST(bytes_behind_the_end_are_refused),
        SUPPORT_TEST(counts_beyond_the_end_are_refused),
        SUPPORT_TEST(a_name_that_is_no_text_is_refused),
        SUPPORT_TEST(choices_out_of_range_are_refused),
        SUPPORT_TEST(names_that_are_no_text_are_sent_as_one),
        SUPPORT_TEST(damaged_messages_are_refused_or_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
