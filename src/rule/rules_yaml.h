/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_RULES_YAML_H
#define HIVEAUDIT_RULE_RULES_YAML_H

#include "rule/id_set.h"
#include "rule/rule.h"

/* What a rule is to demand. All texts are such as YAML can hold. */
struct rule_draft {
    const char *entry;          /* of Calais\SmartCards; NULL: the key is another */
    const char *key;            /* path below the view's root */
    const struct regval *value; /* NULL: the key itself */
    enum view view;
    unsigned archs;         /* bits by enum arch; 0: any */
    bool is_one_of_several; /* other architectures have another value there */
};

/* Writes a rule file of at least one rule. Name is what it is made of, a text; other_archs are
 * those on which it writes nothing, bits by enum arch; left_out becomes comments. */
const char *rules_yaml_write(struct arena *arena, struct id_set *ids, const char *name,
                             const struct rule_draft *drafts, size_t count, unsigned other_archs,
                             const struct strings *left_out);

#endif
