/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A baseline: the input is a JSON report, or JSON Lines, against which findings are held. */
#include "config.h"

#include "fuzz.h"

#include "base/cleanup.h"
#include "report/json_baseline.h"

const char fuzz_corpus[] = "baseline";

/* The findings that the evidence had, of which the first half is still there. */
static struct findings make_findings(struct arena *arena, const struct old_evidence *evidence)
{
    static const struct rule rule = {.id = "rule"};
    struct findings findings = {.count = (evidence->nfindings + 1) / 2};
    findings.items = arena_alloc(arena, findings.count, sizeof *findings.items);
    for (size_t i = 0; i < findings.count; i++) {
        struct origin *origin = arena_alloc(arena, 1, sizeof *origin);
        struct finding *finding = &findings.items[i];
        origin->key = evidence->findings[i].key;
        *finding = (struct finding){.rule = &rule, .origin = origin, .severity = SEVERITY_ERROR};
        evidence->findings[i].fingerprint = finding_fingerprint(arena, finding);
    }
    return findings;
}

static void compare(struct arena *arena, struct baseline *baseline, size_t index)
{
    const char *name = baseline->evidence[index].name;
    struct findings findings = make_findings(arena, &baseline->evidence[index]);
    size_t ngone, nfindings = baseline->evidence[index].nfindings;
    bool is_known;
    baseline_compare(arena, baseline, name, &findings, &ngone, &is_known);
    MUST(is_known && baseline->evidence[index].is_seen);
    MUST(ngone == nfindings - findings.count);
    for (size_t i = 0; i < findings.count; i++)
        MUST(findings.items[i].baseline == BASELINE_UNCHANGED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct baseline baseline;
    if (json_read_baseline(arena, (struct slice){bytes, len}, &baseline))
        return 0;
    MUST(baseline.count > 0);
    for (size_t i = 0; i < baseline.count; i++)
        compare(arena, &baseline, i);
    return 0;
}
