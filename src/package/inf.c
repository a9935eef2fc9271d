/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

struct package package_read_inf(struct arena *arena, struct slice bytes)
{
    unsigned flaws;
    struct package package = {.kind = PACKAGE_INF};
    encoding_decode(arena, bytes, &package.encoding, &flaws);
    return package;
}
