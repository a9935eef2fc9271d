/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <ctype.h>

#include "base/text.h"

#define RETRY "RetryDeviceInitialize"

void check_retry_value(struct judgement *judgement)
{
    const struct regkey *readers = &judgement->snapshot->views[VIEW_NATIVE].readers;
    const struct regval *value = regkey_value(readers, RETRY);
    uint32_t number;
    if (regval_dword(value, &number) && number != 1)
        judgement_add(judgement, &readers->origin, value, RETRY " is %u, want 1", number);
}

/* Calais\Readers is shared between the views: Windows looks at the native key only (domain: C.1).
 */
void check_retry_misplaced(struct judgement *judgement)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct regkey *readers = &judgement->snapshot->views[view].readers;
        const struct regval *value = regkey_value(readers, RETRY);
        if (!judgement_wants_view(judgement, view))
            continue;
        if (view != VIEW_NATIVE && value->state != VALUE_ABSENT && value->state != VALUE_UNREADABLE)
            judgement_add(judgement, &readers->origin, value,
                          RETRY " has no effect here: only the native Calais\\Readers is read");
        for (size_t i = 0; i < readers->nsubkeys; i++)
            if (text_equal(readers->subkeys[i].name, RETRY))
                judgement_add(judgement, &readers->subkeys[i], NULL,
                              RETRY " is a key here; Windows looks for a value of that name");
    }
}

static bool is_punctuation(uint32_t code)
{
    if (code < 0x80)
        return !isalnum((int)code);
    return code == TEXT_NUL || code == 0xa0 || (code >= 0x2000 && code <= 0x206f);
}

/* Whether a name is another's letters with other punctuation between them. of is ASCII. */
static bool is_respelling(const char *name, const char *of)
{
    if (text_equal(name, of))
        return false;
    for (uint32_t code; (code = text_next(&name));) {
        if (is_punctuation(code))
            continue;
        if (code >= 0x80 || tolower((int)code) != tolower((unsigned char)*of))
            return false;
        of++;
    }
    return !*of;
}

static void check_children(struct judgement *judgement, const struct regkey *calais)
{
    static const char *const names[] = {"SmartCards", "Readers"};
    for (size_t i = 0; i < calais->nsubkeys; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (is_respelling(calais->subkeys[i].name, names[j]))
                judgement_add(judgement, &calais->subkeys[i], NULL,
                              "Windows does not read this key: its name is not \"%s\"", names[j]);
}

void check_stray_key(struct judgement *judgement)
{
    const struct rule *rule = judgement->rule;
    const struct snapshot *snapshot = judgement->snapshot;
    for (size_t i = 0; i < rule->nrequests; i++) {
        const struct regkey *key = &snapshot->requested[rule->first_request + i];
        bool is_found = key->origin.offset || key->origin.line; /* as a whole or not */
        if (is_found)
            judgement_add(judgement, &key->origin, NULL,
                          "Windows does not read this key: its path is misspelled");
    }
    for (enum view view = 0; view < NVIEWS; view++)
        if (judgement_wants_view(judgement, view))
            check_children(judgement, &snapshot->views[view].calais);
}
