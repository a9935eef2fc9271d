/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "base/utf16.h"
#include "hive/reg_reader.h"

#define DIGITS_MAX 8 /* of a dword or a type */

/* Registry value types (winnt.h). */
enum {
    TYPE_SZ = 1,
    TYPE_EXPAND_SZ = 2,
    TYPE_BINARY = 3,
    TYPE_DWORD = 4,
    TYPE_MULTI_SZ = 7,
};

static bool read_number(struct reg_reader *reader, const char *what, uint32_t *number)
{
    *number = 0;
    int digits = 0;
    for (; digits < DIGITS_MAX && text_hex_digit(*reader->at) >= 0; digits++)
        *number = *number << 4 | (uint32_t)text_hex_digit(*reader->at++);
    return digits > 0 || reg_fail(reader, what, "1 to 8 hex digits");
}

static bool read_dword(struct reg_reader *reader, struct reg_value *value)
{
    uint32_t number;
    if (!reg_expect(reader, ':', "dword data"))
        return false;
    reg_skip_blanks(reader);
    if (!read_number(reader, "dword data", &number) || !reg_expect_end(reader, "dword data"))
        return false;
    uint8_t *bytes = arena_alloc(reader->arena, sizeof number, 1);
    for (size_t i = 0; i < sizeof number; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    value->type = TYPE_DWORD;
    value->data = (struct slice){.ptr = bytes, .len = sizeof number};
    return true;
}

/* Whether only a comment may still stand on the line. */
static bool ends_data(const struct reg_reader *reader)
{
    return reg_at_end(reader) || *reader->at == ';';
}

/* A backslash in place of a byte carries hex data to the next line that is neither empty nor
 * a comment, whatever stands there. */
static void skip_gap(struct reg_reader *reader)
{
    reg_skip_blanks(reader);
    if (*reader->at != '\\')
        return;
    struct reg_reader ahead = *reader;
    ahead.at++;
    reg_skip_blanks(&ahead);
    if (!ends_data(&ahead))
        return;
    do {
        reg_next_line(&ahead);
        reg_skip_blanks(&ahead);
    } while (*ahead.at && ends_data(&ahead));
    reader->at = ahead.at;
    reader->line_start = ahead.line_start;
    reader->line = ahead.line;
}

/* A single digit is taken for a byte (Wine), and said once: the other one may have been lost. */
static bool read_byte(struct reg_reader *reader, uint8_t *byte, bool *said)
{
    int high = text_hex_digit(*reader->at);
    int low = high < 0 ? -1 : text_hex_digit(reader->at[1]);
    reader->at += high >= 0;
    bool is_single = low < 0 && high >= 0 && (ends_data(reader) || strchr(", \t", *reader->at));
    if (low < 0 && (!is_single || !*said)) {
        reg_fail(reader, "hex data", "two hex digits");
        *said = true;
    }
    *byte = (uint8_t)(low < 0 ? high : high << 4 | low);
    reader->at += low >= 0;
    return low >= 0 || is_single;
}

/* Bytes and commas by turns. Where the line ends behind a comma, regedit takes what was there so
 * far. */
static bool read_bytes(struct reg_reader *reader, struct slice *data)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    bool said = false;
    skip_gap(reader);
    while (!ends_data(reader)) {
        bytes = arena_grow(reader->arena, bytes, len, 1);
        bytes[len] = 0;
        if (!read_byte(reader, &bytes[len++], &said))
            return false;
        reg_skip_blanks(reader);
        if (ends_data(reader))
            break;
        if (*reader->at != ',')
            return reg_fail(reader, "hex data", "\",\" or the end of the line");
        reader->at++;
        skip_gap(reader);
        if (ends_data(reader))
            reg_fail(reader, "hex data", "two hex digits or a backslash");
    }
    *data = (struct slice){.ptr = bytes, .len = len};
    return true;
}

/* The code page of the writer is not known: that of most of the world it is then. */
static struct slice widen_ansi(struct arena *arena, struct slice data)
{
    return utf16_encode(arena, encoding_decode_cp1252(arena, data));
}

/* What follows "hex". */
static bool read_hex_value(struct reg_reader *reader, struct reg_value *value)
{
    value->type = TYPE_BINARY;
    if (*reader->at == '(') {
        reader->at++;
        if (!read_number(reader, "hex type", &value->type) || !reg_expect(reader, ')', "hex type"))
            return false;
    }
    if (!reg_expect(reader, ':', "hex data") || !read_bytes(reader, &value->data))
        return false;
    bool is_text =
        value->type == TYPE_SZ || value->type == TYPE_EXPAND_SZ || value->type == TYPE_MULTI_SZ;
    if (reader->is_regedit4 && is_text)
        value->data = widen_ansi(reader->arena, value->data);
    return true;
}

static bool read_hex(struct reg_reader *reader, struct reg_value *value)
{
    const struct reg_text *text = &reader->text;
    size_t before = text->nproblems + text->nunlisted;
    bool read = read_hex_value(reader, value);
    reader->hex = text->nproblems + text->nunlisted == before ? REG_HEX_READ : REG_HEX_BROKEN;
    return read;
}

static bool read_string(struct reg_reader *reader, struct reg_value *value)
{
    const char *text;
    if (!reg_read_quoted(reader, "string", &text) || !reg_expect_end(reader, "string"))
        return false;
    struct slice encoded = utf16_encode(reader->arena, text);
    uint8_t *bytes = arena_alloc(reader->arena, encoded.len + 2, 1); /* and a NUL */
    memcpy(bytes, encoded.ptr, encoded.len);
    value->type = TYPE_SZ;
    value->data = (struct slice){.ptr = bytes, .len = encoded.len + 2};
    return true;
}

bool reg_read_data(struct reg_reader *reader, struct reg_value *value)
{
    if (*reader->at == '"')
        return read_string(reader, value);
    reader->fault = REG_HEX;
    if (reg_take_word(reader, "dword"))
        return read_dword(reader, value);
    if (reg_take_word(reader, "hex"))
        return read_hex(reader, value);
    reader->fault = REG_SYNTAX;
    value->remove = reg_take_word(reader, "-");
    if (value->remove)
        return reg_expect_end(reader, "removal");
    return reg_fail(reader, "data", "a string in quotes, \"dword:\", \"hex:\" or \"-\"");
}
