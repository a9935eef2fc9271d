/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registry text: the input is one .reg. What is read of it must hold together; it is sent, judged
 * and reported, and becomes rules. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "package/package.h"

const char fuzz_corpus[] = "reg";

static void check_text(const char *text)
{
    MUST(text_is_valid(text, strlen(text)));
}

static void check_keys(const struct installation *installation)
{
    for (size_t i = 0; i < installation->nkeys; i++) {
        const struct reg_key *key = &installation->keys[i];
        unsigned line = key->line;
        check_text(key->path);
        MUST(*key->path && *key->path != '\\' && key->line && key->column);
        MUST(!key->remove || !key->nvalues);
        for (size_t j = 0; j < key->nvalues; j++) {
            check_text(key->values[j].name);
            MUST(key->values[j].line > line && key->values[j].column);
            line = key->values[j].line;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct package package = package_read_reg(arena, (struct slice){.ptr = bytes, .len = len});
    check_keys(&package.installations[0]);
    MUST(package.nproblems <= TEXT_PROBLEMS_MAX);
    for (size_t i = 0; i < package.nproblems; i++) {
        const struct text_problem *problem = &package.problems[i];
        check_text(problem->where);
        check_text(problem->message);
        MUST(problem->line && problem->column);
        MUST(i == 0 || problem[-1].line <= problem->line);
    }
    fuzz_audit_text(PACKAGE_REG, (struct slice){.ptr = bytes, .len = len});
    return 0;
}
