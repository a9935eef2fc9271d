/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_YAML_H
#define HIVEAUDIT_RULE_YAML_H

#include "rule/load.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

/* A node of a YAML document. Every scalar is text, whatever it looks like. */
struct yaml_node {
    enum yaml_kind kind;
    unsigned line, column; /* from 1 */
    const char *text;      /* of a scalar */
    const char *key;       /* in a mapping: the node's key, and where it stands */
    unsigned key_line, key_column;
    struct yaml_node *children;
    size_t count;
};

/* Reads the one document of a rule file: plain YAML 1.2 without anchors, aliases and tags, each key
 * of a mapping once. NULL after an error was added. */
struct yaml_node *yaml_parse(struct rule_errors *errors, const struct rule_file *file);

/* The child of a mapping with a key, or NULL. */
const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key);

/* For --version. */
const char *yaml_library_version(void);

#endif
