/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Blocks come zeroed. The first is small, as many an arena holds just one text of a report. */
#define ARENA_FIRST_SIZE 1024
#define ARENA_BLOCK_SIZE (64 * 1024)

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct release {
    struct release *next;
    void (*call)(void *handle);
    void *handle;
};

struct arena {
    struct block *blocks;
    struct release *releases; /* in the arena itself */
};

_Noreturn void end_out_of_memory(void)
{
    static const char message[] = "hiveaudit: out of memory\n";
    ssize_t n = write(STDERR_FILENO, message, sizeof message - 1);
    (void)n;
    _exit(2);
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        end_out_of_memory();
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct release *release = arena->releases; release; release = release->next)
        release->call(release->handle);
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static struct block *add_block(struct arena *arena, size_t need)
{
    size_t usual = arena->blocks ? ARENA_BLOCK_SIZE : ARENA_FIRST_SIZE;
    size_t size = need > usual ? need : usual;
    struct block *block = calloc(1, sizeof *block + size);
    if (!block)
        end_out_of_memory();
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t need;
    if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
        end_out_of_memory();
    need = (need + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct block *block = arena->blocks;
    if (!block || block->size - block->used < need)
        block = add_block(arena, need);
    void *ptr = block->bytes + block->used;
    block->used += need;
    return ptr;
}

void arena_on_free(struct arena *arena, void (*release)(void *handle), void *handle)
{
    struct release *added = arena_alloc(arena, 1, sizeof *added);
    *added = (struct release){.next = arena->releases, .call = release, .handle = handle};
    arena->releases = added;
}

static void close_fd(void *handle)
{
    close((int)(intptr_t)handle);
}

void arena_close_fd(struct arena *arena, int fd)
{
    arena_on_free(arena, close_fd, (void *)(intptr_t)fd);
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1, 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

struct slice arena_dup(struct arena *arena, struct slice bytes)
{
    return (struct slice){
        .ptr = (const uint8_t *)arena_strndup(arena, (const char *)bytes.ptr, bytes.len),
        .len = bytes.len,
    };
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char *text = NULL;
    int len = vasprintf(&text, format, args);
    if (len < 0)
        end_out_of_memory();
    char *copy = arena_strndup(arena, text, (size_t)len);
    free(text);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
    /* Room is 4, then every power of two: full exactly when count is 0 or one of those. */
    bool full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
    if (!full)
        return items;
    void *grown = arena_alloc(arena, count ? count * 2 : 4, size);
    if (count)
        memcpy(grown, items, count * size);
    return grown;
}
