/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_FINDINGS_H
#define HIVEAUDIT_TESTS_FINDINGS_H

/* What the tests of checks share: rules as text and hives as text in, findings as text out. */

#include "support.h"

#include <string.h>

#include "rule/rule.h"

/* A rule that names a check without parameters. */
#define RULE(id, severity, check)                                                                  \
    "- {id: " id ", title: Title, severity: " severity ", check: " check "}\n"

/* Paths below a view's root. */
#define CARDS     "Microsoft\\Cryptography\\Calais\\SmartCards\\"
#define PROVIDERS "Microsoft\\Cryptography\\Defaults\\Provider\\"
#define READERS   "Microsoft\\Cryptography\\Calais\\Readers"
#define WOW       "Wow6432Node\\"

/* Names that Windows knows. */
#define BASE_CSP "Microsoft Base Smart Card Crypto Provider"
#define BASE_KSP "Microsoft Smart Card Key Storage Provider"
#define PIV      "Identity Device (NIST SP 800-73 [PIV])"
#define GENERIC  "Identity Device (Microsoft Generic Profile)"

/* A line for each finding, in their order: "error some-id native Key name|Value name". */
static inline const char *findings_show(struct arena *arena, struct findings findings)
{
    const char *text = "";
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];
        text = arena_printf(arena, "%s%s %s %s %s|%s\n", text, severity_name(finding->severity),
                            finding->rule->id, view_name(finding->origin->view),
                            finding->origin->name, finding->value ? finding->value->name : "-");
    }
    return text;
}

/* Judges a hive of registry text by the rules of a text that starts behind "rules:". */
static inline struct findings findings_judge(struct arena *arena, const char *rules,
                                             const char *reg_text)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    return support_judge(arena, &ruleset, support_build(arena, reg_text));
}

/* The same, as text. */
static inline const char *findings_of(struct arena *arena, const char *rules, const char *reg_text)
{
    return findings_show(arena, findings_judge(arena, rules, reg_text));
}

/* Makes every value of a name unreadable: their data lie beyond the end of the hive. */
static inline void findings_damage_value(struct memory_hive *hive, const char *name)
{
    /* A value record: "vk", length of the name, of the data, where these are, type, flags, name. */
    enum { AT_LEN = 4, AT_DATA = 8, AT_NAME = 20 };
    size_t len = strlen(name), damaged = 0;
    const char start[] = {'v', 'k', (char)len, 0};
    for (size_t at = 4096; at + AT_NAME + len <= hive->source.size; at += 4) {
        const uint8_t *record = hive->bytes + at;
        if (memcmp(record, start, sizeof start) != 0 || memcmp(record + AT_NAME, name, len) != 0)
            continue;
        assert_in_range(support_get_u32(hive, at + AT_LEN), 5, 4096); /* else the record has them */
        support_put_u32(hive, at + AT_DATA, 0x7ffffff0);
        damaged++;
    }
    assert_true(damaged > 0);
}

/* Makes every value of a name no value any more, so that the lists that name it lose it. */
static inline void findings_lose_value(struct memory_hive *hive, const char *name)
{
    enum { AT_NAME = 20 };
    size_t len = strlen(name), lost = 0;
    const char start[] = {'v', 'k', (char)len, 0};
    for (size_t at = 4096; at + AT_NAME + len <= hive->source.size; at += 4) {
        uint8_t *record = hive->bytes + at;
        if (memcmp(record, start, sizeof start) != 0 || memcmp(record + AT_NAME, name, len) != 0)
            continue;
        record[0] = 'x';
        lost++;
    }
    assert_true(lost > 0);
}

/* Judges a hive that may be damaged, by rules that ask for no keys of their own. */
static inline const char *findings_of_damaged(struct arena *arena, const char *rules,
                                              const struct memory_hive *hive)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    const struct reading *reading = support_read(arena, hive);
    assert_true(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    return findings_show(arena, ruleset_judge(arena, &ruleset, &reading->snapshot));
}

/* Judges a SOFTWARE hive with the SYSTEM hive beside it, which may be damaged, by rules that ask
 * for no keys of their own. */
static inline struct findings findings_judge_both(struct arena *arena, const char *rules,
                                                  const char *software,
                                                  const struct memory_hive *system)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    const struct reading *reading =
        support_read_both(arena, support_build(arena, software), system);
    assert_true(reading->read);
    return ruleset_judge(arena, &ruleset, &reading->snapshot);
}

/* The same, as text. */
static inline const char *findings_of_both(struct arena *arena, const char *rules,
                                           const char *software, const char *system)
{
    return findings_show(arena,
                         findings_judge_both(arena, rules, software, support_build(arena, system)));
}

/* A row of a table of cases: what the values of one entry, Card, are reported as. */
struct entry_case {
    const char *name, *values, *expected;
};

/* Judges each row on a 64-bit Windows 10 that holds the entry in the native view. */
static inline void findings_check_entries(struct arena *arena, const char *rules,
                                          const struct entry_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = findings_of(
            arena, rules,
            arena_printf(arena, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n%s\n", cases[i].values));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

#endif
