/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_JSON_PARTS_H
#define HIVEAUDIT_REPORT_JSON_PARTS_H

#include <jansson.h>
#include <stdint.h>

#include "base/slice.h"
#include "report/json_writer.h"
#include "report/report.h"

/* What the files of the JSON reports share. */

#define JSON_SCHEMA_VERSION "1"

/* A text of base/text.h; null for NULL. A lone surrogate becomes U+FFFD. */
json_t *json_make_text(const char *text);

/* The other way round: a JSON string as a text; NULL for what is none. */
const char *json_get_text(struct arena *arena, const json_t *string);
json_t *json_make_filetime(int64_t filetime);
json_t *json_make_hex(struct slice bytes);
json_t *json_make_strings(const struct strings *strings);

/* SHA-256; null where there is none. */
json_t *json_make_digest(bool has_digest, const uint8_t *digest);
json_t *json_make_file(const struct module_file *file);
json_t *json_make_finding(const struct finding *finding);

/* What the waiver of a finding says. */
json_t *json_make_waiver(const struct waiver *waiver);

/* What of a piece of evidence the baseline has, and what is gone of that. */
void json_write_gone(const struct run *run, struct json_writer *evidence,
                     const struct audited *audited);

/* Of the whole run: what became of the waivers, and how it differs from the baseline. */
void json_write_standing(const struct run *run, struct json_writer *document,
                         const struct totals *totals);

/* The names of architectures: of bits by enum arch. */
json_t *json_make_archs(unsigned archs);

/* Adds a member, and takes over its value. */
void json_put(json_t *object, const char *name, json_t *value);

/* Adds the exact UTF-16LE of a text that a JSON string cannot hold. */
void json_put_utf16_if_lossy(json_t *object, const char *name, const char *text);

/* What --case and its like say, as far as they do. */
json_t *json_make_labels(const struct labels *labels);

/* What a document, or a line, says of itself and the run. */
void json_write_head(const struct run *run, struct json_writer *document);

/* The program, its libraries and what confines it. */
json_t *json_make_tool(const struct run *run);

/* A piece of evidence as a line of JSON Lines. */
void json_write_line(FILE *stream, const struct run *run, const struct audited *audited);

/* All members of a piece of evidence. */
void json_write_evidence(const struct run *run, struct json_writer *evidence,
                         const struct audited *audited);

/* The files of evidence, before and after the run. */
void json_write_inputs(struct json_writer *document, const struct totals *totals);

/* Some of them. The values of the ATR caches: */
void json_write_seen_cards(const struct run *run, struct json_writer *evidence,
                           const struct snapshot *snapshot);

/* All entries of a snapshot, and which cards come to them. */
void json_write_inventory(struct json_writer *evidence, const struct snapshot *snapshot);

/* What becomes of the cards that were asked about, in one piece of evidence. */
void json_write_cards(const struct run *run, struct json_writer *evidence,
                      const struct audited *audited);

#endif
