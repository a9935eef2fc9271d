/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/report.h"
#include "rule/load.h"

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
    MUST(errors.count == 0);
    return rules;
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
    for (size_t i = 0; i < rules.ruleset.count; i++) {
        struct rule *rule = &rules.ruleset.rules[i];
        rule->enabled = !rule->key || strncmp(rule->id, "fuzz-", 5) == 0;
    }
    rules.requests = ruleset_collect_requests(arena, &rules.ruleset, &rules.nrequests);
    return &rules;
}

static void write_report(const struct format *format, const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(free) char *text = NULL;
    size_t len = 0;
    struct run run = {.version = "0", .sandbox = "none"};
    struct totals totals = {0};
    struct output output = {.format = format, .run = &run, .arena = arena};
    output.stream = open_memstream(&text, &len);
    MUST(output.stream);
    if (format->begin)
        format->begin(&output);
    report_add(&output, audited);
    MUST(report_close(&output, &totals));
    MUST(len > 0 && memchr(text, 0, len) == NULL);
}

static struct findings judge(const struct fuzz_rules *rules, const struct wire_item *item)
{
    struct arena *arena = item->diags.arena;
    if (!item->read)
        return (struct findings){0};
    struct findings after = ruleset_judge(arena, &rules->ruleset, &item->snapshot);
    if (!item->snapshot.before)
        return after;
    struct findings before = ruleset_judge(arena, &rules->ruleset, item->snapshot.before);
    return findings_join(arena, &after, &before);
}

void fuzz_report(const struct fuzz_rules *rules, struct wire_item *item)
{
    struct audited audited = {
        .name = "SOFTWARE",
        .size = item->size,
        .status = (enum evidence_status)item->diags.worst,
        .snapshot = &item->snapshot,
        .findings = judge(rules, item),
        .diags = &item->diags,
    };
    write_report(&text_format, &audited);
    write_report(&json_format, &audited);
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
