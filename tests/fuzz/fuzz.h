/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_FUZZ_H
#define HIVEAUDIT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "model/wire.h"
#include "rule/finding.h"

/* A fuzz target is one function of one input, with no process and no file behind it. libFuzzer
 * calls it, or tests/fuzz/replay.c for each file of the target's corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The folder of the target below tests/fuzz/corpus. */
extern const char fuzz_corpus[];

/* What must hold whatever the input is; else the target crashes. */
#define MUST(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* Bytes as a source. */
struct fuzz_source {
    struct source source; /* first: its read_at finds the bytes by it */
    const uint8_t *bytes;
};
struct fuzz_source fuzz_wrap(const char *name, const uint8_t *bytes, size_t len);

/* Rules, loaded once, and what they ask for. */
struct fuzz_rules {
    struct ruleset ruleset;
    struct key_request *requests;
    size_t nrequests;
};

/* The shipped rules. */
const struct fuzz_rules *fuzz_shipped_rules(void);

/* The same but for those that ask for keys, with some that do and never change: snapshots that
 * were sent once stay answers to them. */
const struct fuzz_rules *fuzz_fixed_rules(void);

/* Judges what was found out about evidence, and writes all reports about it into memory: findings
 * with the inventory, and what becomes of some cards. */
void fuzz_report(const struct fuzz_rules *rules, struct wire_item *item);

/* Sends an item, which has to arrive as it was. */
void fuzz_send(const struct fuzz_rules *rules, const struct wire_item *item);

/* What is made of a snapshot as rules, which must be a rule file; none where there is nothing. */
struct fuzz_rules fuzz_rules_from(struct arena *arena, const struct snapshot *snapshot);

/* Reads evidence into an item whose arena is set; returns what snapshot_read returns. */
typedef bool fuzz_read(const void *context, const struct read_plan *plan, struct wire_item *item);

/* Reads, sends, judges and reports evidence. Rules that are made of it must find nothing in it. */
void fuzz_audit(const struct fuzz_rules *rules, struct wire_item *item, fuzz_read *read,
                const void *context);

/* The same of an INF or a .reg. */
void fuzz_audit_text(enum package_kind kind, struct slice bytes);

#endif
