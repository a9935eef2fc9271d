/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    for (size_t size = 0; size < 300; size++) {
        unsigned char *bytes = arena_alloc(*state, size, 1);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
}

static void allocations_do_not_overlap(void **state)
{
    enum { COUNT = 2000 };
    static const size_t sizes[] = {1, 15, 16, 17, 1000, 65536, 65537, 3, 200000};
    size_t nsizes = sizeof sizes / sizeof *sizes;
    unsigned char **blocks = arena_alloc(*state, COUNT, sizeof *blocks);
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i < 50 ? sizes[i % nsizes] : i % 100 + 1;
        blocks[i] = arena_alloc(*state, size, 1);
        memset(blocks[i], (int)(i % 251 + 1), size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i < 50 ? sizes[i % nsizes] : i % 100 + 1;
        assert_int_equal(blocks[i][0], i % 251 + 1);
        assert_int_equal(blocks[i][size - 1], i % 251 + 1);
    }
}

/* Runs an allocation that cannot be had in a process of its own. */
static void assert_ends_process(size_t count, size_t size)
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct arena *arena = arena_new();
        dup2(ends[1], STDERR_FILENO);
        arena_alloc(arena, count, size);
        _exit(0);
    }
    close(ends[1]);
    char said[200] = "";
    ssize_t len = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    assert_true(len > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_non_null(strstr(said, "out of memory"));
}

static void sizes_that_overflow_end_the_process_with_status_2(void **state)
{
    (void)state;
    assert_ends_process(SIZE_MAX / 2 + 2, 2);
    assert_ends_process((size_t)1 << 32, (size_t)1 << 32);
    assert_ends_process(SIZE_MAX, 1);
    assert_ends_process(SIZE_MAX - 7, 1);
}

static void copies_end_with_a_nul_that_is_not_counted(void **state)
{
    char bytes[] = {'a', 0, 'b', 'c'};
    char *copy = arena_strndup(*state, bytes, sizeof bytes);
    assert_memory_equal(copy, "a\0bc", 5);
    struct slice slice = {.ptr = (const uint8_t *)bytes, .len = sizeof bytes};
    struct slice same = arena_dup(*state, slice);
    assert_int_equal(same.len, 4);
    assert_memory_equal(same.ptr, "a\0bc", 5);
    assert_string_equal(arena_strdup(*state, "text"), "text");
    memset(bytes, 'x', sizeof bytes);
    assert_memory_equal(copy, "a\0bc", 5);
    assert_memory_equal(same.ptr, "a\0bc", 5);
}

static void the_nul_of_a_copy_is_its_own(void **state)
{
    for (size_t len = 0; len < 64; len++) {
        char text[64];
        memset(text, 'x', sizeof text);
        char *copy = arena_strndup(*state, text, len);
        memset(arena_alloc(*state, 16, 1), 0xff, 16);
        assert_int_equal(strlen(copy), len);
    }
}

static void an_empty_slice_may_point_nowhere(void **state)
{
    struct slice copy = arena_dup(*state, (struct slice){.ptr = NULL, .len = 0});
    assert_int_equal(copy.len, 0);
    assert_string_equal(arena_strndup(*state, NULL, 0), "");
}

static void long_texts_are_printed_whole(void **state)
{
    char *long_text = arena_alloc(*state, 100001, 1);
    memset(long_text, 'y', 100000);
    char *text = arena_printf(*state, "<%s> %d %s", long_text, -7, "end");
    assert_int_equal(strlen(text), 100000 + 2 + 7);
    assert_string_equal(text + 100001, "> -7 end");
}

static void a_grown_array_keeps_its_items_and_has_room_for_one_more(void **state)
{
    enum { COUNT = 1000 };
    struct item {
        uint64_t a;
        uint32_t b;
    } *items = NULL;
    uint64_t **guards = arena_alloc(*state, COUNT, sizeof *guards);
    for (uint32_t i = 0; i < COUNT; i++) {
        items = arena_grow(*state, items, i, sizeof *items);
        /* What comes next in the arena must not be where the next item goes. */
        guards[i] = arena_alloc(*state, 1, sizeof **guards);
        *guards[i] = UINT64_MAX;
        items[i] = (struct item){.a = i * UINT64_C(3), .b = ~i};
    }
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(*guards[i] == UINT64_MAX);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(items[i].a, i * UINT64_C(3));
        assert_int_equal(items[i].b, ~i);
    }
}

static void freeing_no_arena_is_allowed(void **state)
{
    (void)state;
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(memory_is_zeroed_and_aligned),
        SUPPORT_TEST(allocations_do_not_overlap),
        SUPPORT_TEST(sizes_that_overflow_end_the_process_with_status_2),
        SUPPORT_TEST(copies_end_with_a_nul_that_is_not_counted),
        SUPPORT_TEST(the_nul_of_a_copy_is_its_own),
        SUPPORT_TEST(an_empty_slice_may_point_nowhere),
        SUPPORT_TEST(long_texts_are_printed_whole),
        SUPPORT_TEST(a_grown_array_keeps_its_items_and_has_room_for_one_more),
        SUPPORT_TEST(freeing_no_arena_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
