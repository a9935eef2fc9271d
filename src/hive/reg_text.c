/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/reg_text.h"

#include <string.h>
#include <strings.h>

#include "base/encoding.h"
#include "base/text.h"
#include "base/utf16.h"
#include "hive/reg_reader.h"

#define HEADER_5    "Windows Registry Editor Version 5.00"
#define HEADER_4    "REGEDIT4"
#define HEADERS     "\"" HEADER_5 "\" or \"" HEADER_4 "\""
#define LINE_GOT    60         /* bytes of a line that a message shows */
#define NUL         "\xc0\x80" /* as base/text.h has it */
#define REPLACEMENT UINT32_C(0xfffd)

static bool say_text(struct reg_reader *reader, const char *got, const char *want)
{
    reader->fault = REG_CHARACTERS;
    return reg_fail_got(reader, "text", got, want);
}

/* Registry text is text: no line of it holds a NUL. Behind a mark of UTF-8, only a comment may hold
 * bytes that are none, as these would otherwise end up in a name or in data as other characters. */
static bool check_characters(struct reg_reader *reader)
{
    const char *start = reader->at, *end = start + reg_rest_of_line(reader);
    bool takes_any =
        reader->text.encoding != ENCODING_UTF8_BOM || start[strspn(start, " \t")] == ';';
    while (reader->at < end) {
        const char *next = reader->at;
        uint32_t code = text_next(&next);
        if (code == TEXT_NUL)
            return say_text(reader, "a NUL character", "none");
        if (code == REPLACEMENT && !takes_any)
            return say_text(reader, "a byte that is not UTF-8", "UTF-8");
        reader->at = next;
    }
    reader->at = start;
    return true;
}

static bool check_place(struct reg_reader *reader)
{
    if (reader->place == REG_ABOVE_KEYS)
        return reg_fail_got(reader, "value", "one above the first [key]", "it below one");
    if (reader->place == REG_IN_KEY && reader->key.remove)
        return reg_fail_got(reader, "value", "one below a [-key]", "it below a [key]");
    return true;
}

static bool read_value(struct reg_reader *reader)
{
    struct reg_key *key = &reader->key;
    struct reg_value value = {.name = "", .line = reader->line, .column = reg_column(reader)};
    if (!check_place(reader))
        return false;
    if (*reader->at == '@')
        reader->at++;
    else if (!reg_read_quoted(reader, "value name", &value.name))
        return false;
    reader->name = value.name;
    reg_skip_blanks(reader);
    if (!reg_expect(reader, '=', "value name"))
        return false;
    reg_skip_blanks(reader);
    if (!reg_read_data(reader, &value))
        return false;
    key->values = arena_grow(reader->arena, key->values, key->nvalues, sizeof *key->values);
    key->values[key->nvalues++] = value;
    return true;
}

static void finish_key(struct reg_reader *reader)
{
    struct reg_text *text = &reader->text;
    if (reader->place != REG_IN_KEY)
        return;
    text->keys = arena_grow(reader->arena, text->keys, text->nkeys, sizeof *text->keys);
    text->keys[text->nkeys++] = reader->key;
}

/* Names hold brackets ("... [PIV])"): the last one of the line closes, or one with a comment behind
 * it. NULL where there is none. */
static const char *find_bracket(const struct reg_reader *reader)
{
    const char *start = reader->at, *end = start + reg_rest_of_line(reader);
    for (const char *p = start; (p = memchr(p, ']', (size_t)(end - p))); p++)
        if (p[1 + strspn(p + 1, " \t")] == ';')
            return p;
    return memrchr(start, ']', (size_t)(end - start));
}

/* Takes several backslashes for one, and drops those at the end, as regedit does. */
static const char *copy_path(struct arena *arena, const char *from, const char *end)
{
    char *path = arena_alloc(arena, (size_t)(end - from) + 1, 1), *out = path;
    for (const char *p = from; p < end; p++)
        if (*p != '\\' || (p + 1 < end && p[1] != '\\'))
            *out++ = *p;
    return path;
}

static bool read_key(struct reg_reader *reader)
{
    struct reg_key key = {.line = reader->line, .column = reg_column(reader)};
    finish_key(reader);
    reader->place = REG_IN_BAD_KEY;
    reader->at++;
    key.remove = reg_take_word(reader, "-");
    const char *end = find_bracket(reader);
    if (!end) {
        reader->at += reg_rest_of_line(reader);
        return reg_fail(reader, "key", "\"]\"");
    }
    if (reader->at == end || *reader->at == '\\')
        return reg_fail(reader, "key", "a name");
    key.path = copy_path(reader->arena, reader->at, end);
    reader->at = end + 1;
    reader->key = key;
    reader->place = REG_IN_KEY;
    return reg_expect_end(reader, "key");
}

static bool is_header(const struct reg_reader *reader, const char *header)
{
    size_t len = strlen(header);
    const char *end = reader->at + len;
    if (strncmp(reader->at, header, len) != 0)
        return false;
    end += strspn(end, " \t");
    return !*end || *end == '\r' || *end == '\n';
}

/* What stands in the place of a header and looks like one, in any letter case. */
static void say_wrong_header(struct reg_reader *reader)
{
    struct arena *arena = reader->arena;
    size_t len = reg_rest_of_line(reader);
    const char *line = arena_strndup(arena, reader->at, len < LINE_GOT ? len : LINE_GOT + 1);
    const char *shown = text_escape(arena, text_cut(arena, line, LINE_GOT));
    reader->said_header = true;
    reader->fault = REG_HEADER;
    reg_fail_got(reader, "header", arena_printf(arena, "\"%s\"", shown), HEADERS);
}

/* Reads a header, false where the line is none. Texts are put together of others, so that there may
 * be several. */
static bool read_header(struct reg_reader *reader)
{
    bool is_right = is_header(reader, HEADER_5) || is_header(reader, HEADER_4);
    bool is_4 = strncasecmp(reader->at, "REGEDIT", 7) == 0;
    bool is_like = is_4 || strncasecmp(reader->at, "Windows Registry", 16) == 0;
    if (reader->text.has_header || !is_like)
        return is_right;
    if (!is_right && (reader->said_header || reader->place != REG_ABOVE_KEYS))
        return false;
    reader->is_regedit4 = is_4;
    reader->text.has_header = is_right;
    reader->text.header_line = reader->line;
    if (!is_right)
        say_wrong_header(reader);
    return true;
}

/* Whether a line looks like bytes of hex data. */
static bool is_hex_line(const struct reg_reader *reader)
{
    const char *p = reader->at + (*reader->at == ',');
    if (*p == '\\')
        return true;
    if (text_hex_digit(*p) < 0)
        return false;
    p += 1 + (text_hex_digit(p[1]) >= 0);
    p += strspn(p, " \t");
    return !*p || strchr(",\\\r\n;", *p);
}

/* Lines of hex data that nothing carries on are one problem, and none of its own where the data
 * above had one. */
static bool read_hex_line(struct reg_reader *reader)
{
    bool is_first = reader->hex == REG_HEX_READ;
    reader->hex = REG_HEX_BROKEN;
    reader->fault = REG_HEX;
    return !is_first || reg_fail(reader, "hex data", "\",\\\" at the end of the line above");
}

static bool read_line(struct reg_reader *reader)
{
    reg_skip_blanks(reader);
    if (reg_at_end(reader) || *reader->at == ';' || *reader->at == '#')
        return true;
    if (reader->hex != REG_NO_HEX && is_hex_line(reader))
        return read_hex_line(reader);
    reader->hex = REG_NO_HEX;
    if (*reader->at == '[')
        return read_key(reader);
    if (*reader->at == '"' || *reader->at == '@')
        return read_value(reader);
    return read_header(reader) || reg_fail(reader, "line", "a [key], a value or a \";\" comment");
}

/* Sets the reader to the start of the text. *flaws gets what is wrong with its end. */
static void decode(struct reg_reader *reader, struct slice bytes, unsigned *flaws)
{
    reader->at = encoding_decode(reader->arena, bytes, &reader->text.encoding, flaws);
    reader->line_start = reader->at;
    if (strstr(reader->at, NUL))
        *flaws &= ~(unsigned)UTF16_EMBEDDED_NUL; /* it is met where it stands */
}

struct reg_text reg_text_parse(struct arena *arena, struct slice bytes)
{
    struct reg_reader reader = {.arena = arena, .line = 1};
    unsigned flaws;
    decode(&reader, bytes, &flaws);
    while (*reader.at) {
        reader.name = NULL;
        reader.fault = REG_SYNTAX;
        if (check_characters(&reader))
            read_line(&reader);
        reg_next_line(&reader);
    }
    reader.name = NULL;
    if (flaws & UTF16_ODD_LENGTH)
        say_text(&reader, "half a character at its end", "a whole one");
    else if (flaws & UTF16_EMBEDDED_NUL)
        say_text(&reader, "a NUL character at its end", "none");
    finish_key(&reader);
    return reader.text;
}

const char *reg_path_in_hive(const char *path)
{
    size_t len = strcspn(path, "\\");
    bool is_machine = len == 18 && strncasecmp(path, "HKEY_LOCAL_MACHINE", len) == 0;
    bool is_user = len == 17 && strncasecmp(path, "HKEY_CURRENT_USER", len) == 0;
    for (int names = is_machine ? 2 : is_user ? 1 : 0; names > 0; names--) {
        path += strcspn(path, "\\");
        path += *path == '\\';
    }
    return path;
}

bool reg_path_is_system(const char *path)
{
    static const char root[] = "HKEY_LOCAL_MACHINE\\SYSTEM";
    size_t len = sizeof root - 1;
    return strncasecmp(path, root, len) == 0 && (!path[len] || path[len] == '\\');
}
