/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_REG_READER_H
#define HIVEAUDIT_HIVE_REG_READER_H

#include "hive/reg_text.h"

/* What a value line belongs to. */
enum reg_place {
    REG_ABOVE_KEYS,
    REG_IN_KEY,
    REG_IN_BAD_KEY, /* its key could not be read: the value is read and dropped */
};

/* The hex data of the last value, which the next line may look like a part of. */
enum reg_hex_state { REG_NO_HEX, REG_HEX_READ, REG_HEX_BROKEN };

/* A place in registry text, and what was read before it. */
struct reg_reader {
    struct arena *arena;
    struct reg_text text;
    const char *at, *line_start; /* into the text as base/text.h has it */
    unsigned line;
    bool is_regedit4; /* strings in hex data are ANSI there, not UTF-16 */
    enum reg_place place;
    struct reg_key key; /* the one that values go to, until the next begins */
    const char *name;   /* of the value that is being read, NULL outside of values */
    enum reg_fault fault;
    enum reg_hex_state hex;
    bool said_header; /* that the header is wrong */
};

/* Columns count characters. */
unsigned reg_column(const struct reg_reader *reader);

/* The end of a line, which a CR, an LF or both are, or of the text. */
bool reg_at_end(const struct reg_reader *reader);
size_t reg_rest_of_line(const struct reg_reader *reader);
void reg_skip_blanks(struct reg_reader *reader);
void reg_next_line(struct reg_reader *reader);

/* Adds a problem at the reader's place. All of these return false where they add one, so that
 * callers can return it. what: "string"; want: "'\"'". */
bool reg_fail(struct reg_reader *reader, const char *what, const char *want);
bool reg_fail_got(struct reg_reader *reader, const char *what, const char *got, const char *want);
bool reg_say(struct reg_reader *reader, const char *message);

/* Takes a character, or the end of the line, in front of which blanks and a comment may stand. */
bool reg_expect(struct reg_reader *reader, char wanted, const char *what);
bool reg_expect_end(struct reg_reader *reader, const char *what);
bool reg_take_word(struct reg_reader *reader, const char *word);

/* Reads a text in quotes. */
bool reg_read_quoted(struct reg_reader *reader, const char *what, const char **text);

/* Reads what stands behind the "=". */
bool reg_read_data(struct reg_reader *reader, struct reg_value *value);

#endif
