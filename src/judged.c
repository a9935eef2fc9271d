/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "judged.h"

/* Larger results are not remembered. */
#define JUDGED_BYTES_MAX ((size_t)1 << 20)

static const char *explain_unrecovered(const struct judge *judge, const struct hive_facts *hive)
{
    if (judge->options->log_policy == LOGS_IGNORE)
        return "its logs are ignored, as --logs=ignore demands";
    if (hive->nlogs)
        return "no log could be applied";
    return hive->kind == HIVE_KIND_SYSTEM ? "no logs were found beside it"
                                          : "no logs were found (--log names them)";
}

/* A dirty hive that its logs do not recover shows an old state. */
static void judge_dirty(const struct judge *judge, struct diags *diags,
                        const struct hive_facts *hive, const char *subject)
{
    bool allowed = judge->options->allow_dirty;
    enum diag_level level = allowed ? DIAG_NOTE : DIAG_INCOMPLETE;
    const char *accepted = allowed ? ", as --allow-dirty accepts" : " (--allow-dirty accepts that)";
    const char *why = hive->primary_sequence == hive->secondary_sequence
                          ? "its base block is damaged"
                          : arena_printf(diags->arena, "sequence numbers %u and %u differ",
                                         hive->primary_sequence, hive->secondary_sequence);
    if (hive->state == HIVE_UNRECOVERED && judge->options->log_policy == LOGS_REQUIRE)
        return; /* it has failed for that */
    if (hive->state == HIVE_UNRECOVERED)
        diag_add(diags, level, NULL, "%s is dirty (%s), and %s: its last changes may be missing%s",
                 subject, why, explain_unrecovered(judge, hive), accepted);
    else if (hive->lost)
        diag_add(diags, level, NULL, "%s's last changes are missing: %s%s", subject, hive->lost,
                 accepted);
}

static void judge_dirty_system(const struct judge *judge, struct diags *diags,
                               const struct system_config *system)
{
    if (system->state == SYSTEM_READ)
        judge_dirty(judge, diags, &system->hive,
                    arena_printf(diags->arena, "the SYSTEM hive (%s)", system->name));
}

/* Some may think that it was. */
static void say_not_compared(const struct judge *judge, struct wire_item *item)
{
    if (judge->ruleset->golden && item->snapshot.package)
        diag_add(
            &item->diags, DIAG_NOTE, NULL,
            "not compared with the golden hive: what this %s does not name is unknown, and not "
            "missing",
            package_kind_names[item->snapshot.package->kind]);
}

static struct findings judge_by_rules(const struct judge *judge, struct wire_item *item)
{
    struct arena *arena = item->diags.arena;
    say_not_compared(judge, item);
    struct findings findings = ruleset_judge(arena, judge->ruleset, &item->snapshot), before = {0};
    if (item->snapshot.hive.state != HIVE_RECOVERED)
        return findings;
    if (item->snapshot.before)
        before = ruleset_judge(arena, judge->ruleset, item->snapshot.before);
    return findings_join(arena, &findings, &before);
}

static void judge_item(const struct judge *judge, struct judged *judged)
{
    struct wire_item *item = &judged->item;
    judge_dirty(judge, &item->diags, &item->snapshot.hive, "the hive");
    judge_dirty_system(judge, &item->diags, &item->snapshot.system);
    if (item->read && judge->cards.count)
        judged->answers = cards_answer(judged->arena, &judge->cards, &item->snapshot);
    else if (item->read)
        judged->findings = judge_by_rules(judge, item);
}

static void forget(struct judged *judged)
{
    arena_free(judged->arena);
    *judged = (struct judged){0};
}

struct judged *judge_take(struct judge *judge, const struct outcome *outcome)
{
    struct judged *judged = &judge->judged[outcome->id % JUDGED_MAX];
    if (judged->arena && judged->id == outcome->id)
        return judged;
    forget(judged);
    *judged = (struct judged){.id = outcome->id, .arena = arena_new()};
    judged->fault = message_decode(judged->arena, outcome->result, &judged->message);
    if (!judged->fault)
        judged->fault = wire_decode(judged->arena, judged->message.facts, judge->requests,
                                    judge->nrequests, &judged->item);
    if (judged->fault)
        return judged;
    recovered_take(judge->recovered, &judged->item);
    judge_item(judge, judged);
    return judged;
}

void judge_release(struct judged *judged, const struct outcome *outcome)
{
    if (!outcome->may_recur || outcome->result.len > JUDGED_BYTES_MAX)
        forget(judged);
}

/* A folder holds more than what is looked for. What has its name, or cannot be told, is not passed
 * over. */
bool judged_is_passed_over(const struct judged *judged, const struct candidate *candidate)
{
    enum hive_kind kind = judged->item.snapshot.hive.kind;
    const char *member = judged->message.member;
    bool is_found = *member ? !judged->message.is_certain : candidate->kind == CANDIDATE_FOUND;
    return is_found && (kind == HIVE_KIND_NONE || kind == HIVE_KIND_OTHER) &&
           !is_named_software(*member ? member : candidate->path);
}

void judge_end(struct judge *judge)
{
    for (size_t i = 0; i < JUDGED_MAX; i++)
        forget(&judge->judged[i]);
}
