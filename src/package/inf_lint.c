/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_lint.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "package/inf_addreg.h"
#include "package/inf_target.h"

#define UMPASS "umpass" /* Windows' driver that does nothing: its INF, and its sections */

/* Directives that name sections of the same INF, from a field on. */
static const struct directive {
    const char *name;
    size_t first, last;
} directives[] = {
    {"AddReg", 0, SIZE_MAX},   {"DelReg", 0, SIZE_MAX},   {"CopyFiles", 0, SIZE_MAX},
    {"DelFiles", 0, SIZE_MAX}, {"RenFiles", 0, SIZE_MAX}, {"AddService", 2, 3},
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether an Include of a section names umpass.inf, or with want_other, another INF. */
static bool includes(const struct inf_section *section, bool want_other)
{
    for (size_t i = 0; i < section->nlines; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!inf_line_is(line, "Include"))
            continue;
        for (size_t j = 0; j < line->nfields; j++)
            if (text_equal(line->fields[j].text, UMPASS ".inf") != want_other &&
                *line->fields[j].text)
                return true;
    }
    return false;
}

/* A section may come from an INF that is included; what Windows' umpass.inf has is known. */
static void check_reference(struct inf *inf, const struct inf_section *section,
                            const struct inf_line *line, size_t index, bool includes_other)
{
    const struct inf_field *field = &line->fields[index];
    bool is_file = *field->text == '@'; /* CopyFiles=@name is a file itself */
    bool is_foreign = includes_other || starts_with(field->text, UMPASS);
    if (!*field->text || is_file)
        return;
    struct inf_section *named = inf_find(inf, field->text);
    if (named && inf_line_is(line, "AddReg"))
        inf_read_writes(inf, named);
    if (!named && !is_foreign)
        inf_fail(inf, TEXT_SECTION, section, field->line, field->column,
                 "%s: got %s, want the name of a section", line->key.text,
                 inf_quote(inf, field->text));
}

static void check_line(struct inf *inf, const struct inf_section *section,
                       const struct inf_line *line, bool includes_other)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (!inf_line_is(line, directives[i].name))
            continue;
        for (size_t j = directives[i].first; j < line->nfields && j <= directives[i].last; j++)
            check_reference(inf, section, line, j, includes_other);
    }
}

static void check_directives(struct inf *inf)
{
    for (size_t i = 0; i < inf->nsections; i++) {
        const struct inf_section *section = &inf->sections[i];
        bool includes_other = includes(section, true);
        if (starts_with(section->name, "Strings"))
            continue;
        for (size_t j = 0; j < section->nlines; j++)
            check_line(inf, section, &section->lines[j], includes_other);
    }
}

/* Whether a Needs of a section names the part of umpass.inf with a suffix. */
static bool needs(const struct inf_section *section, const char *suffix)
{
    for (size_t i = 0; i < section->nlines; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!inf_line_is(line, "Needs"))
            continue;
        for (size_t j = 0; j < line->nfields; j++) {
            const char *name = line->fields[j].text;
            size_t len = strlen(name), end = strlen(suffix);
            if (starts_with(name, UMPASS) && len >= end && text_equal(name + len - end, suffix))
                return true;
        }
    }
    return false;
}

/* An install section and its parts take the null driver together or not at all: without one of
 * them a card is a device that is half installed (domain: E.3). Include alone does nothing. */
static void check_needs(struct inf *inf, struct inf_section *section)
{
    static const char *const suffixes[] = {"", ".Services", ".HW", ".CoInstallers", ".Interfaces"};
    const size_t count = sizeof suffixes / sizeof *suffixes;
    char name[INF_NAME_MAX * 4 + 16];
    const char *missing = "";
    size_t found = 0;
    bool is_meant = false;
    if (section->checked || strlen(section->name) > INF_NAME_MAX * 4)
        return;
    section->checked = 1;
    for (size_t i = 0; i < count; i++) {
        sprintf(name, "%s%s", section->name, suffixes[i]);
        const struct inf_section *part = inf_find(inf, name);
        bool includes_it = part && includes(part, false);
        bool has = includes_it && needs(part, suffixes[i]);
        is_meant |= includes_it;
        found += has;
        if (!has)
            missing = arena_printf(inf->arena, "%s%s[%s]", missing, *missing ? ", " : "", name);
    }
    if (is_meant && found < count)
        inf_fail(inf, TEXT_NEEDS, section, section->line, section->column,
                 "umpass.inf: got its Include and Needs in %zu of the %zu sections of this device, "
                 "want them in %s, too",
                 found, count, missing);
}

static void check_model(struct inf *inf, const struct inf_section *models,
                        const struct inf_line *line, enum inf_arch arch)
{
    const struct inf_field *field = &line->fields[0];
    struct inf_section *install = inf_find_decorated(inf, field->text, arch);
    if (!line->key.text)
        inf_fail(inf, TEXT_SYNTAX, models, line->line, line->column,
                 "device: got %s, want name = install section, hardware ID",
                 inf_quote(inf, field->text));
    else if (install)
        check_needs(inf, install);
    else
        inf_fail(inf, TEXT_SECTION, models, field->line, field->column,
                 "device: got %s, want the name of an install section",
                 inf_quote(inf, field->text));
}

static void check_models(struct inf *inf, struct inf_section *models, enum inf_arch arch)
{
    if (models->checked)
        return;
    models->checked = 1;
    for (size_t i = 0; i < models->nlines; i++)
        check_model(inf, models, &models->lines[i], arch);
}

/* The models of an entry without decorations have to be there; beside decorations they are for
 * what is older than Windows XP. */
static void check_manufacturer(struct inf *inf, const struct inf_section *section,
                               const struct inf_line *line)
{
    struct inf_decoration decoration = {.arch = INF_NO_ARCH};
    bool is_decorated = inf_is_decorated(line);
    for (size_t i = 0; i < line->nfields; i++) {
        const struct inf_field *field = &line->fields[i];
        if (i && !*field->text)
            continue;
        if (i && !inf_parse_decoration(field->text, &decoration)) {
            inf_fail(inf, TEXT_SYNTAX, section, field->line, field->column,
                     "decoration: got %s, want nt, the processor and the version, as NTamd64.10.0",
                     inf_quote(inf, field->text));
            continue;
        }
        struct inf_section *models = inf_find_models(inf, line, i);
        if (models)
            check_models(inf, models, decoration.arch);
        else if (i || !is_decorated)
            inf_fail(inf, TEXT_SECTION, section, field->line, field->column,
                     "models: want a section \"%s%s%s\"",
                     text_cut(inf->arena, inf_line_text(line, 0), INF_NAME_MAX), i ? "." : "",
                     i ? text_cut(inf->arena, field->text, INF_NAME_MAX) : "");
    }
}

/* The sample page demands DefaultInstall; InfVerif wants none beside [Manufacturer], and none
 * without a processor (domain: E.4). Where all have to go, it is no matter what they are for. */
static void check_default(struct inf *inf)
{
    const struct inf_section *first = NULL, *plain = NULL;
    struct inf_decoration decoration;
    for (size_t i = 0; i < inf->nsections; i++) {
        const struct inf_section *section = &inf->sections[i];
        if (!inf_is_default(section, &decoration))
            continue;
        if (!first || section->line < first->line)
            first = section;
        if (decoration.arch == INF_NO_ARCH && (!plain || section->line < plain->line))
            plain = section;
    }
    if (!first)
        inf_fail(inf, TEXT_NO_DEFAULT, NULL, 0, 0, "DefaultInstall: got no such section");
    if (first && inf_find(inf, "Manufacturer"))
        inf_fail(inf, TEXT_DEFAULT, first, first->line, first->column,
                 "DefaultInstall: got one beside [Manufacturer], want one of the two");
    else if (plain)
        inf_fail(inf, TEXT_DEFAULT, plain, plain->line, plain->column,
                 "DefaultInstall: got one for any processor, want one as DefaultInstall.NTamd64");
}

void inf_lint(struct inf *inf)
{
    const struct inf_section *manufacturer = inf_find(inf, "Manufacturer");
    check_directives(inf);
    for (size_t i = 0; manufacturer && i < manufacturer->nlines; i++)
        check_manufacturer(inf, manufacturer, &manufacturer->lines[i]);
    check_default(inf);
}
