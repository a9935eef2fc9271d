/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_PACKAGE_H
#define HIVEAUDIT_PACKAGE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/encoding.h"
#include "base/slice.h"
#include "hive/reg_text.h"

/* What a driver's INF, or a .reg, would write into the registry, and what is wrong with its text.
 * Both are hostile; neither is ever a reason to fail: what can be read is read. */

#define PACKAGE_SIZE_MAX ((uint64_t)16 << 20) /* bytes of a text; vendors' have 30 KB */

enum package_kind { PACKAGE_INF, PACKAGE_REG, NPACKAGE_KINDS };

/* The Windows that an INF installs on: each takes other sections. */
enum package_target { TARGET_X86, TARGET_AMD64, TARGET_ARM64, NTARGETS };

/* What is wrong with a text: a rule for each. */
enum text_fault {
    TEXT_SYNTAX,     /* a line, or a part of one, that cannot be read */
    TEXT_CHARACTERS, /* NULs, half a character */
    TEXT_HEX,        /* data that is no hex, or hex that is none of this type */
    TEXT_FLAGS,      /* the flags of an AddReg line are no number, or contradict themselves */
    TEXT_STRING,     /* a %string% that [Strings] does not define, or that names itself */
    TEXT_SECTION,    /* a section that is named and is not there */
    TEXT_HKR,        /* a Calais key below HKR, the key of the device, in place of HKLM */
    TEXT_NEEDS,      /* only some of the sections of an install section pull in umpass.inf */
    TEXT_NO_DEFAULT, /* no DefaultInstall section */
    TEXT_DEFAULT,    /* a DefaultInstall section that newer Windows forbids */
    TEXT_ENCODING,   /* characters of an INF that depend on the code page of who reads it */
    TEXT_NO_HEADER,  /* a .reg without its first line: regedit refuses it */
    NTEXT_FAULTS,
};

struct text_problem {
    enum text_fault fault;
    const char *where;     /* "[AddRegDefault]", or a key, as of TEXT_HKR; "" where it is in none */
    unsigned line, column; /* from 1, columns in characters; 0: of the text as a whole */
    const char *message;   /* what is wrong (got X, want Y) */
};

/* More than these are counted in the last one and not listed. */
#define TEXT_PROBLEMS_MAX 1000

/* A hardware ID of a models section. */
struct hardware_id {
    const char *id; /* "SCFILTER\CID_51ff0800", as written */
    unsigned line, column;
};

/* What is written on one target. */
struct installation {
    enum package_target target; /* of an INF */
    /* In the order of writing; a key may be there several times. Paths as registry text has them:
     * "HKEY_LOCAL_MACHINE\SOFTWARE\...". Flags of AddReg that ask for the other view are in the
     * path already; HKR is HKEY_LOCAL_MACHINE here where a Calais key was meant (TEXT_HKR). */
    struct reg_key *keys;
    size_t nkeys;
    struct hardware_id *ids; /* each once */
    size_t nids;
};

struct package {
    enum package_kind kind;
    enum encoding encoding;
    /* Of an INF one for each target that it has sections for, in the order of the enum; of a .reg
     * one, whose target means nothing. */
    struct installation *installations;
    size_t ninstallations;
    struct text_problem
        *problems; /* in the order of lines; what several targets meet is here once */
    size_t nproblems;
};

/* Read an INF, or a .reg. Everything lives in the arena. */
struct package package_read_inf(struct arena *arena, struct slice bytes);
struct package package_read_reg(struct arena *arena, struct slice bytes);

#endif
