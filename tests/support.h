/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_SUPPORT_H
#define HIVEAUDIT_TESTS_SUPPORT_H

/* What the unit tests share: hives made of registry text or taken from the corpus, in memory where
 * a test can damage them. Every function fails the running test where it cannot do its work. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"
#include "hive/hive.h"
#include "model/snapshot.h"
#include "rule/finding.h"

/* Setup and teardown of one test: *state is an arena. SUPPORT_TEST is a row of a test table. */
int support_start(void **state);
int support_stop(void **state);
#define SUPPORT_TEST(name) cmocka_unit_test_setup_teardown(name, support_start, support_stop)

/* A hive in memory: bytes can be changed between the calls that read its source. */
struct memory_hive {
    struct source source; /* first: its read_at finds the rest by it; fd is -1 */
    uint8_t *bytes;       /* source.size of them, in the arena */
};

/* Wraps bytes, which the arena keeps or which outlive the hive. */
struct memory_hive *support_wrap(struct arena *arena, uint8_t *bytes, size_t size);

/* Builds a hive of registry text; paths without a root are taken as they are. */
struct memory_hive *support_build(struct arena *arena, const char *reg_text);

/* A file of the corpus, unpacked, by its path there without ".xz". Skips the running test where
 * HIVEAUDIT_CORPUS is not set. */
struct memory_hive *support_corpus(struct arena *arena, const char *path);

/* Registry text of a 64-bit Windows 10 22H2 with a Calais key and no entries, in both views. */
#define SUPPORT_WINDOWS_10                                                                         \
    "[Microsoft\\Windows NT\\CurrentVersion]\n"                                                    \
    "\"ProductName\"=\"Windows 10 Pro\"\n"                                                         \
    "\"CurrentBuildNumber\"=\"19045\"\n"                                                           \
    "\"SystemRoot\"=\"C:\\\\Windows\"\n"                                                           \
    "\"BuildLabEx\"=\"19041.1.amd64fre.vb_release.191206-1406\"\n"                                 \
    "[Microsoft\\Cryptography\\Calais\\SmartCards]\n"                                              \
    "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards]\n"

/* The offset of the only place where these bytes stand at or behind an offset. */
size_t support_locate(const struct memory_hive *hive, size_t from, const void *bytes, size_t len);

/* The offset of a key's cell, whose record ("nk") starts 4 bytes behind it. "" is the root. */
size_t support_locate_key(struct arena *arena, const struct memory_hive *hive, const char *path);

/* Reads and writes little-endian numbers of 4 bytes. */
uint32_t support_get_u32(const struct memory_hive *hive, size_t offset);
void support_put_u32(struct memory_hive *hive, size_t offset, uint32_t number);

/* Where the cell lies that a field of another cell points to: such fields count from the first
 * hive bin. */
size_t support_follow(const struct memory_hive *hive, size_t field);

/* Makes the checksum of the base block right again after a change. */
void support_fix_checksum(struct memory_hive *hive);

/* A hive opened as a tree, below the model; closed with support_close. */
struct open_hive {
    struct hive_image image;
    struct diags diags;
    struct hive *hive; /* NULL where hive_open refused it */
};
struct open_hive *support_open(struct arena *arena, const struct memory_hive *hive);
void support_close(struct open_hive *open);

/* A hive read into a model. */
struct reading {
    bool read; /* what snapshot_read returned */
    struct diags diags;
    struct snapshot snapshot;
};
const struct reading *support_read(struct arena *arena, const struct memory_hive *hive);

/* The same with the SYSTEM hive of the same Windows. */
const struct reading *support_read_both(struct arena *arena, const struct memory_hive *software,
                                        const struct memory_hive *system);

/* Registry text of a SYSTEM hive whose first control set is the current one. */
#define SUPPORT_SYSTEM "[Select]\n\"Current\"=dword:1\n[Setup]\n[ControlSet001]\n"

/* The entry of a view by its exact name. */
const struct card *support_find_card(const struct snapshot *snapshot, enum view view,
                                     const char *name);

/* Loads rules from the text of one rule file. */
struct ruleset support_load_rules(struct arena *arena, const char *yaml);

/* Reads a hive, all of which must be readable, and judges it by the enabled rules. */
struct findings support_judge(struct arena *arena, struct ruleset *ruleset,
                              const struct memory_hive *hive);

/* Reads an INF or .reg, which must name a Calais key, and judges it likewise. */
struct findings support_judge_package(struct arena *arena, struct ruleset *ruleset,
                                      enum package_kind kind, const char *text);

#endif
