/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define INSTALLED_LIST "/usr/share/pcsc/smartcard_list.txt"
#define LIST_SIZE_MAX  ((size_t)16 << 20) /* bytes; the list of 2023 has 0.5 MiB */

/* NULL, or why the list cannot be had. */
static const char *read_list(struct arena *arena, const char *path, struct atr_names **names)
{
    struct slice bytes;
    const char *fault = file_read(arena, path, LIST_SIZE_MAX, &bytes);
    if (fault)
        return fault;
    *names = atr_names_parse(arena, bytes);
    (*names)->file = text_from_utf8(arena, path, strlen(path));
    return (*names)->count ? NULL : "holds no ATR (--atr-names=none: no list)";
}

/* A list that was asked for is used as it is, and what is wrong with it said; the one that happens
 * to be there gives what it can. */
bool names_load(struct arena *arena, const struct options *options, const struct atr_names **names)
{
    const char *path = options->atr_names ? options->atr_names : INSTALLED_LIST;
    struct atr_names *list = NULL;
    *names = NULL;
    if (strcmp(path, "none") == 0)
        return true;
    const char *fault = read_list(arena, path, &list);
    if (fault && options->atr_names) {
        fprintf(stderr, "hiveaudit: --atr-names: %s: %s\n", path, fault);
        return false;
    }
    if (options->atr_names && list->nmalformed)
        fprintf(stderr, "hiveaudit: --atr-names: %s:%u: %s (%zu line%s skipped)\n", path,
                list->malformed_line, "neither an ATR nor the name of one", list->nmalformed,
                list->nmalformed == 1 ? "" : "s");
    *names = fault ? NULL : list;
    return true;
}
