/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule loader: the input is one rule file. */
#include "config.h"

#include "fuzz.h"

#include "base/cleanup.h"
#include "rule/load.h"

const char fuzz_corpus[] = "rules";

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct rule_errors errors = {.arena = arena};
    struct rule_file file = {
        .name = "fuzz.yaml",
        .text = arena_strndup(arena, (const char *)bytes, len),
        .len = len,
    };
    struct ruleset ruleset = ruleset_load(&errors, &(struct rule_files){&file, 1});
    size_t nrequests;
    if (errors.count == 0)
        ruleset_collect_requests(arena, &ruleset, &nrequests);
    return 0;
}
