/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/reg_text.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/utf16.h"

#define PROBLEMS_MAX 1000 /* a file of garbage has one for each line */
#define DIGITS_MAX   8    /* of a dword or a type */
#define REPLACEMENT  UINT32_C(0xfffd)

/* Registry value types (winnt.h). */
enum {
    TYPE_SZ = 1,
    TYPE_EXPAND_SZ = 2,
    TYPE_BINARY = 3,
    TYPE_DWORD = 4,
    TYPE_MULTI_SZ = 7,
};

/* What a value line belongs to. */
enum place {
    PLACE_ABOVE_KEYS,
    PLACE_IN_KEY,
    PLACE_IN_BAD_KEY, /* its key could not be read: the value is read and dropped */
};

struct reader {
    struct arena *arena;
    struct reg_text text;
    const char *at, *line_start; /* into the text as base/text.h has it */
    unsigned line;
    bool is_utf16;
    bool is_regedit4; /* strings in hex data are ANSI there, not UTF-16 */
    bool in_hex;      /* a line that fails here may go on behind a backslash */
    enum place place;
    struct reg_key key; /* the one that values go to, until the next begins */
};

static unsigned column_of(const struct reader *reader)
{
    unsigned column = 1;
    for (const char *p = reader->line_start; p < reader->at; column++)
        text_next(&p);
    return column;
}

/* Adds a problem at the reader's place. Returns false, so that callers can return it. */
static bool __attribute__((format(printf, 2, 3)))
fail(struct reader *reader, const char *format, ...)
{
    struct reg_text *text = &reader->text;
    if (text->nproblems == PROBLEMS_MAX)
        return false;
    va_list args;
    va_start(args, format);
    const char *message = text->nproblems == PROBLEMS_MAX - 1
                              ? "too many problems: no more are listed"
                              : arena_vprintf(reader->arena, format, args);
    va_end(args);
    text->problems =
        arena_grow(reader->arena, text->problems, text->nproblems, sizeof *text->problems);
    text->problems[text->nproblems++] =
        (struct reg_problem){reader->line, column_of(reader), message};
    return false;
}

/* The end of a line, or of the text. A CR ends a line only in front of one of these. */
static bool ends_line(const char *p)
{
    p += *p == '\r';
    return *p == '\n' || !*p;
}

static bool at_end(const struct reader *reader)
{
    return ends_line(reader->at);
}

static size_t rest_of_line(const struct reader *reader)
{
    return strcspn(reader->at, "\n");
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

static void next_line(struct reader *reader)
{
    reader->at += rest_of_line(reader);
    if (!*reader->at)
        return;
    reader->line_start = ++reader->at;
    reader->line++;
}

/* What was got, for a message. */
static const char *describe(const struct reader *reader)
{
    if (at_end(reader))
        return *reader->at ? "the end of the line" : "the end of the text";
    const char *next = reader->at;
    text_next(&next);
    char *character = arena_strndup(reader->arena, reader->at, (size_t)(next - reader->at));
    const char *quote = *character == '"' ? "'" : "\"";
    return arena_printf(reader->arena, "%s%s%s", quote, text_escape(reader->arena, character),
                        quote);
}

static bool expect(struct reader *reader, char wanted, const char *where)
{
    if (*reader->at == wanted) {
        reader->at++;
        return true;
    }
    const char *quote = wanted == '"' ? "'" : "\"";
    return fail(reader, "%s: got %s, want %s%c%s", where, describe(reader), quote, wanted, quote);
}

static bool expect_end(struct reader *reader, const char *where)
{
    skip_blanks(reader);
    return at_end(reader) ||
           fail(reader, "%s: got %s, want the end of the line", where, describe(reader));
}

/* Registry text is text: no line of it holds a NUL, and only a comment may hold bytes that are not
 * UTF-8, as these would otherwise end up in a name or in data as another character. */
static bool check_characters(struct reader *reader)
{
    const char *start = reader->at, *end = start + rest_of_line(reader);
    bool takes_any = reader->is_utf16 || start[strspn(start, " \t")] == ';';
    while (reader->at < end) {
        const char *next = reader->at;
        uint32_t code = text_next(&next);
        if (code == TEXT_NUL)
            return fail(reader, "text: got a NUL character");
        if (code == REPLACEMENT && !takes_any)
            return fail(reader, "text: got a byte that is not UTF-8");
        reader->at = next;
    }
    reader->at = start;
    return true;
}

/* Reads a text in quotes. regedit writes two escapes, \\ and \", and drops the backslash of any
 * other: "C:\Program" becomes C:Program, which nobody meant. */
static bool read_quoted(struct reader *reader, const char *where, const char **text)
{
    if (!expect(reader, '"', where))
        return false;
    const char *start = reader->at;
    size_t escapes = 0;
    for (; *reader->at != '"'; reader->at++) {
        if (at_end(reader))
            return fail(reader, "%s: got %s, want '\"'", where, describe(reader));
        if (*reader->at != '\\')
            continue;
        escapes++;
        reader->at++;
        if (*reader->at != '\\' && *reader->at != '"')
            return fail(reader, "%s: got %s behind a backslash, want \"\\\" or '\"'", where,
                        describe(reader));
    }
    char *out = arena_alloc(reader->arena, (size_t)(reader->at - start) - escapes + 1, 1);
    *text = out;
    for (const char *p = start; p < reader->at; p++) {
        p += *p == '\\';
        *out++ = *p;
    }
    reader->at++;
    return true;
}

static bool read_number(struct reader *reader, const char *where, uint32_t *number)
{
    *number = 0;
    int digits = 0;
    for (; digits < DIGITS_MAX && text_hex_digit(*reader->at) >= 0; digits++)
        *number = *number << 4 | (uint32_t)text_hex_digit(*reader->at++);
    return digits > 0 ||
           fail(reader, "%s: got %s, want 1 to %d hex digits", where, describe(reader), DIGITS_MAX);
}

static bool read_dword(struct reader *reader, struct reg_value *value)
{
    uint32_t number;
    if (!expect(reader, ':', "dword data"))
        return false;
    skip_blanks(reader);
    if (!read_number(reader, "dword data", &number) || !expect_end(reader, "dword data"))
        return false;
    uint8_t *bytes = arena_alloc(reader->arena, sizeof number, 1);
    for (size_t i = 0; i < sizeof number; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    value->type = TYPE_DWORD;
    value->data = (struct slice){.ptr = bytes, .len = sizeof number};
    return true;
}

/* Blanks between hex data, and every backslash that carries it to the next line. */
static void skip_gap(struct reader *reader)
{
    skip_blanks(reader);
    while (*reader->at == '\\' && ends_line(reader->at + 1 + strspn(reader->at + 1, " \t"))) {
        next_line(reader);
        skip_blanks(reader);
    }
}

static bool read_byte(struct reader *reader, uint8_t *byte)
{
    for (int i = 0; i < 2; i++, reader->at++) {
        int digit = text_hex_digit(*reader->at);
        if (digit < 0)
            return fail(reader, "hex data: got %s, want two hex digits", describe(reader));
        *byte = (uint8_t)(*byte << 4 | digit);
    }
    return true;
}

static bool read_bytes(struct reader *reader, struct slice *data)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    skip_gap(reader);
    bool more = !at_end(reader);
    while (more) {
        bytes = arena_grow(reader->arena, bytes, len, 1);
        bytes[len] = 0;
        if (!read_byte(reader, &bytes[len++]))
            return false;
        skip_gap(reader);
        more = *reader->at == ',';
        reader->at += more;
        if (more)
            skip_gap(reader);
    }
    *data = (struct slice){.ptr = bytes, .len = len};
    return at_end(reader) ||
           fail(reader, "hex data: got %s, want \",\" or the end of the line", describe(reader));
}

/* ASCII is all that ANSI text says for sure without the code page of its writer. */
static bool widen_ansi(struct reader *reader, struct slice *data)
{
    uint8_t *wide = arena_alloc(reader->arena, data->len, 2);
    for (size_t i = 0; i < data->len; i++) {
        if (data->ptr[i] >= 0x80)
            return fail(reader, "hex data: got byte %02x in ANSI text, want ASCII", data->ptr[i]);
        wide[2 * i] = data->ptr[i];
    }
    *data = (struct slice){.ptr = wide, .len = data->len * 2};
    return true;
}

/* What follows "hex". */
static bool read_hex(struct reader *reader, struct reg_value *value)
{
    reader->in_hex = true;
    value->type = TYPE_BINARY;
    if (*reader->at == '(') {
        reader->at++;
        if (!read_number(reader, "hex type", &value->type) || !expect(reader, ')', "hex type"))
            return false;
    }
    if (!expect(reader, ':', "hex data") || !read_bytes(reader, &value->data))
        return false;
    bool is_text =
        value->type == TYPE_SZ || value->type == TYPE_EXPAND_SZ || value->type == TYPE_MULTI_SZ;
    return !reader->is_regedit4 || !is_text || widen_ansi(reader, &value->data);
}

static bool read_string(struct reader *reader, struct reg_value *value)
{
    const char *text;
    if (!read_quoted(reader, "string", &text) || !expect_end(reader, "string"))
        return false;
    struct slice encoded = utf16_encode(reader->arena, text);
    uint8_t *bytes = arena_alloc(reader->arena, encoded.len + 2, 1); /* and a NUL */
    memcpy(bytes, encoded.ptr, encoded.len);
    value->type = TYPE_SZ;
    value->data = (struct slice){.ptr = bytes, .len = encoded.len + 2};
    return true;
}

static bool take_word(struct reader *reader, const char *word)
{
    bool is_there = strncmp(reader->at, word, strlen(word)) == 0;
    reader->at += is_there ? strlen(word) : 0;
    return is_there;
}

static bool read_data(struct reader *reader, struct reg_value *value)
{
    if (*reader->at == '"')
        return read_string(reader, value);
    if (take_word(reader, "dword"))
        return read_dword(reader, value);
    if (take_word(reader, "hex"))
        return read_hex(reader, value);
    value->remove = take_word(reader, "-");
    if (value->remove)
        return expect_end(reader, "removal");
    return fail(reader, "data: got %s, want a string in quotes, \"dword:\", \"hex:\" or \"-\"",
                describe(reader));
}

static bool read_value(struct reader *reader)
{
    struct reg_key *key = &reader->key;
    struct reg_value value = {.name = "", .line = reader->line};
    if (reader->place == PLACE_ABOVE_KEYS)
        return fail(reader, "value: got one above the first [key], want it below");
    if (reader->place == PLACE_IN_KEY && key->remove)
        return fail(reader, "value: got one below a [-key], want it below a [key]");
    if (*reader->at == '@')
        reader->at++;
    else if (!read_quoted(reader, "value name", &value.name))
        return false;
    skip_blanks(reader);
    if (!expect(reader, '=', "value name"))
        return false;
    skip_blanks(reader);
    if (!read_data(reader, &value))
        return false;
    key->values = arena_grow(reader->arena, key->values, key->nvalues, sizeof *key->values);
    key->values[key->nvalues++] = value;
    return true;
}

static void finish_key(struct reader *reader)
{
    struct reg_text *text = &reader->text;
    if (reader->place != PLACE_IN_KEY)
        return;
    text->keys = arena_grow(reader->arena, text->keys, text->nkeys, sizeof *text->keys);
    text->keys[text->nkeys++] = reader->key;
}

/* Every name of a path has at least one character. */
static bool check_path(struct reader *reader, const char *end)
{
    for (const char *p = reader->at; p <= end; p++) {
        bool is_name_start = p == reader->at || p[-1] == '\\';
        if (!is_name_start || (p < end && *p != '\\'))
            continue;
        reader->at = p;
        return fail(reader, "key: got %s, want a name", describe(reader));
    }
    return true;
}

/* Names hold brackets ("... [PIV])"): the last one of the line closes. */
static bool read_key(struct reader *reader)
{
    finish_key(reader);
    reader->key = (struct reg_key){0};
    reader->place = PLACE_IN_BAD_KEY;
    reader->at++;
    bool remove = take_word(reader, "-");
    const char *end = memrchr(reader->at, ']', rest_of_line(reader));
    if (!end) {
        reader->at += strcspn(reader->at, "\r\n");
        return fail(reader, "key: got %s, want \"]\"", describe(reader));
    }
    const char *path = arena_strndup(reader->arena, reader->at, (size_t)(end - reader->at));
    if (!check_path(reader, end))
        return false;
    reader->at = end + 1;
    if (!expect_end(reader, "key"))
        return false;
    reader->key = (struct reg_key){.path = path, .remove = remove, .line = reader->line};
    reader->place = PLACE_IN_KEY;
    return true;
}

static bool read_header(struct reader *reader)
{
    reader->is_regedit4 = take_word(reader, "REGEDIT4");
    if (!reader->is_regedit4 && !take_word(reader, "Windows Registry Editor Version 5.00"))
        return fail(reader, "line: got %s, want a header, a [key], a value or a \";\" comment",
                    describe(reader));
    reader->text.has_header = true;
    return expect_end(reader, "header");
}

static bool read_line(struct reader *reader)
{
    skip_blanks(reader);
    if (at_end(reader) || *reader->at == ';')
        return true;
    if (*reader->at == '[')
        return read_key(reader);
    if (*reader->at == '"' || *reader->at == '@')
        return read_value(reader);
    if (!reader->text.has_header && reader->place == PLACE_ABOVE_KEYS)
        return read_header(reader);
    return fail(reader, "line: got %s, want a [key], a value or a \";\" comment", describe(reader));
}

/* Whether the line ends in a backslash: hex data goes on in the next. */
static bool is_continued(const struct reader *reader)
{
    size_t len = rest_of_line(reader);
    while (len > 0 && strchr(" \t\r", reader->at[len - 1]))
        len--;
    return len > 0 && reader->at[len - 1] == '\\';
}

/* Steps over the rest of a line that failed, and over the lines of hex data that belong to it. */
static void skip_failed(struct reader *reader)
{
    bool more = reader->in_hex;
    while (more && *reader->at) {
        more = is_continued(reader);
        if (more)
            next_line(reader);
    }
}

/* Sets the reader to the start of the text. Returns what is wrong with its end, or NULL. */
static const char *decode(struct reader *reader, struct slice bytes)
{
    unsigned flaws = UTF16_UNTERMINATED;
    reader->is_utf16 = bytes.len >= 2 && bytes.ptr[0] == 0xff && bytes.ptr[1] == 0xfe;
    bool has_utf8_mark = bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0;
    size_t mark = reader->is_utf16 ? 2 : has_utf8_mark ? 3 : 0;
    struct slice rest = {.ptr = bytes.ptr + mark, .len = bytes.len - mark};
    reader->at = reader->is_utf16 ? utf16_decode(reader->arena, rest, &flaws)
                                  : text_from_utf8(reader->arena, (const char *)rest.ptr, rest.len);
    reader->line_start = reader->at;
    if (flaws & UTF16_ODD_LENGTH)
        return "text: got half a UTF-16 character at its end";
    return flaws & UTF16_UNTERMINATED ? NULL : "text: got a NUL character at its end";
}

struct reg_text reg_text_parse(struct arena *arena, struct slice bytes)
{
    struct reader reader = {.arena = arena, .line = 1};
    const char *fault = decode(&reader, bytes);
    while (*reader.at) {
        reader.in_hex = false;
        if (!check_characters(&reader) || !read_line(&reader))
            skip_failed(&reader);
        next_line(&reader);
    }
    finish_key(&reader);
    if (fault)
        fail(&reader, "%s", fault);
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
