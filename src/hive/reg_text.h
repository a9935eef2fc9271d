/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_REG_TEXT_H
#define HIVEAUDIT_HIVE_REG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/encoding.h"
#include "base/slice.h"

/* When a value is written; registry text knows no conditions, an INF does. */
enum reg_condition { REG_ALWAYS, REG_IF_ABSENT, REG_IF_PRESENT };

/* One "name"=data line. Line and column count from 1, columns in characters. */
struct reg_value {
    const char *name; /* "" for @, the default value */
    uint32_t type;    /* REG_... */
    struct slice data;
    bool remove; /* "name"=- */
    enum reg_condition condition;
    unsigned line, column;
};

/* One [key] line and the values below it. */
struct reg_key {
    const char *path; /* without the brackets and the '-'; names are parted by one backslash */
    bool remove;      /* [-key] */
    struct reg_value *values;
    size_t nvalues;
    unsigned line, column;
};

enum reg_fault {
    REG_SYNTAX,
    REG_CHARACTERS, /* NULs, half a character, bytes that are not of the encoding */
    REG_HEX,        /* data behind "hex" or "dword" */
    REG_HEADER,     /* a header that regedit does not know */
};

/* What is wrong with a line: what was got and what was wanted. */
struct reg_problem {
    enum reg_fault fault;
    const char *key;  /* the path of the key that the line belongs to, NULL where there is none */
    const char *name; /* of the value that the line begins or goes on, NULL of others */
    unsigned line, column;
    const char *message;
};

#define REG_PROBLEMS_MAX 1000 /* a file of garbage has one for each line */

/* Registry text, in the order of its lines; a key that is named twice is here twice. */
struct reg_text {
    enum encoding encoding;
    bool has_header;      /* "Windows Registry Editor Version 5.00" or "REGEDIT4" */
    unsigned header_line; /* where that is, or a wrong one: regedit wants it first */
    struct reg_key *keys;
    size_t nkeys;
    struct reg_problem *problems; /* REG_PROBLEMS_MAX of them at most */
    size_t nproblems;
    size_t nunlisted; /* problems beyond these */
};

/* Reads registry text (.reg) in any encoding of base/encoding.h as regedit does: of a line that it
 * does not take nothing is read. Each of these lines becomes a problem, and so does what regedit
 * takes as something else than what is written there. Lines above the header, a header that is
 * missing, and keys without a root are fine here; the caller decides what they mean.
 * Everything lives in the arena. */
struct reg_text reg_text_parse(struct arena *arena, struct slice bytes);

/* The path below a hive's root: without HKEY_LOCAL_MACHINE\SOFTWARE (or another hive's name), or
 * HKEY_CURRENT_USER, in any letter case; a path that names no root is taken as it is. Points into
 * path. */
const char *reg_path_in_hive(const char *path);

/* Whether a path is one of HKEY_LOCAL_MACHINE\SYSTEM, in any letter case. */
bool reg_path_is_system(const char *path);

#endif
