/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "outputs.h"

#include <errno.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/path.h"
#include "base/text.h"
#include "input/input.h"
#include "input/logs.h"
#include "provenance.h"

/* NO_COLOR and CLICOLOR_FORCE are what terminal programs agreed on. */
static bool wants_color(const struct options *options, const struct output_request *request)
{
    const char *no_color = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    if (no_color && *no_color)
        return false;
    if (force && strcmp(force, "0") != 0)
        return true;
    return !request->path && isatty(STDOUT_FILENO);
}

/* EPIPE: the reader has seen enough, which needs no message. */
static void print_output_error(const struct output *output)
{
    if (errno != EPIPE)
        fprintf(stderr, "hiveaudit: %s: the report cannot be written: %s\n",
                output->path ? output->path : "standard output", report_explain(output));
}

static bool is_same_file(const struct stat *st, const char *argument)
{
    struct stat own;
    int result = strcmp(argument, "-") == 0 ? fstat(STDIN_FILENO, &own) : stat(argument, &own);
    return result == 0 && path_is_same_file(&own, st);
}

static size_t read_head(const char *path, unsigned char head[CONTENT_HEAD_SIZE])
{
    CLEANUP(file) FILE *file = fopen(path, "re");
    return file ? fread(head, 1, CONTENT_HEAD_SIZE, file) : 0;
}

static bool is_registry_file(const char *path)
{
    unsigned char head[CONTENT_HEAD_SIZE];
    return content_is_hive(head, read_head(path, head));
}

/* An empty log shows what it is by its name alone, beside a hive. */
static bool is_log_of_hive(const char *path)
{
    size_t len = strlen(path) - strlen(log_suffix(path));
    CLEANUP(free) char *hive = strndup(path, len);
    return hive && *log_suffix(path) && is_registry_file(hive);
}

static enum content tell_content(struct arena *arena, const char *path)
{
    struct input file = log_open(arena, path);
    struct source source = input_source(&file);
    enum content content;
    const char *name;
    bool told = file.fd >= 0 && content_tell(&source, &content, &name);
    input_close(&file);
    return told ? content : CONTENT_UNKNOWN;
}

/* A file in a folder of evidence, or a part of an image, is named by nobody: what it holds tells. A
 * repair may replace an older one. */
static bool holds_evidence(enum content content, const struct format *format)
{
    return content_is_auditable(content) && (format || content != CONTENT_REG);
}

/* Later parts of a split disk have no magic, nor have extents of a VMDK; but they are no text,
 * which all is that hiveaudit writes, except for a database, to which it adds. */
static bool may_be_part(const char *path, enum content content, const struct format *format)
{
    unsigned char head[CONTENT_HEAD_SIZE];
    return content == CONTENT_UNKNOWN && !(format && format->place) &&
           memchr(head, 0, read_head(path, head));
}

static bool is_evidence(const struct options *options, const struct candidates *candidates,
                        const struct stat *st, const char *path)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->items[i].kind == CANDIDATE_NAMED &&
            is_same_file(st, candidates->items[i].path))
            return true;
    for (size_t i = 0; i < options->logs.count; i++)
        if (is_same_file(st, options->logs.items[i]))
            return true;
    return is_log_of_hive(path);
}

/* A folder stands for the rules or waivers right in it. */
static bool is_read_of_folder(struct arena *arena, const char *path, const char *argument)
{
    struct stat folder;
    return rule_files_take(path_name(path)) && stat(path_folder(arena, path), &folder) == 0 &&
           is_same_file(&folder, argument);
}

/* Which option reads a file that takes work to write, so that a report in its place is a slip. A
 * report may well take the place of the baseline that it was held against. */
static const char *find_reader(struct arena *arena, const struct options *options,
                               const struct stat *st, const char *path)
{
    const struct {
        const char *name;
        const struct strings *paths;
    } lists[] = {{"--rules", &options->rule_paths},
                 {"--expect", &options->expected},
                 {"--waivers", &options->waiver_paths},
                 {"--cards-from", &options->card_files}};
    const struct {
        const char *name, *path;
    } files[] = {{"--golden", options->golden},
                 {"--files0-from", options->files0_from},
                 {"--atr-names", options->atr_names},
                 {"--bitlocker-password-file", options->password_file},
                 {"--bek", options->bek},
                 {"--verify", options->verify}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t j = 0; j < lists[i].paths->count; j++)
            if (is_same_file(st, lists[i].paths->items[j]) ||
                is_read_of_folder(arena, path, lists[i].paths->items[j]))
                return lists[i].name;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path && is_same_file(st, files[i].path))
            return files[i].name;
    return NULL;
}

/* What a file is that no report may replace; NULL: it may. Evidence is never changed, also where a
 * report is asked for in its place, or in that of a log. Without a format it is a repair. */
static const char *find_claim(const struct options *options, const struct candidates *candidates,
                              const char *path, const struct format *format)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    if (options->save_recovered && is_same_file(&st, options->save_recovered))
        return "what --save-recovered writes";
    enum content content = tell_content(candidates->arena, path);
    if (is_evidence(options, candidates, &st, path) || holds_evidence(content, format))
        return "evidence";
    const char *reader = find_reader(candidates->arena, options, &st, path);
    if (reader)
        return arena_printf(candidates->arena, "what %s reads", reader);
    return may_be_part(path, content, format) ? "binary, and may be a part of an image" : NULL;
}

static bool spares_inputs(const struct options *options, const struct candidates *candidates,
                          const char *path, const struct format *format)
{
    const char *claim = path ? find_claim(options, candidates, path, format) : NULL;
    if (claim)
        fprintf(stderr, "hiveaudit: %s: is %s: no %s can take its place\n", path, claim,
                format ? "report" : "repair");
    return !claim;
}

bool outputs_spare_inputs(const struct options *options, const struct candidates *candidates)
{
    for (size_t i = 0; i < options->noutputs; i++)
        if (!spares_inputs(options, candidates, options->outputs[i].path,
                           options->outputs[i].format))
            return false;
    return spares_inputs(options, candidates, options->fix, NULL) &&
           spares_inputs(options, candidates, options->undo, NULL);
}

/* Files that are there and that reports go to. */
struct own_files {
    struct stat *items;
    size_t count;
};

static void add_own(struct own_files *own, const char *path)
{
    struct stat *st = &own->items[own->count];
    own->count += path && stat(path, st) == 0 && S_ISREG(st->st_mode);
}

static struct own_files list_own(const struct options *options, struct arena *arena)
{
    size_t nmax = options->noutputs + options->written.count + 3;
    struct own_files own = {.items = arena_alloc(arena, nmax, sizeof *own.items)};
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        own.count += fstat(fd, &own.items[own.count]) == 0 && S_ISREG(own.items[own.count].st_mode);
    for (size_t i = 0; i < options->noutputs; i++)
        add_own(&own, options->outputs[i].path);
    for (size_t i = 0; i < options->written.count; i++)
        add_own(&own, options->written.items[i]);
    add_own(&own, options->verify);
    return own;
}

static bool is_own(const struct own_files *own, const char *path)
{
    struct stat st;
    if (!own->count || stat(path, &st) < 0)
        return false;
    for (size_t i = 0; i < own->count; i++)
        if (path_is_same_file(&own->items[i], &st))
            return true;
    return false;
}

void outputs_leave_out(const struct options *options, struct candidates *candidates)
{
    struct own_files own = list_own(options, candidates->arena);
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *item = &candidates->items[i];
        if (item->kind != CANDIDATE_FOUND || !is_own(&own, item->path) ||
            content_is_auditable(tell_content(candidates->arena, item->path)))
            candidates->items[kept++] = *item;
    }
    candidates->count = kept;
}

/* No evidence was read yet: the heads of reports on standard output or a pipe are not to be taken
 * for reports without findings. */
static void discard_heads(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        __fpurge(outputs->items[i].stream);
    outputs_discard(outputs);
}

bool outputs_open(struct outputs *outputs, struct arena *arena, const struct options *options,
                  const struct run *run)
{
    outputs->items = arena_alloc(arena, options->noutputs, sizeof *outputs->items);
    for (; outputs->count < options->noutputs; outputs->count++) {
        struct output *output = &outputs->items[outputs->count];
        const struct output_request *request = &options->outputs[outputs->count];
        *output = (struct output){
            .format = request->format,
            .run = run,
            .path = request->path,
            .use_color = wants_color(options, request),
            .arena = arena,
        };
        if (report_open(output))
            continue;
        print_output_error(output);
        discard_heads(outputs);
        return false;
    }
    return true;
}

void outputs_add(struct outputs *outputs, const struct audited *audited)
{
    for (size_t i = 0; i < outputs->count; i++)
        report_add(&outputs->items[i], audited);
}

bool outputs_are_lost(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (!outputs->items[i].error)
            return false;
    return outputs->count > 0;
}

void outputs_list_folders(const struct outputs *outputs, struct arena *arena,
                          struct strings *folders)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->items[i].temporary)
            strings_add(arena, folders, path_folder(arena, outputs->items[i].target));
}

static bool close_output(struct output *output, const struct totals *totals)
{
    bool good = report_close(output, totals);
    if (!good)
        print_output_error(output);
    return good;
}

/* A device or pipe has no digest. */
struct report_record outputs_record(struct arena *arena, const char *format, const char *path,
                                    bool is_complete)
{
    struct report_record record = {.format = format};
    if (!path)
        return record;
    struct input file = log_open(arena, path);
    struct source source = input_source(&file);
    record.name = text_from_utf8(arena, path, strlen(path));
    record.has_digest = is_complete && digest_source(&source, record.digest);
    input_close(&file);
    return record;
}

/* One that comes last has to know what became of all others. */
static bool close_last(struct outputs *outputs, const struct totals *totals, bool good)
{
    struct output *last = &outputs->items[outputs->count - 1];
    struct totals ended = *totals;
    struct report_record *records =
        arena_alloc(last->arena, outputs->count + totals->nreports, sizeof *records);
    size_t count = 0;
    for (const struct output *output = outputs->items; output < last; output++)
        records[count++] =
            outputs_record(last->arena, output->format->name, output->path, !output->error);
    for (size_t i = 0; i < totals->nreports; i++)
        records[count++] = totals->reports[i];
    ended.reports = records;
    ended.nreports = count;
    ended.ended = provenance_clock();
    if (!good)
        ended.exit_status = STATUS_ERROR;
    return close_output(last, &ended) && good;
}

bool outputs_close(struct outputs *outputs, const struct totals *totals, bool good)
{
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->items[i];
        if (output->format->comes_last)
            return close_last(outputs, totals, good);
        good &= close_output(output, totals);
    }
    return good;
}

void outputs_discard(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        report_discard(&outputs->items[i]);
}
