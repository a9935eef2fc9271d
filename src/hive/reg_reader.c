/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/reg_reader.h"

#include <string.h>

#include "base/text.h"

unsigned reg_column(const struct reg_reader *reader)
{
    unsigned column = 1;
    for (const char *p = reader->line_start; p < reader->at; column++)
        text_next(&p);
    return column;
}

bool reg_at_end(const struct reg_reader *reader)
{
    return !*reader->at || *reader->at == '\r' || *reader->at == '\n';
}

size_t reg_rest_of_line(const struct reg_reader *reader)
{
    return strcspn(reader->at, "\r\n");
}

void reg_skip_blanks(struct reg_reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

void reg_next_line(struct reg_reader *reader)
{
    reader->at += reg_rest_of_line(reader);
    if (!*reader->at)
        return;
    reader->at += reader->at[0] == '\r' && reader->at[1] == '\n' ? 2 : 1;
    reader->line_start = reader->at;
    reader->line++;
}

static bool is_full(const struct reg_reader *reader)
{
    return reader->text.nproblems == REG_PROBLEMS_MAX;
}

bool reg_say(struct reg_reader *reader, const char *message)
{
    struct reg_text *text = &reader->text;
    if (is_full(reader)) {
        text->nunlisted++;
        return false;
    }
    text->problems =
        arena_grow(reader->arena, text->problems, text->nproblems, sizeof *text->problems);
    text->problems[text->nproblems++] = (struct reg_problem){
        .fault = reader->fault,
        .key = reader->place == REG_IN_KEY ? reader->key.path : NULL,
        .name = reader->name,
        .line = reader->line,
        .column = reg_column(reader),
        .message = message,
    };
    return false;
}

bool reg_fail_got(struct reg_reader *reader, const char *what, const char *got, const char *want)
{
    /* A file of garbage has a problem on each line: what is not listed must cost nothing. */
    return reg_say(reader, is_full(reader)
                               ? NULL
                               : arena_printf(reader->arena, "malformed %s (got %s, want %s)", what,
                                              got, want));
}

/* What was got, for a message. */
static const char *describe(const struct reg_reader *reader)
{
    if (reg_at_end(reader))
        return *reader->at ? "the end of the line" : "the end of the text";
    const char *next = reader->at;
    text_next(&next);
    char *character = arena_strndup(reader->arena, reader->at, (size_t)(next - reader->at));
    const char *quote = *character == '"' ? "'" : "\"";
    return arena_printf(reader->arena, "%s%s%s", quote, text_escape(reader->arena, character),
                        quote);
}

bool reg_fail(struct reg_reader *reader, const char *what, const char *want)
{
    return reg_fail_got(reader, what, is_full(reader) ? "" : describe(reader), want);
}

bool reg_expect(struct reg_reader *reader, char wanted, const char *what)
{
    if (*reader->at == wanted) {
        reader->at++;
        return true;
    }
    char want[] = {wanted == '"' ? '\'' : '"', wanted, wanted == '"' ? '\'' : '"', 0};
    return reg_fail(reader, what, want);
}

bool reg_expect_end(struct reg_reader *reader, const char *what)
{
    reg_skip_blanks(reader);
    return reg_at_end(reader) || *reader->at == ';' ||
           reg_fail(reader, what, "the end of the line");
}

bool reg_take_word(struct reg_reader *reader, const char *word)
{
    bool is_there = strncmp(reader->at, word, strlen(word)) == 0;
    reader->at += is_there ? strlen(word) : 0;
    return is_there;
}

/* There are two escapes, \\ and \". Of any other regedit drops the backslash, so that "C:\Program"
 * becomes C:Program, which nobody meant; with \0 it drops the value (Wine's tests of reg.exe, which
 * were run on Windows). Only the first one of a text is said. */
static bool check_escape(struct reg_reader *reader, const char *what, bool *said)
{
    if (*reader->at == '\\' || *reader->at == '"')
        return true;
    bool is_taken = !reg_at_end(reader) && *reader->at != '0';
    if (!*said || !is_taken)
        reg_fail(reader, what, "\"\\\" or '\"' behind a backslash");
    *said = true;
    return is_taken;
}

bool reg_read_quoted(struct reg_reader *reader, const char *what, const char **text)
{
    bool said = false;
    if (!reg_expect(reader, '"', what))
        return false;
    const char *start = reader->at;
    for (; *reader->at != '"'; reader->at++) {
        if (reg_at_end(reader))
            return reg_fail(reader, what, "'\"'");
        if (*reader->at != '\\')
            continue;
        reader->at++;
        if (!check_escape(reader, what, &said))
            return false;
    }
    char *out = arena_alloc(reader->arena, (size_t)(reader->at - start) + 1, 1);
    *text = out;
    for (const char *p = start; p < reader->at; p++) {
        p += *p == '\\';
        *out++ = *p;
    }
    reader->at++;
    return true;
}
