/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manifest of another run: the input is one, which is read, and compared with that of a run of
 * nothing. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/manifest.h"

const char fuzz_corpus[] = "manifest";

/* Whatever a manifest says, a terminal gets lines of text. */
static void check_lines(struct arena *arena, char *lines)
{
    for (char *line = lines, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        MUST(end);
        *end = '\0';
        MUST(text_escape(arena, line) == line || strcmp(text_escape(arena, line), line) == 0);
    }
}

/* What differs is said, and counted. */
static void compare(struct arena *arena, const struct manifest *manifest)
{
    struct comparison comparison = {.expected = manifest};
    struct run run = {.version = "fuzz", .sandbox = "none", .comparison = &comparison};
    struct totals totals = {0};
    char *lines = NULL;
    size_t len = 0;
    struct output output = {.format = &verdict_format,
                            .run = &run,
                            .stream = open_memstream(&lines, &len),
                            .arena = arena};
    MUST(output.stream);
    verdict_format.begin(&output);
    verdict_format.end(&output, &totals);
    fclose(output.stream);
    MUST(strlen(lines) == len);
    check_lines(arena, lines);
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct manifest manifest;
    if (manifest_read(arena, (struct slice){bytes, len}, &manifest))
        return 0;
    MUST(manifest.arguments.count <= MANIFEST_ARGUMENTS_MAX);
    for (size_t i = 0; i < manifest.nfacts; i++)
        MUST(manifest.facts[i].number == i && manifest.facts[i].name && manifest.facts[i].value);
    compare(arena, &manifest);
    return 0;
}
