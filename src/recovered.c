/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "recovered.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "hive/image.h"

static bool fail(const struct recovered *recovered, const char *what)
{
    fprintf(stderr, "hiveaudit: --save-recovered: %s: %s: %s\n", recovered->path, what,
            strerror(errno));
    return false;
}

static void close_all(struct recovered *recovered)
{
    if (recovered->file >= 0)
        close(recovered->file);
    if (recovered->memory >= 0)
        close(recovered->memory);
}

bool recovered_open(struct recovered *recovered, const struct options *options)
{
    const char *path = options->save_recovered;
    *recovered = (struct recovered){.path = path, .memory = -1, .file = -1};
    if (!path && !options->fix)
        return true;
    recovered->memory = memfd_create("hiveaudit-recovered", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (recovered->memory < 0)
        end_out_of_memory();
    if (!path || options->is_rerun)
        return true;
    recovered->file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (recovered->file >= 0)
        return true;
    fail(recovered, errno == EEXIST ? "is never replaced" : "cannot be made");
    close_all(recovered);
    return false;
}

void recovered_list_folder(const struct recovered *recovered, struct arena *arena,
                           struct strings *folders)
{
    if (recovered->file >= 0)
        strings_add(arena, folders, path_folder(arena, recovered->path));
}

/* That there is nothing to audit in it matters no more. */
static void accept_kind(struct wire_item *item)
{
    struct diags *diags = &item->diags;
    diags->worst = DIAG_NOTE;
    for (size_t i = 0; i < diags->count; i++) {
        if (diags->items[i].level == DIAG_FAILED)
            diags->items[i].level = DIAG_NOTE;
        if (diags->items[i].level > diags->worst)
            diags->worst = diags->items[i].level;
    }
}

void recovered_take(struct recovered *recovered, struct wire_item *item)
{
    struct stat st;
    if (!recovered->path)
        return;
    recovered->saved = item->snapshot.hive.state != HIVE_UNRECOVERED &&
                       fstat(recovered->memory, &st) == 0 && st.st_size > 0;
    if (!recovered->saved)
        diag_add(&item->diags, DIAG_INCOMPLETE, NULL,
                 "is not recovered, so that --save-recovered writes nothing");
    else if (item->snapshot.hive.kind == HIVE_KIND_OTHER)
        accept_kind(item);
}

static bool write_file(const struct recovered *recovered)
{
    struct stat st;
    if (fstat(recovered->memory, &st) < 0)
        return false;
    struct hive_image image = {.fd = recovered->memory, .size = (uint64_t)st.st_size};
    struct source source = hive_image_source(&image);
    return source_copy(&source, recovered->file) && fsync(recovered->file) == 0;
}

bool recovered_close(struct recovered *recovered)
{
    bool good = true;
    if (recovered->saved && recovered->file >= 0)
        good = write_file(recovered) || fail(recovered, "cannot be written");
    if (!good || !recovered->saved)
        recovered_discard(recovered);
    else
        close_all(recovered);
    return good;
}

void recovered_discard(struct recovered *recovered)
{
    if (recovered->file >= 0)
        unlink(recovered->path);
    close_all(recovered);
}
