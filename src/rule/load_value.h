/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_LOAD_VALUE_H
#define HIVEAUDIT_RULE_LOAD_VALUE_H

#include "rule/load.h"
#include "rule/yaml.h"

/* The named lists of all rule files. */
struct lists {
    struct named_list *items;
    size_t count;
};

/* What reading one rule file needs. */
struct loader {
    struct rule_errors *errors;
    const struct rule_file *file;
    struct lists *lists;
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Each of these reads one thing from a node and adds an error, at its place, where it is not that.
 */

/* A rule. False after errors. */
bool load_rule(struct loader *loader, const struct yaml_node *node, struct rule *rule);

/* What an expectation rule expects. */
void load_expect(struct loader *loader, const struct yaml_node *node, struct expectation *expect);

/* A text that is not empty. False after an error. */
bool load_text(struct loader *loader, const struct yaml_node *node, const char **text);

/* A sequence of at least one text. False after an error. */
bool load_strings(struct loader *loader, const struct yaml_node *node, struct strings *strings);

/* The same, or the name of a list. */
void load_list(struct loader *loader, const struct yaml_node *node, struct strings *strings);

/* Which of count words a scalar is; -1 after an error that suggests the nearest. what names the
 * kind of word. */
int load_word(struct loader *loader, const struct yaml_node *node, const char *what,
              const char *const *words, size_t count);

/* One of count words, or a sequence of them, as bits. */
unsigned load_bits(struct loader *loader, const struct yaml_node *node, const char *what,
                   const char *const *words, size_t count);

/* Whether a node is a mapping that holds something. */
bool load_mapping(struct loader *loader, const struct yaml_node *node);

/* Which of count fields a node's key is; -1 after an error that suggests the nearest. */
int load_field_index(struct loader *loader, const struct yaml_node *node, const char *const *fields,
                     size_t count);

/* Adds an error at a node. */
void load_error(struct loader *loader, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A named list, and the name nearest to a misspelled one; NULL where there is none. */
const struct strings *lists_find(const struct lists *lists, const char *name);
const char *lists_suggest(const struct lists *lists, const char *name);

#endif
