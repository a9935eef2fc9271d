/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "examples.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "base/text.h"
#include "example_files.h"
#include "hive/hive_write.h"
#include "rule/atr_names.h"

#define WIDTH 80 /* columns of prose */

static ssize_t read_image(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    return pread(source->fd, buf, len, (off_t)offset);
}

/* An example's hive in memory. */
struct example_hive {
    struct hive_image image;
    struct source source;
};

/* NULL, or why it cannot be built. */
static const char *build_hive(struct arena *arena, const struct reg_text *text, const char *name,
                              struct example_hive *hive)
{
    const char *fault;
    hive->image = hive_build(arena, text, 1, &fault);
    hive->source = (struct source){
        .name = name, .size = hive->image.size, .read_at = read_image, .fd = hive->image.fd};
    return hive->image.fd < 0 ? fault : NULL;
}

/* The keys of a text that are, or are not, of HKEY_LOCAL_MACHINE\SYSTEM. */
static struct reg_text select_keys(struct arena *arena, const struct reg_text *text, bool of_system)
{
    struct reg_text part = {.keys = arena_alloc(arena, text->nkeys, sizeof *part.keys)};
    for (size_t i = 0; i < text->nkeys; i++)
        if (reg_path_is_system(text->keys[i].path) == of_system)
            part.keys[part.nkeys++] = text->keys[i];
    return part;
}

/* Builds a SOFTWARE hive of registry text, and a SYSTEM hive where it has keys of one. NULL, or why
 * they cannot be built. */
static const char *build_hives(struct arena *arena, const char *reg_text,
                               struct example_hive *software, struct example_hive *system)
{
    struct slice bytes = {(const uint8_t *)reg_text, strlen(reg_text)};
    struct reg_text text = reg_text_parse(arena, bytes);
    if (text.nproblems)
        return arena_printf(arena, "line %u, column %u of its hive: %s", text.problems[0].line,
                            text.problems[0].column, text.problems[0].message);
    struct reg_text of_software = select_keys(arena, &text, false);
    struct reg_text of_system = select_keys(arena, &text, true);
    const char *fault = build_hive(arena, &of_software, "example", software);
    if (!fault && of_system.nkeys)
        fault = build_hive(arena, &of_system, "example's SYSTEM", system);
    return fault;
}

/* Reads the hives of registry text the same way as evidence. NULL, or why they cannot be built;
 * where they cannot be read, a diagnostic says why. */
static const char *read_hives(struct arena *arena, const char *reg_text, struct read_plan plan,
                              struct diags *diags, struct snapshot *snapshot)
{
    struct example_hive software = {.image.fd = -1}, system = {.image.fd = -1};
    const char *fault = build_hives(arena, reg_text, &software, &system);
    plan.system = system.image.fd < 0 ? NULL : &system.source;
    if (!fault)
        snapshot_read(arena, diags, &software.source, &plan, snapshot);
    hive_image_close(&software.image);
    hive_image_close(&system.image);
    return fault;
}

/* NULL, or why it cannot be audited. */
static const char *audit_hive(struct arena *arena, struct ruleset *ruleset,
                              const struct example *example, struct diags *diags,
                              struct findings *findings)
{
    struct snapshot *snapshots = arena_alloc(arena, 2, sizeof *snapshots);
    struct file_finder files = example_files_finder(example);
    struct read_plan plan = {.files = example->nfiles ? &files : NULL};
    plan.requests = ruleset_collect_requests(arena, ruleset, &plan.nrequests);
    const char *fault = read_hives(arena, example->text, plan, diags, &snapshots[0]);
    if (!fault && example->golden)
        fault = read_hives(arena, example->golden, (struct read_plan){0}, diags, &snapshots[1]);
    ruleset->golden = example->golden ? &snapshots[1] : NULL;
    if (!fault && diags->worst != DIAG_FAILED)
        *findings = ruleset_judge(arena, ruleset, &snapshots[0]);
    return fault;
}

static ssize_t read_text(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    size_t n = source_limit(source, offset, len);
    memcpy(buf, (const char *)source->context + (n ? offset : 0), n);
    return (ssize_t)n;
}

/* Likewise a text in place of a hive. */
static void audit_text(struct arena *arena, struct ruleset *ruleset, const struct example *example,
                       struct diags *diags, struct findings *findings)
{
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    enum package_kind kind = example->kind == EXAMPLE_INF ? PACKAGE_INF : PACKAGE_REG;
    struct source source = {.name = "example",
                            .size = strlen(example->text),
                            .read_at = read_text,
                            .fd = -1,
                            .context = (void *)example->text};
    struct read_plan plan = {0};
    plan.requests = ruleset_collect_requests(arena, ruleset, &plan.nrequests);
    if (snapshot_read_package(arena, diags, &source, kind, &plan, snapshot))
        *findings = ruleset_judge(arena, ruleset, snapshot);
}

static const struct atr_names *parse_names(struct arena *arena, const struct example *example)
{
    const char *text = example->atr_names;
    return text ? atr_names_parse(arena, (struct slice){(const uint8_t *)text, strlen(text)})
                : NULL;
}

/* Audits an example by its rule alone. NULL, or why it cannot be. */
static const char *run_example(struct arena *arena, const struct rule *rule,
                               const struct example *example, struct findings *findings)
{
    struct rule alone = *rule;
    alone.enabled = true;
    struct ruleset ruleset = {.rules = &alone, .count = 1, .names = parse_names(arena, example)};
    struct diags diags = {.arena = arena};
    const char *fault = NULL;
    *findings = (struct findings){0};
    if (example->kind == EXAMPLE_HIVE)
        fault = audit_hive(arena, &ruleset, example, &diags, findings);
    else
        audit_text(arena, &ruleset, example, &diags, findings);
    for (size_t i = 0; i < diags.count && !fault; i++)
        if (diags.items[i].level != DIAG_NOTE)
            fault = diags.items[i].message;
    return fault;
}

/* What is wrong with how a rule judges its example; NULL where nothing is. */
static const char *find_fault(struct arena *arena, const struct rule *rule,
                              const struct example *example)
{
    struct findings findings;
    const char *fault = run_example(arena, rule, example, &findings);
    if (fault)
        return fault;
    if (example->must_pass)
        return findings.count ? arena_printf(arena, "must pass, but: %s", findings.items[0].message)
                              : NULL;
    for (size_t i = 0; i < findings.count; i++)
        if (findings.items[i].severity == rule->severity)
            return NULL;
    return findings.count ? arena_printf(arena, "must fail, but: %s", findings.items[0].message)
                          : "must fail, but passes";
}

static void count_outcomes(const struct rule *rule, size_t outcomes[2])
{
    for (size_t i = 0; i < rule->nexamples; i++)
        outcomes[rule->examples[i].must_pass]++;
}

int examples_check(struct arena *arena, const struct ruleset *ruleset)
{
    size_t examples = 0, faults = 0;
    for (size_t i = 0; i < ruleset->count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        size_t outcomes[2] = {0};
        count_outcomes(rule, outcomes);
        if (!outcomes[0] || !outcomes[1])
            printf("%s:%u: %s: has no example that must %s\n", rule->place.file, rule->place.line,
                   rule->id, outcomes[0] ? "pass" : "fail");
        for (size_t j = 0; j < rule->nexamples; j++, examples++) {
            const struct example *example = &rule->examples[j];
            const char *fault = find_fault(arena, rule, example);
            if (!fault)
                continue;
            faults++;
            printf("%s:%u: %s: example \"%s\": %s\n", example->place.file, example->place.line,
                   rule->id, example->name, text_escape(arena, fault));
        }
    }
    printf("%zu rule%s, %zu example%s: %zu failed\n", ruleset->count,
           ruleset->count == 1 ? "" : "s", examples, examples == 1 ? "" : "s", faults);
    return faults ? STATUS_ERROR : STATUS_CLEAN;
}

void examples_list_rules(const struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        printf("%-40s %-8s %s%s\n", rule->id, severity_name(rule->severity), rule->title,
               rule->enabled ? "" : " (off)");
    }
}

static void print_prose(struct arena *arena, const char *heading, const char *prose)
{
    if (prose)
        printf("\n%s\n    %s\n", heading, text_wrap(arena, prose, 4, WIDTH));
}

/* A heading, and text behind it with each of its lines indented. */
static void print_block(const char *heading, const char *text)
{
    printf("\n%s\n", heading);
    while (*text) {
        size_t len = strcspn(text, "\n");
        printf("    %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void print_references(const struct strings *references)
{
    if (references->count)
        printf("\nReferences\n");
    for (size_t i = 0; i < references->count; i++)
        printf("    %s\n", references->items[i]);
}

static void print_files(const struct example *example)
{
    if (example->nfiles)
        printf("  with these files\n");
    for (size_t i = 0; i < example->nfiles; i++)
        printf("    %s, %s\n", example->files[i].path,
               example->files[i].arch ? arch_name(example->files[i].arch) : "no PE header");
}

static void print_names(const struct example *example)
{
    if (example->atr_names)
        print_block("  with this list of card names", example->atr_names);
}

static void print_golden(const struct example *example)
{
    if (example->golden)
        print_block("  compared with this golden hive", example->golden);
}

static void print_example(struct arena *arena, const struct rule *rule)
{
    for (size_t i = 0; i < rule->nexamples; i++) {
        const struct example *example = &rule->examples[i];
        struct findings findings;
        if (example->must_pass)
            continue;
        print_block(arena_printf(arena, "Example: %s", example->name), example->text);
        print_files(example);
        print_names(example);
        print_golden(example);
        if (!run_example(arena, rule, example, &findings) && findings.count)
            printf("  is reported as\n    %s %s: %s\n", severity_name(findings.items[0].severity),
                   rule->id, text_escape(arena, findings.items[0].message));
        return;
    }
}

void examples_explain(struct arena *arena, const struct rule *rule)
{
    printf("%s (%s%s)\n    %s\n", rule->id, severity_name(rule->severity),
           rule->enabled ? "" : ", off", rule->title);
    print_prose(arena, "Why", rule->rationale);
    print_prose(arena, "Effect", rule->effect);
    print_prose(arena, "Remedy", rule->remedy);
    print_references(&rule->references);
    print_example(arena, rule);
}
