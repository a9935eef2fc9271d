/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_target.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/text.h"

#define NNUMBERS        5  /* of a decoration, behind its processor */
#define NEWEST_MAJOR    10 /* Windows 10 and 11 are 10.0 */
#define DEFAULT_INSTALL "DefaultInstall"

/* What is behind "nt". */
static const char *const arch_names[] = {"x86", "amd64", "arm64", "arm", "ia64", ""};

const char *inf_arch_name(enum inf_arch arch)
{
    static const char *const names[] = {"ntx86", "ntamd64", "ntarm64", "ntarm", "ntia64", "nt"};
    return names[arch];
}

/* One number up to a dot or the end; nothing is 0. */
static bool read_number(const char **at, uint32_t *number)
{
    char digits[16];
    uint64_t value = 0;
    size_t len = strcspn(*at, ".");
    if (len >= sizeof digits)
        return false;
    memcpy(digits, *at, len);
    digits[len] = 0;
    *at += len;
    *number = 0;
    if (len && (!number_parse(digits, &value) || value > UINT32_MAX))
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_arch(const char *text, size_t len, enum inf_arch *arch)
{
    for (*arch = 0; *arch <= INF_NO_ARCH; (*arch)++)
        if (len == strlen(arch_names[*arch]) && strncasecmp(text, arch_names[*arch], len) == 0)
            return true;
    return false;
}

bool inf_parse_decoration(const char *text, struct inf_decoration *decoration)
{
    *decoration = (struct inf_decoration){.arch = INF_NO_ARCH};
    if (strncasecmp(text, "nt", 2) != 0)
        return false;
    const char *at = text + 2 + strcspn(text + 2, ".");
    if (!read_arch(text + 2, (size_t)(at - text - 2), &decoration->arch))
        return false;
    uint32_t *const numbers[NNUMBERS] = {&decoration->major, &decoration->minor,
                                         &decoration->product, &decoration->suite,
                                         &decoration->build};
    for (size_t i = 0; i < NNUMBERS && *at == '.'; i++) {
        at++;
        if (!read_number(&at, numbers[i]))
            return false;
    }
    return !*at;
}

bool inf_is_current(const struct inf_decoration *decoration)
{
    return decoration->major < NEWEST_MAJOR ||
           (decoration->major == NEWEST_MAJOR && decoration->minor == 0);
}

/* A product type but that of a workstation is of a server. */
static bool is_server(const struct inf_decoration *decoration)
{
    return decoration->product > 1;
}

bool inf_prefers(const struct inf_decoration *a, const struct inf_decoration *b)
{
    if (is_server(a) != is_server(b))
        return is_server(b);
    if (a->major != b->major)
        return a->major > b->major;
    if (a->minor != b->minor)
        return a->minor > b->minor;
    if (a->build != b->build)
        return a->build > b->build;
    return a->arch != INF_NO_ARCH && b->arch == INF_NO_ARCH;
}

struct inf_section *inf_find_decorated(const struct inf *inf, const char *name, enum inf_arch arch)
{
    char decorated[INF_NAME_MAX * 4 + 16];
    if (strlen(name) > INF_NAME_MAX * 4)
        return NULL; /* longer than any section's name may be */
    sprintf(decorated, "%s.%s", name, inf_arch_name(arch));
    struct inf_section *section = inf_find(inf, decorated);
    if (section)
        return section;
    sprintf(decorated, "%s.nt", name);
    section = inf_find(inf, decorated);
    return section ? section : inf_find(inf, name);
}

bool inf_is_decorated(const struct inf_line *manufacturer)
{
    for (size_t i = 1; i < manufacturer->nfields; i++)
        if (*manufacturer->fields[i].text)
            return true;
    return false;
}

struct inf_section *inf_find_models(struct inf *inf, const struct inf_line *manufacturer,
                                    size_t index)
{
    char decorated[INF_NAME_MAX * 8 + 2];
    const char *name = inf_line_text(manufacturer, 0);
    if (index == 0)
        return inf_find(inf, name);
    const char *decoration = manufacturer->fields[index].text;
    if (strlen(name) > INF_NAME_MAX * 4 || strlen(decoration) > INF_NAME_MAX * 4)
        return NULL;
    sprintf(decorated, "%s.%s", name, decoration);
    return inf_find(inf, decorated);
}

bool inf_is_default(const struct inf_section *section, struct inf_decoration *decoration)
{
    size_t len = sizeof DEFAULT_INSTALL - 1;
    *decoration = (struct inf_decoration){.arch = INF_NO_ARCH};
    if (strncasecmp(section->name, DEFAULT_INSTALL, len) != 0)
        return false;
    const char *rest = section->name + len;
    return !*rest || (*rest == '.' && inf_parse_decoration(rest + 1, decoration));
}
