/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct format *const formats[] = {&text_format, &json_format};

const struct format *report_find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const char *report_format_name(size_t index)
{
    return index < sizeof formats / sizeof *formats ? formats[index]->name : NULL;
}

const char *evidence_status_name(enum evidence_status status)
{
    static const char *const names[] = {"complete", "incomplete", "failed"};
    return names[status];
}

/* A device or pipe is written in place: a rename would put a file where it was. */
static bool is_in_place(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static FILE *open_file(struct output *output)
{
    int fd;
    if (is_in_place(output->path)) {
        fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } else {
        output->temporary = arena_printf(output->arena, "%s.%ld.tmp", output->path, (long)getpid());
        fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

bool report_open(struct output *output)
{
    output->stream = output->path ? open_file(output) : stdout;
    if (!output->stream)
        return false;
    if (output->format->begin)
        output->format->begin(output);
    return true;
}

/* stdio keeps that a write failed, but not why. */
static void note_error(struct output *output)
{
    if (!output->error && ferror(output->stream))
        output->error = errno ? errno : EIO;
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

bool report_close(struct output *output, const struct totals *totals)
{
    errno = 0;
    output->format->end(output, totals);
    note_error(output);
    finish_stream(output);
    if (!output->error && output->temporary && rename(output->temporary, output->path) < 0)
        output->error = errno;
    if (output->error)
        report_discard(output);
    errno = output->error;
    return !output->error;
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
