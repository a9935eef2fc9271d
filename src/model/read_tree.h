/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_READ_TREE_H
#define HIVEAUDIT_MODEL_READ_TREE_H

#include "model/read_key.h"

/* What read_key.h says, where the keys are those of a text: all of them can be read. */
void read_tree_find_views(struct reader *reader);
struct regkey read_tree_key(struct reader *reader, const struct origin *origin, unsigned parts);

#endif
