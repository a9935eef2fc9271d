/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_REG_TEXT_H
#define HIVEAUDIT_HIVE_REG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
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
    const char *path; /* as written, without the brackets and the '-' */
    bool remove;      /* [-key] */
    struct reg_value *values;
    size_t nvalues;
    unsigned line, column;
};

/* A line that is not registry text: what was got and what was wanted. */
struct reg_problem {
    unsigned line, column;
    const char *message;
};

/* Registry text, in the order of its lines; a key that is named twice is here twice. */
struct reg_text {
    bool has_header; /* "Windows Registry Editor Version 5.00" or "REGEDIT4" */
    struct reg_key *keys;
    size_t nkeys;
    struct reg_problem *problems;
    size_t nproblems;
};

/* Reads registry text (.reg): UTF-8 with or without a byte order mark, or UTF-16LE with one. A line
 * that cannot be read becomes a problem, and reading goes on with the next; the caller decides what
 * that means. Everything lives in the arena. */
struct reg_text reg_text_parse(struct arena *arena, struct slice bytes);

/* The path below a hive's root: without HKEY_LOCAL_MACHINE\SOFTWARE (or another hive's name), or
 * HKEY_CURRENT_USER, in any letter case; a path that names no root is taken as it is. Points into
 * path. */
const char *reg_path_in_hive(const char *path);

/* Whether a path is one of HKEY_LOCAL_MACHINE\SYSTEM, in any letter case. */
bool reg_path_is_system(const char *path);

#endif
