/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes mutants of hives and their logs, and of texts. Mutant N of a seed is always the same,
 * whatever else is made with it. It is written as FOLDER/N, FOLDER/N.LOG1 and FOLDER/N.LOG2. */
#include "config.h"

#include "mutate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../repair.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "hive/base_block.h"

#define USAGE "usage: mutate SEED FIRST COUNT FOLDER HIVE[,LOG1[,LOG2]]|TEXT...\n"

/* splitmix64: small, and good enough to choose damage. */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

size_t choose(struct mutator *m, size_t count)
{
    return count ? (size_t)(next_number(&m->state) % count) : 0;
}

/* A number where a length, count or offset was, of which many are nearly right. */
static uint32_t choose_number(struct mutator *m, uint32_t old)
{
    static const uint32_t odd[] = {0,          1,          2,      7,      8,          31,
                                   0x7f,       0xff,       0x1000, 0xffff, 0x10000,    0x7ffffff8,
                                   0x7fffffff, 0x80000000, 512,    4096,   0xfffffff8, 0xffffffff};
    switch (choose(m, 7)) {
    case 0:
        return (uint32_t)next_number(&m->state);
    case 1:
        return old + (uint32_t)choose(m, 33) - 16;
    case 2:
        return old ^ 1u << choose(m, 32);
    case 3:
        return old * 2;
    case 4:
        return 0u - old;
    case 5: /* where another cell is: cycles, and cells of two owners */
        if (m->ncells)
            return (uint32_t)(m->cells[choose(m, m->ncells)] - BASE_BLOCK_SIZE);
        return old + 4096;
    default:
        return odd[choose(m, sizeof odd / sizeof *odd)];
    }
}

static void change_u32(struct mutator *m, struct file *file, size_t at)
{
    if (at + 4 <= file->len)
        put_u32(file->bytes + at, choose_number(m, get_u32(file->bytes + at)));
}

static void change_u16(struct mutator *m, struct file *file, size_t at)
{
    if (at + 2 <= file->len)
        put_u16(file->bytes + at, (uint16_t)choose_number(m, get_u16(file->bytes + at)));
}

/* Bytes, wherever they are. */

void flip_bits(struct mutator *m, struct file *file)
{
    for (size_t i = 1 + choose(m, 8); i > 0 && file->len; i--)
        file->bytes[choose(m, file->len)] ^= (uint8_t)(1u << choose(m, 8));
}

void set_bytes(struct mutator *m, struct file *file)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff, ' ', 0xd8};
    size_t at = choose(m, file->len), len = (size_t)1 << choose(m, 10);
    if (len > file->len - at)
        len = file->len - at;
    memset(file->bytes + at, values[choose(m, sizeof values)], len);
}

static void change_anything(struct mutator *m, struct file *file)
{
    change_u32(m, file, choose(m, file->len / 4) * 4);
}

/* Bytes of one place, in any sample, to another. */
void splice(struct mutator *m, struct file *file)
{
    const struct sample *sample = &m->samples[choose(m, m->nsamples)];
    const struct file *from = &sample->files[choose(m, NFILES)];
    if (!from->bytes || !from->len || !file->len)
        from = &m->mutant.files[0];
    size_t unit = (size_t)1 << choose(m, 13);
    size_t at = choose(m, file->len) / unit * unit, source = choose(m, from->len) / unit * unit;
    size_t len = 1 + choose(m, 2 * unit);
    if (len > file->len - at)
        len = file->len - at;
    if (source < from->len && len > from->len - source)
        len = from->len - source;
    if (source < from->len)
        memmove(file->bytes + at, from->bytes + source, len);
}

void truncate_file(struct mutator *m, struct file *file)
{
    size_t unit = choose(m, 2) ? 1 : 512;
    file->len = choose(m, file->len + 1) / unit * unit;
}

void extend_file(struct mutator *m, struct file *file)
{
    size_t len = 1 + choose(m, SPARE / CHANGES_MAX);
    for (size_t i = 0; i < len; i++)
        file->bytes[file->len + i] = choose(m, 2) ? (uint8_t)next_number(&m->state) : 0;
    file->len += len;
}

/* Fields of hives (Windows registry file format specification). */

/* A field of a record of a cell: its offset from the signature. */
struct field {
    char signature[3];
    uint8_t size;
    uint8_t at;
};

static const struct field cell_fields[] = {
    {"nk", 2, 2},  {"nk", 4, 16}, {"nk", 4, 20}, {"nk", 4, 24}, {"nk", 4, 28}, {"nk", 4, 32},
    {"nk", 4, 36}, {"nk", 4, 40}, {"nk", 4, 44}, {"nk", 4, 48}, {"nk", 2, 72}, {"nk", 2, 74},
    {"vk", 2, 2},  {"vk", 4, 4},  {"vk", 4, 8},  {"vk", 4, 12}, {"vk", 2, 16}, {"lh", 2, 2},
    {"lh", 4, 4},  {"lh", 4, 12}, {"lf", 2, 2},  {"lf", 4, 4},  {"li", 2, 2},  {"li", 4, 4},
    {"ri", 2, 2},  {"ri", 4, 4},  {"ri", 4, 8},  {"db", 2, 2},  {"db", 4, 4},  {"sk", 4, 4},
    {"sk", 4, 8},  {"sk", 4, 12}, {"sk", 4, 16},
};

/* As far as the sizes of cells lead. */
static void find_cells(struct mutator *m)
{
    const struct file *hive = &m->mutant.files[0];
    size_t at = BASE_BLOCK_SIZE + 32;
    m->ncells = 0;
    while (at + 8 <= hive->len && m->ncells < CELLS_MAX) {
        if (memcmp(hive->bytes + at, "hbin", 4) == 0) {
            at += 32;
            continue;
        }
        int32_t size = (int32_t)get_u32(hive->bytes + at);
        m->cells[m->ncells++] = at;
        at += size < 0 && size > INT32_MIN ? (size_t)-size : size > 0 ? (size_t)size : hive->len;
    }
}

static void change_cell(struct mutator *m, struct file *hive)
{
    static const char lists[][3] = {"lh", "lf", "li", "ri"};
    if (!m->ncells)
        return;
    size_t at = m->cells[choose(m, m->ncells)];
    const uint8_t *signature = hive->bytes + at + 4;
    if (choose(m, 4) == 0 || at + 8 > hive->len) {
        change_u32(m, hive, at);
        return;
    }
    if (choose(m, 16) == 0) { /* one kind of list for another */
        memcpy(hive->bytes + at + 4, lists[choose(m, 4)], 2);
        return;
    }
    size_t start = choose(m, sizeof cell_fields / sizeof *cell_fields);
    for (size_t i = 0; i < sizeof cell_fields / sizeof *cell_fields; i++) {
        size_t n = (start + i) % (sizeof cell_fields / sizeof *cell_fields);
        const struct field *field = &cell_fields[n];
        if (memcmp(signature, field->signature, 2) != 0)
            continue;
        (field->size == 2 ? change_u16 : change_u32)(m, hive, at + 4 + field->at);
        return;
    }
    change_u32(m, hive, at + 4 + 4 * choose(m, 8)); /* a list of values, or data */
}

static void change_bin(struct mutator *m, struct file *hive)
{
    static const uint8_t fields[] = {0, 4, 8, 20, 28};
    size_t nbins = hive->len / 4096;
    change_u32(m, hive, choose(m, nbins) * 4096 + fields[choose(m, sizeof fields)]);
}

static void change_base_block(struct mutator *m, struct file *file)
{
    static const uint16_t fields[] = {
        0,
        BASE_AT_PRIMARY_SEQUENCE,
        BASE_AT_SECONDARY_SEQUENCE,
        BASE_AT_LAST_WRITTEN,
        20,
        BASE_AT_MINOR,
        BASE_AT_TYPE,
        BASE_AT_FORMAT,
        36,
        BASE_AT_BINS_SIZE,
        BASE_AT_CLUSTERING,
        BASE_AT_FILE_NAME,
        144,
        BASE_AT_CHECKSUM,
    };
    change_u32(m, file, fields[choose(m, sizeof fields / sizeof *fields)]);
}

/* Fields of logs. */

#define LOG_START 512

/* One of the entries of a log, at or behind any offset; len where there is none. */
static size_t find_entry(struct mutator *m, const struct file *log)
{
    size_t sectors = log->len / 512, start = choose(m, sectors);
    for (size_t i = 0; i < sectors; i++) {
        size_t at = (start + i) % sectors * 512;
        if (memcmp(log->bytes + at, "HvLE", 4) == 0)
            return at;
    }
    return log->len;
}

static void change_log(struct mutator *m, struct file *log)
{
    static const uint8_t fields[] = {4, 8, 12, 16, 20, 24, 32, 40, 44, 48, 52};
    size_t at = find_entry(m, log);
    if (at < log->len)
        change_u32(m, log, at + fields[choose(m, sizeof fields)]);
    else /* the dirty vector */
        change_u32(m, log, LOG_START + 4 * choose(m, 16));
}

static void swap_logs(struct mutator *m)
{
    struct file *files = m->mutant.files, kept = files[1];
    const struct sample *other = &m->samples[choose(m, m->nsamples)];
    const struct file *log = &other->files[1 + choose(m, 2)];
    struct file *place = &files[1 + choose(m, 2)];
    if (choose(m, 2)) {
        files[1] = files[2];
        files[2] = kept;
    } else if (log->bytes && place->bytes && log->len <= FILE_MAX) {
        memcpy(place->bytes, log->bytes, log->len);
        place->len = log->len;
    }
}

static void change_hive(struct mutator *m)
{
    static change_file *const changes[] = {
        change_cell, change_cell, change_cell,     change_cell, change_bin,    change_base_block,
        flip_bits,   set_bytes,   change_anything, splice,      truncate_file, extend_file,
    };
    find_cells(m);
    size_t kinds = sizeof changes / sizeof *changes;
    /* What shortens hides what comes after it, so that is rare. */
    if (choose(m, 4))
        kinds -= 2;
    changes[choose(m, kinds)](m, &m->mutant.files[0]);
}

static void change_a_log(struct mutator *m)
{
    static change_file *const changes[] = {
        change_log, change_log, change_log, change_base_block, flip_bits,
        set_bytes,  splice,     splice,     truncate_file,     extend_file,
    };
    struct file *log = &m->mutant.files[1 + choose(m, 2)];
    if (!log->bytes)
        log = &m->mutant.files[1];
    if (choose(m, 16) == 0)
        swap_logs(m);
    else if (log->len)
        changes[choose(m, sizeof changes / sizeof *changes)](m, log);
}

static void repair(struct mutator *m)
{
    struct file *files = m->mutant.files;
    if (choose(m, 2))
        repair_base_block(files[0].bytes, files[0].len);
    for (int i = 1; i < NFILES; i++) {
        if (!files[i].bytes)
            continue;
        if (choose(m, 4))
            repair_base_block(files[i].bytes, files[i].len);
        if (choose(m, 4))
            repair_entries(files[i].bytes, files[i].len);
    }
}

static bool is_hive(const struct file *file)
{
    return file->len >= 4 && memcmp(file->bytes, "regf", 4) == 0;
}

static void mutate(struct mutator *m)
{
    bool has_log = m->mutant.files[1].bytes, has_hive = is_hive(&m->mutant.files[0]);
    for (size_t i = 1 + choose(m, CHANGES_MAX); i > 0; i--) {
        if (has_log && choose(m, 2))
            change_a_log(m);
        else if (m->mutant.files[0].len)
            (has_hive ? change_hive : change_text)(m);
    }
    if (has_hive)
        repair(m);
}

/* Mutant number n of a seed. */
static void make_mutant(struct mutator *m, uint64_t seed, uint64_t n)
{
    m->state = seed ^ (n + 1) * UINT64_C(0xd1342543de82ef95);
    m->ncells = 0;
    const struct sample *sample = &m->samples[choose(m, m->nsamples)];
    for (int i = 0; i < NFILES; i++) {
        struct file *file = &m->mutant.files[i];
        *file = (struct file){0};
        if (!sample->files[i].bytes)
            continue;
        *file = (struct file){.bytes = m->room[i], .len = sample->files[i].len};
        memcpy(file->bytes, sample->files[i].bytes, file->len);
    }
    mutate(m);
}

static bool read_sample_file(struct arena *arena, const char *path, struct file *file)
{
    CLEANUP(file) FILE *stream = fopen(path, "rbe");
    if (!stream)
        return false;
    CLEANUP(free) uint8_t *room = malloc(FILE_MAX);
    if (!room)
        return false;
    file->len = fread(room, 1, FILE_MAX, stream);
    file->bytes = arena_alloc(arena, file->len, 1);
    memcpy(file->bytes, room, file->len);
    return !ferror(stream);
}

static bool read_sample(struct arena *arena, char *paths, struct sample *sample)
{
    char *rest = paths;
    for (int i = 0; i < NFILES && rest; i++) {
        const char *path = strsep(&rest, ",");
        if (read_sample_file(arena, path, &sample->files[i]))
            continue;
        fprintf(stderr, "mutate: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

static bool write_file(const char *path, const struct file *file)
{
    FILE *stream = fopen(path, "wbe");
    bool written = stream && fwrite(file->bytes, 1, file->len, stream) == file->len;
    return stream && fclose(stream) == 0 && written;
}

/* Files that the sample has not are not written. */
static bool write_mutant(const struct mutator *m, const char *folder, uint64_t n)
{
    static const char *const suffixes[] = {"", ".LOG1", ".LOG2"};
    for (int i = 0; i < NFILES; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%06ju%s", folder, (uintmax_t)n, suffixes[i]);
        if (!m->mutant.files[i].bytes || write_file(path, &m->mutant.files[i]))
            continue;
        fprintf(stderr, "mutate: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

static bool make_mutants(struct mutator *m, uint64_t seed, uint64_t first, uint64_t count,
                         const char *folder)
{
    for (uint64_t n = first; n < first + count; n++) {
        make_mutant(m, seed, n);
        if (!write_mutant(m, folder, n))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    if (argc < 6) {
        fputs(USAGE, stderr);
        return 2;
    }
    struct mutator *m = arena_alloc(arena, 1, sizeof *m);
    m->nsamples = (size_t)argc - 5;
    struct sample *samples = arena_alloc(arena, m->nsamples, sizeof *samples);
    m->samples = samples;
    for (size_t i = 0; i < m->nsamples; i++)
        if (!read_sample(arena, argv[5 + i], &samples[i]))
            return 1;
    for (int i = 0; i < NFILES; i++)
        m->room[i] = arena_alloc(arena, FILE_MAX + SPARE, 1);
    return make_mutants(m, strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0),
                        strtoull(argv[3], NULL, 0), argv[4])
               ? 0
               : 1;
}
