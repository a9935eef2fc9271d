/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <stdlib.h>
#include <string.h>

/* Of a hostile hive, what is said besides may be its largest values. */
#define LINE_MAX_SIZE ((size_t)8 << 10)

struct sarif_kept {
    long offset;
    size_t size;   /* 0: cut later */
    size_t before; /* the one before it of its severity, counted from 1; 0: none */
};

static void release(void *handle)
{
    struct sarif_results *results = handle;
    fclose(results->lines);
}

struct sarif_results *sarif_results_new(struct arena *arena)
{
    struct sarif_results *results = arena_alloc(arena, 1, sizeof *results);
    results->arena = arena;
    results->lines = report_open_memory();
    if (!results->lines)
        end_out_of_memory();
    arena_on_free(arena, release, results);
    return results;
}

static void cut_last(struct sarif_results *results, enum severity severity)
{
    struct sarif_kept *kept = &results->items[results->last[severity] - 1];
    results->last[severity] = kept->before;
    kept->size = 0;
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

static void keep(struct sarif_results *results, enum severity severity, const char *line)
{
    struct sarif_kept kept = {
        .offset = ftell(results->lines), .size = strlen(line), .before = results->last[severity]};
    if (kept.offset < 0 || fwrite(line, 1, kept.size, results->lines) != kept.size)
        end_out_of_memory();
    results->items =
        arena_grow(results->arena, results->items, results->nitems, sizeof *results->items);
    results->items[results->nitems++] = kept;
    results->last[severity] = results->nitems;
    results->count++;
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
    keep(results, severity, line);
    free(line);
}

static char *read_line(const struct sarif_results *results, const struct sarif_kept *kept)
{
    char *line = calloc(1, kept->size + 1);
    if (!line || fseek(results->lines, kept->offset, SEEK_SET) != 0 ||
        fread(line, 1, kept->size, results->lines) != kept->size)
        end_out_of_memory(); /* nothing else may be wrong with it */
    return line;
}

void sarif_results_write(struct json_writer *run, const struct sarif_results *results)
{
    struct json_writer array = json_begin_array(run, "results");
    for (size_t i = 0; i < results->nitems; i++)
        if (results->items[i].size)
            json_add_dumped(&array, NULL, read_line(results, &results->items[i]));
    json_end(&array);
}
