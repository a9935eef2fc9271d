/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_MODULE_H
#define HIVEAUDIT_MODEL_MODULE_H

#include "model/snapshot.h"

/* The DLLs that the registry names: where Windows looks for them, and what is there. */

/* No more files are looked up for one hive. */
#define MODULE_FILES_MAX 10000

/* Values that name the image of a CSP, and of a KSP in its subkey UM (domain: B.1, B.2). */
#define MODULE_CSP_IMAGE "Image Path"
#define MODULE_KSP_IMAGE "Image"

enum module_reach {
    MODULE_IN_REACH,     /* below the root of the system drive */
    MODULE_OUT_OF_REACH, /* on another drive or the network, or where a running program decides */
    MODULE_NO_NAME,      /* no file can have this name */
};

/* Where the Windows of a view looks for a DLL. */
struct module_place {
    enum module_reach reach;
    const char *path; /* "C:\Windows\SysWOW64\x.dll"; NULL unless in reach */
    bool is_bare;     /* a name without a folder: it was looked for in the system folder */
};

/* Resolves the text of a value: variables, prefixes, steps up, redirection, as LoadLibrary does in
 * a program of that view. The variables are those that are the same for all users. */
struct module_place module_resolve(struct arena *arena, const struct os_build *os, enum view view,
                                   const char *text);

/* The folder in which bare names are looked for: "C:\Windows\SysWOW64". */
const char *module_system_folder(struct arena *arena, const struct os_build *os, enum view view);

/* The text to resolve of a card's minidriver; NULL where there is none, and for a REG_SZ with a %,
 * which is not expanded (domain: G). */
const char *module_text(const struct card *card);

/* The text to resolve of the image of a CSP or KSP, which is expanded whatever its type (domain:
 * B.1); NULL where there is none. */
const char *module_image_text(const struct regval *image);

/* A file as far as it follows from the text that names it, and from the Windows. */
struct module_file module_place_file(struct arena *arena, const struct os_build *os, enum view view,
                                     const char *text, enum module_reach *reach);

/* Looks up all DLLs that a snapshot names, and that its state before the logs names, among the
 * files that came with the hive. */
void module_find_files(struct arena *arena, struct diags *diags, const struct file_finder *finder,
                       struct snapshot *snapshot);

/* What was looked up holds for the state before the logs as well. */
void module_share_files(const struct snapshot *snapshot, struct snapshot *before);

/* Orders files by view and text, as those of a snapshot are sorted. */
int module_compare_files(const struct module_file *a, const struct module_file *b);

/* The file of a view and text, or NULL: it was not looked up. */
const struct module_file *snapshot_find_file(const struct snapshot *snapshot, enum view view,
                                             const char *text);

#endif
