/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/fix.h"

#include "fixes.h"
#include "random.h"

#include <unistd.h>

#include "hive/hive_write.h"
#include "report/reg_file.h"

#define OUTSIDE RULE("outside", "error", "atr_outside_mask")
#define PAIRS   OUTSIDE RULE("weak", "warning", "mask_weak") RULE("built", "note", "atr_structure")
#define COLLISIONS                                                                                 \
    RULE("duplicate", "warning", "atr_duplicate")                                                  \
    RULE("shadowed", "warning", "atr_shadowed") RULE("overlap", "note", "atr_overlap")
#define DIFFERS RULE("differs", "warning", "view_differs")

#define WINDOWS SUPPORT_WINDOWS_10
#define DRIVER  "\"80000001\"="

/* Entries: one without a fault, with the same one dead, and what becomes of that. */
#define SOUND(driver)  "\"ATR\"=hex:3b,01,40\n\"ATRMask\"=hex:ff,ff,ff\n" DRIVER driver "\n"
#define DEAD(driver)   "\"ATR\"=hex:3b,01,41\n\"ATRMask\"=hex:ff,ff,f0\n" DRIVER driver "\n"
#define MENDED(driver) "\"ATR\"=hex:3b,01,40\n\"ATRMask\"=hex:ff,ff,f0\n" DRIVER driver "\n"

/* Holds a plan for one hive against another. */
static enum fix_result settle(struct arena *arena, struct planned *planned, const char *after,
                              const char **fault)
{
    const struct snapshot *repaired =
        fixes_read(arena, &planned->ruleset, support_build(arena, after));
    struct findings findings = ruleset_judge(arena, &planned->ruleset, repaired);
    return fix_settle(arena, &planned->fix, &planned->findings, &findings, repaired, fault);
}

static struct planned *plan(struct arena *arena, const char *rules, const char *before)
{
    return fixes_plan(arena, rules, support_build(arena, before));
}

static void a_repair_that_does_what_it_promises_is_exact(void **state)
{
    const char *fault;
    struct planned *planned = plan(*state, OUTSIDE, WINDOWS "[" CARDS "Card]\n" DEAD("\"a\""));
    assert_int_equal(settle(*state, planned, WINDOWS "[" CARDS "Card]\n" MENDED("\"a\""), &fault),
                     FIX_EXACT);
    assert_int_equal(planned->fix.nchanges, 1);
}

static void a_repair_that_leaves_what_it_promises_fails(void **state)
{
    const char *fault;
    struct planned *planned = plan(*state, OUTSIDE, WINDOWS "[" CARDS "Card]\n" DEAD("\"a\""));
    assert_int_equal(settle(*state, planned, WINDOWS "[" CARDS "Card]\n" DEAD("\"a\""), &fault),
                     FIX_FAILED);
    assert_string_equal(fault, "the repaired hive still has outside of " CARDS "Card");
}

static void a_change_that_makes_findings_in_its_key_is_dropped(void **state)
{
    const char *fault;
    struct planned *planned =
        plan(*state, PAIRS,
             WINDOWS "[" CARDS "A]\n\"ATR\"=hex:3b,ac\n\"ATRMask\"=hex:ff,00\n[" CARDS
                     "B]\n" DEAD("\"a\""));
    assert_int_equal(settle(*state, planned,
                            WINDOWS "[" CARDS
                                    "A]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,00\n[" CARDS
                                    "B]\n" MENDED("\"a\""),
                            &fault),
                     FIX_ADAPTED);
    assert_string_equal(fixes_show(*state, &planned->fix),
                        "native B|ATR REG_BINARY 3b0140: outside\n"
                        "native A outside: repaired, it would bring weak of " CARDS "A\n");
}

static void a_change_that_takes_the_cards_of_another_entry_is_dropped(void **state)
{
    const char *fault;
    struct planned *planned =
        plan(*state, OUTSIDE COLLISIONS,
             WINDOWS "[" CARDS "A]\n" DEAD("\"a\"") "[" CARDS "B]\n" SOUND(
                 "\"b\"") "[" CARDS "C]\n\"ATR\"=hex:3b,21\n\"ATRMask\"=hex:ff,f0\n");
    assert_int_equal(planned->fix.nchanges, 2);
    assert_int_equal(settle(*state, planned,
                            WINDOWS "[" CARDS "A]\n" MENDED("\"a\"") "[" CARDS "B]\n" SOUND(
                                "\"b\"") "[" CARDS "C]\n\"ATR\"=hex:3b,20\n\"ATRMask\"=hex:ff,f0\n",
                            &fault),
                     FIX_ADAPTED);
    assert_string_equal(fixes_show(*state, &planned->fix),
                        "native C|ATR REG_BINARY 3b20: outside\n"
                        "native A outside: repaired, it would bring shadowed of " CARDS "B\n");
}

static void what_goes_along_is_promised_and_no_refusal(void **state)
{
    struct arena *arena = *state;
    const char *fault;
    static const char after[] =
        WINDOWS "[" CARDS "Card]\n" MENDED("\"a\"") "[" WOW CARDS "Card]\n" MENDED("\"a\"");
    struct planned *planned =
        plan(arena, OUTSIDE DIFFERS,
             WINDOWS "[" CARDS "Card]\n" DEAD("\"a\"") "[" WOW CARDS "Card]\n" MENDED("\"a\""));
    assert_int_equal(planned->fix.nrefusals, 1);
    assert_int_equal(settle(arena, planned, after, &fault), FIX_ADAPTED);
    assert_string_equal(fixes_show(arena, &planned->fix),
                        "native Card|ATR REG_BINARY 3b0140: outside\n"
                        "native Card differs: settled\n");
    assert_int_equal(settle(arena, planned, after, &fault), FIX_EXACT);
}

static void new_findings_that_no_change_explains_end_it(void **state)
{
    const char *fault;
    struct planned *planned = plan(*state, OUTSIDE RULE("value", "warning", "retry_value"),
                                   WINDOWS "[" CARDS "Card]\n" DEAD("\"a\""));
    static const char after[] = WINDOWS
        "[" CARDS "Card]\n" MENDED("\"a\"") "[" READERS "]\n\"RetryDeviceInitialize\"=dword:2\n";
    assert_int_equal(settle(*state, planned, after, &fault), FIX_ADAPTED);
    assert_int_equal(planned->fix.nchanges, 0);
    assert_int_equal(settle(*state, planned, after, &fault), FIX_FAILED);
    assert_string_equal(fault,
                        "the repaired hive has value of " READERS ", which was not there before");
}

/* An entry with an ATR of 2 to 4 bytes, of few values, so that many collide; it is often wrong. */
static const char *random_entry(struct arena *arena, const char *view, unsigned number)
{
    static const uint8_t atrs[] = {0x3b, 0x00, 0x01, 0x10}, masks[] = {0xff, 0xff, 0xf0, 0x00};
    uint8_t atr[4], mask[4];
    size_t len = 2 + random_below(3);
    for (size_t i = 0; i < len; i++) {
        atr[i] = i ? atrs[random_below(4)] : 0x3b;
        mask[i] = i ? masks[random_below(4)] : 0xff;
    }
    return arena_printf(
        arena, "[%s" CARDS "%u]\n\"ATR\"=hex:%s\n\"ATRMask\"=hex:%s\n" DRIVER "\"%u.dll\"\n", view,
        number, text_hex(arena, (struct slice){atr, len}, ","),
        text_hex(arena, (struct slice){mask, len}, ","), random_below(2));
}

static const char *random_hive(struct arena *arena)
{
    const char *text = WINDOWS;
    unsigned count = 1 + random_below(12);
    for (unsigned i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s", text,
                            random_entry(arena, random_below(2) ? WOW : "", random_below(8)));
    if (random_below(2))
        text = arena_printf(arena, "%s[" READERS "]\n\"RetryDeviceInitialize\"=dword:%u\n", text,
                            random_below(3));
    if (random_below(2))
        text = arena_printf(arena, "%s[" WOW READERS "]\n\"RetryDeviceInitialize\"=dword:%u\n",
                            text, random_below(2));
    return text;
}

/* Applies the bytes of a .reg to a copy of a hive. */
static const struct memory_hive *apply(struct arena *arena, const struct memory_hive *hive,
                                       struct slice reg)
{
    struct diags diags = {.arena = arena};
    struct hive_image image = hive_image_load(&hive->source, &diags);
    struct reg_text text = reg_text_parse(arena, reg);
    const char *fault = NULL;
    assert_int_equal(text.nproblems, 0);
    assert_true(hive_apply(arena, &image, &text, &fault));
    uint8_t *bytes = arena_alloc(arena, image.size, 1);
    assert_int_equal(pread(image.fd, bytes, image.size, 0), (ssize_t)image.size);
    hive_image_close(&image);
    return support_wrap(arena, bytes, image.size);
}

/* Repairs a hive until that is exact. */
static void repair(struct arena *arena, struct planned *planned, const struct memory_hive *hive)
{
    struct labels labels = {0};
    struct reg_file file = {&planned->fix, "hive", "1", &labels};
    enum fix_result result = FIX_ADAPTED;
    for (int i = 0; planned->fix.nchanges && result == FIX_ADAPTED; i++) {
        const char *fault = NULL;
        struct slice fix = reg_file_fix(arena, &file), undo = reg_file_undo(arena, &file);
        const struct memory_hive *fixed = apply(arena, hive, fix);
        const struct snapshot *repaired = fixes_read(arena, &planned->ruleset, fixed);
        struct findings after = ruleset_judge(arena, &planned->ruleset, repaired);
        result = fix_settle(arena, &planned->fix, &planned->findings, &after, repaired, &fault);
        if (result == FIX_FAILED || i == 8)
            fail_msg("attempt %d: %s", i, fault);
        assert_true(fix_is_undone(&planned->fix,
                                  fixes_read(arena, &planned->ruleset, apply(arena, fixed, undo))));
    }
}

static void random_entries_are_repaired_or_refused_for_a_reason(void **state)
{
    static const char rules[] = PAIRS COLLISIONS DIFFERS RULE("value", "warning", "retry_value")
        RULE("misplaced", "warning", "retry_misplaced");
    uint64_t seed = random_take_seed(6);
    (void)state;
    for (int i = 0; i < 300; i++) {
        struct arena *arena = arena_new();
        const char *text = random_hive(arena);
        const struct memory_hive *hive = support_build(arena, text);
        struct planned *planned = fixes_plan(arena, rules, hive);
        repair(arena, planned, hive);
        for (size_t j = 0; j < planned->fix.nrefusals; j++) {
            const struct fix_refusal *refusal = &planned->fix.refusals[j];
            bool is_repairable = strcmp(refusal->finding->rule->id, "outside") == 0 ||
                                 strcmp(refusal->finding->rule->id, "value") == 0 ||
                                 strcmp(refusal->finding->rule->id, "misplaced") == 0;
            if (is_repairable && !strstr(refusal->why, "repaired, it would bring "))
                fail_msg("seed %ju, hive %d: %s: %s\n%s", (uintmax_t)seed, i,
                         refusal->finding->rule->id, refusal->why, text);
        }
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_repair_that_does_what_it_promises_is_exact),
        SUPPORT_TEST(a_repair_that_leaves_what_it_promises_fails),
        SUPPORT_TEST(a_change_that_makes_findings_in_its_key_is_dropped),
        SUPPORT_TEST(a_change_that_takes_the_cards_of_another_entry_is_dropped),
        SUPPORT_TEST(what_goes_along_is_promised_and_no_refusal),
        SUPPORT_TEST(new_findings_that_no_change_explains_end_it),
        SUPPORT_TEST(random_entries_are_repaired_or_refused_for_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
