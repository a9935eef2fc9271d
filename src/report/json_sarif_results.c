/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <stdlib.h>
#include <string.h>

/* Of a hostile hive, what is said besides may be its largest values. */
#define LINE_MAX_SIZE ((size_t)8 << 10)

struct sarif_kept {
    char *line;    /* NULL: cut later */
    size_t before; /* the one before it of its severity, counted from 1; 0: none */
};

static void release(void *handle)
{
    struct sarif_results *results = handle;
    for (size_t i = 0; i < results->nitems; i++)
        free(results->items[i].line);
}

struct sarif_results *sarif_results_new(struct arena *arena)
{
    struct sarif_results *results = arena_alloc(arena, 1, sizeof *results);
    results->arena = arena;
    arena_on_free(arena, release, results);
    return results;
}

static void cut_last(struct sarif_results *results, enum severity severity)
{
    struct sarif_kept *kept = &results->items[results->last[severity] - 1];
    results->last[severity] = kept->before;
    free(kept->line);
    kept->line = NULL;
    results->count--;
    results->cut[severity]++;
}

bool sarif_results_reserve(struct sarif_results *results, enum severity severity)
{
    if (results->count < SARIF_RESULTS_MAX)
        return true;
    for (enum severity lower = 0; lower < severity; lower++) {
        if (!results->last[lower])
            continue;
        cut_last(results, lower);
        return true;
    }
    results->cut[severity]++;
    return false;
}

void sarif_results_add(struct sarif_results *results, enum severity severity, json_t *result)
{
    char *line = json_make_line(json_incref(result));
    if (strlen(line) > LINE_MAX_SIZE) {
        free(line);
        json_object_del(result, "properties");
        line = json_make_line(json_incref(result));
    }
    json_decref(result);
    results->items =
        arena_grow(results->arena, results->items, results->nitems, sizeof *results->items);
    results->items[results->nitems++] =
        (struct sarif_kept){.line = line, .before = results->last[severity]};
    results->last[severity] = results->nitems;
    results->count++;
}

void sarif_results_write(struct json_writer *run, struct sarif_results *results)
{
    struct json_writer array = json_begin_array(run, "results");
    for (size_t i = 0; i < results->nitems; i++)
        if (results->items[i].line)
            json_add_dumped(&array, NULL, results->items[i].line);
    json_end(&array);
    results->nitems = 0;
}
