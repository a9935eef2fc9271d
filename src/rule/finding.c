/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/finding.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "rule/waivers.h"

const char *const timing_names[] = {
    [TIMING_BOTH] = NULL, [TIMING_AFTER] = "only-after", [TIMING_BEFORE] = "only-before"};
const char *const baseline_state_names[] = {
    [BASELINE_NONE] = NULL, [BASELINE_NEW] = "new", [BASELINE_UNCHANGED] = "unchanged"};

bool finding_is_waived(const struct finding *finding)
{
    return finding->waiver && !finding->waiver->is_expired;
}

bool finding_fails(const struct finding *finding, const struct fail_policy *policy)
{
    if (policy->never || finding->severity < policy->least || finding->timing == TIMING_BEFORE)
        return false;
    if (policy->only_new && finding->baseline == BASELINE_UNCHANGED)
        return false;
    return !finding_is_waived(finding);
}

struct text_place finding_place(const struct finding *finding)
{
    const struct regval *value = finding->value;
    return value && value->line
               ? (struct text_place){value->line, value->column}
               : (struct text_place){finding->origin->line, finding->origin->column};
}

const char *finding_fingerprint(struct arena *arena, const struct finding *finding)
{
    const struct regval *value = finding->value ? finding->value : finding->golden;
    uint8_t digest[DIGEST_SIZE];
    const char *hive = finding->in_system ? "system" : view_name(finding->origin->view);
    const char *key = text_capitals(arena, finding->origin->key);
    const char *name = value ? text_capitals(arena, value->name) : NULL;
    const char *identity = /* one text for one identity: names may hold any character */
        arena_printf(arena, "%s %s %s %zu:%s%s%s", finding->rule->id, hive,
                     text_hex(arena, finding->card, ""), strlen(key), key, name ? "=" : "",
                     name ? name : "");
    digest_bytes((struct slice){(const uint8_t *)identity, strlen(identity)}, digest);
    return text_hex(arena, (struct slice){digest, sizeof digest}, "");
}
