/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_MANIFEST_H
#define HIVEAUDIT_REPORT_MANIFEST_H

#include "report/report.h"

/* The record of a run, by which it can be made again and compared (--manifest, --verify). */

#define MANIFEST_KIND           "hiveaudit-manifest"
#define MANIFEST_SCHEMA_VERSION "1"

/* Not among the formats of --output: it is the last one that is written. */
extern const struct format manifest_format;

#endif
