/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* Longer texts are not matched: what a pattern costs grows with them. */
#define MATCH_LEN_MAX 4096

static bool equals(struct arena *arena, const struct regval *value, const char *want)
{
    uint64_t number, wanted;
    struct slice bytes;
    if (regval_number(value, &number))
        return number_parse(want, &wanted) && number == wanted;
    if (value->text)
        return text_equal(value->text, want);
    if (!*want)
        return value->raw.len == 0;
    return text_parse_hex(arena, want, &bytes) && bytes.len == value->raw.len &&
           memcmp(bytes.ptr, value->raw.ptr, bytes.len) == 0;
}

/* Letter case matters in texts; nothing else has any. */
static bool equals_exactly(struct arena *arena, const struct regval *value, const char *want)
{
    return value->text ? strcmp(value->text, want) == 0 : equals(arena, value, want);
}

static bool is_one_of(struct arena *arena, const struct regval *value, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (equals(arena, value, list->items[i]))
            return true;
    return false;
}

static bool matches(const struct regval *value, const char *pattern)
{
    regex_t regex;
    if (!value->text || strlen(value->text) > MATCH_LEN_MAX ||
        regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        return false;
    bool match = regexec(&regex, value->text, 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}

/* A number is of its type only with the bytes that it takes. */
static bool has_type(const struct regval *value, uint32_t type)
{
    bool is_number = type == REG_DWORD || type == REG_DWORD_BIG_ENDIAN || type == REG_QWORD;
    uint64_t number;
    return value->type == type && (!is_number || regval_number(value, &number));
}

static const char *join(struct arena *arena, const struct strings *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", list->items[i]);
    return text;
}

static const char *describe_range(struct arena *arena, const struct expectation *expect)
{
    return arena_printf(arena, "%" PRIu64 " to %" PRIu64, expect->min, expect->max);
}

/* The first demand that a value does not meet, in words; NULL where it meets all. */
static const char *find_unmet(struct arena *arena, const struct expectation *expect,
                              const struct regval *value)
{
    uint64_t number;
    if (expect->has_type && !has_type(value, expect->type))
        return arena_printf(arena, "a %s%s", regtype_name(arena, expect->type),
                            expect->type == REG_DWORD ? " of 4 bytes" : "");
    if (expect->exactly && !equals_exactly(arena, value, expect->exactly))
        return expect->exactly;
    if (expect->one_of.count == 1 && !is_one_of(arena, value, &expect->one_of))
        return expect->one_of.items[0];
    if (expect->one_of.count && !is_one_of(arena, value, &expect->one_of))
        return arena_printf(arena, "one of %s", join(arena, &expect->one_of));
    if (is_one_of(arena, value, &expect->none_of))
        return arena_printf(arena, "none of %s", join(arena, &expect->none_of));
    if (expect->pattern && !matches(value, expect->pattern))
        return arena_printf(arena, "a text that matches %s", expect->pattern);
    if (expect->has_range &&
        (!regval_number(value, &number) || number < expect->min || number > expect->max))
        return describe_range(arena, expect);
    return NULL;
}

bool expectation_takes(struct arena *arena, const struct expectation *expect,
                       const struct regval *value)
{
    return expect->presence != PRESENCE_FORBIDDEN && !find_unmet(arena, expect, value);
}

/* What is wanted of a value that is not there. */
static const char *describe_want(struct arena *arena, const struct expectation *expect)
{
    if (expect->exactly)
        return expect->exactly;
    if (expect->one_of.count)
        return arena_printf(arena, "%s%s", expect->one_of.count > 1 ? "one of " : "",
                            join(arena, &expect->one_of));
    if (expect->pattern)
        return arena_printf(arena, "a text that matches %s", expect->pattern);
    if (expect->has_range)
        return describe_range(arena, expect);
    if (expect->has_type)
        return arena_printf(arena, "a %s", regtype_name(arena, expect->type));
    return NULL;
}

static void add_unmet(struct judgement *judgement, const struct regkey *key,
                      const struct regval *value, const char *got, const char *want)
{
    const struct rule *rule = judgement->rule;
    const char *subject =
        rule->value ? (*rule->value ? rule->value : "the default value") : "the key";
    bool is_there = value && value->state != VALUE_ABSENT;
    const char *message = rule->message ? rule->message : rule->title;
    if (want)
        judgement_add(judgement, &key->origin, is_there ? value : NULL, "%s (%s: got %s, want %s)",
                      message, subject, got, *want ? want : "\"\"");
    else
        judgement_add(judgement, &key->origin, NULL, "%s (%s is not there)", message, subject);
}

static void judge_value(struct judgement *judgement, const struct regkey *key)
{
    const struct expectation *expect = &judgement->rule->expect;
    const struct regval *value = regkey_value(key, judgement->rule->value);
    struct arena *arena = judgement->arena;
    if (value->state == VALUE_UNREADABLE)
        return;
    if (value->state == VALUE_ABSENT) {
        if (expect->presence == PRESENCE_REQUIRED)
            add_unmet(judgement, key, value, "nothing", describe_want(arena, expect));
        return;
    }
    const char *unmet =
        expect->presence == PRESENCE_FORBIDDEN ? "nothing" : find_unmet(arena, expect, value);
    if (unmet)
        add_unmet(judgement, key, value, regval_show(arena, value), unmet);
}

static void judge_key(struct judgement *judgement, const struct regkey *key)
{
    enum presence presence = judgement->rule->expect.presence;
    if (key->state == KEY_ABSENT && presence == PRESENCE_REQUIRED)
        add_unmet(judgement, key, NULL, "nothing", NULL);
    if (key->state == KEY_PRESENT && presence == PRESENCE_FORBIDDEN)
        add_unmet(judgement, key, NULL, "it", "nothing");
}

/* A view that the Windows does not have needs nothing. Where its architecture is not known, a rule
 * that names some is undecided all the same: a view that is missing shows no architecture. */
static bool may_have_view(const struct judgement *judgement, enum view view)
{
    const struct snapshot *snapshot = judgement->snapshot;
    return snapshot->views[view].exists ||
           (judgement->rule->archs && snapshot->os.arch == ARCH_UNKNOWN);
}

void check_expectation(struct judgement *judgement)
{
    const struct rule *rule = judgement->rule;
    const struct snapshot *snapshot = judgement->snapshot;
    for (size_t i = 0; i < rule->nrequests; i++) {
        const struct regkey *key = &snapshot->requested[rule->first_request + i];
        if (!may_have_view(judgement, snapshot->requests[rule->first_request + i].view))
            continue;
        if (snapshot->package && key->state == KEY_ABSENT)
            continue; /* a text need not name it */
        if (rule->value)
            judge_value(judgement, key);
        else
            judge_key(judgement, key);
    }
}
