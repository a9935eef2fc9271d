/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_LOAD_H
#define HIVEAUDIT_RULE_LOAD_H

#include "rule/rule.h"

/* Larger rule files are not read, and not made: --rules takes all that --rules-from prints. */
#define RULE_FILE_SIZE_MAX (16 << 20) /* bytes */

/* A rule file in memory. */
struct rule_file {
    const char *name;
    const char *text; /* ends with a NUL that len does not count */
    size_t len;
};

struct rule_files {
    struct rule_file *items;
    size_t count;
};

/* What is wrong with rule files: each item is "file:line:column: what", the line, and a mark below
 * it. */
struct rule_errors {
    struct arena *arena;
    const char **items;
    size_t count;
};

void rule_error_add(struct rule_errors *errors, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with a place in a file, and the line it names. */
void rule_error_at(struct rule_errors *errors, const struct rule_file *file, unsigned line,
                   unsigned column, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Whether a file right in a folder is a rule file: "*.yaml" and "*.yml". */
bool rule_files_take(const char *name);

/* Appends a rule file, or every one of a folder in the order of their names. */
void rule_files_add_path(struct rule_errors *errors, struct rule_files *files, const char *path);

/* Appends a rule file that is in memory already; both texts are kept by reference. */
void rule_files_add_text(struct rule_errors *errors, struct rule_files *files, const char *name,
                         const char *text);

/* Appends the rule files that the program was built with. */
void rule_files_add_shipped(struct rule_errors *errors, struct rule_files *files);

/* Reads rules from files, strictly: with any error (an unknown field, a bad value, an id that is
 * there twice ...) errors has items and the ruleset must not be used. Rules live in errors->arena
 * and point into it. */
struct ruleset ruleset_load(struct rule_errors *errors, const struct rule_files *files);

#endif
