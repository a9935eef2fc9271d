/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

static bool fail(const struct options *options, const char *fault)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    fprintf(stderr, "hiveaudit: --verify: %s: %s\n", options->verify, text_escape(arena, fault));
    return false;
}

static const char *path_from(struct arena *arena, const char *folder, const char *path)
{
    return folder && *path != '/' ? arena_printf(arena, "%s/%s", folder, path) : path;
}

/* Reports are wanted where the user is, not where the run was; none replaces the manifest there. */
static bool fix_places(struct arena *arena, const struct options *options, struct options *again)
{
    CLEANUP(free) char *here = getcwd(NULL, 0);
    bool is_fixed = true;
    again->verify = path_from(arena, here, options->verify);
    for (size_t i = 0; i < options->noutputs; i++) {
        struct output_request *request = &options->outputs[i];
        is_fixed &= here || !request->path || *request->path == '/';
        if (request->path)
            request->path = path_from(arena, here, request->path);
    }
    return is_fixed || fail(options, "the working directory is gone: reports need absolute paths");
}

/* Evidence may have been moved as a whole: then its paths count from where the user is. */
static void enter_directory(const struct options *options, const char *directory)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    if (directory && chdir(directory) < 0)
        fprintf(stderr,
                "hiveaudit: --verify: %s: its working directory %s cannot be entered (%s): paths "
                "count from the current one\n",
                options->verify, text_escape(arena, directory), strerror(errno));
}

static void note_written(struct arena *arena, struct options *again)
{
    for (size_t i = 0; i < again->noutputs; i++)
        if (again->outputs[i].path)
            strings_add(arena, &again->written, again->outputs[i].path);
    if (again->manifest)
        strings_add(arena, &again->written, again->manifest);
}

/* Whatever a manifest says, nothing is written but what the user asks for here, and nothing is less
 * confined. */
static void take_own(const struct options *options, struct options *again)
{
    again->is_rerun = again->is_recorded = again->hash = true;
    again->outputs = options->outputs;
    again->noutputs = options->noutputs;
    again->manifest = again->fix = again->undo = NULL;
    again->quiet = options->quiet;
    again->color = options->color;
    again->jobs = options->jobs;
    again->sandbox_mode = options->sandbox_mode;
    again->sandbox = options->sandbox;
}

bool verify_load(struct arena *arena, const struct options *options, struct manifest *manifest,
                 struct options *again)
{
    struct slice bytes;
    const char *fault = file_read(arena, options->verify, MANIFEST_SIZE_MAX, &bytes);
    if (!fault)
        fault = manifest_read(arena, bytes, manifest);
    if (fault)
        return fail(options, fault);
    if (!options_parse_again(arena, options, &manifest->arguments, again))
        return fail(options, "its arguments are not those of an audit");
    note_written(arena, again);
    take_own(options, again);
    if (again->waiver_paths.count)
        again->now = manifest->now;
    if (!fix_places(arena, options, again))
        return false;
    enter_directory(options, manifest->directory);
    return true;
}

int verify_status(int status, const struct comparison *comparison)
{
    if (status == STATUS_ERROR)
        return status;
    if (!comparison->ndifferences)
        return STATUS_CLEAN;
    return comparison->has_losses ? STATUS_INCOMPLETE : STATUS_FINDINGS;
}
