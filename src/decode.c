/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "decode.h"

#include <stdio.h>

#include "audit.h"
#include "base/text.h"
#include "model/atr_report.h"
#include "names.h"

static void print_line(struct arena *arena, const char *label, const char *text)
{
    fputs(atr_report_line(arena, label, text_escape(arena, text)), stdout);
}

static void print_names(struct arena *arena, const struct atr_names *names, struct slice atr)
{
    struct strings found = atr_names_find(arena, names, atr);
    if (!names)
        print_line(arena, "name", "unknown: there is no list of names (see --atr-names)");
    else if (found.count == 0)
        print_line(arena, "name", arena_printf(arena, "not in %s", names->file));
    for (size_t i = 0; i < found.count; i++)
        print_line(arena, i ? "" : "name", found.items[i]);
}

int decode_print(struct arena *arena, const struct options *options)
{
    const struct atr_names *names;
    int status = STATUS_CLEAN;
    if (!names_load(arena, options, &names))
        return STATUS_ERROR;
    for (size_t i = 0; i < options->natrs; i++) {
        if (i)
            putchar('\n');
        fputs(atr_report(arena, options->atrs[i]), stdout);
        print_names(arena, names, options->atrs[i]);
        if (!atr_is_sound(options->atrs[i]))
            status = STATUS_FINDINGS;
    }
    return status;
}
