/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/manifest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* The manifest of this run, in memory. */
struct rerun {
    struct output output;
    char *text;
    size_t len;
};

/* By what they are about. */
static int order_things(const struct fact *a, const struct fact *b)
{
    int order = strcmp(a->kind, b->kind);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_facts(const void *left, const void *right)
{
    const struct fact *a = left, *b = right;
    int order = order_things(a, b);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void say(struct output *output, const char *what, const struct fact *fact, const char *was,
                const char *is)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    fprintf(output->stream, "%s: %s%s%s", what, text_escape(arena, fact->kind),
            *fact->name ? " " : "", text_escape(arena, fact->name));
    if (was)
        fprintf(output->stream, ": was %s", text_escape(arena, was));
    if (is)
        fprintf(output->stream, "%s is %s", was ? "," : ":", text_escape(arena, is));
    fputc('\n', output->stream);
}

static void count(struct comparison *comparison, bool is_fault, bool is_loss)
{
    comparison->ndifferences += is_fault;
    comparison->has_losses |= is_fault && is_loss;
}

/* The same thing, of which both say something; or what only one of them knows, and NULL. */
static void compare(struct output *output, const struct fact *was, const struct fact *is)
{
    struct comparison *comparison = output->run->comparison;
    if (!is) {
        say(output, was->is_aside ? "note" : "missing", was, was->value, NULL);
        count(comparison, !was->is_aside, was->is_of_evidence);
    } else if (!was) {
        say(output, is->is_aside ? "note" : "new", is, NULL, is->value);
        count(comparison, !is->is_aside, false);
    } else if (strcmp(was->value, is->value) != 0) {
        bool is_aside = was->is_aside || is->is_aside;
        say(output, is_aside ? "note" : "differs", is, was->value, is->value);
        count(comparison, !is_aside, is->rank > was->rank);
    }
}

static struct fact *sort_facts(struct arena *arena, const struct manifest *manifest)
{
    struct fact *facts = arena_alloc(arena, manifest->nfacts, sizeof *facts);
    if (!manifest->nfacts)
        return facts;
    memcpy(facts, manifest->facts, manifest->nfacts * sizeof *facts);
    qsort(facts, manifest->nfacts, sizeof *facts, compare_facts);
    return facts;
}

static void compare_all(struct output *output, const struct manifest *then,
                        const struct manifest *now)
{
    const struct fact *was = sort_facts(output->arena, then), *was_end = was + then->nfacts;
    const struct fact *is = sort_facts(output->arena, now), *is_end = is + now->nfacts;
    while (was < was_end || is < is_end) {
        int order = was == was_end ? 1 : is == is_end ? -1 : order_things(was, is);
        compare(output, order <= 0 ? was : NULL, order >= 0 ? is : NULL);
        was += order <= 0;
        is += order >= 0;
    }
}

static void begin_verdict(struct output *output)
{
    struct rerun *rerun = arena_alloc(output->arena, 1, sizeof *rerun);
    output->state = rerun;
    rerun->output = (struct output){.format = &manifest_format,
                                    .run = output->run,
                                    .stream = open_memstream(&rerun->text, &rerun->len),
                                    .arena = output->arena};
    if (!rerun->output.stream)
        end_out_of_memory();
    manifest_format.begin(&rerun->output);
}

static void add_evidence(struct output *output, const struct audited *audited)
{
    struct rerun *rerun = output->state;
    manifest_format.evidence(&rerun->output, audited);
}

static void discard_verdict(struct output *output)
{
    struct rerun *rerun = output->state;
    fclose(rerun->output.stream);
    free(rerun->text);
}

static void end_verdict(struct output *output, const struct totals *totals)
{
    struct rerun *rerun = output->state;
    struct comparison *comparison = output->run->comparison;
    struct manifest now;
    manifest_format.end(&rerun->output, totals);
    if (fflush(rerun->output.stream) != 0)
        end_out_of_memory();
    const char *fault = manifest_read(
        output->arena, (struct slice){(const uint8_t *)rerun->text, rerun->len}, &now);
    discard_verdict(output);
    assert(!fault); /* it is our own */
    (void)fault;
    compare_all(output, comparison->expected, &now);
    if (comparison->ndifferences)
        fprintf(output->stream, "not the same: %zu difference%s\n", comparison->ndifferences,
                comparison->ndifferences == 1 ? "" : "s");
    else
        fputs("verified: same findings from same evidence\n", output->stream);
}

const struct format verdict_format = {
    .name = "verdict",
    .comes_last = true,
    .begin = begin_verdict,
    .evidence = add_evidence,
    .end = end_verdict,
    .discard = discard_verdict,
};
