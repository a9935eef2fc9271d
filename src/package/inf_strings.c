/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_strings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/text.h"

/* Bytes that all replaced strings together may have: a vendor's have 50 KB. */
#define EXPANSION_MAX ((size_t)64 << 20)

#define PRIMARY_LANGUAGE UINT64_C(0x3ff) /* of a LANGID; above it the sublanguage, 0 is neutral */

#define STRINGS "Strings"

/* A name and its text. */
struct string {
    const char *name, *text;
    const char *inner; /* the first string that the text names; NULL: none */
    unsigned line;
};

struct expander {
    struct inf *inf;
    struct string *strings; /* sorted by name; the first of one name comes first */
    size_t nstrings;
    char *name;                        /* room for a token's */
    const struct inf_section *section; /* where the field stands that is replaced */
    struct inf_field *field;
    char *room;        /* for what becomes of it */
    size_t len, count; /* of that: bytes, characters */
    size_t spent;      /* of EXPANSION_MAX */
};

/* The language of "Strings.0409". */
static bool parse_language(const char *name, uint64_t *language)
{
    char number[16] = "0x";
    size_t prefix = sizeof STRINGS - 1;
    if (strncasecmp(name, STRINGS ".", prefix + 1) != 0 || strlen(name) > prefix + 5)
        return false;
    strcpy(number + 2, name + prefix + 1);
    return number_parse(number, language);
}

/* How near a section is to a language: 4 is exact, 3 neutral, 2 another sublanguage, 1 the section
 * for all others, 0 none (INF Strings section). */
static unsigned rank_strings(const struct inf_section *section, unsigned language)
{
    uint64_t own;
    if (!parse_language(section->name, &own))
        return text_equal(section->name, STRINGS);
    if (own == language)
        return 4;
    if ((own & PRIMARY_LANGUAGE) != (language & PRIMARY_LANGUAGE))
        return 0;
    return own == (own & PRIMARY_LANGUAGE) ? 3 : 2;
}

const struct inf_section *inf_choose_strings(const struct inf *inf, unsigned language)
{
    const struct inf_section *best = NULL;
    unsigned best_rank = 0;
    for (size_t i = 0; i < inf->nsections; i++) {
        const struct inf_section *section = &inf->sections[i];
        unsigned rank = rank_strings(section, language);
        if (rank > best_rank || (rank && rank == best_rank && section->line < best->line)) {
            best = section;
            best_rank = rank;
        }
    }
    return best;
}

static int compare_strings(const void *a, const void *b)
{
    const struct string *first = a, *second = b;
    int order = text_compare(first->name, second->name);
    return order ? order : first->line < second->line ? -1 : first->line > second->line;
}

/* The string of a name, or NULL: the first definition counts. */
static const struct string *find_string(const struct expander *expander, const char *name)
{
    size_t low = 0, high = expander->nstrings;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(expander->strings[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < expander->nstrings && text_equal(expander->strings[low].name, name);
    return found ? &expander->strings[low] : NULL;
}

/* Reads the name of a %token% into the expander; false where no other percent sign ends it: such
 * names are visible characters. "" is "%%". */
static bool read_token(struct expander *expander, const char *at)
{
    size_t len = strcspn(at + 1, "% \t");
    if (at[1 + len] != '%')
        return false;
    memcpy(expander->name, at + 1, len);
    expander->name[len] = 0;
    return true;
}

/* A string is put in as it is: Windows replaces what an entry holds, not what a string does. So
 * none can go in circles; but who wrote it meant it otherwise. */
static const char *find_inner(struct expander *expander, const char *text)
{
    for (const char *at = strchr(text, '%'); at; at = strchr(at, '%')) {
        bool is_token = read_token(expander, at);
        const struct string *inner = is_token ? find_string(expander, expander->name) : NULL;
        if (inner)
            return inner->name;
        at += is_token ? strlen(expander->name) + 2 : 1;
    }
    return NULL;
}

static void collect_strings(struct expander *expander, const struct inf_section *section)
{
    struct inf *inf = expander->inf;
    expander->strings = arena_alloc(inf->arena, section->nlines, sizeof *expander->strings);
    for (size_t i = 0; i < section->nlines; i++) {
        const struct inf_line *line = &section->lines[i];
        if (line->key.text)
            expander->strings[expander->nstrings++] = (struct string){
                .name = line->key.text, .text = line->fields[0].text, .line = line->line};
        else
            inf_fail(inf, TEXT_SYNTAX, section, line->line, line->column,
                     "string: got %s, want name = \"text\"", inf_quote(inf, line->fields[0].text));
    }
    if (expander->nstrings)
        qsort(expander->strings, expander->nstrings, sizeof *expander->strings, compare_strings);
    for (size_t i = 0; i < expander->nstrings; i++)
        expander->strings[i].inner = find_inner(expander, expander->strings[i].text);
}

/* The folders that vendors name by number (Using Dirids), where Windows has them by default. 13 is
 * a folder of the driver's own in the driver store: its name depends on the machine. */
static const char *find_folder(const char *name)
{
    static const struct {
        const char *number, *path;
    } folders[] = {
        {"10", "C:\\Windows"},
        {"11", "C:\\Windows\\System32"},
        {"12", "C:\\Windows\\System32\\drivers"},
        {"13", "C:\\Windows\\System32\\DriverStore\\FileRepository\\package"},
        {"16422", "C:\\Program Files"},
        {"16425", "C:\\Windows\\SysWOW64"},
        {"16426", "C:\\Program Files (x86)"},
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strcmp(name, folders[i].number) == 0)
            return folders[i].path;
    return NULL;
}

/* What stays as it is and is meant to: numbers of other folders, and variables of the environment,
 * which are to be written %%SystemRoot%% and work without. */
static bool stays(const char *name)
{
    static const char *const variables[] = {"SystemRoot",   "windir",      "SystemDrive",
                                            "ProgramFiles", "ProgramData", "ProgramFiles(x86)"};
    if (!name[strspn(name, "0123456789")])
        return true;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (text_equal(name, variables[i]))
            return true;
    return false;
}

static void append(struct expander *expander, const char *text, size_t len)
{
    expander->spent += len;
    for (size_t i = 0; i < len; i++) {
        expander->count += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (expander->count <= INF_FIELD_MAX)
            expander->room[expander->len++] = text[i];
    }
}

static void __attribute__((format(printf, 2, 3)))
fail(struct expander *expander, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(expander->inf->arena, format, args);
    va_end(args);
    inf_fail(expander->inf, TEXT_STRING, expander->section, expander->field->line,
             expander->field->column, "%s", message);
}

/* Puts in what the token in expander->name stands for. */
static void expand_token(struct expander *expander)
{
    const char *name = expander->name;
    const struct string *string = find_string(expander, name);
    const char *text = string ? string->text : find_folder(name);
    if (string && string->inner)
        fail(expander, "string: got %%%s%%, whose text names %%%s%%: Windows leaves that as it is",
             name, string->inner);
    else if (!text && !stays(name))
        fail(expander, "string: got %%%s%%, which [Strings] does not define", name);
    if (text) {
        append(expander, text, strlen(text));
        return;
    }
    append(expander, "%", 1);
    append(expander, name, strlen(name));
    append(expander, "%", 1);
}

static void expand_field(struct expander *expander, struct inf_field *field)
{
    expander->len = expander->count = 0;
    expander->field = field;
    for (const char *at = field->text; *at;) {
        size_t plain = strcspn(at, "%");
        append(expander, at, plain);
        at += plain;
        if (!*at)
            break;
        bool is_token = read_token(expander, at);
        if (is_token && *expander->name)
            expand_token(expander);
        else
            append(expander, "%", 1);
        at += is_token ? strlen(expander->name) + 2 : 1;
    }
    if (expander->count > INF_FIELD_MAX)
        inf_fail(expander->inf, TEXT_SYNTAX, expander->section, field->line, field->column,
                 "field: got %zu characters with its strings, want at most %d", expander->count,
                 INF_FIELD_MAX);
    field->text = arena_strndup(expander->inf->arena, expander->room, expander->len);
}

/* Returns false when the budget is spent. */
static bool expand_line(struct expander *expander, struct inf_line *line)
{
    if (line->key.text && strchr(line->key.text, '%'))
        expand_field(expander, &line->key);
    for (size_t i = 0; i < line->nfields && expander->spent <= EXPANSION_MAX; i++)
        if (strchr(line->fields[i].text, '%'))
            expand_field(expander, &line->fields[i]);
    if (expander->spent <= EXPANSION_MAX)
        return true;
    inf_fail(expander->inf, TEXT_SYNTAX, expander->section, line->line, line->column,
             "strings: too many are put in: none are from here on");
    return false;
}

static bool holds_strings(const struct inf_section *section)
{
    size_t len = sizeof STRINGS - 1;
    return strncasecmp(section->name, STRINGS, len) == 0 &&
           (!section->name[len] || section->name[len] == '.');
}

void inf_expand(struct inf *inf, const struct inf_section *strings)
{
    struct expander expander = {.inf = inf};
    expander.room = arena_alloc(inf->arena, INF_FIELD_MAX, 4);
    expander.name = arena_alloc(inf->arena, INF_FIELD_MAX + 1, 4);
    if (strings)
        collect_strings(&expander, strings);
    for (size_t i = 0; i < inf->nsections; i++) {
        expander.section = &inf->sections[i];
        for (size_t j = 0; j < expander.section->nlines; j++)
            if (!holds_strings(expander.section) &&
                !expand_line(&expander, &expander.section->lines[j]))
                return;
    }
}
