/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#define START_DISABLED 4 /* SERVICE_DISABLED */

/* A finding on a key of the SYSTEM hive, which its path alone does not tell. */
static void add_finding(struct judgement *judgement, const struct regkey *key,
                        const struct regval *value, const char *message)
{
    struct finding *finding = judgement_add(judgement, &key->origin, value, "%s", message);
    finding->in_system = true;
}

static bool is_disabled(const struct regkey *service, const struct regval **start)
{
    uint32_t number;
    *start = regkey_value(service, "Start");
    return regval_dword(*start, &number) && number == START_DISABLED;
}

/* The key of a service; NULL where no SYSTEM hive was read. */
static const struct regkey *find_service(const struct judgement *judgement, enum service service)
{
    const struct system_config *system = &judgement->snapshot->system;
    return system->state == SYSTEM_READ ? &system->services[service] : NULL;
}

void check_service_disabled(struct judgement *judgement)
{
    enum service which = (enum service)judgement->rule->check->detail;
    const struct regkey *service = find_service(judgement, which);
    const struct regval *start;
    if (service && is_disabled(service, &start))
        add_finding(
            judgement, service, start,
            arena_printf(judgement->arena, "the service %s is disabled", service_names[which]));
}

/* How many entries other than those of Windows lead to a minidriver. */
static size_t count_minidrivers(const struct judgement *judgement)
{
    size_t count = 0;
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &judgement->snapshot->views[view];
        for (size_t i = 0; i < config->ncards; i++)
            if (card_text(&config->cards[i], CARD_MODULE) &&
                !strings_hold(&judgement->rule->parameters[0], config->cards[i].key.origin.name))
                count++;
    }
    return count;
}

/* Every Windows since 7 has the driver. */
void check_pnp_filter(struct judgement *judgement)
{
    const struct regkey *filter = find_service(judgement, SERVICE_SCFILTER);
    const struct regval *start;
    if (!filter || filter->state == KEY_UNREADABLE)
        return;
    bool is_absent = filter->state == KEY_ABSENT, is_off = is_disabled(filter, &start);
    size_t count = is_absent || is_off ? count_minidrivers(judgement) : 0;
    if (count)
        add_finding(judgement, filter, is_absent ? NULL : start,
                    arena_printf(judgement->arena,
                                 "the driver scfilter is %s, while %zu entr%s a minidriver",
                                 is_absent ? "not registered" : "disabled", count,
                                 count == 1 ? "y names" : "ies name"));
}
