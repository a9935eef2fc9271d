/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

/* JSON Lines: each piece of evidence is there for a reader as soon as it is audited. */
static void write_line(struct output *output, const struct audited *audited)
{
    struct json_writer line = json_begin_line(output->stream);
    json_write_head(output->run, &line);
    json_write_evidence(output->run, &line, audited);
    json_end(&line);
    fputc('\n', output->stream);
    fflush(output->stream);
}

const struct format json_lines_format = {.name = "jsonl", .evidence = write_line};
