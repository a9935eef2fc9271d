/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_TARGET_H
#define HIVEAUDIT_PACKAGE_INF_TARGET_H

#include "package/inf_text.h"

/* The processors that a decoration names; the first ones are those of enum package_target. */
enum inf_arch {
    INF_X86 = TARGET_X86,
    INF_AMD64 = TARGET_AMD64,
    INF_ARM64 = TARGET_ARM64,
    INF_ARM,
    INF_IA64,
    NINF_ARCHS,
    INF_NO_ARCH = NINF_ARCHS, /* "nt" alone, or no decoration */
};

/* A TargetOSVersion, nt[Arch][.[Major][.[Minor][.[ProductType][.[SuiteMask][.[Build]]]]]] (INF
 * Manufacturer section); a number that is left out is 0. */
struct inf_decoration {
    enum inf_arch arch;
    uint32_t major, minor, product, suite, build;
};

/* False where the text is none. */
bool inf_parse_decoration(const char *text, struct inf_decoration *decoration);

/* Whether a is taken before b on the newest Windows: by its version. */
bool inf_prefers(const struct inf_decoration *a, const struct inf_decoration *b);

/* Whether the newest Windows, no server, takes a decoration, whatever its processor. */
bool inf_is_current(const struct inf_decoration *decoration);

/* The section that Windows takes for a name on a processor: name.nt<arch>, name.nt or name itself.
 * NULL: it has none of them. */
struct inf_section *inf_find_decorated(const struct inf *inf, const char *name, enum inf_arch arch);

/* "ntamd64"; "nt" for none. */
const char *inf_arch_name(enum inf_arch arch);

/* Whether an entry of [Manufacturer] has decorations. */
bool inf_is_decorated(const struct inf_line *manufacturer);

/* The models section of an entry of [Manufacturer] for its decoration (0 is the name of the section
 * itself), or NULL: there is no such section. */
struct inf_section *inf_find_models(struct inf *inf, const struct inf_line *manufacturer,
                                    size_t index);

/* Whether a section is a DefaultInstall, with a decoration or without: not what belongs to one, as
 * DefaultInstall.Services does. */
bool inf_is_default(const struct inf_section *section, struct inf_decoration *decoration);

#endif
