/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waivers: the input is one waiver file, which is then held against findings. */
#include "config.h"

#include "fuzz.h"

#include "base/cleanup.h"
#include "rule/waivers.h"

const char fuzz_corpus[] = "waivers";

/* libfyaml 0.7.12 forgets some memory of a quoted text with ten or more escapes. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

/* Two findings of each rule, in keys that the corpus names. */
static struct findings make_findings(struct arena *arena, const struct ruleset *ruleset)
{
    static const struct origin origins[] = {{.key = "A\\B"}, {.key = "a\300\200\355\240\200\033"}};
    struct findings findings = {.count = 2 * ruleset->count};
    findings.items = arena_alloc(arena, findings.count, sizeof *findings.items);
    for (size_t i = 0; i < findings.count; i++)
        findings.items[i] =
            (struct finding){.rule = &ruleset->rules[i / 2], .origin = &origins[i % 2]};
    return findings;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct ruleset *ruleset = &fuzz_shipped_rules()->ruleset;
    struct rule_errors errors = {.arena = arena};
    struct rule_file file = {
        .name = "fuzz.yaml",
        .text = arena_strndup(arena, (const char *)bytes, len),
        .len = len,
    };
    struct waivers waivers =
        waivers_load(&errors, ruleset, &(struct rule_files){&file, 1}, "2026-11-21");
    if (errors.count)
        return 0;
    struct findings findings = make_findings(arena, ruleset);
    size_t found = 0, counted = 0;
    waivers_apply(&waivers, "host1/SOFT\033WARE", &findings);
    for (size_t i = 0; i < findings.count; i++)
        found += findings.items[i].waiver != NULL;
    for (size_t i = 0; i < waivers.count; i++) {
        counted += waivers.items[i].nfindings;
        waiver_complain(arena, &waivers.items[i]);
    }
    MUST(waivers.count > 0);
    MUST(counted == found);
    return 0;
}
