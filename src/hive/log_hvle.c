/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "hive/log_apply.h"
#include "hive/marvin.h"

/* "The following seed is used for calculating the Hash-1 and Hash-2: 14219357686671994754
 * (little-endian)": that number's bytes in the order of a little-endian machine, taken for a number
 * the other way round. */
#define HASH_SEED UINT64_C(0x82ef4d887a4e55c5)

/* "Flags" of a base block: "set to a value taken from a log entry being applied". */
#define BASE_AT_FLAGS 144

/* Each log entry is "stored at an offset divisible by 512 bytes". */
#define ENTRY_ALIGNMENT 512

/* "Log entry has the following structure". */
enum {
    ENTRY_AT_SIZE = 4,
    ENTRY_AT_FLAGS = 8,
    ENTRY_AT_SEQUENCE = 12,
    ENTRY_AT_BINS_SIZE = 16,
    ENTRY_AT_COUNT = 20,
    ENTRY_AT_HASH_1 = 24,
    ENTRY_AT_HASH_2 = 32,
    ENTRY_HEADER_SIZE = 40,
    REFERENCE_SIZE = 8,
};
static_assert(ENTRY_HEADER_SIZE <= ENTRY_ALIGNMENT, "an entry has room for its header");

struct entry {
    const uint8_t *bytes;
    uint32_t size, flags, sequence, bins_size, count;
};

/* What one log holds: entries whose numbers follow each other, each known to be right. */
struct run {
    struct log_file *file;
    int32_t rank;  /* its place among the logs */
    uint32_t next; /* the sequence number that belongs behind the last entry */
    struct entry *entries;
    size_t nentries;
    const char *fault; /* what is wrong with the entry behind them; NULL: they are all */
    bool beyond;       /* there are entries even behind that fault: */
    uint32_t beyond_first, beyond_last;
};

/* How far the replay has come. */
struct progress {
    struct log_target *target;
    uint32_t start;            /* entries before this number are in the hive already */
    uint32_t next;             /* entries before this one are not wanted any more */
    bool strict;               /* it must be this one, or else something would be missing */
    const struct run *from;    /* where the first entry applied came from */
    const struct entry *first; /* NULL: nothing was applied */
    const struct entry *last;
};

/* Sequence numbers have 32 bits and start again from 0: of two numbers the one that is less than
 * 2^31 writes ahead of the other is the later one. A hive and its logs are never that far apart, so
 * that this is "equal to or greater than" wherever no number has wrapped around. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static uint64_t hash(const uint8_t *bytes, size_t len)
{
    return marvin32(HASH_SEED, (struct slice){.ptr = bytes, .len = len});
}

/* "Hash-2 is the Marvin32 hash of the first 32 bytes of a current log entry": the header says what
 * was meant. */
static bool is_header(const uint8_t *bytes, size_t len)
{
    return len >= ENTRY_HEADER_SIZE && memcmp(bytes, "HvLE", 4) == 0 &&
           hash(bytes, ENTRY_AT_HASH_2) == get_u64(bytes + ENTRY_AT_HASH_2);
}

static struct entry decode_entry(const uint8_t *bytes)
{
    return (struct entry){
        .bytes = bytes,
        .size = get_u32(bytes + ENTRY_AT_SIZE),
        .flags = get_u32(bytes + ENTRY_AT_FLAGS),
        .sequence = get_u32(bytes + ENTRY_AT_SEQUENCE),
        .bins_size = get_u32(bytes + ENTRY_AT_BINS_SIZE),
        .count = get_u32(bytes + ENTRY_AT_COUNT),
    };
}

/* Its sizes against the bytes that are left, once Hash-2 has vouched for the header. */
static const char *check_sizes(struct arena *arena, const struct entry *entry, size_t left)
{
    if (entry->size == 0 || entry->size % ENTRY_ALIGNMENT)
        return arena_printf(arena, "wrong size (got %u, want a multiple of %d)", entry->size,
                            ENTRY_ALIGNMENT);
    if (entry->size > left)
        return arena_printf(arena, "reaches beyond the end of the log (got %u bytes, %zu are left)",
                            entry->size, left);
    if (entry->bins_size == 0 || entry->bins_size % LOG_BLOCK_SIZE || entry->bins_size > INT32_MAX)
        return arena_printf(arena, "wrong size of the hive bins data (got %u)", entry->bins_size);
    if (entry->count > (entry->size - ENTRY_HEADER_SIZE) / REFERENCE_SIZE)
        return arena_printf(arena, "too many dirty pages for its size (got %u)", entry->count);
    return NULL;
}

/* Every page lies within the hive bins data and within the entry. */
static const char *check_pages(struct arena *arena, const struct entry *entry)
{
    const uint8_t *reference = entry->bytes + ENTRY_HEADER_SIZE;
    size_t left = entry->size - ENTRY_HEADER_SIZE - (size_t)entry->count * REFERENCE_SIZE;
    for (uint32_t i = 0; i < entry->count; i++, reference += REFERENCE_SIZE) {
        uint32_t offset = get_u32(reference), size = get_u32(reference + 4);
        if (size == 0 || offset > entry->bins_size || size > entry->bins_size - offset)
            return arena_printf(arena,
                                "page %u lies outside the hive (got %u bytes at %u, want them "
                                "within %u)",
                                i, size, offset, entry->bins_size);
        if (size > left)
            return arena_printf(arena, "page %u is cut off (got %zu bytes, want %u)", i, left,
                                size);
        left -= size;
    }
    return NULL;
}

/* "If a log entry has a wrong value in the field Hash-1, Hash-2, or Hive bins data size, recovery
 * stops". Returns NULL for an entry that can be applied. */
static const char *check_entry(struct arena *arena, const struct entry *entry, size_t left)
{
    if (left < ENTRY_HEADER_SIZE)
        return arena_printf(arena, "reaches beyond the end of the log (%zu bytes are left)", left);
    uint64_t hash_1 = get_u64(entry->bytes + ENTRY_AT_HASH_1);
    uint64_t hash_2 = get_u64(entry->bytes + ENTRY_AT_HASH_2);
    uint64_t want = hash(entry->bytes, ENTRY_AT_HASH_2);
    if (hash_2 != want)
        return arena_printf(arena, "wrong Hash-2 (got %016jx, want %016jx)", (uintmax_t)hash_2,
                            (uintmax_t)want);
    const char *fault = check_sizes(arena, entry, left);
    if (fault)
        return fault;
    want = hash(entry->bytes + ENTRY_HEADER_SIZE, entry->size - ENTRY_HEADER_SIZE);
    if (hash_1 != want)
        return arena_printf(arena, "wrong Hash-1 (got %016jx, want %016jx)", (uintmax_t)hash_1,
                            (uintmax_t)want);
    return check_pages(arena, entry);
}

/* Headers behind a fault tell of later entries, even where their pages are not whole. Each step
 * takes at least 512 bytes and hashes 32 of them. */
static void find_beyond(struct run *run, size_t offset)
{
    struct slice log = run->file->bytes;
    for (size_t left = log.len - offset; left >= ENTRY_HEADER_SIZE;) {
        const uint8_t *bytes = log.ptr + (log.len - left);
        uint32_t step = ENTRY_ALIGNMENT, sequence = get_u32(bytes + ENTRY_AT_SEQUENCE);
        if (is_header(bytes, left)) {
            uint32_t size = get_u32(bytes + ENTRY_AT_SIZE);
            step = size && size % ENTRY_ALIGNMENT == 0 ? size : step;
            if (is_before(run->next, sequence)) {
                run->beyond_first = run->beyond ? run->beyond_first : sequence;
                run->beyond_last = sequence;
                run->beyond = true;
            }
        }
        left -= step < left ? step : left;
    }
}

static void add_entry(struct arena *scratch, struct run *run, struct entry entry)
{
    run->entries = arena_grow(scratch, run->entries, run->nentries, sizeof *run->entries);
    run->entries[run->nentries++] = entry;
    run->next = entry.sequence + 1;
}

/* Reads the run of entries of a log. Windows starts a log anew without wiping it: zeros or an older
 * entry behind the last one are its end. Each entry takes at least 512 bytes. */
static void scan_log(struct arena *arena, struct arena *scratch, struct run *run)
{
    struct slice log = run->file->bytes;
    for (size_t offset = LOG_START; log.len - offset >= ENTRY_AT_BINS_SIZE;) {
        const uint8_t *bytes = log.ptr + offset;
        uint32_t sequence = get_u32(bytes + ENTRY_AT_SEQUENCE);
        if (memcmp(bytes, "HvLE", 4) != 0 || is_before(sequence, run->next))
            return;
        uint8_t header[ENTRY_HEADER_SIZE] = {0};
        size_t left = log.len - offset;
        memcpy(header, bytes, left < sizeof header ? left : sizeof header);
        struct entry entry = decode_entry(header);
        entry.bytes = bytes;
        const char *fault = check_entry(arena, &entry, left);
        if (!fault && sequence != run->next)
            fault = arena_printf(arena, "entries before it are missing (want entry %u)", run->next);
        if (fault) {
            run->fault = arena_printf(arena, "entry %u at offset %zu: %s", sequence, offset, fault);
            find_beyond(run, offset);
            return;
        }
        add_entry(scratch, run, entry);
        offset += entry.size;
    }
}

static int compare_runs(const void *a, const void *b)
{
    const struct run *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->file < right->file ? -1 : left->file > right->file;
}

/* The number that a log starts with. One that is not sound is only looked at for what it would have
 * held, by the number of its first entry. */
static bool find_first(const struct log_file *file, uint32_t *first)
{
    if (file->use->format != LOG_HVLE || file->bytes.len == 0)
        return false;
    if (file->sound) {
        *first = file->block.primary_sequence;
        return true;
    }
    if (file->bytes.len < LOG_START + ENTRY_HEADER_SIZE)
        return false;
    *first = get_u32(file->bytes.ptr + LOG_START + ENTRY_AT_SEQUENCE);
    return true;
}

/* The runs of all logs of the format in the order of their sequence numbers. "the first transaction
 * log file (*.LOG1) and then the second transaction log file (*.LOG2)" is the same where Windows
 * went on in the second; but it goes back to the first, too. */
static struct run *scan_logs(struct arena *arena, struct arena *scratch,
                             const struct log_target *target, struct log_file *files, size_t nfiles,
                             size_t *count)
{
    struct run *runs = arena_alloc(scratch, nfiles, sizeof *runs);
    size_t n = 0;
    for (size_t i = 0; i < nfiles; i++)
        if (find_first(&files[i], &runs[n].next))
            runs[n++].file = &files[i];
    uint32_t origin = target->sound || n == 0 ? target->block.primary_sequence : runs[0].next;
    for (size_t i = 0; i < n; i++) {
        runs[i].rank = (int32_t)(runs[i].next - origin);
        scan_log(arena, scratch, &runs[i]);
    }
    qsort(runs, n, sizeof *runs, compare_runs);
    *count = n;
    return runs;
}

static bool holds_entry(const struct run *runs, size_t nruns, uint32_t sequence)
{
    for (size_t i = 0; i < nruns; i++)
        if (runs[i].file->sound && runs[i].nentries && is_before(sequence, runs[i].next) &&
            !is_before(sequence, runs[i].entries[0].sequence))
            return true;
    return false;
}

/* "A subsequent log entry is a log entry with a sequence number equal to or greater than a primary
 * sequence number of a base block in a primary file". The entry of the secondary number, which the
 * hive ought to hold, is applied before it all the same: that changes nothing where the hive holds
 * it, and a hive copied from a running machine need not. */
static uint32_t choose_start(const struct base_block *block, const struct run *runs, size_t nruns)
{
    uint32_t primary = block->primary_sequence, before = primary - 1;
    bool both = holds_entry(runs, nruns, before) && holds_entry(runs, nruns, primary);
    return both && block->secondary_sequence == before ? before : primary;
}

/* Where the hive's own number is not known, the replay starts with the last unbroken run, and the
 * base block is recovered from its log. Windows starts a log anew once the hive holds what was in
 * it, so that a log that ends before the next one begins is an old one. */
static uint32_t find_start(const struct log_target *target, const struct run *runs, size_t nruns)
{
    if (target->sound)
        return choose_start(&target->block, runs, nruns);
    uint32_t start = 0;
    const struct run *last = NULL;
    for (size_t i = 0; i < nruns; i++) {
        if (!runs[i].file->sound || (runs[i].nentries == 0 && !runs[i].fault))
            continue;
        uint32_t first = runs[i].file->block.primary_sequence;
        if (!last || (!last->fault && is_before(last->next, first)))
            start = first;
        if (!last || is_before(last->next, runs[i].next))
            last = &runs[i];
    }
    return start;
}

/* Entries are checked already, each as a whole. */
static bool write_entry(struct log_target *target, const struct entry *entry)
{
    if (!log_target_grow(target, entry->bins_size))
        return false;
    const uint8_t *reference = entry->bytes + ENTRY_HEADER_SIZE;
    const uint8_t *page = reference + (size_t)entry->count * REFERENCE_SIZE;
    for (uint32_t i = 0; i < entry->count; i++, reference += REFERENCE_SIZE) {
        uint32_t size = get_u32(reference + 4);
        memcpy(target->bytes + BASE_BLOCK_SIZE + get_u32(reference), page, size);
        page += size;
    }
    return true;
}

static const char *apply_entry(struct arena *arena, struct progress *progress,
                               const struct run *run, const struct entry *entry)
{
    if (progress->strict && entry->sequence != progress->next)
        return arena_printf(arena, "entry %u: entries before it are missing (want entry %u)",
                            entry->sequence, progress->next);
    if (!write_entry(progress->target, entry)) {
        progress->strict = true;
        progress->next = entry->sequence;
        return arena_printf(arena, "entry %u: the hive cannot grow: %s", entry->sequence,
                            strerror(errno));
    }
    if (!progress->first) {
        progress->from = run;
        progress->first = entry;
    }
    progress->last = entry;
    progress->strict = true;
    progress->next = entry->sequence + 1;
    return NULL;
}

/* Why nothing of a log was applied that has nothing wrong. */
static const char *explain_idle(struct arena *arena, const struct run *run, uint32_t next)
{
    if (run->nentries == 0)
        return "holds no entry";
    return arena_printf(arena, "holds only older entries (got %u to %u, want %u or later)",
                        run->entries[0].sequence, run->next - 1, next);
}

/* The first entry may be later than the hive, for the numbers between them need not have been
 * logged; but behind it, or behind one that is damaged, none may be missing. */
static void apply_run(struct arena *arena, struct progress *progress, const struct run *run)
{
    struct log_use *use = run->file->use;
    for (size_t i = 0; i < run->nentries; i++) {
        const struct entry *entry = &run->entries[i];
        if (is_before(entry->sequence, progress->next))
            continue;
        use->reason = apply_entry(arena, progress, run, entry);
        if (use->reason)
            break;
        use->first = use->applied++ ? use->first : entry->sequence;
        use->last = entry->sequence;
    }
    if (run->fault && !progress->strict && !is_before(run->next, progress->next)) {
        progress->strict = true;
        progress->next = run->next;
    }
    if (!use->reason)
        use->reason = run->fault;
    if (!use->reason && !use->applied)
        use->reason = explain_idle(arena, run, progress->next);
}

/* Whether the hive lacks an entry: neither the hive held it before nor was it applied. */
static bool is_lost(const struct progress *progress, uint32_t sequence)
{
    if (is_before(sequence, progress->start))
        return false;
    return !progress->first || is_before(sequence, progress->first->sequence) ||
           !is_before(sequence, progress->next);
}

/* Adds to *lost what is lost of a log. */
static void describe_lost(struct arena *arena, const struct progress *progress,
                          const struct run *run, const char **lost)
{
    bool any = false;
    uint32_t first = 0, last = 0;
    for (size_t i = 0; i < run->nentries; i++) {
        if (!is_lost(progress, run->entries[i].sequence))
            continue;
        last = run->entries[i].sequence;
        first = any ? first : last;
        any = true;
    }
    if (run->beyond && is_lost(progress, run->beyond_last)) {
        last = run->beyond_last;
        first = any ? first : run->beyond_first;
        any = true;
    }
    if (!any)
        return;
    const char *why = run->file->sound ? "follow a gap and cannot be applied"
                                       : "cannot be applied, because the log is not sound";
    *lost =
        arena_printf(arena, "%s%sentries %u to %u of %s %s", *lost ? *lost : "", *lost ? "; " : "",
                     first, last, text_escape(arena, run->file->source->name), why);
}

static void finish(const struct progress *progress)
{
    uint8_t *base = progress->target->bytes;
    const struct entry *last = progress->last;
    log_target_finish(progress->target,
                      progress->target->sound ? NULL : progress->from->file->bytes.ptr,
                      last->sequence, last->bins_size);
    put_u32(base + BASE_AT_FLAGS, last->flags);
    base_block_put_checksum(base);
}

void log_apply_hvle(struct arena *arena, struct log_target *target, struct log_file *files,
                    size_t nfiles, struct replay *replay)
{
    CLEANUP(arena) struct arena *scratch = arena_new();
    size_t nruns;
    struct run *runs = scan_logs(arena, scratch, target, files, nfiles, &nruns);
    uint32_t start = find_start(target, runs, nruns);
    struct progress progress = {.target = target, .start = start, .next = start};
    for (size_t i = 0; i < nruns; i++)
        if (runs[i].file->sound)
            apply_run(arena, &progress, &runs[i]);
    for (size_t i = 0; i < nruns; i++)
        describe_lost(arena, &progress, &runs[i], &replay->lost);
    if (!progress.first)
        return;
    replay->recovered = true;
    finish(&progress);
}
