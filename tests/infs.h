/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_INFS_H
#define HIVEAUDIT_TESTS_INFS_H

/* What the tests of the INF reader share: texts in, what they write and what is wrong out. */

#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "package/inf_text.h"

#define CALAIS     "SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\"
#define CALAIS_WOW "SOFTWARE\\Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\"
#define MACHINE    "HKEY_LOCAL_MACHINE\\"

static inline struct package infs_read_bytes(struct arena *arena, const void *bytes, size_t len)
{
    /* A copy of the exact size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct package package = package_read_inf(arena, (struct slice){.ptr = copy, .len = len});
    free(copy);
    assert_int_equal(package.kind, PACKAGE_INF);
    return package;
}

static inline struct package infs_read(struct arena *arena, const char *text)
{
    return infs_read_bytes(arena, text, strlen(text));
}

/* What is written on a target that there has to be. */
static inline const struct installation *infs_on(const struct package *package,
                                                 enum package_target target)
{
    for (size_t i = 0; i < package->ninstallations; i++)
        if (package->installations[i].target == target)
            return &package->installations[i];
    fail_msg("nothing for target %d", (int)target);
    return NULL;
}

/* The key with a path, which is written in one piece. */
static inline const struct reg_key *infs_key(const struct installation *installation,
                                             const char *path)
{
    const struct reg_key *found = NULL;
    for (size_t i = 0; i < installation->nkeys; i++) {
        if (strcmp(installation->keys[i].path, path) != 0)
            continue;
        assert_null(found);
        found = &installation->keys[i];
    }
    if (!found)
        fail_msg("no key %s", path);
    return found;
}

static inline const struct reg_value *infs_value(const struct reg_key *key, const char *name)
{
    for (size_t i = 0; i < key->nvalues; i++)
        if (strcmp(key->values[i].name, name) == 0)
            return &key->values[i];
    fail_msg("no value %s", name);
    return NULL;
}

static inline void infs_check_data(const struct reg_value *value, uint32_t type, const void *data,
                                   size_t len)
{
    assert_int_equal(value->type, type);
    assert_int_equal(value->data.len, len);
    if (len)
        assert_memory_equal(value->data.ptr, data, len);
}

/* A problem at a place whose message starts as expected. */
static inline void infs_check_problem(const struct text_problem *problem, enum text_fault fault,
                                      unsigned line, unsigned column, const char *message)
{
    if (problem->fault != fault || problem->line != line || problem->column != column ||
        strncmp(problem->message, message, strlen(message)) != 0)
        fail_msg("got fault %d at %u:%u: %s\nwant fault %d at %u:%u: %s", (int)problem->fault,
                 problem->line, problem->column, problem->message, (int)fault, line, column,
                 message);
}

/* The same for the only problem of a kind. */
static inline const struct text_problem *infs_find_problem(const struct package *package,
                                                           enum text_fault fault)
{
    const struct text_problem *found = NULL;
    for (size_t i = 0; i < package->nproblems; i++) {
        if (package->problems[i].fault != fault)
            continue;
        if (found)
            fail_msg("two problems: %s\n%s", found->message, package->problems[i].message);
        found = &package->problems[i];
    }
    if (!found)
        fail_msg("no problem of kind %d", (int)fault);
    return found;
}

static inline size_t infs_count(const struct package *package, enum text_fault fault)
{
    size_t count = 0;
    for (size_t i = 0; i < package->nproblems; i++)
        count += package->problems[i].fault == fault;
    return count;
}

#endif
