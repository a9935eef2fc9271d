/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/atr_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "random.h"
#include "support.h"

#define DEFAULT_SEED 20240607
#define RANDOM_TURNS 3000

/* A list in a block of exactly its size, so that a sanitizer sees any overrun. */
static struct atr_names *parse_bytes(struct arena *arena, const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len);
    assert_true(copy || !len);
    memcpy(copy, bytes, len);
    struct atr_names *names = atr_names_parse(arena, (struct slice){copy, len});
    free(copy);
    return names;
}

static struct atr_names *parse(struct arena *arena, const char *text)
{
    return parse_bytes(arena, text, strlen(text));
}

/* The names of an ATR in hex, each followed by "|". */
static const char *find(struct arena *arena, const struct atr_names *names, const char *hex)
{
    struct slice atr;
    assert_true(text_parse_hex(arena, hex, &atr));
    struct strings found = atr_names_find(arena, names, atr);
    const char *text = "";
    for (size_t i = 0; i < found.count; i++)
        text = arena_printf(arena, "%s%s|", text, found.items[i]);
    return text;
}

static void a_card_has_all_names_below_its_atr(void **state)
{
    const struct atr_names *names = parse(*state, "# a comment\n"
                                                  "\n"
                                                  "3B 02 14 58\n"
                                                  "\tContoso card\n"
                                                  "\thttps://contoso.example/\n"
                                                  "\n"
                                                  "3F 00\n"
                                                  "\tFabrikam\n");
    assert_int_equal(names->count, 2);
    assert_int_equal(names->nmalformed, 0);
    assert_string_equal(find(*state, names, "3b021458"), "Contoso card|https://contoso.example/|");
    assert_string_equal(find(*state, names, "3f00"), "Fabrikam|");
    assert_string_equal(find(*state, names, "3b021459"), "");
    assert_string_equal(find(*state, names, "3b0214"), "");
    assert_string_equal(find(*state, names, "3b02145800"), "");
}

static void an_atr_of_several_patterns_has_the_names_of_all(void **state)
{
    const struct atr_names *names = parse(*state, "3B 02 14 ..\n\tone\n"
                                                  "3B 02 .. 58\n\ttwo\n"
                                                  "3B 02 14 58\n\tthree\n"
                                                  "3B 02 14 58\n\tfour\n");
    assert_string_equal(find(*state, names, "3b021458"), "one|two|three|four|");
    assert_string_equal(find(*state, names, "3b021558"), "two|");
}

static void digits_of_a_pattern_stand_for_what_they_say(void **state)
{
    static const struct {
        const char *pattern, *atr;
        bool matches;
    } cases[] = {
        {"3B 02 14 .8", "3b0214f8", true},      {"3B 02 14 .8", "3b0214f9", false},
        {"3B 02 14 5.", "3b02145f", true},      {"3B 02 14 5.", "3b02146f", false},
        {"3B 02 14 5[13]", "3b021453", true},   {"3B 02 14 5[13]", "3b021452", false},
        {"3B 02 14 [A-C]8", "3b0214b8", true},  {"3B 02 14 [A-C]8", "3b0214d8", false},
        {"3B 02 14 4[4,9]", "3b021449", true},  {"3B 02 14 4[4,9]", "3b02144c", false},
        {"3B 02 14 [0-26]8", "3b021468", true}, {"3B 02 14 [0-26]8", "3b021438", false},
        {"3b 02 1a 5f", "3b021a5f", true},      {"3B021458", "3b021458", true},
        {"3B  02 14   58", "3b021458", true},   {"3B 02 14 58 ", "3b021458", true},
        {"3B 02 14 58\r", "3b021458", true},    {"3B 02 14 5[F-F]", "3b02145f", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct atr_names *names =
            parse(*state, arena_printf(*state, "%s\n\tname\n", cases[i].pattern));
        assert_int_equal(names->nmalformed, 0);
        if (!*find(*state, names, cases[i].atr) == cases[i].matches)
            fail_msg("%s, %s", cases[i].pattern, cases[i].atr);
    }
}

static void a_gap_stands_for_any_number_of_bytes(void **state)
{
    const struct atr_names *names = parse(*state, "3B 02 14 .*\n\tend\n"
                                                  "3B 02 .* 58\n\tmiddle\n"
                                                  "3B 02 14.*\n\tclose\n");
    assert_int_equal(names->nmalformed, 0);
    assert_string_equal(find(*state, names, "3b0214"), "end|close|");
    assert_string_equal(find(*state, names, "3b021458"), "end|middle|close|");
    assert_string_equal(find(*state, names, "3b0258"), "middle|");
    assert_string_equal(find(*state, names, "3b021500000058"), "middle|");
    assert_string_equal(find(*state, names, "3b021500000059"), "");
    assert_string_equal(find(*state, names, "3b02"), "");
}

static void lines_that_are_none_are_counted_and_skipped(void **state)
{
    static const char *const lines[] = {
        "3B 02 14 5",  "3B 0 214 58",     "3B 02 14 5[", "3B 02 14 5[]",  "3B 02 14 5[^1]",
        "3B 02 [3-1]", "3B 02 [1-",       "3B 02 [1-]3", "hello",         "3B",
        "3B.*",        "3B 02 .* 14 .*",  "3B 0.* 14",   "3B 02 14 5G",   "3B,02",
        "*",           "3B 02 14 58 # c", "[",           "3B 02 14 5[,]", "3B 02 (14|15)",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct atr_names *names = parse(
            *state, arena_printf(*state, "# one\n%s\n\tskipped\n\n3F 00\n\tkept\n", lines[i]));
        if (names->count != 1 || names->nmalformed != 1 || names->malformed_line != 2)
            fail_msg("\"%s\": %zu cards, %zu lines, the first is %u", lines[i], names->count,
                     names->nmalformed, names->malformed_line);
        assert_string_equal(find(*state, names, "3f00"), "kept|");
    }
}

static void names_in_front_of_any_atr_are_counted(void **state)
{
    const struct atr_names *names = parse(*state, "\tnobody\n\tnobody\n3F 00\n\tkept\n");
    assert_int_equal(names->nmalformed, 2);
    assert_int_equal(names->malformed_line, 1);
    assert_string_equal(find(*state, names, "3f00"), "kept|");
}

static void what_is_longer_than_any_atr_is_counted(void **state)
{
    const char *longest = "3B";
    for (int i = 1; i < ATR_LEN_API_MAX; i++)
        longest = arena_printf(*state, "%s 00", longest);
    assert_int_equal(parse(*state, arena_printf(*state, "%s\n\tx\n", longest))->count, 1);
    const struct atr_names *names = parse(*state, arena_printf(*state, "%s 00\n\tx\n", longest));
    assert_int_equal(names->count, 0);
    assert_int_equal(names->nmalformed, 1);
    /* An ATR longer than any has no name either, not even by a gap. */
    names = parse(*state, "3B 00 .*\n\tx\n");
    assert_string_equal(find(*state, names, arena_printf(*state, "%s", longest)), "x|");
    assert_string_equal(find(*state, names, arena_printf(*state, "%s 00", longest)), "");
}

static void only_a_pattern_of_one_atr_has_its_bytes(void **state)
{
    const struct atr_names *names = parse(*state, "3B 02 14 58\n\ta\n3B 02 14 .8\n\tb\n"
                                                  "3B 02 14 5[8]\n\tc\n3B 02 14 58 .*\n\td\n");
    assert_int_equal(names->count, 4);
    assert_non_null(names->cards[0].atr);
    assert_memory_equal(names->cards[0].atr, "\x3b\x02\x14\x58", 4);
    for (size_t i = 1; i < 4; i++)
        assert_null(names->cards[i].atr);
}

static void cards_are_sorted_by_length_and_else_as_in_the_list(void **state)
{
    const struct atr_names *names =
        parse(*state, "3B 02 .*\n\tgap\n3B 02 14 58\n\tb\n3B 00\n\ta\n3B 02 14 57\n\tc\n");
    static const char *const order[] = {"a", "b", "c", "gap"};
    assert_int_equal(names->count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(names->cards[i].names.items[0], order[i]);
    assert_int_equal(names->first[2], 0);
    assert_int_equal(names->first[3], 1);
    assert_int_equal(names->first[4], 1);
    assert_int_equal(names->first[5], 3);
    assert_int_equal(names->first[ATR_LEN_API_MAX + 1], 3);
}

static void names_are_texts_of_bounded_length_and_number(void **state)
{
    char *text = arena_strdup(*state, "3F 00\n\tr\xe9sum\xe9 \x1b[31m\n");
    const struct atr_names *names = parse(*state, text);
    assert_string_equal(find(*state, names, "3f00"), "r\xef\xbf\xbdsum\xef\xbf\xbd \x1b[31m|");
    enum { LEN = 100000 };
    char *line = arena_alloc(*state, LEN + 1, 1);
    memset(line, 'x', LEN);
    names = parse(*state, arena_printf(*state, "3F 00\n\t%s\n", line));
    assert_in_range(strlen(find(*state, names, "3f00")), 100, 1000);
    const char *many = "3F 00\n";
    for (int i = 0; i < 200; i++)
        many = arena_printf(*state, "%s\tn\n", many);
    assert_int_equal(strlen(find(*state, parse(*state, many), "3f00")), 2 * 64);
}

static void the_same_atr_many_times_gives_a_bounded_number_of_names(void **state)
{
    const char *many = "";
    for (int i = 0; i < 200; i++)
        many = arena_printf(*state, "%s3F 00\n\tn\n", many);
    assert_int_equal(strlen(find(*state, parse(*state, many), "3f00")), 2 * 64);
}

static void no_list_and_an_empty_one_know_no_card(void **state)
{
    assert_string_equal(find(*state, NULL, "3f00"), "");
    const struct atr_names *names = parse_bytes(*state, "", 0);
    assert_int_equal(names->count, 0);
    assert_string_equal(find(*state, names, "3f00"), "");
    names = parse(*state, "3F 00");
    assert_int_equal(names->count, 1);
    assert_string_equal(find(*state, names, "3f00"), "");
}

/* Lists of the characters that mean something in one: they are read safely, and every ATR that one
 * of their patterns stands for is found. */
static void any_list_is_read_safely_and_finds_its_own_atrs(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFabcdef   ..[]-,*\n\n\n\n\t\t#\r\xc3x";
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (size_t turn = 0; turn < RANDOM_TURNS; turn++) {
        struct arena *arena = arena_new();
        char text[600];
        size_t len = 0;
        while (len < sizeof text - 20) {
            int kind = random_byte() % 4;
            if (kind < 3) /* mostly bytes, so that patterns come about */
                len +=
                    (size_t)sprintf(text + len, kind ? "%02X " : "%02X\n\tname\n", random_byte());
            else
                text[len++] = alphabet[random_byte() % (sizeof alphabet - 1)];
        }
        const struct atr_names *names = parse_bytes(arena, text, len);
        for (size_t i = 0; i < names->count; i++) {
            const struct known_card *card = &names->cards[i];
            struct slice atr = {card->atr, card->len};
            if (card->atr && card->names.count && !atr_names_find(arena, names, atr).count)
                fail_msg("an ATR of the list is not found; repeat with TEST_SEED=%llu",
                         (unsigned long long)seed);
        }
        arena_free(arena);
    }
}

/* The list of pcsc-tools, where that is installed: hardly a line is not understood (none was in
 * 2023), and each of its ATRs is found. */
static void the_installed_list_is_understood(void **state)
{
    FILE *file = fopen("/usr/share/pcsc/smartcard_list.txt", "rbe");
    if (!file) {
        print_message("skipped: pcsc-tools is not installed\n");
        skip();
    }
    enum { ROOM = 8 << 20 };
    char *text = arena_alloc(*state, ROOM, 1);
    size_t len = fread(text, 1, ROOM, file);
    fclose(file);
    const struct atr_names *names = atr_names_parse(*state, (struct slice){(uint8_t *)text, len});
    assert_in_range(names->count, 4000, 100000);
    assert_in_range(names->nmalformed, 0, 10);
    for (size_t i = 0; i < names->count; i++) {
        struct slice atr = {names->cards[i].atr, names->cards[i].len};
        assert_in_range(names->cards[i].names.count, 1, 64);
        assert_true(!atr.ptr || atr_names_find(*state, names, atr).count > 0);
    }
    assert_non_null(strstr(find(*state, names, "3b8d80018073c021c057597562694b6579f9"), "ubi"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_card_has_all_names_below_its_atr),
        SUPPORT_TEST(an_atr_of_several_patterns_has_the_names_of_all),
        SUPPORT_TEST(digits_of_a_pattern_stand_for_what_they_say),
        SUPPORT_TEST(a_gap_stands_for_any_number_of_bytes),
        SUPPORT_TEST(lines_that_are_none_are_counted_and_skipped),
        SUPPORT_TEST(names_in_front_of_any_atr_are_counted),
        SUPPORT_TEST(what_is_longer_than_any_atr_is_counted),
        SUPPORT_TEST(only_a_pattern_of_one_atr_has_its_bytes),
        SUPPORT_TEST(cards_are_sorted_by_length_and_else_as_in_the_list),
        SUPPORT_TEST(names_are_texts_of_bounded_length_and_number),
        SUPPORT_TEST(the_same_atr_many_times_gives_a_bounded_number_of_names),
        SUPPORT_TEST(no_list_and_an_empty_one_know_no_card),
        SUPPORT_TEST(any_list_is_read_safely_and_finds_its_own_atrs),
        SUPPORT_TEST(the_installed_list_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
