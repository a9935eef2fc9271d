/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/diag.h"

void diag_add(struct diags *diags, enum diag_level level, const char *key, const char *format, ...)
{
    if (level > diags->worst)
        diags->worst = level;
    if (diags->count == DIAGS_MAX)
        return;
    if (diags->count == DIAGS_MAX - 1)
        format = "there are more diagnostics like these; they are left out", key = NULL;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(diags->arena, format, args);
    va_end(args);
    diags->items = arena_grow(diags->arena, diags->items, diags->count, sizeof *diags->items);
    diags->items[diags->count++] = (struct diag){.level = level, .key = key, .message = message};
}
