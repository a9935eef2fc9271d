/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/diag.h"

const char *const diag_level_names[DIAG_FAILED + 1] = {"note", "incomplete", "failed"};

void diag_add(struct diags *diags, enum diag_level level, const char *key, const char *format, ...)
{
    bool is_worst = level > diags->worst;
    if (is_worst)
        diags->worst = level;
    if (diags->count == DIAGS_MAX && !is_worst)
        return;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(diags->arena, format, args);
    va_end(args);
    if (diags->count == DIAGS_MAX)
        diags->count--; /* what decides is said in the last place */
    else if (diags->count == DIAGS_MAX - 1 && !is_worst)
        message = "there are more diagnostics like these; they are left out", key = NULL;
    diags->items = arena_grow(diags->arena, diags->items, diags->count, sizeof *diags->items);
    diags->items[diags->count++] = (struct diag){.level = level, .key = key, .message = message};
}

void diags_append(struct diags *diags, const struct diags *others)
{
    for (size_t i = 0; i < others->count; i++)
        diag_add(diags, others->items[i].level, others->items[i].key, "%s",
                 others->items[i].message);
}
