/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/describe.h"

static void write_digests(struct output *output, struct arena *arena,
                          const struct input_record *record)
{
    bool is_changed = input_state(record) == INPUT_CHANGED;
    if (record->has_before)
        fprintf(output->stream, "    %s %s\n", is_changed ? "before " : "SHA-256",
                describe_digest(arena, record->before));
    if (is_changed)
        fprintf(output->stream, "    after   %s\n", describe_digest(arena, record->after));
}

static void write_record(struct output *output, const struct input_record *record)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    enum input_state state = input_state(record);
    fprintf(output->stream, "  %s: %s of %" PRIu64 " bytes, ", text_escape(arena, record->name),
            record->role, record->size);
    text_paint(output, input_is_bad(record) ? COLOR_ERROR : COLOR_NONE);
    fputs(input_state_text(state), output->stream);
    text_paint(output, COLOR_NONE);
    fputc('\n', output->stream);
    write_digests(output, arena, record);
}

void text_write_inputs(struct output *output, const struct totals *totals)
{
    if (totals->ninputs)
        fputs("\nInputs\n", output->stream);
    for (size_t i = 0; i < totals->ninputs; i++)
        write_record(output, &totals->inputs[i]);
    if (totals->ninputs)
        fputc('\n', output->stream);
}
