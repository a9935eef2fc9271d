/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

void json_write_line(FILE *stream, const struct run *run, const struct audited *audited)
{
    struct json_writer line = json_begin_line(stream);
    json_write_head(run, &line);
    json_write_evidence(run, &line, audited);
    json_end(&line);
    fputc('\n', stream);
}

/* JSON Lines: each piece of evidence is there for a reader as soon as it is audited. */
static void write_line(struct output *output, const struct audited *audited)
{
    json_write_line(output->stream, output->run, audited);
    fflush(output->stream);
}

const struct format json_lines_format = {.name = "jsonl", .evidence = write_line};
