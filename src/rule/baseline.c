/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A finding, old or new, by what it is known by. */
struct mark {
    const char *fingerprint;
    size_t index;
};

static int compare_marks(const void *left, const void *right)
{
    const struct mark *a = left, *b = right;
    int order = strcmp(a->fingerprint, b->fingerprint);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static void sort_marks(struct mark *marks, size_t count)
{
    if (count)
        qsort(marks, count, sizeof *marks, compare_marks);
}

/* As JSON has it, which cannot hold a lone surrogate. */
static const char *reported_name(struct arena *arena, const char *name)
{
    if (text_is_unicode(name))
        return name;
    char *reported = arena_alloc(arena, strlen(name) + 1, 1);
    size_t len = 0;
    for (uint32_t code; (code = text_next(&name));)
        len += text_put(reported + len, text_is_surrogate(code) ? 0xfffd : code);
    return reported;
}

/* The first evidence of a name that was not seen yet, or NULL: of one name, those that were come
 * first. */
static struct old_evidence *find_evidence(const struct baseline *baseline, const char *name)
{
    size_t low = 0, high = baseline->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(baseline->evidence[middle].name, name);
        if (order < 0 || (order == 0 && baseline->evidence[middle].is_seen))
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < baseline->count && strcmp(baseline->evidence[low].name, name) == 0;
    return is_there ? &baseline->evidence[low] : NULL;
}

/* Those that count: what is gone once the logs are replayed is not there. */
static struct mark *mark_new(struct arena *arena, struct findings *findings, size_t *count)
{
    struct mark *marks = arena_alloc(arena, findings->count, sizeof *marks);
    *count = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].timing != TIMING_BEFORE)
            marks[(*count)++] = (struct mark){finding_fingerprint(arena, &findings->items[i]), i};
    sort_marks(marks, *count);
    return marks;
}

static struct mark *mark_old(struct arena *arena, const struct old_evidence *then)
{
    struct mark *marks = arena_alloc(arena, then->nfindings, sizeof *marks);
    for (size_t i = 0; i < then->nfindings; i++)
        marks[i] = (struct mark){then->findings[i].fingerprint, i};
    sort_marks(marks, then->nfindings);
    return marks;
}

/* What the baseline left out cannot be new. */
static enum baseline_state judge_unmatched(const struct baseline *baseline,
                                           const struct finding *finding)
{
    return finding->severity < baseline->min_severity ? BASELINE_NONE : BASELINE_NEW;
}

/* Walks both in their order; says which of the old ones are still there. */
static void match(const struct baseline *baseline, struct findings *findings,
                  const struct mark *now, size_t nnow, const struct mark *then, size_t nthen,
                  bool *is_there)
{
    for (size_t i = 0, j = 0; i < nnow;) {
        struct finding *finding = &findings->items[now[i].index];
        int order = j < nthen ? strcmp(now[i].fingerprint, then[j].fingerprint) : -1;
        if (order == 0) {
            finding->baseline = BASELINE_UNCHANGED;
            is_there[then[j].index] = true;
        } else if (order < 0) {
            finding->baseline = judge_unmatched(baseline, finding);
        }
        i += order <= 0;
        j += order >= 0;
    }
}

const struct old_finding *baseline_compare(struct arena *arena, struct baseline *baseline,
                                           const char *name, struct findings *findings,
                                           size_t *ngone, bool *is_known)
{
    static const struct old_evidence nothing;
    struct old_evidence *found = find_evidence(baseline, reported_name(arena, name));
    const struct old_evidence *then = found ? found : &nothing;
    size_t nnow;
    const struct mark *now = mark_new(arena, findings, &nnow);
    bool *is_there = arena_alloc(arena, then->nfindings, sizeof *is_there);
    match(baseline, findings, now, nnow, mark_old(arena, then), then->nfindings, is_there);
    struct old_finding *gone = arena_alloc(arena, then->nfindings, sizeof *gone);
    *ngone = 0;
    for (size_t i = 0; i < then->nfindings; i++)
        if (!is_there[i])
            gone[(*ngone)++] = then->findings[i];
    *is_known = found;
    if (found)
        found->is_seen = true;
    return gone;
}
