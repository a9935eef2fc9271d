/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "model/configuration.h"
#include "model/snapshot.h"

/* The text as a whole; false after a DIAG_FAILED diagnostic. */
static bool load_text(struct arena *arena, struct diags *diags, const struct source *source,
                      struct slice *text)
{
    if (source->size > PACKAGE_SIZE_MAX) {
        diag_add(diags, DIAG_FAILED, NULL,
                 "is too large for a text (got %ju bytes, want at most %ju)",
                 (uintmax_t)source->size, (uintmax_t)PACKAGE_SIZE_MAX);
        return false;
    }
    uint8_t *bytes = arena_alloc(arena, (size_t)source->size, 1);
    *text = (struct slice){.ptr = bytes, .len = (size_t)source->size};
    if (source_read(source, 0, bytes, text->len))
        return true;
    diag_add(diags, DIAG_FAILED, NULL, "cannot be read: %s", strerror(errno));
    return false;
}

/* What one installation leaves. A .reg says itself what Windows it is for, if anything does. */
static void read_installation(struct arena *arena, struct diags *diags,
                              const struct package *package,
                              const struct installation *installation, struct snapshot *snapshot)
{
    static const enum arch archs[NTARGETS] = {
        [TARGET_X86] = ARCH_X86, [TARGET_AMD64] = ARCH_AMD64, [TARGET_ARM64] = ARCH_ARM64};
    const struct os_build os = {.arch = archs[installation->target]};
    struct reader reader = {
        .tree = key_tree_build(arena, installation->keys, installation->nkeys),
        .os = package->kind == PACKAGE_INF ? &os : NULL,
        .arena = arena,
        .diags = diags,
    };
    configuration_read(&reader, snapshot);
    snapshot->package = arena_alloc(arena, 1, sizeof *snapshot->package);
    *snapshot->package = (struct package_facts){
        .kind = package->kind,
        .encoding = package->encoding,
        .ids = installation->ids,
        .nids = installation->nids,
    };
}

/* An INF may write them on some architectures only. */
bool snapshot_has_calais(const struct snapshot *snapshot)
{
    for (; snapshot; snapshot = snapshot->variant)
        if (snapshot->has_calais)
            return true;
    return false;
}

bool snapshot_is_inf(const struct snapshot *snapshot)
{
    return snapshot->package && snapshot->package->kind == PACKAGE_INF;
}

/* A text that is broken enough has no Calais key for that. What is to be said of it as a whole, as
 * that it has no DefaultInstall, did not break it. */
static void say_nothing(struct diags *diags, const struct package *package)
{
    const struct text_problem *first = NULL;
    size_t count = 0;
    for (size_t i = package->nproblems; i-- > 0;)
        if (package->problems[i].line) {
            first = &package->problems[i];
            count++;
        }
    const char *broken = "";
    if (first)
        broken =
            arena_printf(diags->arena, " (its text has %zu problem%s; the first, %u:%u: %s)", count,
                         count == 1 ? "" : "s", first->line, first->column, first->message);
    diag_add(diags, DIAG_FAILED, NULL,
             "nothing to audit: this %s names no key below HKEY_LOCAL_MACHINE\\SOFTWARE\\" CALAIS
             "%s",
             package_kind_names[package->kind], broken);
}

bool snapshot_read_package(struct arena *arena, struct diags *diags, const struct source *source,
                           enum package_kind kind, const struct read_plan *plan,
                           struct snapshot *snapshot)
{
    struct slice text;
    struct snapshot *last = NULL;
    *snapshot = (struct snapshot){.hive.kind = HIVE_KIND_OTHER};
    if (!load_text(arena, diags, source, &text))
        return false;
    struct package package =
        kind == PACKAGE_INF ? package_read_inf(arena, text) : package_read_reg(arena, text);
    for (size_t i = 0; i < package.ninstallations; i++) {
        struct snapshot *next = i ? arena_alloc(arena, 1, sizeof *next) : snapshot;
        *next = (struct snapshot){.requests = plan->requests, .nrequests = plan->nrequests};
        next->hive.kind = HIVE_KIND_SOFTWARE;
        read_installation(arena, diags, &package, &package.installations[i], next);
        if (last)
            last->variant = next;
        last = next;
    }
    if (last && snapshot_has_calais(snapshot)) {
        snapshot->package->problems = package.problems;
        snapshot->package->nproblems = package.nproblems;
        return true;
    }
    *snapshot = (struct snapshot){.hive.kind = HIVE_KIND_OTHER};
    say_nothing(diags, &package);
    return false;
}
