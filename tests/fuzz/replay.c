/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main of a fuzz target that was not built for fuzzing: runs the files named, or those of the
 * committed corpus, one TAP test each. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"

#define INPUT_SIZE_MAX ((size_t)1 << 20) /* bytes */

static int is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* From memory of just its bytes, so that a read beyond them is seen. */
static bool run_file(const char *path)
{
    CLEANUP(file) FILE *file = fopen(path, "rbe");
    CLEANUP(free) uint8_t *room = malloc(INPUT_SIZE_MAX);
    if (!file || !room)
        return false;
    size_t len = fread(room, 1, INPUT_SIZE_MAX, file);
    CLEANUP(free) uint8_t *bytes = malloc(len + !len);
    if (ferror(file) || !bytes)
        return false;
    memcpy(bytes, room, len);
    LLVMFuzzerTestOneInput(bytes, len);
    return true;
}

/* Its name comes first, to be there if this is the end. */
static int run_test(int number, const char *path)
{
    const char *name = strrchr(path, '/');
    printf("# %s\n", path);
    bool done = run_file(path);
    printf("%s %d - %s %s\n", done ? "ok" : "not ok", number, fuzz_corpus, name ? name + 1 : path);
    return !done;
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int failures = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1) {
        printf("1..%d\n", argc - 1);
        for (int i = 1; i < argc; i++)
            failures += run_test(i, argv[i]);
        return failures != 0;
    }
    const char *srcdir = getenv("srcdir");
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *folder =
        arena_printf(arena, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", fuzz_corpus);
    int count = scandir(folder, &entries, is_no_dot, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: no corpus\n", folder);
        return 1;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        failures += run_test(i + 1, arena_printf(arena, "%s/%s", folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return failures != 0;
}
