/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HAVE_LIBBFIO 1 /* else libewf.h hides what takes a pool */
#include <libewf.h>

#include "base/bytes.h"
#include "base/path.h"
#include "base/text.h"
#include "input/bfio.h"
#include "input/disk_image.h"

#define SEGMENTS_MAX 14971 /* .E01 to .E99, then .EAA to .ZZZ */

/* libewf looks through its list of damaged ranges from the start, for each one that it is asked
 * for. Of an image with more of them nothing more is read. */
#define DAMAGES_MAX 1000

#define FUNCTIONS(X)                                                                               \
    X(libewf_handle_initialize)                                                                    \
    X(libewf_handle_free)                                                                          \
    X(libewf_handle_open_file_io_pool)                                                             \
    X(libewf_handle_segment_files_corrupted)                                                       \
    X(libewf_handle_get_media_size)                                                                \
    X(libewf_handle_get_bytes_per_sector)                                                          \
    X(libewf_handle_get_number_of_checksum_errors)                                                 \
    X(libewf_handle_get_checksum_error) X(libewf_handle_read_random)
LIBRARY_TABLE(ewf, FUNCTIONS)

struct ewf {
    struct disk_image image;
    libewf_handle_t *handle;
    uint32_t sector_size;
};

static void release(void *context)
{
    struct ewf *image = context;
    ewf.libewf_handle_free(&image->handle, NULL);
}

/* The name of the first segment: .E01 of .E02, .EAA and .FAA. NULL where it is no such name. */
static const char *name_first(struct arena *arena, const char *path, uint32_t number)
{
    char *name = arena_strdup(arena, path_name(path)), *dot = strrchr(name, '.');
    size_t len = dot ? strlen(dot) : 0;
    if (len != 4 && len != 5)
        return NULL;
    if (number >= 100)
        dot[len - 3] = (char)(dot[len - 3] - (number - 100) / (26 * 26));
    memcpy(dot + len - 2, "01", 2);
    return name;
}

/* The first segment has its number 1 behind the signature: 2 bytes in version 1 of the format (EWF
 * specification, "File header"), 4 bytes in version 2 (EWF2 specification). */
static bool check_first(struct access *access, const struct source *file)
{
    uint8_t head[16];
    if (!source_read(file, 0, head, sizeof head))
        return access_fail(access, "the E01 image cannot be read: %s", strerror(errno));
    uint32_t number = head[3] == '2' ? get_u32(head + 12) : get_u16(head + 9);
    if (number == 1)
        return true;
    const char *first = name_first(access->arena, file->name, number);
    if (first)
        access_note_part(access, first);
    return access_fail(access,
                       "this is not the first segment of the E01 image (got number %" PRIu32
                       ", want 1): name the file that ends in .E01",
                       number);
}

/* Finds in a name like disk.E01 or disk.Ex01 where the number stands: NULL where it is no such
 * name. */
static char *find_number(char *name)
{
    char *dot = strrchr(name, '.');
    size_t len = dot ? strlen(dot) : 0;
    if ((len != 4 && len != 5) || strcmp(dot + len - 2, "01") != 0)
        return NULL;
    for (char *c = dot + 1; c < dot + len - 2; c++)
        if (!isalpha((unsigned char)*c))
            return NULL;
    return dot + len - 2;
}

/* Writes the number of a segment at its place: 02 to 99, then AA to ZZ, and again with the letter
 * before that counted up, in the case of that letter. */
static void put_number(char *at, char first, unsigned segment)
{
    if (segment < 100) {
        at[0] = (char)('0' + segment / 10);
        at[1] = (char)('0' + segment % 10);
        return;
    }
    unsigned rest = segment - 100;
    char a = islower((unsigned char)first) ? 'a' : 'A';
    at[1] = (char)(a + rest % 26);
    at[0] = (char)(a + rest / 26 % 26);
    at[-1] = (char)(first + rest / (26 * 26));
}

struct segments {
    struct source *sources;
    size_t count;
    const char *absent; /* the name of the first one that is not there; NULL: it has none */
};

/* Opens the segments that lie beside the first one, up to the first name that is not there. */
static bool open_segments(struct access *access, const struct source *file,
                          struct segments *segments)
{
    char *name = arena_strdup(access->arena, path_name(file->name));
    char *at = find_number(name), first = at ? at[-1] : 0;
    char last = islower((unsigned char)first) ? 'z' : 'Z';
    segments->sources = arena_grow(access->arena, NULL, 0, sizeof *file);
    segments->sources[segments->count++] = *file;
    for (unsigned i = 2; at && i <= SEGMENTS_MAX; i++) {
        struct source *sources =
            arena_grow(access->arena, segments->sources, segments->count, sizeof *file);
        segments->sources = sources;
        put_number(at, first, i);
        if (at[-1] > last)
            break;
        if (access_open_beside(access, name, &sources[segments->count])) {
            segments->count++;
            continue;
        }
        segments->absent = name;
        if (errno == ENOENT || errno == EXDEV)
            break;
        return access_fail(access, "segment %s of the E01 image cannot be opened: %s", name,
                           strerror(errno));
    }
    return true;
}

/* libewf notes sectors whose checksum is wrong, or whose chunk it cannot find, and gives zeros
 * for them. */
static bool is_damaged(const struct ewf *image, uint64_t offset, size_t len)
{
    uint32_t count = 0;
    uint64_t start, sectors, from, size, to;
    if (ewf.libewf_handle_get_number_of_checksum_errors(image->handle, &count, NULL) != 1 ||
        count > DAMAGES_MAX)
        return true;
    for (uint32_t i = 0; i < count; i++) {
        if (ewf.libewf_handle_get_checksum_error(image->handle, i, &start, &sectors, NULL) != 1 ||
            __builtin_mul_overflow(start, image->sector_size, &from) ||
            __builtin_mul_overflow(sectors, image->sector_size, &size) ||
            __builtin_add_overflow(from, size, &to))
            return true;
        if (from < offset + len && offset < to)
            return true;
    }
    return false;
}

static ssize_t read_ewf(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct ewf *image = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    ssize_t n = ewf.libewf_handle_read_random(image->handle, buf, len, (off64_t)offset, NULL);
    if (n == (ssize_t)len && !is_damaged(image, offset, len))
        return n;
    disk_complain(&image->image, EIO, BFIO_DAMAGE, len, offset);
    return -1;
}

/* libewf opens a set without its last segments; what lies in the others can be read. */
static void say_missing(struct access *access, const struct ewf *image,
                        const struct segments *segments)
{
    if (ewf.libewf_handle_segment_files_corrupted(image->handle, NULL) == 0)
        return;
    if (segments->absent)
        diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                 "the E01 image is not complete: a segment is missing or damaged (got %zu, and no "
                 "file %s)",
                 segments->count,
                 text_from_utf8(access->diags->arena, segments->absent, strlen(segments->absent)));
    else
        diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                 "the E01 image is not complete: a segment is missing or damaged (got %zu)",
                 segments->count);
}

static bool open_image(struct access *access, const struct segments *segments, struct ewf *image)
{
    libbfio_pool_t *pool = bfio_open_pool(access, LIBRARY_EWF, segments->sources, segments->count);
    if (!pool)
        return false;
    if (ewf.libewf_handle_initialize(&image->handle, NULL) != 1)
        end_out_of_memory();
    arena_on_free(access->arena, release, image);
    if (ewf.libewf_handle_open_file_io_pool(image->handle, pool, LIBEWF_OPEN_READ, NULL) != 1)
        return access_fail(access, "the E01 image is damaged: libewf cannot open its %zu segments",
                           segments->count);
    return true;
}

bool disk_open_ewf(struct access *access, const struct source *file, struct source *disk)
{
    struct segments segments = {0};
    size64_t size;
    if (!LIBRARY_BIND(access, LIBRARY_EWF, ewf) || !check_first(access, file) ||
        !open_segments(access, file, &segments))
        return false;
    struct ewf *image = arena_alloc(access->arena, 1, sizeof *image);
    image->image.access = access;
    image->image.what = "the E01 image";
    if (!open_image(access, &segments, image))
        return false;
    if (ewf.libewf_handle_get_media_size(image->handle, &size, NULL) != 1 || size == 0 ||
        size > INT64_MAX ||
        ewf.libewf_handle_get_bytes_per_sector(image->handle, &image->sector_size, NULL) != 1)
        return access_fail(access,
                           "the E01 image is damaged: it does not say how large the disk is");
    say_missing(access, image, &segments);
    *disk = (struct source){
        .name = file->name, .size = size, .read_at = read_ewf, .fd = -1, .context = image};
    return true;
}
