/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/rules_from.h"

#include "base/text.h"
#include "findings.h"

#define FABRIKAM                                                                                   \
    "\"ATR\"=hex:3b,04,51,ff,08,00\n"                                                              \
    "\"ATRMask\"=hex:ff,ff,ff,ff,ff,ff\n"                                                          \
    "\"Crypto Provider\"=\"" BASE_CSP "\"\n"                                                       \
    "\"Smart Card Key Storage Provider\"=\"" BASE_KSP "\"\n"                                       \
    "\"80000001\"=\"Fabrikamcm.dll\"\n"
#define BOTH_VIEWS                                                                                 \
    SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" FABRIKAM "[" WOW CARDS "Fabrikam]\n" FABRIKAM
#define FABRIKAM_VALUES 5

static const struct snapshot *read_text(struct arena *arena, const char *reg_text)
{
    const struct reading *reading = support_read(arena, support_build(arena, reg_text));
    assert_true(reading->read);
    return &reading->snapshot;
}

static struct rules_from make(struct arena *arena, const struct snapshot *snapshot)
{
    struct id_set ids = {0};
    return rules_from_snapshot(arena, &ids, snapshot, "golden.hive");
}

/* The rules of a hive of registry text. */
static struct ruleset rules_of(struct arena *arena, const char *reg_text)
{
    struct rules_from rules = make(arena, read_text(arena, reg_text));
    if (rules.fault)
        fail_msg("%s", rules.fault);
    return support_load_rules(arena, rules.yaml);
}

/* What the rules of one hive find in another. */
static const char *compare(struct arena *arena, const char *golden, const char *other)
{
    struct ruleset ruleset = rules_of(arena, golden);
    return findings_show(arena, support_judge(arena, &ruleset, support_build(arena, other)));
}

static void check_ids(struct arena *arena, const struct rules_from *rules, const char *expected)
{
    const char *ids = "";
    struct ruleset ruleset = support_load_rules(arena, rules->yaml);
    assert_int_equal(ruleset.count, rules->count);
    for (size_t i = 0; i < ruleset.count; i++)
        ids = arena_printf(arena, "%s%s\n", ids, ruleset.rules[i].id);
    assert_string_equal(ids, expected);
}

static void each_value_of_each_view_is_a_rule(void **state)
{
    struct rules_from rules = make(*state, read_text(*state, BOTH_VIEWS));
    check_ids(*state, &rules,
              "expect-fabrikam-native-80000001\n"
              "expect-fabrikam-native-atr\n"
              "expect-fabrikam-native-atrmask\n"
              "expect-fabrikam-native-crypto-provider\n"
              "expect-fabrikam-native-smart-card-key-storage-provider\n"
              "expect-fabrikam-wow6432node-80000001\n"
              "expect-fabrikam-wow6432node-atr\n"
              "expect-fabrikam-wow6432node-atrmask\n"
              "expect-fabrikam-wow6432node-crypto-provider\n"
              "expect-fabrikam-wow6432node-smart-card-key-storage-provider\n");
    assert_int_equal(rules.nleft_out, 0);
}

static void a_rule_says_what_it_wants_and_where_it_is_from(void **state)
{
    struct ruleset ruleset = rules_of(*state, BOTH_VIEWS);
    const struct rule *rule = ruleset_find(&ruleset, "expect-fabrikam-wow6432node-atr");
    assert_non_null(rule);
    assert_int_equal(rule->severity, SEVERITY_ERROR);
    assert_int_equal(rule->views, 1u << VIEW_WOW6432NODE);
    assert_int_equal(rule->archs, 0);
    assert_string_equal(rule->key, CARDS "Fabrikam");
    assert_string_equal(rule->value, "ATR");
    assert_int_equal(rule->expect.type, REG_BINARY);
    assert_string_equal(rule->expect.one_of.items[0], "3b 04 51 ff 08 00");
    assert_string_equal(rule->title, "ATR of \"Fabrikam\" is not as in golden.hive");
    assert_string_equal(rule->rationale, "Made of golden.hive, which holds this value.");
    rule = ruleset_find(&ruleset, "expect-fabrikam-native-80000001");
    assert_non_null(rule);
    assert_string_equal(rule->expect.exactly, "Fabrikamcm.dll");
}

static void what_rules_are_made_of_meets_them(void **state)
{
    static const char *const hives[] = {
        BOTH_VIEWS,
        SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n\"80000001\"=\"C:\\\\Windows\\\\System32\\\\x.dll\"\n",
        SUPPORT_WINDOWS_10 "[" CARDS "a/b+c.d (x) [y] 'z' {}, #1: - & *]\n\"ATR\"=hex:3b,00\n",
        SUPPORT_WINDOWS_10 "[" CARDS " ]\n\"ATR\"=hex:3b,00\n",
        SUPPORT_WINDOWS_10 "[" CARDS "no]\n\"null\"=\"~\"\n\"true\"=\"3b:01\"\n\"\\\\\"=\"%x%\"\n",
        SUPPORT_WINDOWS_10 "[" CARDS "Gr\xc3\xbc\xc3\x9f\xe4\xb8\xad\xf0\x9f\x8e\xb4]\n"
                           "\"\xe2\x80\xae\xef\xbb\xbf\"=\"\xc2\x85\xe2\x80\xa8\xef\xbf\xbe\"\n",
        SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"a\"=\" \\\" \\\\ ' \"\n@=\"default\"\n",
        SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"a\"=hex(1):01,00,1b,00,0a,00,7f,00,9f,00,00,00\n",
        SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"a\"=hex(1):41,00\n\"b\"=hex(1):\n\"c\"=hex:\n",
        SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"a\"=dword:1\n\"b\"=hex(5):00,00,00,01\n"
                           "\"c\"=hex(b):01,00,00,00,00,00,00,80\n\"d\"=hex(4):01,02\n"
                           "\"e\"=hex(7):41,00,00,00\n\"f\"=hex(12345):41\n\"g\"=hex(0):\n",
        SUPPORT_WINDOWS_10 "[" CARDS "empty]\n[" WOW CARDS "empty]\n",
        SUPPORT_WINDOWS_10 "[" CARDS "x]\n[" READERS "]\n\"RetryDeviceInitialize\"=dword:1\n",
    };
    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++) {
        struct rules_from rules = make(*state, read_text(*state, hives[i]));
        assert_null(rules.fault);
        assert_int_equal(rules.nleft_out, 0);
        assert_string_equal(compare(*state, hives[i], hives[i]), "");
    }
}

static void an_altered_text_is_reported_whatever_its_case(void **state)
{
    assert_string_equal(compare(*state, SUPPORT_WINDOWS_10 "[" CARDS "x]\n\"80000001\"=\"A.dll\"\n",
                                SUPPORT_WINDOWS_10 "[" CARDS "X]\n\"80000001\"=\"a.dll\"\n"),
                        "error expect-x-native-80000001 native X|80000001\n");
}

/* The next cell, from an offset on, that holds bytes and no more; 0: none. */
static size_t find_cell(const struct memory_hive *hive, size_t from, struct slice bytes)
{
    uint32_t size = 0 - (uint32_t)((bytes.len + 4 + 7) / 8 * 8); /* a cell in use: negative */
    for (size_t at = from; at + 4 + bytes.len <= hive->source.size; at += 8)
        if (support_get_u32(hive, at) == size &&
            memcmp(hive->bytes + at + 4, bytes.ptr, bytes.len) == 0)
            return at;
    return 0;
}

/* Alters each byte of a value's data in a hive, in some ways, one at a time. */
static void alter_bytes(struct arena *arena, struct ruleset *ruleset, struct memory_hive *hive,
                        size_t data, size_t len)
{
    static const uint8_t ways[] = {0x01, 0x20, 0xff};
    for (size_t i = 0; i < len * sizeof ways; i++) {
        uint8_t *byte = hive->bytes + data + i / sizeof ways, kept = *byte;
        *byte ^= ways[i % sizeof ways];
        struct findings findings = support_judge(arena, ruleset, hive);
        if (findings.count != 1)
            fail_msg("byte %zu of %zu at 0x%zx, xor %x: %zu findings", i / sizeof ways, len, data,
                     ways[i % sizeof ways], findings.count);
        *byte = kept;
    }
}

static void each_altered_byte_is_reported(void **state)
{
    struct ruleset ruleset = rules_of(*state, BOTH_VIEWS);
    struct memory_hive *hive = support_build(*state, BOTH_VIEWS);
    const struct card *card =
        support_find_card(&support_read(*state, hive)->snapshot, VIEW_NATIVE, "Fabrikam");
    assert_int_equal(card->key.nvalues, FABRIKAM_VALUES);
    for (size_t i = 0; i < card->key.nvalues; i++) {
        struct slice raw = card->key.values[i].raw;
        size_t views = 0;
        for (size_t at = 4096; (at = find_cell(hive, at, raw)); at += 8, views++)
            alter_bytes(*state, &ruleset, hive, at + 4, raw.len);
        assert_int_equal(views, 2);
    }
}

/* A text without its line of a number, from 0. */
static const char *drop_line(struct arena *arena, const char *text, size_t number)
{
    const char *line = text;
    while (number--)
        line = strchr(line, '\n') + 1;
    return arena_printf(arena, "%.*s%s", (int)(line - text), text, strchr(line, '\n') + 1);
}

static void each_missing_value_is_reported(void **state)
{
    struct ruleset ruleset = rules_of(*state, BOTH_VIEWS);
    for (size_t i = 0; i < 2 * FABRIKAM_VALUES; i++) {
        bool is_wow = i >= FABRIKAM_VALUES;
        const char *less = drop_line(*state, FABRIKAM, i % FABRIKAM_VALUES);
        const char *text = arena_printf(
            *state, SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n%s[" WOW CARDS "Fabrikam]\n%s",
            is_wow ? FABRIKAM : less, is_wow ? less : FABRIKAM);
        struct findings findings = support_judge(*state, &ruleset, support_build(*state, text));
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.items[0].origin->view, is_wow ? VIEW_WOW6432NODE : VIEW_NATIVE);
    }
}

/* With the entry, with the list of entries, and with Wow6432Node itself. */
static void a_missing_view_is_reported(void **state)
{
    static const char *const hives[] = {
        SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" FABRIKAM,
        SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" FABRIKAM "[-" WOW
                           "Microsoft\\Cryptography\\Calais\\SmartCards]\n",
        SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" FABRIKAM "[-Wow6432Node]\n",
        SUPPORT_WINDOWS_10 "[" WOW CARDS "Fabrikam]\n" FABRIKAM,
    };
    struct ruleset ruleset = rules_of(*state, BOTH_VIEWS);
    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++) {
        struct findings findings = support_judge(*state, &ruleset, support_build(*state, hives[i]));
        assert_int_equal(findings.count, FABRIKAM_VALUES);
        for (size_t j = 0; j < findings.count; j++)
            assert_int_equal(findings.items[j].origin->view,
                             i == 3 ? VIEW_NATIVE : VIEW_WOW6432NODE);
    }
}

static void a_view_that_windows_does_not_have_is_not_missed(void **state)
{
    assert_string_equal(compare(*state, BOTH_VIEWS,
                                "[Microsoft\\Windows NT\\CurrentVersion]\n"
                                "\"BuildLabEx\"=\"7601.1.x86fre.win7\"\n"
                                "[" CARDS "Fabrikam]\n" FABRIKAM),
                        "");
}

static void an_entry_without_values_has_to_be_there(void **state)
{
    const char *golden = SUPPORT_WINDOWS_10 "[" CARDS "Empty]\n";
    assert_string_equal(compare(*state, golden, SUPPORT_WINDOWS_10 "[" CARDS "Empty]\n\"a\"=\"\""),
                        "");
    assert_string_equal(compare(*state, golden, SUPPORT_WINDOWS_10 "[" CARDS "Other]\n"),
                        "error expect-empty-native native Empty|-\n");
}

static void readers_are_to_retry_where_that_was_so(void **state)
{
    const char *golden = SUPPORT_WINDOWS_10 "[" READERS "]\n\"RetryDeviceInitialize\"=dword:1\n";
    assert_string_equal(compare(*state, golden, SUPPORT_WINDOWS_10),
                        "error expect-readers-native-retrydeviceinitialize native Readers|-\n");
}

static void ids_stay_apart_and_plain(void **state)
{
    struct rules_from rules =
        make(*state, read_text(*state, SUPPORT_WINDOWS_10
                               "[" CARDS "x-2]\n[" CARDS "X !]\n[" CARDS "x]\n[" CARDS "x?]\n"
                               "[" CARDS "\xe4\xb8\xad]\n[" CARDS "...]\n"));
    check_ids(*state, &rules,
              "expect-unnamed-native\nexpect-unnamed-native-2\nexpect-x-2-native\n"
              "expect-x-native\nexpect-x-native-2\nexpect-x-native-3\n");
}

static void two_packages_may_have_entries_of_one_name(void **state)
{
    struct id_set ids = {0};
    const struct snapshot *snapshot = read_text(*state, SUPPORT_WINDOWS_10 "[" CARDS "x]\n");
    struct rules_from first = rules_from_snapshot(*state, &ids, snapshot, "a.reg");
    struct rules_from second = rules_from_snapshot(*state, &ids, snapshot, "b.reg");
    check_ids(*state, &first, "expect-x-native\n");
    check_ids(*state, &second, "expect-x-native-2\n");
}

/* Several architectures of an INF: snapshots of hives of that architecture, chained. */
static struct snapshot *make_inf(struct arena *arena, const enum arch *archs,
                                 const char *const *texts, size_t count)
{
    struct snapshot *first = NULL;
    for (size_t i = count; i-- > 0;) {
        struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
        *snapshot = *read_text(arena, texts[i]);
        snapshot->os.arch = archs[i];
        snapshot->package = arena_alloc(arena, 1, sizeof *snapshot->package);
        snapshot->package->kind = PACKAGE_INF;
        snapshot->variant = first;
        first = snapshot;
    }
    return first;
}

#define NATIVE(more) SUPPORT_WINDOWS_10 "[" CARDS "x]\n" more
static const enum arch three_archs[] = {ARCH_X86, ARCH_AMD64, ARCH_ARM64};

static unsigned archs_of(struct arena *arena, const struct rules_from *rules, const char *id)
{
    struct ruleset ruleset = support_load_rules(arena, rules->yaml);
    const struct rule *rule = ruleset_find(&ruleset, id);
    assert_non_null(rule);
    return rule->archs;
}

static void what_all_architectures_have_is_one_rule_without_them(void **state)
{
    static const char *const texts[] = {
        NATIVE("\"a\"=\"1\"\n"),
        NATIVE("\"a\"=\"1\"\n[" WOW CARDS "x]\n\"a\"=\"1\"\n"),
        NATIVE("\"a\"=\"1\"\n[" WOW CARDS "x]\n\"a\"=\"1\"\n"),
    };
    struct rules_from rules = make(*state, make_inf(*state, three_archs, texts, 3));
    check_ids(*state, &rules, "expect-x-native-a\nexpect-x-wow6432node-a\n");
    assert_int_equal(archs_of(*state, &rules, "expect-x-native-a"), 0);
    assert_int_equal(archs_of(*state, &rules, "expect-x-wow6432node-a"), 0);
}

static void what_some_architectures_have_is_demanded_there(void **state)
{
    static const char *const texts[] = {NATIVE("\"a\"=\"1\"\n"), NATIVE("\"a\"=\"1\"\n"),
                                        NATIVE("\"a\"=\"2\"\n\"b\"=\"1\"\n")};
    struct rules_from rules = make(*state, make_inf(*state, three_archs, texts, 3));
    check_ids(*state, &rules,
              "expect-x-native-a-arm64\nexpect-x-native-a-x86-amd64\nexpect-x-native-b\n");
    assert_int_equal(archs_of(*state, &rules, "expect-x-native-a-x86-amd64"),
                     1u << ARCH_X86 | 1u << ARCH_AMD64);
    assert_int_equal(archs_of(*state, &rules, "expect-x-native-b"), 1u << ARCH_ARM64);
    struct rules_from one = make(*state, make_inf(*state, three_archs + 1, texts, 1));
    assert_int_equal(archs_of(*state, &one, "expect-x-native-a"), 1u << ARCH_AMD64);
}

static void a_view_that_may_be_missing_is_noted(void **state)
{
    static const char *const texts[] = {BOTH_VIEWS};
    struct rules_from rules = make(*state, make_inf(*state, three_archs + 1, texts, 1));
    struct ruleset ruleset = support_load_rules(*state, rules.yaml);
    struct findings findings =
        support_judge(*state, &ruleset, support_build(*state, "[" CARDS "Fabrikam]\n" FABRIKAM));
    assert_int_equal(findings.count, FABRIKAM_VALUES + 1); /* and that it may be another one */
    for (size_t i = 0; i < findings.count; i++)
        assert_int_equal(findings.items[i].severity, SEVERITY_NOTE);
}

/* A hive that no rule applies to must not look like one that meets them all. */
static void an_architecture_that_nothing_is_written_on_is_said(void **state)
{
    static const char *const texts[] = {BOTH_VIEWS};
    static const enum arch archs[] = {ARCH_ARM64};
    struct rules_from rules = make(*state, make_inf(*state, archs, texts, 1));
    struct ruleset ruleset = support_load_rules(*state, rules.yaml);
    struct findings findings =
        support_judge(*state, &ruleset, support_build(*state, SUPPORT_WINDOWS_10));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].rule->id, "expect-architecture");
    assert_int_equal(findings.items[0].severity, SEVERITY_WARNING);
}

static void what_is_written_below_hkr_is_left_out(void **state)
{
    static const char *const texts[] = {NATIVE("\"a\"=\"1\"\n[" CARDS "ax]\n")};
    struct text_problem problem = {.fault = TEXT_HKR, .where = "HKR\\SOFTWARE\\" CARDS "x"};
    struct snapshot *snapshot = make_inf(*state, three_archs, texts, 1);
    snapshot->package->problems = &problem;
    snapshot->package->nproblems = 1;
    struct rules_from rules = make(*state, snapshot);
    check_ids(*state, &rules, "expect-architecture\nexpect-ax-native\n");
    assert_int_equal(rules.nleft_out, 1);
    assert_string_equal(rules.left_out.items[0],
                        CARDS "x: this key is written below HKR, not HKLM: no registration");
    assert_non_null(strstr(rules.yaml, "\n# Left out: " CARDS "x: "));
}

static void what_no_rule_can_say_is_left_out(void **state)
{
    static const char *const values[] = {
        "\"a\"=hex(1):41,00,00,00,42,00\n", /* a NUL */
        "\"a\"=hex(1):00,d8,00,00\n",       /* half a character */
        "\"a\"=hex(1):41,00,00\n",          /* and half a unit */
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct rules_from rules = make(
            *state, read_text(*state, arena_printf(*state, NATIVE("\"b\"=\"1\"\n%s"), values[i])));
        check_ids(*state, &rules, "expect-x-native-b\n");
        assert_int_equal(rules.nleft_out, 1);
    }
}

static void what_holds_nothing_makes_no_rules(void **state)
{
    struct rules_from rules = make(*state, read_text(*state, SUPPORT_WINDOWS_10));
    assert_null(rules.yaml);
    assert_string_equal(rules.fault, "holds nothing that rules could demand");
}

/* Entries of a snapshot that no hive holds: names and values without end. */
static struct snapshot *make_many(struct arena *arena, size_t ncards, size_t nvalues, size_t len)
{
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    struct view_config *config = &snapshot->views[VIEW_NATIVE];
    config->cards = arena_alloc(arena, ncards, sizeof *config->cards);
    config->ncards = ncards;
    for (size_t i = 0; i < ncards; i++) {
        struct regkey *key = &config->cards[i].key;
        *key = (struct regkey){.state = KEY_PRESENT, .nvalues = nvalues};
        key->origin.name = arena_printf(arena, "%zu", i);
        key->origin.key = arena_printf(arena, CARDS "%zu", i);
        key->values = arena_alloc(arena, nvalues, sizeof *key->values);
        for (size_t j = 0; j < nvalues; j++)
            key->values[j] = (struct regval){.name = arena_printf(arena, "%zu", j),
                                             .state = VALUE_OK,
                                             .type = REG_BINARY,
                                             .raw = {arena_alloc(arena, len, 1), len}};
    }
    return snapshot;
}

/* A text of characters that are special somewhere: in YAML, on terminals, in UTF-16. */
static const char *make_text(struct arena *arena, uint32_t *seed)
{
    static const uint32_t last[] = {0x20, 0x7f, 0xa1, 0x2030, 0xd7ff, 0xffff, 0x10ffff};
    char *text = arena_alloc(arena, 41, 1), *out = text;
    for (size_t i = (*seed >> 5) % 10; i-- > 0;) {
        *seed = *seed * 1103515245 + 12345;
        uint32_t code = (*seed >> 8) % last[(*seed >> 3) % (sizeof last / sizeof *last)];
        if (code && code != '\\' && (code < 0xd800 || code > 0xdfff))
            out += text_put(out, code);
    }
    return text;
}

static void every_text_survives(void **state)
{
    for (uint32_t run = 1; run <= 2000; run++) {
        uint32_t seed = run;
        struct snapshot *snapshot = make_many(*state, 1, 1, 0);
        struct regkey *key = &snapshot->views[VIEW_NATIVE].cards[0].key;
        key->origin.name = arena_printf(*state, "x%s", make_text(*state, &seed));
        key->values[0].name = make_text(*state, &seed);
        key->values[0].type = REG_SZ;
        key->values[0].text = make_text(*state, &seed);
        struct rules_from rules = make(*state, snapshot);
        struct ruleset ruleset = support_load_rules(*state, rules.yaml);
        const struct rule *rule = &ruleset.rules[0];
        if (ruleset.count != 1 || strcmp(rule->key + sizeof CARDS - 1, key->origin.name) != 0 ||
            strcmp(rule->value, key->values[0].name) != 0 ||
            strcmp(rule->expect.exactly, key->values[0].text) != 0)
            fail_msg("seed %u: something is lost in:\n%s", run, rules.yaml);
    }
}

static void too_much_makes_no_rules(void **state)
{
    struct rules_from most = make(*state, make_many(*state, RULES_FROM_MAX, 1, 0));
    assert_int_equal(most.count, RULES_FROM_MAX);
    assert_int_equal(support_load_rules(*state, most.yaml).count, RULES_FROM_MAX);
    assert_non_null(make(*state, make_many(*state, RULES_FROM_MAX + 1, 1, 0)).fault);
    assert_non_null(make(*state, make_many(*state, 5, 100, 16384)).fault);
    assert_int_equal(make(*state, make_many(*state, 1, 2, 16384)).count, 2);
    assert_int_equal(make(*state, make_many(*state, 1, 2, 16385)).nleft_out, 2);
    assert_int_equal(make(*state, make_many(*state, 1, 101, 1)).nleft_out, 1);
}

/* What --rules-from prints is what --rules can read. */
static void rules_that_no_file_can_hold_are_not_made(void **state)
{
    struct snapshot *snapshot = make_many(*state, 3000, 1, 0);
    char *name = arena_alloc(*state, 4001, 1);
    memset(name, 'x', 4000);
    for (size_t i = 0; i < 3000; i++)
        snapshot->views[VIEW_NATIVE].cards[i].key.values[0].name = name;
    struct rules_from rules = make(*state, snapshot);
    assert_null(rules.yaml);
    assert_string_equal(rules.fault, "holds too much for rules");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_value_of_each_view_is_a_rule),
        SUPPORT_TEST(a_rule_says_what_it_wants_and_where_it_is_from),
        SUPPORT_TEST(what_rules_are_made_of_meets_them),
        SUPPORT_TEST(an_altered_text_is_reported_whatever_its_case),
        SUPPORT_TEST(each_altered_byte_is_reported),
        SUPPORT_TEST(each_missing_value_is_reported),
        SUPPORT_TEST(a_missing_view_is_reported),
        SUPPORT_TEST(a_view_that_windows_does_not_have_is_not_missed),
        SUPPORT_TEST(an_entry_without_values_has_to_be_there),
        SUPPORT_TEST(readers_are_to_retry_where_that_was_so),
        SUPPORT_TEST(ids_stay_apart_and_plain),
        SUPPORT_TEST(two_packages_may_have_entries_of_one_name),
        SUPPORT_TEST(what_all_architectures_have_is_one_rule_without_them),
        SUPPORT_TEST(what_some_architectures_have_is_demanded_there),
        SUPPORT_TEST(a_view_that_may_be_missing_is_noted),
        SUPPORT_TEST(an_architecture_that_nothing_is_written_on_is_said),
        SUPPORT_TEST(what_is_written_below_hkr_is_left_out),
        SUPPORT_TEST(what_no_rule_can_say_is_left_out),
        SUPPORT_TEST(what_holds_nothing_makes_no_rules),
        SUPPORT_TEST(every_text_survives),
        SUPPORT_TEST(too_much_makes_no_rules),
        SUPPORT_TEST(rules_that_no_file_can_hold_are_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
