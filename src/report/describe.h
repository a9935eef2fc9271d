/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_DESCRIBE_H
#define HIVEAUDIT_REPORT_DESCRIBE_H

#include "report/report.h"
#include "rule/inventory.h"

/* The words of reports for people. What is returned is a text: the caller escapes it. */

/* "Windows 10 Pro 22H2, build 19045.3803". */
const char *describe_os(struct arena *arena, const struct os_build *os);

/* "19045.3803", or NULL where it is not known. */
const char *describe_build(struct arena *arena, const struct os_build *os);

/* SHA-256 in hexadecimal. */
const char *describe_digest(struct arena *arena, const uint8_t digest[FILE_DIGEST_SIZE]);

/* "dirty-recovered (sequence numbers 2/1)". */
const char *describe_state(struct arena *arena, const struct hive_facts *hive);

/* "SOFTWARE.LOG1 (HvLE): entries 567..588 replayed". */
const char *describe_log(struct arena *arena, const struct log_use *log);

/* "clean, ControlSet001, 7 CNG providers": KSPs are most of them. */
const char *describe_system(struct arena *arena, const struct system_config *system);

/* "2 native, 2 wow6432node"; "" where there is no view. */
const char *describe_entries(struct arena *arena, const struct snapshot *snapshot);

/* "Windows/System32/x.dll, 4096 bytes, x64": of a DLL that is there. */
const char *describe_file(struct arena *arena, const struct module_file *file);

/* "in shadow copies 1, 2": in which of those that were read a finding was seen. */
const char *describe_history(struct arena *arena, const struct finding *finding);

/* In which state of the hive a finding is there; not of TIMING_BOTH. */
const char *describe_timing(enum timing timing);

/* Which cards come to an entry. */
const char *describe_verdict(struct arena *arena, const struct inventory_row *row);

#endif
