/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/text.h"

void check_provider_missing(struct judgement *judgement, const struct card *card)
{
    if (card_lacks(card, CARD_CSP) && card_lacks(card, CARD_KSP))
        judgement_add(judgement, &card->key.origin, NULL,
                      "neither a Crypto Provider nor a Smart Card Key Storage Provider");
}

void check_csp_missing(struct judgement *judgement, const struct card *card)
{
    if (card_lacks(card, CARD_CSP) && !card_lacks(card, CARD_KSP))
        judgement_add(judgement, &card->key.origin, NULL, "no Crypto Provider (CSP)");
}

/* An entry without a minidriver has a CSP of its own and needs no KSP (domain: A.2 b). */
void check_ksp_missing(struct judgement *judgement, const struct card *card)
{
    if (card_lacks(card, CARD_KSP) && !card_lacks(card, CARD_CSP) && !card_lacks(card, CARD_MODULE))
        judgement_add(judgement, &card->key.origin, NULL,
                      "no Smart Card Key Storage Provider (KSP)");
}

static bool lacks_image(const struct regkey *csp)
{
    const struct regval *image = regkey_value(csp, "Image Path");
    return image->state == VALUE_ABSENT || (image->seen && !*image->seen);
}

void check_csp_registered(struct judgement *judgement, const struct card *card)
{
    const struct regval *value = card->field[CARD_CSP];
    const char *name = card_text(card, CARD_CSP);
    const struct view_config *config = &judgement->snapshot->views[card->key.origin.view];
    if (!name || config->providers.state == KEY_UNREADABLE)
        return;
    size_t csp = regkey_find_subkey(&config->providers, name);
    const char *where = config->providers.origin.key;
    if (csp == SIZE_MAX)
        judgement_add(judgement, &card->key.origin, value,
                      "Crypto Provider \"%s\" is not registered: there is no such key under %s",
                      name, where);
    else if (lacks_image(&config->csps[csp]))
        judgement_add(judgement, &card->key.origin, value,
                      "Crypto Provider \"%s\" is registered without an Image Path under %s", name,
                      where);
}

/* Of a text: what it does not register itself may come with Windows, or from elsewhere. */
void check_csp_known(struct judgement *judgement, const struct card *card)
{
    const char *name = card_text(card, CARD_CSP);
    const struct view_config *config = &judgement->snapshot->views[card->key.origin.view];
    if (judgement->snapshot->package && name &&
        !strings_hold(&judgement->rule->parameters[0], name) &&
        regkey_find_subkey(&config->providers, name) == SIZE_MAX)
        judgement_add(judgement, &card->key.origin, card->field[CARD_CSP],
                      "\"%s\" is no CSP of Windows, and this %s does not register it", name,
                      package_kind_names[judgement->snapshot->package->kind]);
}

/* Where a name could not be read it may be the one that is looked for: a diagnostic says so. */
void check_ksp_registered(struct judgement *judgement, const struct card *card)
{
    const struct system_config *system = &judgement->snapshot->system;
    const char *name = card_text(card, CARD_KSP);
    if (!name || system->state != SYSTEM_READ || !system->knows_ksps)
        return;
    if (!system_find_ksp(system, name))
        judgement_add(
            judgement, &card->key.origin, card->field[CARD_KSP],
            "\"%s\" is neither the name nor an alias of a KSP under %s in the SYSTEM hive", name,
            system->providers.origin.key);
}

/* With the SYSTEM hive there is nothing to guess. */
void check_ksp_known(struct judgement *judgement, const struct card *card)
{
    const char *name = card_text(card, CARD_KSP);
    if (name && judgement->snapshot->system.state != SYSTEM_READ &&
        !strings_hold(&judgement->rule->parameters[0], name))
        judgement_add(
            judgement, &card->key.origin, card->field[CARD_KSP],
            "\"%s\" is no KSP of Windows; whether it is registered is written in the SYSTEM "
            "hive",
            name);
}

void check_csp_suppresses(struct judgement *judgement, const struct card *card)
{
    const char *name = card_text(card, CARD_CSP);
    if (name && strings_hold(&judgement->rule->parameters[0], name))
        judgement_add(judgement, &card->key.origin, card->field[CARD_CSP],
                      "Crypto Provider \"%s\" names no provider on purpose, to keep Windows from "
                      "looking for a driver",
                      name);
}

void check_provider_bad(struct judgement *judgement, const struct card *card)
{
    static const enum card_field fields[] = {CARD_CSP, CARD_KSP};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *name = card_text(card, fields[i]);
        if (name && strings_hold(&judgement->rule->parameters[0], name))
            judgement_add(judgement, &card->key.origin, card->field[fields[i]],
                          "%s \"%s\" is known to do harm", card_fields[fields[i]].value, name);
    }
}
