/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/card_answer.h"

#include "cards.h"
#include "findings.h"

#define CALAIS "Microsoft\\Cryptography\\Calais\\"

/* YubiKey 5 by NFC, and its device ID (D.3). */
#define NFC    "3B8D80018073C021C057597562694B6579F9"
#define NFC_ID "SCFILTER\\CID_8073C021C057597562694B6579"

static const struct card_answer *answer_snapshot(struct arena *arena,
                                                 const struct snapshot *snapshot, const char *card)
{
    struct asked_card *asked = arena_alloc(arena, 1, sizeof *asked);
    *asked = (struct asked_card){.atr = cards_bytes(arena, card)};
    return cards_answer(arena, &(struct asked_cards){asked, 1}, snapshot);
}

/* What a hive of registry text says about a card. */
static const struct card_answer *answer(struct arena *arena, const char *reg_text, const char *card)
{
    const struct reading *reading = support_read(arena, support_build(arena, reg_text));
    assert_true(reading->read);
    return answer_snapshot(arena, &reading->snapshot, card);
}

static void each_view_answers_for_itself(void **state)
{
    const struct card_answer *got =
        answer(*state,
               SUPPORT_WINDOWS_10 "[" CARDS "b]\n\"ATR\"=hex:3b,04,51,ff,08,00\n"
                                  "[" CARDS "A]\n\"ATR\"=hex:3b,04,51,ff,08,00\n"
                                  "[" WOW CARDS "c]\n\"ATR\"=hex:3b,04,51,ff,08,01\n",
               "3B0451FF0800");
    assert_true(got->pairs);
    assert_string_equal(got->device_id, "SCFILTER\\CID_51FF0800");
    assert_int_equal(got->nviews, 2);
    assert_int_equal(got->views[0].view, VIEW_NATIVE);
    assert_string_equal(got->views[0].pairing.entry->key.origin.name, "A");
    assert_int_equal(got->views[0].pairing.nothers, 1);
    assert_string_equal(got->views[0].pairing.others[0]->key.origin.name, "b");
    assert_null(got->views[0].after);
    assert_int_equal(got->views[1].view, VIEW_WOW6432NODE);
    assert_null(got->views[1].pairing.entry);
    assert_int_equal(got->views[1].pairing.nnear, 1);
    assert_non_null(got->views[1].after);
}

static void a_card_that_pairs_nowhere_is_said_to(void **state)
{
    const struct card_answer *got = answer(*state, SUPPORT_WINDOWS_10, NFC);
    assert_false(got->pairs);
    assert_string_equal(got->device_id, NFC_ID);
    assert_int_equal(got->nviews, 2);
    size_t counts[2] = {0};
    cards_count(got, 1, counts);
    assert_int_equal(counts[false], 1);
    assert_int_equal(counts[true], 0);
}

static void the_caches_lead_to_the_entries_of_windows(void **state)
{
    const struct card_answer *got =
        answer(*state,
               SUPPORT_WINDOWS_10
               "[" CARDS PIV "]\n\"80000001\"=\"msclmd.dll\"\n"
               "[" CALAIS "PIV Device ATR Cache]\n\"7\"=hex:3b,00\n"
               "\"8\"=hex:3b,8d,80,01,80,73,c0,21,c0,57,59,75,62,69,4b,65,79,f9\n"
               "[" CALAIS "IDMP ATR Cache]\n\"9\"=\"3B8D80018073C021C057597562694B6579F9\"\n",
               NFC);
    const struct discovery *native = got->views[0].after, *wow = got->views[1].after;
    assert_non_null(native->cached[ATR_CACHE_PIV]);
    assert_string_equal(native->cached[ATR_CACHE_PIV]->name, "8");
    assert_null(native->cached[ATR_CACHE_IDMP]); /* a text is no ATR */
    assert_false(native->cache_unknown[ATR_CACHE_PIV]);
    assert_string_equal(native->inbox[ATR_CACHE_PIV]->key.origin.name, PIV);
    assert_null(native->inbox[ATR_CACHE_IDMP]);
    assert_non_null(wow->cached[ATR_CACHE_PIV]); /* there is one cache for all views */
    assert_null(wow->inbox[ATR_CACHE_PIV]);
}

/* Each third ATR of two bytes is there twice: in ascending order, then in descending. */
static void of_cached_atrs_the_first_value_is_named(void **state)
{
    const char *text = SUPPORT_WINDOWS_10 "[" CALAIS "PIV Device ATR Cache]\n\"short\"=hex:3b\n";
    for (int i = 0; i <= 510; i += 3)
        text = arena_printf(*state, "%s\"%d\"=hex:3b,%02x\n", text, i, i < 256 ? i : 510 - i);
    for (int byte = 0; byte < 256; byte++) {
        const struct card_answer *got = answer(*state, text, arena_printf(*state, "3b%02x", byte));
        const struct regval *cached = got->views[0].after->cached[ATR_CACHE_PIV];
        if (byte % 3)
            assert_null(cached);
        else
            assert_string_equal(cached->name, arena_printf(*state, "%d", byte));
    }
}

static void plug_and_play_is_off_where_the_policy_is_0(void **state)
{
    static const struct {
        const char *value;
        enum plug_and_play want;
    } cases[] = {
        {"", PNP_ON},
        {"\"EnableScPnP\"=dword:0\n", PNP_OFF},
        {"\"enablescpnp\"=dword:0\n", PNP_OFF},
        {"\"EnableScPnP\"=dword:1\n", PNP_ON},
        {"\"EnableScPnP\"=\"0\"\n", PNP_ON},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *text = arena_printf(*state, "%s[Policies\\Microsoft\\Windows\\ScPnP]\n%s",
                                        SUPPORT_WINDOWS_10, cases[i].value);
        assert_int_equal(answer(*state, text, NFC)->views[0].after->plug_and_play, cases[i].want);
    }
}

static void what_cannot_be_read_is_not_taken_for_absent(void **state)
{
    struct snapshot snapshot = {.views[VIEW_NATIVE].exists = true};
    struct regval policy = {.name = "EnableScPnP", .state = VALUE_UNREADABLE};
    snapshot.policies[POLICY_SCPNP] =
        (struct regkey){.state = KEY_UNREADABLE, .values = &policy, .nvalues = 1};
    snapshot.atr_caches[ATR_CACHE_IDMP].state = KEY_UNREADABLE;
    const struct discovery *after = answer_snapshot(*state, &snapshot, NFC)->views[0].after;
    assert_int_equal(after->plug_and_play, PNP_UNKNOWN);
    assert_true(after->cache_unknown[ATR_CACHE_IDMP]);
    assert_false(after->cache_unknown[ATR_CACHE_PIV]);
}

/* An INF that registers the card on amd64 only, and another entry on x86. */
static void each_architecture_of_an_inf_answers(void **state)
{
    struct card entries[2];
    struct package_facts package = {.kind = PACKAGE_INF};
    cards_make(*state, &entries[0], "x86", "3B0451FF0801", NULL);
    cards_make(*state, &entries[1], "amd64", "3B0451FF0800", NULL);
    struct view_config views[2] = {{.exists = true, .cards = &entries[0], .ncards = 1},
                                   {.exists = true, .cards = &entries[1], .ncards = 1}};
    struct snapshot amd64 = {
        .os.arch = ARCH_AMD64, .views = {views[1], views[1]}, .package = &package};
    struct snapshot x86 = {.os.arch = ARCH_X86,
                           .views[VIEW_NATIVE] = views[0],
                           .package = &package,
                           .variant = &amd64};
    const struct card_answer *got = answer_snapshot(*state, &x86, "3B0451FF0800");
    assert_true(got->pairs);
    assert_int_equal(got->nviews, 3);
    assert_int_equal(got->views[0].arch, ARCH_X86);
    assert_null(got->views[0].pairing.entry);
    assert_int_equal(got->views[0].pairing.nnear, 1);
    assert_null(got->views[0].after); /* an INF does not say what else there is */
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(got->views[i].arch, ARCH_AMD64);
        assert_ptr_equal(got->views[i].pairing.entry, &entries[1]);
    }
    assert_int_equal(got->views[2].view, VIEW_WOW6432NODE);
}

static void an_atr_that_is_cut_short_has_no_device_id(void **state)
{
    const struct card_answer *got = answer(*state, SUPPORT_WINDOWS_10, "3BFA1800008131FE45");
    assert_null(got->device_id);
    assert_non_null(strstr(got->decoded, "ends within the historical bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_view_answers_for_itself),
        SUPPORT_TEST(a_card_that_pairs_nowhere_is_said_to),
        SUPPORT_TEST(the_caches_lead_to_the_entries_of_windows),
        SUPPORT_TEST(of_cached_atrs_the_first_value_is_named),
        SUPPORT_TEST(plug_and_play_is_off_where_the_policy_is_0),
        SUPPORT_TEST(what_cannot_be_read_is_not_taken_for_absent),
        SUPPORT_TEST(each_architecture_of_an_inf_answers),
        SUPPORT_TEST(an_atr_that_is_cut_short_has_no_device_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
