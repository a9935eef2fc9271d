/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/content_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_KEPT 64 /* no line that tells needs more */

/* What may be a text, character by character. */
struct reader {
    struct slice bytes;
    size_t at;
    size_t width; /* bytes of a character */
};

/* A line without the blanks at its start, as far as it is kept. */
struct line {
    char text[LINE_MAX_KEPT + 1];
    size_t len;
};

static void start_reading(struct reader *reader, struct slice head)
{
    bool is_utf16 = head.len >= 2 && memcmp(head.ptr, "\xff\xfe", 2) == 0;
    bool has_utf8_mark = head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0;
    *reader = (struct reader){.bytes = head,
                              .at = is_utf16        ? 2
                                    : has_utf8_mark ? 3
                                                    : 0,
                              .width = is_utf16 ? 2 : 1};
}

/* The next character: ASCII as it is, any other as one that no line that tells has. -1 at the end.
 */
static int take_character(struct reader *reader)
{
    if (reader->bytes.len - reader->at < reader->width)
        return -1;
    const uint8_t *p = reader->bytes.ptr + reader->at;
    unsigned code = reader->width == 2 ? p[0] | (unsigned)p[1] << 8 : p[0];
    reader->at += reader->width;
    return code < 0x80 ? (int)code : 0x7f;
}

/* Takes a line, which a CR or an LF ends. False at the end, and at a NUL, which no text has. */
static bool take_line(struct reader *reader, struct line *line)
{
    line->len = 0;
    int c = take_character(reader);
    if (c < 0)
        return false;
    for (; c > 0 && c != '\r' && c != '\n'; c = take_character(reader))
        if (line->len < LINE_MAX_KEPT && (line->len > 0 || (c != ' ' && c != '\t')))
            line->text[line->len++] = (char)c;
    line->text[line->len] = 0;
    return c != 0;
}

static bool starts_with(const char *text, const char *start)
{
    return strncasecmp(text, start, strlen(start)) == 0;
}

/* The header in any letter case and of any version: one that regedit would refuse is to be said,
 * not passed over. */
static bool starts_reg(const char *line)
{
    static const char *const starts[] = {"REGEDIT", "Windows Registry Editor", "[HKEY_", "[-HKEY_"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (starts_with(line, starts[i]))
            return true;
    return false;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

static bool is_version_section(const char *line)
{
    const char *name = skip_blanks(line + (*line == '['));
    return *line == '[' && starts_with(name, "Version") && *skip_blanks(name + 7) == ']';
}

static bool is_signature(const char *line)
{
    return starts_with(line, "Signature") && *skip_blanks(line + 9) == '=';
}

enum content content_tell_text(struct slice head)
{
    struct reader reader;
    struct line line;
    bool is_first = true, in_version = false;
    start_reading(&reader, head);
    while (take_line(&reader, &line)) {
        if (!line.len || line.text[0] == ';')
            continue;
        if (is_first && starts_reg(line.text))
            return CONTENT_REG;
        is_first = false;
        if (line.text[0] == '[')
            in_version = is_version_section(line.text);
        else if (in_version && is_signature(line.text))
            return CONTENT_INF;
    }
    return CONTENT_UNKNOWN;
}
