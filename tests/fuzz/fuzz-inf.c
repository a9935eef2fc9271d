/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A driver's INF: the input is one. What is read of it must hold together; it is sent, judged and
 * reported, and becomes rules. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "package/package.h"

const char fuzz_corpus[] = "inf";

static void check_text(const char *text)
{
    MUST(text_is_valid(text, strlen(text)));
}

static void check_key(const struct reg_key *key)
{
    check_text(key->path);
    MUST(strncmp(key->path, "HKEY_", 5) == 0 && key->line && key->column);
    MUST(!key->remove || !key->nvalues);
    for (size_t i = 0; i < key->nvalues; i++) {
        const struct reg_value *value = &key->values[i];
        check_text(value->name);
        MUST(value->line && value->column);
        MUST(value->data.len == 0 || value->data.ptr);
        MUST(!value->remove || value->data.len == 0);
    }
}

static void check_installation(const struct installation *installation)
{
    for (size_t i = 0; i < installation->nkeys; i++)
        check_key(&installation->keys[i]);
    for (size_t i = 0; i < installation->nids; i++) {
        check_text(installation->ids[i].id);
        MUST(*installation->ids[i].id && installation->ids[i].line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct package package = package_read_inf(arena, (struct slice){.ptr = bytes, .len = len});
    MUST(package.ninstallations <= NTARGETS && package.nproblems <= TEXT_PROBLEMS_MAX);
    for (size_t i = 0; i < package.ninstallations; i++) {
        check_installation(&package.installations[i]);
        MUST(i == 0 || package.installations[i - 1].target < package.installations[i].target);
    }
    for (size_t i = 0; i < package.nproblems; i++) {
        const struct text_problem *problem = &package.problems[i];
        check_text(problem->where);
        check_text(problem->message);
        MUST(i == 0 || problem[-1].line <= problem->line);
    }
    fuzz_audit_text(PACKAGE_INF, (struct slice){.ptr = bytes, .len = len});
    return 0;
}
