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

/* Where a string is used: the first place in the text. */
struct use {
    const struct inf_section *section;
    unsigned line, column;
    size_t count;
};

/* A name and its text, which is NULL where it has none. */
struct string {
    const char *name, *text;
    const char *inner; /* the first string that the text names; NULL: none */
    unsigned line;
    struct use use; /* of what is wrong to use: no text, or one with a string within */
};

struct expander {
    struct inf *inf;
    struct string *strings; /* sorted by name; the first of one name comes first */
    size_t nstrings;
    struct string *unknown; /* names without a text, sorted; TEXT_PROBLEMS_MAX at most */
    size_t nunknown;
    const char *source;                /* name of the section that the strings are from */
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

/* The first string of a name, or where it would stand. */
static size_t find_place(const struct string *strings, size_t count, const char *name)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (text_compare(strings[middle].name, name) < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* The string of a name, or NULL: the first definition counts. */
static struct string *find_string(const struct expander *expander, const char *name)
{
    size_t place = find_place(expander->strings, expander->nstrings, name);
    bool found = place < expander->nstrings && text_equal(expander->strings[place].name, name);
    return found ? &expander->strings[place] : NULL;
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

/* The first place is the one of the lowest line: sections come by their names. */
static void add_use(const struct expander *expander, struct use *use)
{
    const struct inf_field *field = expander->field;
    size_t count = use->count + 1;
    if (count == 1 || field->line < use->line ||
        (field->line == use->line && field->column < use->column))
        *use = (struct use){expander->section, field->line, field->column, 0};
    use->count = count;
}

static void add_unknown(struct expander *expander)
{
    struct arena *arena = expander->inf->arena;
    const char *name = expander->name;
    size_t place = find_place(expander->unknown, expander->nunknown, name);
    struct string *string = &expander->unknown[place];
    if (place == expander->nunknown || !text_equal(string->name, name)) {
        if (expander->nunknown == TEXT_PROBLEMS_MAX) {
            expander->inf->nomitted++;
            return;
        }
        memmove(string + 1, string, (expander->nunknown++ - place) * sizeof *string);
        *string = (struct string){.name = arena_strndup(arena, name, strlen(name))};
    }
    add_use(expander, &string->use);
}

/* Puts in what the token in expander->name stands for. */
static void expand_token(struct expander *expander)
{
    const char *name = expander->name;
    struct string *string = find_string(expander, name);
    const char *text = string ? string->text : find_folder(name);
    if (string && string->inner)
        add_use(expander, &string->use);
    else if (!text && !stays(name))
        add_unknown(expander);
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

/* One string that is wrong is one problem, wherever it is used. */
static void __attribute__((format(printf, 3, 4)))
fail(struct expander *expander, const struct use *use, const char *format, ...)
{
    struct arena *arena = expander->inf->arena;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(arena, format, args);
    va_end(args);
    const char *more =
        use->count > 1 ? arena_printf(arena, " (used %zu times, here first)", use->count) : "";
    inf_fail(expander->inf, TEXT_STRING, use->section, use->line, use->column, "%s%s", message,
             more);
}

static void report_strings(struct expander *expander)
{
    for (size_t i = 0; i < expander->nunknown; i++)
        fail(expander, &expander->unknown[i].use, "string: got %%%s%%, which [%s] does not define",
             expander->unknown[i].name, expander->source);
    for (size_t i = 0; i < expander->nstrings; i++)
        if (expander->strings[i].use.count)
            fail(expander, &expander->strings[i].use,
                 "string: got %%%s%%, whose text names %%%s%%: Windows leaves that as it is",
                 expander->strings[i].name, expander->strings[i].inner);
}

/* Returns false when the budget is spent. */
static bool expand_section(struct expander *expander, const struct inf_section *section)
{
    expander->section = section;
    for (size_t i = 0; i < section->nlines; i++)
        if (!expand_line(expander, &section->lines[i]))
            return false;
    return true;
}

void inf_expand(struct inf *inf, const struct inf_section *strings)
{
    struct expander expander = {.inf = inf, .source = strings ? strings->name : STRINGS};
    expander.room = arena_alloc(inf->arena, INF_FIELD_MAX, 4);
    expander.name = arena_alloc(inf->arena, INF_FIELD_MAX + 1, 4);
    expander.unknown = arena_alloc(inf->arena, TEXT_PROBLEMS_MAX, sizeof *expander.unknown);
    if (strings)
        collect_strings(&expander, strings);
    for (size_t i = 0; i < inf->nsections; i++)
        if (!holds_strings(&inf->sections[i]) && !expand_section(&expander, &inf->sections[i]))
            break;
    report_strings(&expander);
}
