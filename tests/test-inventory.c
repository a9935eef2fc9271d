/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/inventory.h"

#include "findings.h"
#include "model/atr.h"

static const struct snapshot *read_text(struct arena *arena, const char *reg_text)
{
    const struct reading *reading = support_read(arena, support_build(arena, reg_text));
    assert_true(reading->read);
    return &reading->snapshot;
}

/* A line for each row: "name: views: verdict earlier|reason". */
static const char *show(struct arena *arena, const struct snapshot *snapshot)
{
    static const char *const verdicts[NVERDICTS] = {
        "pairs", "shares", "shadowed", "never", "no ATR", "applies", "unreadable", "uncompared"};
    const char *text = "";
    struct inventory inventory = inventory_list(arena, snapshot);
    for (size_t i = 0; i < inventory.count; i++) {
        const struct inventory_row *row = &inventory.rows[i];
        text = arena_printf(arena, "%s%s:", text, row->card->key.origin.name);
        for (enum view view = 0; view < NVIEWS; view++)
            if (row->in_view[view])
                text = arena_printf(arena, "%s %s", text, view_name(view));
        text = arena_printf(arena, "%s: %s %s|%s\n", text, verdicts[row->verdict],
                            row->earlier ? row->earlier->key.origin.name : "",
                            row->reason ? row->reason : "");
    }
    return text;
}

static const char *show_text(struct arena *arena, const char *reg_text)
{
    return show(arena, read_text(arena, reg_text));
}

static void each_verdict_has_its_reason(void **state)
{
    static const struct {
        const char *values, *expected;
    } cases[] = {
        {"\"ATR\"=hex:3b,00\n", "pairs |"},
        {"\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,f0\n", "pairs |"},
        {"\"ATR\"=hex:00,00\n\"ATRMask\"=hex:00,00\n", "pairs |"},
        {"", "no ATR |"},
        {"\"80000001\"=\"x.dll\"\n", "no ATR |"},
        {"\"ATR\"=\"3b00\"\n", "never |its ATR is a REG_SZ, not a REG_BINARY"},
        {"\"ATR\"=hex:\n", "never |its ATR has 0 bytes, and a card's 2 to 33"},
        {"\"ATR\"=hex:3b\n", "never |its ATR has 1 byte, and a card's 2 to 33"},
        {"\"ATR\"=hex:3b,00\n\"ATRMask\"=dword:1\n",
         "never |its ATRMask is a REG_DWORD, not a REG_BINARY"},
        {"\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff\n", "never |its ATR has 2 bytes and its ATRMask 1"},
        {"\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:\n", "never |its ATR has 2 bytes and its ATRMask 0"},
        {"\"ATR\"=hex:3b,0f\n\"ATRMask\"=hex:ff,f0\n",
         "never |byte 1 of its ATR is 0f and its mask f0 there"},
        {"\"ATR\"=hex:3b,0f\n\"ATRMask\"=hex:00,00\n",
         "never |byte 0 of its ATR is 3b and its mask 00 there"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            show_text(*state,
                      arena_printf(*state, SUPPORT_WINDOWS_10 "[" CARDS "x]\n%s", cases[i].values)),
            arena_printf(*state, "x: native: %s\n", cases[i].expected));
}

static void entries_of_windows_are_for_applications(void **state)
{
    assert_string_equal(
        show_text(*state, SUPPORT_WINDOWS_10 "[" CARDS GENERIC "]\n[" CARDS PIV "]\n"),
        GENERIC ": native: applies |GIDS\n" PIV ": native: applies |PIV\n");
    assert_string_equal(show_text(*state, SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n"
                                                             "\"ATR\"=hex:3b,00\n"),
                        PIV ": native: pairs |\n");
}

static void what_cannot_be_read_is_unknown(void **state)
{
    struct memory_hive *hive =
        support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "x]\n"
                                                 "\"ATR\"=hex:3b,04,51,ff,08,00\n");
    findings_damage_value(hive, "ATR");
    assert_string_equal(show(*state, &support_read(*state, hive)->snapshot),
                        "x: native: unreadable |\n");
}

static void an_entry_is_shadowed_by_the_first_that_takes_all_its_cards(void **state)
{
    assert_string_equal(show_text(*state, SUPPORT_WINDOWS_10
                                  "[" CARDS "a]\n\"ATR\"=hex:3b,02\n\"ATRMask\"=hex:ff,0f\n"
                                  "[" CARDS "b]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,00\n"
                                  "[" CARDS "c]\n\"ATR\"=hex:3b,12\n"
                                  "[" CARDS "d]\n\"ATR\"=hex:3b,13\n"
                                  "[" CARDS "e]\n\"ATR\"=hex:3b,02,00\n"
                                  "[" CARDS "f]\n\"ATR\"=hex:3b,02,00\n"),
                        "a: native: pairs |\nb: native: shares a|\nc: native: shadowed a|\n"
                        "d: native: shadowed b|\ne: native: pairs |\nf: native: shadowed e|\n");
}

static void views_with_the_same_entry_are_one_row(void **state)
{
    assert_string_equal(show_text(*state, SUPPORT_WINDOWS_10
                                  "[" CARDS "b]\n\"ATR\"=hex:3b,00\n\"80000001\"=\"x.dll\"\n"
                                  "[" WOW CARDS "b]\n\"ATR\"=hex:3b,00\n\"80000001\"=\"y.dll\"\n"
                                  "[" CARDS "a]\n\"ATR\"=hex:3b,01\n\"80000001\"=\"x.dll\"\n"
                                  "[" WOW CARDS "a]\n\"ATR\"=hex:3b,01\n\"80000001\"=\"x.dll\"\n"
                                  "[" WOW CARDS "A1]\n\"ATR\"=hex:3b,01\n"),
                        "a: native wow6432node: pairs |\nA1: wow6432node: shadowed a|\n"
                        "b: native: pairs |\nb: wow6432node: pairs |\n");
}

static void a_verdict_that_differs_between_views_makes_two_rows(void **state)
{
    assert_string_equal(show_text(*state,
                                  SUPPORT_WINDOWS_10 "[" CARDS "a]\n\"ATR\"=hex:3b,00\n"
                                                     "[" CARDS "b]\n\"ATR\"=hex:3b,00\n"
                                                     "[" WOW CARDS "b]\n\"ATR\"=hex:3b,00\n"),
                        "a: native: pairs |\nb: native: shadowed a|\nb: wow6432node: pairs |\n");
}

static void architectures_of_an_inf_are_told_by_view(void **state)
{
#define NATIVE SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"ATR\"=hex:3b,00\n"
    struct snapshot x86 = *read_text(*state, NATIVE),
                    amd64 = *read_text(*state, NATIVE "[" WOW CARDS "x]\n\"ATR\"=hex:3b,00\n");
    x86.os.arch = ARCH_X86;
    x86.variant = &amd64;
    struct inventory inventory = inventory_list(*state, &x86);
    assert_int_equal(inventory.count, 1);
    assert_int_equal(inventory.rows[0].archs[VIEW_NATIVE], 1u << ARCH_X86 | 1u << ARCH_AMD64);
    assert_int_equal(inventory.rows[0].archs[VIEW_WOW6432NODE], 1u << ARCH_AMD64);
}

/* Entries of two bytes, of which but three bits each ever count. */
#define SMALL 7
static uint8_t small_bits(uint32_t *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return (uint8_t)(*seed >> 16 & SMALL);
}

struct small_entry {
    uint8_t atr[2], mask[2];
};

static bool takes(const struct small_entry *entry, unsigned card)
{
    uint8_t bytes[] = {(uint8_t)(card & SMALL), (uint8_t)(card >> 3)};
    return atr_matches((struct slice){bytes, 2}, (struct slice){entry->atr, 2},
                       (struct slice){entry->mask, 2});
}

static bool takes_all_of(const struct small_entry *earlier, const struct small_entry *later)
{
    for (unsigned card = 0; card < 64; card++)
        if (takes(later, card) && !takes(earlier, card))
            return false;
    return true;
}

static bool takes_some_of(const struct small_entry *earlier, const struct small_entry *later)
{
    for (unsigned card = 0; card < 64; card++)
        if (takes(later, card) && takes(earlier, card))
            return true;
    return false;
}

/* "shadowed 00": what all cards together say of an entry, and the first that is to blame. */
static const char *find_verdict(struct arena *arena, const struct small_entry *entries, size_t i)
{
    for (size_t first = 0; first < i; first++)
        if (takes_all_of(&entries[first], &entries[i]))
            return arena_printf(arena, "shadowed %02zu", first);
    for (size_t first = 0; first < i; first++)
        if (takes_some_of(&entries[first], &entries[i]))
            return arena_printf(arena, "shares %02zu", first);
    return "pairs ";
}

#define NSMALL 12
static void verdicts_agree_with_all_cards(void **state)
{
    for (uint32_t run = 1; run <= 200; run++) {
        struct small_entry entries[NSMALL];
        const char *text = SUPPORT_WINDOWS_10;
        uint32_t seed = run;
        for (size_t i = 0; i < NSMALL; i++) {
            struct small_entry *entry = &entries[i];
            for (size_t j = 0; j < 2; j++) {
                entry->mask[j] = (uint8_t)(small_bits(&seed) | small_bits(&seed) | 0xf8);
                entry->atr[j] = small_bits(&seed) & entry->mask[j];
            }
            text = arena_printf(
                *state, "%s[" CARDS "%02zu]\n\"ATR\"=hex:%02x,%02x\n\"ATRMask\"=hex:%02x,%02x\n",
                text, i, entry->atr[0], entry->atr[1], entry->mask[0], entry->mask[1]);
        }
        const char *want = "";
        for (size_t i = 0; i < NSMALL; i++)
            want = arena_printf(*state, "%s%02zu: native: %s|\n", want, i,
                                find_verdict(*state, entries, i));
        const char *got = show_text(*state, text);
        if (strcmp(got, want) != 0)
            fail_msg("seed %u: got\n%swant\n%s", run, got, want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_verdict_has_its_reason),
        SUPPORT_TEST(entries_of_windows_are_for_applications),
        SUPPORT_TEST(what_cannot_be_read_is_unknown),
        SUPPORT_TEST(an_entry_is_shadowed_by_the_first_that_takes_all_its_cards),
        SUPPORT_TEST(views_with_the_same_entry_are_one_row),
        SUPPORT_TEST(a_verdict_that_differs_between_views_makes_two_rows),
        SUPPORT_TEST(architectures_of_an_inf_are_told_by_view),
        SUPPORT_TEST(verdicts_agree_with_all_cards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
