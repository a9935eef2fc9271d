/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"

#define BUFFER_SIZE (64 * 1024)

static const struct format *const formats[] = {
    &text_format,  &json_format,   &json_lines_format, &sarif_format,    &csv_format,
    &junit_format, &sqlite_format, &html_format,       &bodyfile_format,
};

const struct format *report_find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const struct format *report_format_at(size_t index)
{
    return index < sizeof formats / sizeof *formats ? formats[index] : NULL;
}

size_t labels_list(const struct labels *labels, struct label list[NLABELS])
{
    const struct label all[NLABELS] = {{"case", labels->case_name},
                                       {"examiner", labels->examiner},
                                       {"exhibit", labels->exhibit},
                                       {"note", labels->note}};
    size_t count = 0;
    for (size_t i = 0; i < NLABELS; i++)
        if (all[i].text)
            list[count++] = all[i];
    return count;
}

bool run_shows_gone(const struct run *run, const struct old_finding *gone)
{
    enum severity severity;
    return severity_parse(gone->severity, &severity) && severity >= run->min_severity;
}

void totals_add(struct totals *totals, const struct audited *audited)
{
    totals->evidence[audited->status]++;
    cards_count(audited->cards, audited->ncards, totals->cards);
    for (size_t i = 0; i < audited->findings.count; i++) {
        const struct finding *finding = &audited->findings.items[i];
        totals->findings[finding->severity]++;
        totals->waived += finding_is_waived(finding);
        totals->expired += finding->waiver && finding->waiver->is_expired;
        totals->new += finding->baseline == BASELINE_NEW;
        totals->unchanged += finding->baseline == BASELINE_UNCHANGED;
    }
    totals->gone += audited->ngone;
}

FILE *report_open_memory(void)
{
    int fd = memfd_create("hiveaudit-report", MFD_CLOEXEC);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w+");
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

const char *evidence_status_name(enum evidence_status status)
{
    static const char *const names[] = {"complete", "incomplete", "failed"};
    return names[status];
}

enum input_state input_state(const struct input_record *record)
{
    if (!record->has_before)
        return INPUT_UNREAD;
    if (record->is_stream)
        return INPUT_READ_ONCE;
    if (!record->has_after)
        return INPUT_LOST;
    return memcmp(record->before, record->after, FILE_DIGEST_SIZE) == 0 ? INPUT_UNCHANGED
                                                                        : INPUT_CHANGED;
}

bool input_is_bad(const struct input_record *record)
{
    return input_state(record) >= INPUT_CHANGED;
}

const char *input_state_name(enum input_state state)
{
    static const char *const names[] = {"unchanged", "read-once", "changed", "lost", "unread"};
    return names[state];
}

const char *input_state_text(enum input_state state)
{
    static const char *const texts[] = {"unchanged", "could be read but once",
                                        "changed while it was audited", "cannot be read any more",
                                        "has no SHA-256, as it cannot be read"};
    return texts[state];
}

bool audited_was_read(const struct audited *audited)
{
    return audited->status != EVIDENCE_FAILED && audited->snapshot->views[VIEW_NATIVE].exists;
}

/* What is at an output's path now. */
enum output_place { PLACE_FILE, PLACE_STDOUT, PLACE_DEVICE };

/* A device or pipe is written in place: a rename would put a file where it was. So is standard
 * output under any of its names (/dev/stdout). */
static enum output_place find_place(const struct stat *st)
{
    struct stat own;
    if (fstat(STDOUT_FILENO, &own) == 0 && path_is_same_file(&own, st))
        return PLACE_STDOUT;
    return S_ISREG(st->st_mode) ? PLACE_FILE : PLACE_DEVICE;
}

/* Opens a new file beside path, which a rename puts in its place later. A link stays a link, and
 * what is replaced keeps its mode. */
static int open_temporary(struct output *output, const struct stat *old)
{
    CLEANUP(free) char *target = old ? realpath(output->path, NULL) : NULL;
    output->target = arena_strdup(output->arena, target ? target : output->path);
    output->temporary = arena_printf(output->arena, "%s.%ld.tmp", output->target, (long)getpid());
    int fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) /* two reports under two names of one file */
        output->fault = arena_printf(output->arena, "it is being written already (%s is there)",
                                     output->temporary);
    if (fd < 0)
        output->temporary = NULL; /* nothing of ours to remove */
    else if (old)
        (void)!fchmod(fd, old->st_mode & 07777);
    return fd;
}

static FILE *open_file(struct output *output)
{
    struct stat st;
    int fd;
    if (stat(output->path, &st) < 0)
        fd = open_temporary(output, NULL);
    else if (output->format->needs_file && find_place(&st) != PLACE_FILE) {
        if (S_ISDIR(st.st_mode))
            errno = EISDIR;
        else
            output->fault = "it has to be a file of its own";
        return NULL;
    } else if (find_place(&st) == PLACE_STDOUT)
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    else if (find_place(&st) == PLACE_DEVICE)
        fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    else
        fd = open_temporary(output, &st);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

/* stdio keeps that a write failed, but not why. */
static void note_error(struct output *output)
{
    if (!output->error && ferror(output->stream))
        output->error = errno ? errno : EIO;
}

bool report_open(struct output *output)
{
    output->stream = output->path ? open_file(output) : stdout;
    if (!output->stream)
        return false;
    if (!isatty(fileno(output->stream))) /* a terminal shows each line as it comes */
        setvbuf(output->stream, NULL, _IOFBF, BUFFER_SIZE);
    errno = 0;
    if (output->format->begin)
        output->format->begin(output);
    if (output->error) {
        report_discard(output);
        errno = output->error;
        return false;
    }
    note_error(output);
    return true;
}

void report_add(struct output *output, const struct audited *audited)
{
    errno = 0;
    output->format->evidence(output, audited);
    note_error(output);
}

static void finish_stream(struct output *output)
{
    if (fflush(output->stream) != 0)
        note_error(output);
    if (fclose(output->stream) != 0 && !output->error)
        output->error = errno;
    output->stream = NULL;
}

static bool place_file(struct output *output)
{
    if (output->format->place)
        return output->format->place(output);
    if (output->temporary && rename(output->temporary, output->target) < 0)
        output->error = errno;
    return !output->error;
}

bool report_close(struct output *output, const struct totals *totals)
{
    errno = 0;
    if (output->format->end)
        output->format->end(output, totals);
    note_error(output);
    finish_stream(output);
    if (output->error || !place_file(output))
        report_discard(output);
    errno = output->error;
    return !output->error;
}

const char *report_explain(const struct output *output)
{
    return output->fault ? output->fault : strerror(errno);
}

void report_discard(struct output *output)
{
    if (output->stream && output->format->discard)
        output->format->discard(output);
    if (output->stream && output->stream != stdout)
        fclose(output->stream);
    output->stream = NULL;
    if (output->temporary)
        unlink(output->temporary);
}
