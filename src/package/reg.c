/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

struct package package_read_reg(struct arena *arena, struct slice bytes)
{
    struct reg_text text = reg_text_parse(arena, bytes);
    struct package package = {.kind = PACKAGE_REG, .ninstallations = 1};
    package.installations = arena_alloc(arena, 1, sizeof *package.installations);
    *package.installations = (struct installation){.keys = text.keys, .nkeys = text.nkeys};
    return package;
}
