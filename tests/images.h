/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_IMAGES_H
#define HIVEAUDIT_TESTS_IMAGES_H

/* What tests of disk images share: images made by other tools in a scratch folder, and a comparison
 * with the bytes that went in. Every function fails the running test where it cannot do its work.
 */

#include "input/access.h"
#include "input/input.h"
#include "scratch.h"

static inline void images_release(void *handle)
{
    struct access *access = handle;
    if (!access->arena)
        return;
    arena_free(access->arena);
    access->arena = NULL;
    close(access->folder);
}

static inline void images_close(struct access *access)
{
    images_release(access);
}

/* Access to the scratch folder, as a worker has it, with these libraries. A test that is skipped
 * leaves it to the scratch folder. */
static inline struct access *images_access(const struct scratch *scratch, unsigned libraries)
{
    struct access *access = arena_alloc(scratch->arena, 1, sizeof *access);
    struct diags *diags = arena_alloc(scratch->arena, 1, sizeof *diags);
    diags->arena = scratch->arena;
    *access =
        (struct access){.arena = arena_new(), .diags = diags, .libraries = libraries, .folder = -1};
    arena_on_free(scratch->arena, images_release, access);
    access->folder = open(scratch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(access->folder >= 0);
    assert_null(libraries_load(scratch->arena, libraries));
    return access;
}

/* A file of the folder, by name, open as long as the access. */
static inline const struct source *images_file(const struct scratch *scratch, struct access *access,
                                               const char *name)
{
    struct input input = {.name = scratch_path(scratch, name)};
    struct stat st;
    input.fd = input_open_file(input.name);
    assert_true(input.fd >= 0);
    assert_int_equal(fstat(input.fd, &st), 0);
    input.size = (uint64_t)st.st_size;
    arena_close_fd(access->arena, input.fd);
    struct source *source = arena_alloc(access->arena, 1, sizeof *source);
    *source = input_source(&input);
    return source;
}

/* Runs a command line of the shell in the folder. Skips the running test where its tool, the first
 * word, is not installed. */
static inline void images_run(const struct scratch *scratch, const char *command)
{
    int len = (int)strcspn(command, " ");
    if (system(arena_printf(scratch->arena, "command -v %.*s >/dev/null", len, command)) != 0) {
        print_message("# skipped: %.*s is not installed\n", len, command);
        skip();
    }
    int status = system(arena_printf(scratch->arena, "cd '%s' && { %s; } >run.log 2>&1 </dev/null",
                                     scratch->folder, command));
    if (status != 0)
        system(arena_printf(scratch->arena, "cat '%s/run.log' >&2", scratch->folder));
    assert_int_equal(status, 0);
}

/* Writes a disk of so many bytes that are never alike: some compress, some do not, some are zeros.
 */
static inline const char *images_write_disk(const struct scratch *scratch, const char *name,
                                            size_t size)
{
    uint8_t *bytes = arena_alloc(scratch->arena, size, 1);
    uint32_t random = 1;
    for (size_t i = 0; i < size; i++) {
        random = random * 1664525 + 1013904223;
        unsigned kind = (unsigned)(i >> 17) % 3;
        bytes[i] = (uint8_t)(kind == 0 ? random >> 24 : kind == 1 ? i >> 8 : 0);
    }
    return scratch_write(scratch, name, bytes, size);
}

/* All bytes of a source are those of a file; read in pieces of an odd size. */
static inline void images_compare(const struct source *source, const struct source *raw)
{
    static uint8_t got[100003], want[sizeof got];
    assert_int_equal(source->size, raw->size);
    for (uint64_t at = 0; at < raw->size; at += sizeof got) {
        size_t len = raw->size - at < sizeof got ? (size_t)(raw->size - at) : sizeof got;
        assert_true(source_read(source, at, got, len));
        assert_true(source_read(raw, at, want, len));
        assert_memory_equal(got, want, len);
    }
    assert_int_equal(source->read_at(source, raw->size, got, 1), 0);
    assert_int_equal(source->read_at(source, raw->size - 1, got, 2), 1);
}

/* Whether a diagnostic of this level holds a text. */
static inline bool images_says(const struct access *access, enum diag_level level, const char *text)
{
    for (size_t i = 0; i < access->diags->count; i++)
        if (access->diags->items[i].level == level && strstr(access->diags->items[i].message, text))
            return true;
    for (size_t i = 0; i < access->diags->count; i++)
        print_message("diagnostic: %s\n", access->diags->items[i].message);
    return false;
}

#endif
