/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/report.h"
#include "rule/atr_names.h"
#include "rule/check.h"
#include "rule/load.h"
#include "rule/rules_from.h"

_Noreturn void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

static ssize_t read_memory(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct fuzz_source *memory = (const struct fuzz_source *)source;
    if (offset >= source->size)
        return 0;
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    memcpy(buf, memory->bytes + offset, len);
    return (ssize_t)len;
}

struct fuzz_source fuzz_wrap(const char *name, const uint8_t *bytes, size_t len)
{
    return (struct fuzz_source){
        .source = {.name = name, .size = len, .read_at = read_memory, .fd = -1},
        .bytes = bytes,
    };
}

/* Rules live until the process ends. */
static struct fuzz_rules load_rules(struct arena *arena, const struct rule_files *files)
{
    struct fuzz_rules rules = {0};
    struct rule_errors errors = {.arena = arena};
    rules.ruleset = ruleset_load(&errors, files);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "%s\n", errors.items[i]);
    MUST(errors.count == 0);
    return rules;
}

/* A list of cards that have names, so that what asks for it runs. */
static const struct atr_names *load_names(struct arena *arena)
{
    static const char list[] = "3B 04 51 FF 08 00\n\tOne\n"
                               "3B .4 51 .. [01]8 00\n\tSeveral\n3B 00 .*\n\tAny\n";
    return atr_names_parse(arena, (struct slice){(const uint8_t *)list, sizeof list - 1});
}

static void load_shipped(struct arena *arena, struct rule_files *files)
{
    struct rule_errors errors = {.arena = arena};
    rule_files_add_shipped(&errors, files);
}

const struct fuzz_rules *fuzz_shipped_rules(void)
{
    static struct arena *arena;
    static struct fuzz_rules rules;
    if (arena)
        return &rules;
    arena = arena_new();
    struct rule_files files = {0};
    load_shipped(arena, &files);
    rules = load_rules(arena, &files);
    rules.ruleset.names = load_names(arena);
    rules.requests = ruleset_collect_requests(arena, &rules.ruleset, &rules.nrequests);
    return &rules;
}

static const char fixed_rules[] = "rules:\n"
                                  "- id: fuzz-product\n  title: t\n  severity: error\n"
                                  "  key: Microsoft\\Windows NT\\CurrentVersion\n"
                                  "  value: ProductName\n  message: m\n"
                                  "  expect: {type: REG_SZ, matches: '^Windows [0-9]+'}\n"
                                  "- id: fuzz-build\n  title: t\n  severity: warning\n"
                                  "  key: Microsoft\\Windows NT\\CurrentVersion\n"
                                  "  value: UBR\n  message: m\n"
                                  "  expect: {range: 1..5000}\n"
                                  "- id: fuzz-absent\n  title: t\n  severity: note\n"
                                  "  key: Microsoft\\Cryptography\\Calais\\Cache\n  message: m\n"
                                  "  expect: {absent: true}\n";

const struct fuzz_rules *fuzz_fixed_rules(void)
{
    static struct arena *arena;
    static struct fuzz_rules rules;
    if (arena)
        return &rules;
    arena = arena_new();
    struct rule_files files = {0};
    load_shipped(arena, &files);
    files.items = arena_grow(arena, files.items, files.count, sizeof *files.items);
    files.items[files.count++] =
        (struct rule_file){"fixed.yaml", fixed_rules, sizeof fixed_rules - 1};
    rules = load_rules(arena, &files);
    rules.ruleset.names = load_names(arena);
    for (size_t i = 0; i < rules.ruleset.count; i++) {
        struct rule *rule = &rules.ruleset.rules[i];
        rule->enabled = !rule->key || strncmp(rule->id, "fuzz-", 5) == 0;
    }
    rules.requests = ruleset_collect_requests(arena, &rules.ruleset, &rules.nrequests);
    return &rules;
}

static void write_report(const struct format *format, const struct run *run,
                         const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(free) char *text = NULL;
    size_t len = 0;
    struct totals totals = {0};
    struct output output = {.format = format, .run = run, .arena = arena};
    output.stream = open_memstream(&text, &len);
    MUST(output.stream);
    if (format->begin)
        format->begin(&output);
    report_add(&output, audited);
    MUST(report_close(&output, &totals));
    MUST(len > 0 && memchr(text, 0, len) == NULL);
}

static void write_reports(const struct run *run, const struct audited *audited)
{
    write_report(&text_format, run, audited);
    write_report(&json_format, run, audited);
}

static void must_not_drift(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct check *check = findings->items[i].rule->check;
        MUST(!check || !check->of_golden);
    }
}

/* The snapshot itself is the golden hive: only what it was before a replay may differ. */
static struct findings judge(const struct fuzz_rules *rules, const struct wire_item *item)
{
    struct arena *arena = item->diags.arena;
    struct ruleset ruleset = rules->ruleset;
    if (!item->read)
        return (struct findings){0};
    ruleset.golden = &item->snapshot;
    struct findings after = ruleset_judge(arena, &ruleset, &item->snapshot);
    must_not_drift(&after);
    if (!item->snapshot.before)
        return after;
    struct findings before = ruleset_judge(arena, &ruleset, item->snapshot.before);
    return findings_join(arena, &after, &before);
}

/* The ATR of a card that an entry may be meant for, and the same with its last bit turned. */
static void ask_for_entry(struct arena *arena, struct asked_cards *cards, const struct card *entry)
{
    struct slice atr = entry->field[CARD_ATR]->raw;
    if (atr.len < ATR_LEN_MIN || atr.len > ATR_LEN_ISO_MAX)
        return;
    uint8_t *other = arena_alloc(arena, atr.len, 1);
    memcpy(other, atr.ptr, atr.len);
    other[atr.len - 1] ^= 1;
    cards->items[cards->count++] = (struct asked_card){atr, NULL};
    cards->items[cards->count++] = (struct asked_card){{other, atr.len}, NULL};
}

#define ENTRIES_ASKED 3 /* of a view */

/* One card that is always the same, and some of the entries. */
static struct asked_cards choose_cards(struct arena *arena, const struct snapshot *snapshot)
{
    static const uint8_t atr[] = {0x3b, 0x04, 0x51, 0xff, 0x08, 0x00};
    struct asked_cards cards = {.count = 1};
    cards.items = arena_alloc(arena, 1 + 2 * ENTRIES_ASKED * NVIEWS, sizeof *cards.items);
    cards.items[0] = (struct asked_card){{atr, sizeof atr}, "name"};
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &snapshot->views[view];
        for (size_t i = 0; i < config->ncards && i < ENTRIES_ASKED; i++)
            ask_for_entry(arena, &cards, &config->cards[i]);
    }
    return cards;
}

/* In place of findings, what becomes of cards. */
static void report_cards(const struct run *shared, const struct wire_item *item,
                         const struct audited *judged)
{
    struct arena *arena = item->diags.arena;
    struct asked_cards cards = choose_cards(arena, &item->snapshot);
    struct audited audited = *judged;
    struct run run = *shared;
    audited.findings = (struct findings){0};
    audited.cards = cards_answer(arena, &cards, &item->snapshot);
    run.ncards = audited.ncards = cards.count;
    write_reports(&run, &audited);
}

void fuzz_report(const struct fuzz_rules *rules, struct wire_item *item)
{
    struct run run = {.version = "0",
                      .sandbox = "none",
                      .inventory = true,
                      .names = rules->ruleset.names,
                      .golden = "SOFTWARE"};
    struct audited audited = {
        .name = "SOFTWARE",
        .size = item->size,
        .status = (enum evidence_status)item->diags.worst,
        .snapshot = &item->snapshot,
        .findings = judge(rules, item),
        .diags = &item->diags,
    };
    write_reports(&run, &audited);
    if (item->read)
        report_cards(&run, item, &audited);
}

struct fuzz_rules fuzz_rules_from(struct arena *arena, const struct snapshot *snapshot)
{
    struct id_set ids = {0};
    struct rules_from made = rules_from_snapshot(arena, &ids, snapshot, "fuzz");
    MUST(!made.yaml == (made.fault != NULL));
    if (!made.yaml)
        return (struct fuzz_rules){0};
    struct rule_file file = {"made.yaml", made.yaml, strlen(made.yaml)};
    struct fuzz_rules rules = load_rules(arena, &(struct rule_files){&file, 1});
    MUST(rules.ruleset.count == made.count);
    rules.requests = ruleset_collect_requests(arena, &rules.ruleset, &rules.nrequests);
    return rules;
}

void fuzz_send(const struct fuzz_rules *rules, const struct wire_item *item)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item arrived;
    struct slice sent = wire_encode(item);
    const char *fault = wire_decode(arena, sent, rules->requests, rules->nrequests, &arrived);
    if (fault)
        fprintf(stderr, "%s\n", fault);
    MUST(!fault);
    struct slice again = wire_encode(&arrived);
    MUST(again.len == sent.len && memcmp(again.ptr, sent.ptr, sent.len) == 0);
    free((void *)again.ptr);
    free((void *)sent.ptr);
}

/* Rules that were made of evidence find nothing in it. */
static void check_rules_from(struct arena *arena, const struct snapshot *snapshot, fuzz_read *read,
                             const void *context)
{
    struct fuzz_rules rules = fuzz_rules_from(arena, snapshot);
    struct read_plan plan = {.requests = rules.requests, .nrequests = rules.nrequests};
    struct wire_item item = {.diags.arena = arena};
    if (!rules.ruleset.count)
        return;
    MUST(read(context, &plan, &item));
    struct findings findings = ruleset_judge(arena, &rules.ruleset, &item.snapshot);
    if (findings.count)
        fprintf(stderr, "%s: %s\n", findings.items[0].rule->id, findings.items[0].message);
    MUST(findings.count == 0);
}

void fuzz_audit(const struct fuzz_rules *rules, struct wire_item *item, fuzz_read *read,
                const void *context)
{
    struct read_plan plan = {.requests = rules->requests, .nrequests = rules->nrequests};
    item->read = read(context, &plan, item);
    MUST(item->read || item->diags.worst == DIAG_FAILED);
    fuzz_send(rules, item);
    fuzz_report(rules, item);
    if (item->read && item->diags.worst == DIAG_NOTE)
        check_rules_from(item->diags.arena, &item->snapshot, read, context);
}

struct text {
    struct slice bytes;
    enum package_kind kind;
};

static bool read_text(const void *context, const struct read_plan *plan, struct wire_item *item)
{
    const struct text *text = context;
    struct fuzz_source file = fuzz_wrap("text", text->bytes.ptr, text->bytes.len);
    return snapshot_read_package(item->diags.arena, &item->diags, &file.source, text->kind, plan,
                                 &item->snapshot);
}

void fuzz_audit_text(enum package_kind kind, struct slice bytes)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena, .size = bytes.len};
    fuzz_audit(fuzz_shipped_rules(), &item, read_text, &(struct text){bytes, kind});
}
