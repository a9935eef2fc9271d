/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/describe.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/pe.h"

#define FIRST_WINDOWS_11 22000 /* build */

const char *describe_build(struct arena *arena, const struct os_build *os)
{
    if (!os->build)
        return NULL;
    return os->has_ubr ? arena_printf(arena, "%" PRIu32 ".%" PRIu32, os->build, os->ubr)
                       : arena_printf(arena, "%" PRIu32, os->build);
}

const char *describe_os(struct arena *arena, const struct os_build *os)
{
    /* ProductName stayed "Windows 10" when Windows 11 came: the build tells. */
    bool is_11 = os->product && os->build >= FIRST_WINDOWS_11 && strstr(os->product, "Windows 10");
    const char *build = describe_build(arena, os);
    return arena_printf(arena, "%s%s%s%s, build %s", os->product ? os->product : "unknown Windows",
                        is_11 ? " (Windows 11, by its build)" : "", os->display_version ? " " : "",
                        os->display_version ? os->display_version : "", build ? build : "unknown");
}

const char *describe_digest(struct arena *arena, const uint8_t digest[FILE_DIGEST_SIZE])
{
    return text_hex(arena, (struct slice){digest, FILE_DIGEST_SIZE}, "");
}

const char *describe_state(struct arena *arena, const struct hive_facts *hive)
{
    const char *name = hive_state_names[hive->state];
    return hive->state == HIVE_CLEAN
               ? name
               : arena_printf(arena, "%s (sequence numbers %" PRIu32 "/%" PRIu32 ")", name,
                              hive->primary_sequence, hive->secondary_sequence);
}

static const char *show_applied(struct arena *arena, const struct log_use *log)
{
    if (!log->applied)
        return "not used";
    if (log->format == LOG_DIRT)
        return "replayed";
    return log->applied == 1 ? arena_printf(arena, "entry %" PRIu32 " replayed", log->first)
                             : arena_printf(arena, "entries %" PRIu32 "..%" PRIu32 " replayed",
                                            log->first, log->last);
}

const char *describe_log(struct arena *arena, const struct log_use *log)
{
    bool has_format = log->format != LOG_NONE;
    return arena_printf(arena, "%s%s%s%s: %s%s%s", log->name, has_format ? " (" : "",
                        has_format ? log_format_names[log->format] : "", has_format ? ")" : "",
                        show_applied(arena, log), log->reason ? "; " : "",
                        log->reason ? log->reason : "");
}

const char *describe_system(struct arena *arena, const struct system_config *system)
{
    return arena_printf(arena, "%s, ControlSet%03" PRIu32 ", %zu CNG provider%s",
                        describe_state(arena, &system->hive), system->control_set, system->nksps,
                        system->nksps == 1 ? "" : "s");
}

const char *describe_entries(struct arena *arena, const struct snapshot *snapshot)
{
    const char *text = "";
    for (enum view view = 0; view < NVIEWS; view++)
        if (snapshot->views[view].exists)
            text = arena_printf(arena, "%s%s%zu %s", text, *text ? ", " : "",
                                snapshot->views[view].ncards, view_name(view));
    return text;
}

const char *describe_file(struct arena *arena, const struct module_file *file)
{
    return arena_printf(arena, "%s, %" PRIu64 " bytes, %s", file->found, file->size,
                        file->machine ? pe_machine_name(arena, file->machine) : "no PE header");
}

#define NUMBER_MAX (sizeof ", 4294967295" - 1)

const char *describe_history(struct arena *arena, const struct finding *finding)
{
    if (!finding->nshadows)
        return "in no shadow copy that was read";
    const char *head = finding->nshadows == 1 ? "in shadow copy " : "in shadow copies ";
    char *text = arena_alloc(arena, strlen(head) + finding->nshadows * NUMBER_MAX + 1, 1);
    char *out = stpcpy(text, head);
    for (size_t i = 0; i < finding->nshadows; i++)
        out += sprintf(out, "%s%u", i ? ", " : "", finding->shadows[i]);
    return text;
}

const char *describe_timing(enum timing timing)
{
    return timing == TIMING_AFTER ? "only with the logs replayed: the hive alone does not show it"
                                  : "only without the logs: it is gone once they are replayed";
}

const char *describe_verdict(struct arena *arena, const struct inventory_row *row)
{
    struct slice mask = inventory_mask(row->card);
    switch (row->verdict) {
    case VERDICT_PAIRS:
        return mask.ptr && !slice_is_all(mask, 0xff)
                   ? "cards whose ATR, under the mask, is this one"
                   : "cards with this ATR";
    case VERDICT_SHARES:
        return arena_printf(arena,
                            "cards whose ATR, under the mask, is this one, but for those that "
                            "earlier entries take, such as \"%s\"",
                            row->earlier->key.origin.name);
    case VERDICT_SHADOWED:
        return arena_printf(arena, "no card: \"%s\" comes first and takes all of them",
                            row->earlier->key.origin.name);
    case VERDICT_NEVER:
        return arena_printf(arena, "no card, ever: %s", row->reason);
    case VERDICT_NO_ATR:
        return "no card by its ATR: it has none";
    case VERDICT_APPLICATION:
        return arena_printf(arena, "cards that have the %s application, whatever their ATR",
                            row->reason);
    case VERDICT_UNREADABLE:
        return "unknown: not all of it could be read";
    default:
        return "unknown: there are too many entries to compare";
    }
}
