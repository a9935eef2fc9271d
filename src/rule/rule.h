/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_RULE_H
#define HIVEAUDIT_RULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "model/snapshot.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR, NSEVERITIES };

struct strings {
    const char **items;
    size_t count;
};

/* Adds a text, which is kept by reference. */
void strings_add(struct arena *arena, struct strings *strings, const char *text);

/* Where in a rule file something stands; line and column count from 1. */
struct place {
    const char *file;
    unsigned line, column;
};

/* What an expectation wants of a value. */
enum presence { PRESENCE_REQUIRED, PRESENCE_OPTIONAL, PRESENCE_FORBIDDEN };

struct expectation {
    enum presence presence;
    bool demands_value; /* any of what follows is set */
    bool has_type;
    uint32_t type;         /* REG_... */
    struct strings one_of; /* also "equals": a list of one */
    struct strings none_of;
    const char *exactly; /* like equals, in this letter case; NULL: not asked for */
    const char *pattern; /* POSIX extended regular expression, or NULL */
    bool has_range;
    uint64_t min, max; /* inclusive */
};

/* A DLL that came with the hive of an example. */
struct example_file {
    const char *path; /* from the root of the system drive: "Windows\System32\x.dll" */
    enum arch arch;   /* ARCH_UNKNOWN: it has no PE header */
};

/* What an example is: a hive fragment, as registry text, or a text in place of a hive. */
enum example_kind { EXAMPLE_HIVE, EXAMPLE_INF, EXAMPLE_REG };

/* Evidence that a rule must pass or must report. */
struct example {
    const char *name;
    bool must_pass;
    enum example_kind kind;
    const char *text;
    struct example_file *files; /* none: none came with the hive */
    size_t nfiles;
    const char *atr_names; /* the list of card names that there is; NULL: none */
    const char *golden;    /* the golden hive, as registry text; NULL: none */
    struct place place;
};

#define NPARAMETERS_MAX 4

struct rule {
    const char *id, *title, *rationale, *effect, *remedy;
    struct strings references, tags;
    enum severity severity;
    bool enabled;

    /* Where it applies; a build of 0 in the snapshot is unknown. */
    bool limits_build;
    uint32_t build_min, build_max; /* inclusive */
    unsigned archs;                /* bits by enum arch; 0: any */
    unsigned views;                /* bits by enum view; 0: any */
    struct strings exempt_entries, exempt_providers;

    /* Either a check with its parameters, or an expectation on a key or value. */
    const struct check *check;
    struct strings parameters[NPARAMETERS_MAX]; /* in the order of check->parameters */
    const char *key, *value, *message;          /* value NULL: the key itself */
    struct expectation expect;

    struct example *examples;
    size_t nexamples;
    struct place place;

    size_t first_request, nrequests; /* its keys in the snapshot's requests */
};

struct rule_file;

struct ruleset {
    struct rule *rules; /* sorted by id */
    size_t count;
    const struct atr_names *names; /* of cards; NULL: no list */
    const struct snapshot *golden; /* the hive to compare with; NULL: none */
    const struct rule_file *files; /* that it was loaded from, in order */
    size_t nfiles;
};

extern const char *const severity_names[NSEVERITIES];
const char *severity_name(enum severity severity);

/* False where the name is none. */
bool severity_parse(const char *name, enum severity *severity);

/* The rule with an id, or NULL. */
struct rule *ruleset_find(const struct ruleset *ruleset, const char *id);

/* The id nearest to a misspelled one, or NULL where none is near. */
const char *ruleset_suggest(const struct ruleset *ruleset, const char *id);

/* Whether a list of names holds one, in any letter case. An item that starts with '*' stands for
 * every name that ends like its rest. */
bool strings_hold(const struct strings *strings, const char *name);

/* The keys that the enabled rules ask for, to be handed to snapshot_read; notes in each rule where
 * its keys are. */
struct key_request *ruleset_collect_requests(struct arena *arena, struct ruleset *ruleset,
                                             size_t *count);

#endif
