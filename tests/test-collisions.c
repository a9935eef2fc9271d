/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/collisions.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "support.h"

#define DEFAULT_SEED 20250303
#define TURNS        3000
#define ENTRIES_MAX  9
#define NCARDS       256 /* the cards that differ in the last of two bytes */

static const struct os_build windows_10 = {.system_root = "C:\\Windows", .build = 19045};

static struct regval *make_value(struct arena *arena, const void *bytes, size_t len)
{
    struct regval *value = arena_alloc(arena, 1, sizeof *value);
    value->state = VALUE_OK;
    value->raw = arena_dup(arena, (struct slice){bytes, len});
    return value;
}

static void set_text(struct arena *arena, struct card *card, enum card_field field,
                     const char *text)
{
    struct regval *value = arena_alloc(arena, 1, sizeof *value);
    *value = (struct regval){.state = VALUE_OK, .type = REG_SZ, .text = text, .seen = text};
    card->field[field] = value;
}

/* An entry of a native view; module NULL: it has none. */
static struct card make_card(struct arena *arena, const uint8_t *atr, const uint8_t *mask,
                             size_t len, const char *module)
{
    static const struct regval absent;
    struct card card = {.key.origin = {.name = "Card"}};
    for (int i = 0; i < NCARD_FIELDS; i++)
        card.field[i] = &absent;
    card.field[CARD_ATR] = make_value(arena, atr, len);
    card.field[CARD_ATR_MASK] = make_value(arena, mask, len);
    if (module)
        set_text(arena, &card, CARD_MODULE, module);
    return card;
}

static struct collisions find(struct arena *arena, struct card *cards, size_t count)
{
    struct view_config config = {.cards = cards, .ncards = count};
    return collisions_find(arena, &windows_10, &config);
}

/* A small view, and by brute force which of all cards each entry takes. */
struct small_view {
    struct card *cards;
    size_t count;
    unsigned driver[ENTRIES_MAX];
    bool takes[ENTRIES_MAX][NCARDS];
};

static struct small_view random_view(struct arena *arena)
{
    static const char *const modules[] = {"a.dll", "b.dll", "c.dll"};
    struct small_view view = {.count = random_below(ENTRIES_MAX + 1)};
    view.cards = arena_alloc(arena, view.count, sizeof *view.cards);
    unsigned ndrivers = 1 + random_below(3), nbits = 1 + random_below(4);
    for (size_t i = 0; i < view.count; i++) {
        uint8_t mask[] = {0xff, (uint8_t)~random_below(1U << nbits)};
        uint8_t atr[] = {0x3b, (uint8_t)(random_below(1U << nbits) & mask[1])};
        view.driver[i] = random_below(ndrivers);
        view.cards[i] = make_card(arena, atr, mask, 2, modules[view.driver[i]]);
        for (unsigned card = 0; card < NCARDS; card++) {
            uint8_t bytes[] = {0x3b, (uint8_t)card};
            view.takes[i][card] = atr_matches((struct slice){bytes, 2}, (struct slice){atr, 2},
                                              (struct slice){mask, 2});
        }
    }
    return view;
}

/* How the cards of two entries relate. */
enum relation { APART, SHARES, COVERS, EQUALS };

static enum relation relate(const struct small_view *view, size_t a, size_t b)
{
    unsigned both = 0, only_a = 0, only_b = 0;
    for (unsigned card = 0; card < NCARDS; card++) {
        both += view->takes[a][card] && view->takes[b][card];
        only_a += view->takes[a][card] && !view->takes[b][card];
        only_b += view->takes[b][card] && !view->takes[a][card];
    }
    return !both ? APART : only_b ? SHARES : only_a ? COVERS : EQUALS;
}

static size_t pair(const struct small_view *view, unsigned card)
{
    size_t i = 0;
    while (i < view->count && !view->takes[i][card])
        i++;
    return i;
}

/* What the header promises, one entry after the other. Returns the number of partners, 0: none. */
static size_t expect(const struct small_view *view, size_t later, enum collision_kind *kind,
                     size_t *earlier)
{
    size_t counts[EQUALS + 1] = {0}, firsts[EQUALS + 1];
    for (size_t i = 0; i < later; i++) {
        enum relation relation = relate(view, i, later);
        bool is_same = view->driver[i] == view->driver[later];
        /* The first that takes all cards of this one decides what happens to them. */
        if (relation >= COVERS && is_same && !counts[COVERS] && !counts[EQUALS])
            return 0;
        if (is_same)
            continue;
        for (enum relation r = SHARES; r <= relation; r++)
            firsts[r] = counts[r]++ ? firsts[r] : i;
    }
    enum relation strongest = EQUALS;
    while (strongest && !counts[strongest])
        strongest--;
    *kind = strongest == EQUALS   ? COLLISION_DUPLICATE
            : strongest == COVERS ? COLLISION_SHADOWED
                                  : COLLISION_OVERLAP;
    *earlier = strongest ? firsts[strongest] : 0;
    return counts[strongest];
}

static unsigned example_of(const struct collision *collision)
{
    uint8_t example[ATR_LEN_API_MAX];
    pattern_example(collision->earlier, collision->later, example);
    return example[1];
}

/* Whether a collision is what Windows would do with all cards. */
static bool is_true(const struct small_view *view, const struct collision *collision)
{
    size_t later = collision->later->index, earlier = collision->earlier->index;
    if (collision->kind == COLLISION_OVERLAP)
        return pair(view, example_of(collision)) == earlier;
    for (unsigned card = 0; card < NCARDS; card++)
        if (pair(view, card) == later)
            return false;
    return view->driver[later] != view->driver[earlier];
}

/* Copies are, and overlaps whose card (of those that both match, the one with the fewest bits) goes
 * to the entry's own driver. */
static bool is_left_out(const struct small_view *view, size_t later, enum collision_kind kind,
                        size_t earlier)
{
    unsigned card = 0;
    while (!view->takes[earlier][card] || !view->takes[later][card])
        card++;
    for (size_t i = 0; i < later; i++) {
        bool takes_it = kind == COLLISION_OVERLAP && i < earlier && view->takes[i][card];
        if (view->driver[i] == view->driver[later] &&
            (takes_it || relate(view, i, later) == EQUALS))
            return true;
    }
    return false;
}

static bool view_is_right(const struct small_view *view, const struct collisions *collisions)
{
    size_t at = 0;
    for (size_t later = 0; later < view->count; later++) {
        const struct collision *collision =
            at < collisions->count && collisions->items[at].later->index == later
                ? &collisions->items[at++]
                : NULL;
        enum collision_kind kind = COLLISION_OVERLAP;
        size_t earlier = 0, count = expect(view, later, &kind, &earlier);
        if (collision &&
            (count == 0 || collision->kind != kind || collision->earlier->index != earlier ||
             collision->more != count - 1 || !is_true(view, collision)))
            return false;
        if (!collision && count && !is_left_out(view, later, kind, earlier))
            return false;
    }
    return at == collisions->count;
}

static bool is_contested(const struct small_view *view)
{
    for (unsigned card = 0; card < NCARDS; card++) {
        size_t first = pair(view, card);
        for (size_t i = first; i < view->count; i++)
            if (view->takes[i][card] && view->driver[i] != view->driver[first])
                return true;
    }
    return false;
}

static void collisions_are_what_happens_to_all_cards(void **state)
{
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    size_t kinds[COLLISION_OVERLAP + 1] = {0};
    for (unsigned turn = 0; turn < TURNS; turn++) {
        struct small_view view = random_view(*state);
        struct collisions collisions = find(*state, view.cards, view.count);
        for (size_t i = 0; i < collisions.count; i++)
            kinds[collisions.items[i].kind]++;
        if (!collisions.complete || !view_is_right(&view, &collisions) ||
            is_contested(&view) != (collisions.count > 0))
            fail_msg("turn %u; repeat with TEST_SEED=%llu", turn, (unsigned long long)seed);
    }
    for (size_t i = 0; i <= COLLISION_OVERLAP; i++)
        assert_in_range(kinds[i], TURNS / 10, ENTRIES_MAX * TURNS); /* else this proves little */
}

static const uint8_t atr_6[] = {0x3b, 0x04, 0x51, 0xff, 0x08, 0x00};
static const uint8_t all_6[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* How many collisions there are of one pattern with two drivers. */
static size_t collide(struct arena *arena, struct card a, struct card b)
{
    struct card cards[] = {a, b};
    return find(arena, cards, 2).count;
}

static struct card with_module(struct arena *arena, const char *module)
{
    return make_card(arena, atr_6, all_6, sizeof atr_6, module);
}

static void one_driver_may_have_several_names(void **state)
{
    static const struct {
        const char *a, *b;
        size_t collisions;
    } cases[] = {
        {"a.dll", "A.DLL", 0},
        {"a.dll", "c:\\windows\\system32\\A.dll", 0},
        {"a.dll", "C:\\Windows\\a.dll", 1},
        {"a.dll", "b.dll", 1},
        {"a.dll", "", 1},
        {"", NULL, 0},
        {NULL, NULL, 0},
        {"\xc3\xa4.dll", "\xc3\x84.dll", 0},
        {"D:\\a.dll", "d:\\A.dll", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (collide(*state, with_module(*state, cases[i].a), with_module(*state, cases[i].b)) !=
            cases[i].collisions)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
}

static void a_driver_is_a_module_a_csp_and_a_ksp(void **state)
{
    static const enum card_field fields[] = {CARD_MODULE, CARD_CSP, CARD_KSP};
    for (size_t i = 0; i < 3; i++) {
        struct card a = with_module(*state, "a.dll"), b = a;
        set_text(*state, &a, fields[i], "x.dll");
        assert_int_equal(collide(*state, a, b), 1);
        set_text(*state, &b, fields[i], "X.dll");
        assert_int_equal(collide(*state, a, b), 0);
    }
}

static void what_cannot_be_read_collides_with_nothing(void **state)
{
    static const struct regval unreadable = {.state = VALUE_UNREADABLE};
    static const enum card_field fields[] = {CARD_ATR, CARD_ATR_MASK, CARD_MODULE, CARD_CSP,
                                             CARD_KSP};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct card cards[] = {with_module(*state, "a.dll"), with_module(*state, "b.dll"),
                               with_module(*state, "c.dll")};
        cards[0].field[fields[i]] = &unreadable;
        struct collisions collisions = find(*state, cards, 3);
        assert_int_equal(collisions.count, 1);
        assert_int_equal(collisions.items[0].earlier->index, 1);
        assert_int_equal(collisions.items[0].later->index, 2);
    }
}

static void an_entry_that_matches_no_card_collides_with_nothing(void **state)
{
    static const uint8_t weak[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0xff};
    struct card dead = make_card(*state, atr_6, weak, sizeof atr_6, "a.dll");
    assert_int_equal(collide(*state, dead, with_module(*state, "b.dll")), 0);
    assert_int_equal(collide(*state, with_module(*state, "b.dll"), dead), 0);
}

/* From here on: many entries, each with a module of its own unless it says otherwise. */

static struct card *number_cards(struct arena *arena, size_t count)
{
    struct card *cards = arena_alloc(arena, count, sizeof *cards);
    for (size_t i = 0; i < count; i++) {
        uint8_t atr[] = {0x3b, 0x04, 0x51, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        cards[i] = make_card(arena, atr, all_6, sizeof atr, arena_printf(arena, "%zu.dll", i));
    }
    return cards;
}

static void ten_thousand_entries_apart_are_compared_completely(void **state)
{
    struct collisions collisions = find(*state, number_cards(*state, 10000), 10000);
    assert_true(collisions.complete);
    assert_int_equal(collisions.count, 0);
}

static void ten_thousand_equal_entries_are_compared_completely(void **state)
{
    struct card *cards = number_cards(*state, 10000);
    for (size_t i = 0; i < 10000; i++)
        cards[i].field[CARD_ATR] = cards[0].field[CARD_ATR];
    struct collisions collisions = find(*state, cards, 10000);
    assert_true(collisions.complete);
    assert_int_equal(collisions.count, 9999);
    const struct collision *last = &collisions.items[9998];
    assert_int_equal(last->kind, COLLISION_DUPLICATE);
    assert_int_equal(last->earlier->index, 0);
    assert_int_equal(last->more, 9998);
}

/* Half of them compare only their last bytes, and yet no two overlap. */
static void ten_thousand_entries_with_masked_prefixes_are_compared_completely(void **state)
{
    static const uint8_t mask[] = {0, 0, 0, 0xff, 0xff, 0xff}, atr[] = {0, 0, 0};
    struct card *cards = number_cards(*state, 10000);
    for (size_t i = 0; i < 10000; i += 2) {
        uint8_t masked[6];
        memcpy(masked, cards[i].field[CARD_ATR]->raw.ptr, 6);
        memcpy(masked, atr, 3);
        cards[i].field[CARD_ATR] = make_value(*state, masked, 6);
        cards[i].field[CARD_ATR_MASK] = make_value(*state, mask, 6);
    }
    struct collisions collisions = find(*state, cards, 10000);
    assert_true(collisions.complete);
    assert_int_equal(collisions.count, 0);
}

/* Each compares two bits of its own that it wants set, so that all overlap and none covers
 * another. */
static struct card *overlapping_cards(struct arena *arena, size_t count)
{
    struct card *cards = number_cards(arena, count);
    size_t bits = 8 * ATR_LEN_ISO_MAX;
    for (size_t i = 0; i < count; i++) {
        uint8_t atr[ATR_LEN_ISO_MAX] = {0};
        size_t first = i % bits, second = (first + 1 + i / bits) % bits;
        atr[first / 8] |= (uint8_t)(1U << first % 8);
        atr[second / 8] |= (uint8_t)(1U << second % 8);
        cards[i].field[CARD_ATR] = cards[i].field[CARD_ATR_MASK] =
            make_value(arena, atr, sizeof atr);
    }
    return cards;
}

static void a_thousand_entries_that_all_overlap_are_compared_completely(void **state)
{
    struct collisions collisions = find(*state, overlapping_cards(*state, 1000), 1000);
    assert_true(collisions.complete);
    assert_int_equal(collisions.count, 999);
    for (size_t i = 0; i < 999; i++) {
        assert_int_equal(collisions.items[i].kind, COLLISION_OVERLAP);
        assert_int_equal(collisions.items[i].earlier->index, 0);
        assert_int_equal(collisions.items[i].more, i);
    }
}

static void what_was_not_compared_is_said(void **state)
{
    assert_false(find(*state, overlapping_cards(*state, 20000), 20000).complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(collisions_are_what_happens_to_all_cards),
        SUPPORT_TEST(one_driver_may_have_several_names),
        SUPPORT_TEST(a_driver_is_a_module_a_csp_and_a_ksp),
        SUPPORT_TEST(what_cannot_be_read_collides_with_nothing),
        SUPPORT_TEST(an_entry_that_matches_no_card_collides_with_nothing),
        SUPPORT_TEST(ten_thousand_entries_apart_are_compared_completely),
        SUPPORT_TEST(ten_thousand_equal_entries_are_compared_completely),
        SUPPORT_TEST(ten_thousand_entries_with_masked_prefixes_are_compared_completely),
        SUPPORT_TEST(a_thousand_entries_that_all_overlap_are_compared_completely),
        SUPPORT_TEST(what_was_not_compared_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
