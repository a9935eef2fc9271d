/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_INSTALL_H
#define HIVEAUDIT_PACKAGE_INF_INSTALL_H

#include "package/inf_text.h"

/* Collects what an INF writes on one target. False where it has no sections for that. */
bool inf_install(struct inf *inf, enum package_target target, struct installation *installation);

#endif
