/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "golden.h"

bool golden_load(struct reference *golden, const struct options *options)
{
    *golden = (struct reference){.option = "golden", .path = options->golden};
    if (!options->golden)
        return true;
    if (!reference_read(golden, options))
        return false;
    if (!golden->snapshot->package)
        return true;
    reference_complain(golden, "this is no hive: what a text does not name is unknown, and not "
                               "missing (--expect demands what it holds)");
    return false;
}
