/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <libvhdi.h>
#include <malloc.h>

#include "base/utf16.h"
#include "disks.h"

#define RAW_SIZE   ((size_t)5 * 1024 * 1024 + 3 * 512)
#define DISK_SIZE  ((size_t)1024 * 1024 + 5 * 512) /* of disks that are built here */
#define BLOCK_SIZE 65536
#define NBLOCKS    ((DISK_SIZE + BLOCK_SIZE - 1) / BLOCK_SIZE)

/* What compares, where it is there: another reader of the same format. */
#define VHDI_FUNCTIONS(X)                                                                          \
    X(libvhdi_file_initialize)                                                                     \
    X(libvhdi_file_free)                                                                           \
    X(libvhdi_file_open)                                                                           \
    X(libvhdi_file_set_parent_file)                                                                \
    X(libvhdi_file_get_media_size)                                                                 \
    X(libvhdi_file_read_buffer_at_offset)
LIBRARY_TABLE(vhdi, VHDI_FUNCTIONS)

static void need_libvhdi(const struct scratch *scratch)
{
    if (libraries_load(scratch->arena, LIBRARY_BIT(LIBRARY_VHDI))) {
        print_message("libvhdi is missing\n");
        skip();
    }
    assert_null(library_bind(LIBRARY_VHDI, vhdi_names, &vhdi, sizeof vhdi / sizeof(void *)));
}

static libvhdi_file_t *open_with_libvhdi(const struct scratch *scratch, const char *name,
                                         libvhdi_file_t *parent)
{
    libvhdi_file_t *file = NULL;
    assert_int_equal(vhdi.libvhdi_file_initialize(&file, NULL), 1);
    assert_int_equal(
        vhdi.libvhdi_file_open(file, scratch_path(scratch, name), LIBVHDI_OPEN_READ, NULL), 1);
    if (parent)
        assert_int_equal(vhdi.libvhdi_file_set_parent_file(file, parent, NULL), 1);
    return file;
}

/* The disk of the last of some images, each the parent of the next, as libvhdi reads it. Version
 * 20210425 is right about single sectors only, because it reads on in the parent where a longer
 * read goes beyond its sectors; and takes some sectors of the parent for zeros where few are in a
 * row. */
static struct memory_hive *read_with_libvhdi(const struct scratch *scratch,
                                             const char *const *names, size_t count)
{
    libvhdi_file_t *files[4] = {NULL};
    size64_t size;
    for (size_t i = 0; i < count; i++)
        files[i] = open_with_libvhdi(scratch, names[i], i ? files[i - 1] : NULL);
    libvhdi_file_t *last = files[count - 1];
    assert_int_equal(vhdi.libvhdi_file_get_media_size(last, &size, NULL), 1);
    uint8_t *bytes = arena_alloc(scratch->arena, size, 1);
    for (size64_t at = 0; at < size;) {
        ssize_t n =
            vhdi.libvhdi_file_read_buffer_at_offset(last, bytes + at, 512, (off64_t)at, NULL);
        assert_true(n > 0);
        at += (size64_t)n;
    }
    while (count)
        vhdi.libvhdi_file_free(&files[--count], NULL);
    return support_wrap(scratch->arena, bytes, size);
}

static void put_be32(uint8_t *p, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(number >> (24 - 8 * i));
}

static void put_be64(uint8_t *p, uint64_t number)
{
    put_be32(p, (uint32_t)(number >> 32));
    put_be32(p + 4, (uint32_t)number);
}

static void put_checksum(uint8_t *bytes, size_t len, size_t field)
{
    uint32_t sum = 0;
    put_be32(bytes + field, 0);
    for (size_t i = 0; i < len; i++)
        sum += bytes[i];
    put_be32(bytes + field, ~sum);
}

/* A dynamic disk, or a differencing one, which is built here: no tool at hand makes those. The
 * names of a parent may be NULL. */
struct plan {
    const char *name;
    uint8_t id, parent_id; /* each is 16 times that; a parent_id of 0: dynamic */
    const char *relative, *absolute, *unicode_name;
    uint64_t seed;
    size_t step; /* sectors that are written together; 0: 1 */
};

static void put_locator(struct arena *arena, uint8_t *file, size_t number, const char *code,
                        const char *path)
{
    uint8_t *locator = file + 512 + 576 + number * 24;
    size_t at = 2048 + number * 512;
    struct slice utf16 = utf16_encode(arena, path);
    memcpy(locator, code, 4);
    put_be32(locator + 4, 512);
    put_be32(locator + 8, (uint32_t)utf16.len);
    put_be64(locator + 16, at);
    memcpy(file + at, utf16.ptr, utf16.len);
}

static void put_header(struct arena *arena, uint8_t *file, const struct plan *plan)
{
    uint8_t *header = file + 512;
    memcpy(header, "cxsparse", 8);
    put_be64(header + 8, UINT64_MAX);
    put_be64(header + 16, 1536);
    put_be32(header + 24, 0x10000);
    put_be32(header + 28, NBLOCKS);
    put_be32(header + 32, BLOCK_SIZE);
    memset(header + 40, plan->parent_id, 16);
    if (plan->relative)
        put_locator(arena, file, 0, "W2ru", plan->relative);
    if (plan->absolute)
        put_locator(arena, file, 1, "W2ku", plan->absolute);
    for (size_t i = 0; plan->unicode_name && plan->unicode_name[i]; i++)
        header[64 + 2 * i + 1] = (uint8_t)plan->unicode_name[i];
    put_checksum(header, 1024, 36);
}

static void put_footer(uint8_t *footer, const struct plan *plan)
{
    memcpy(footer, "conectix", 8);
    put_be32(footer + 8, 2);
    put_be32(footer + 12, 0x10000);
    put_be64(footer + 16, 512);
    memcpy(footer + 28, "win ", 4);
    put_be64(footer + 40, DISK_SIZE);
    put_be64(footer + 48, DISK_SIZE);
    put_be32(footer + 60, plan->parent_id ? 4 : 3);
    memset(footer + 68, plan->id, 16);
    put_checksum(footer, 512, 64);
}

/* One block: its bitmap and data. The disk has them, too. */
static void put_block(uint8_t *block, uint8_t *disk, size_t room, size_t step, uint64_t *seed)
{
    uint64_t density = disks_random(seed) % 8;
    bool is_here = false;
    for (size_t sector = 0; sector < BLOCK_SIZE / 512; sector++) {
        if (sector % step == 0)
            is_here = disks_random(seed) % 8 <= density;
        if (!is_here)
            continue;
        block[sector / 8] |= (uint8_t)(0x80 >> sector % 8);
        uint8_t *bytes = block + 512 + sector * 512;
        for (int i = 0; i < 512; i++)
            bytes[i] = (uint8_t)disks_random(seed);
        if (sector * 512 < room)
            memcpy(disk + sector * 512, bytes, 512);
    }
}

/* Writes the file, and does to a disk what it changes. */
static void build(const struct scratch *scratch, const struct plan *plan, uint8_t *disk)
{
    size_t at = 4096;
    uint64_t seed = plan->seed;
    uint8_t *file = arena_alloc(scratch->arena, at + NBLOCKS * (512 + BLOCK_SIZE) + 512, 1);
    put_footer(file, plan);
    put_header(scratch->arena, file, plan);
    memset(file + 1536, 0xff, 512);
    for (size_t i = 0; i < NBLOCKS; i++) {
        if (disks_random(&seed) % 3 == 0)
            continue;
        put_be32(file + 1536 + i * 4, (uint32_t)(at / 512));
        put_block(file + at, disk + i * BLOCK_SIZE, DISK_SIZE - i * BLOCK_SIZE,
                  plan->step ? plan->step : 1, &seed);
        at += 512 + BLOCK_SIZE;
    }
    memcpy(file + at, file, 512);
    scratch_write(scratch, plan->name, file, at + 512);
}

static const struct plan base = {.name = "base.vhd", .id = 1, .seed = 5};
static const struct plan child = {.name = "child.vhd",
                                  .id = 2,
                                  .parent_id = 1,
                                  .relative = ".\\base.vhd",
                                  .absolute = "C:\\disks\\base.vhd",
                                  .unicode_name = "base.vhd",
                                  .seed = 6};
static const struct plan grandchild = {
    .name = "grandchild.vhd", .id = 3, .parent_id = 2, .relative = ".\\child.vhd", .seed = 7};

static uint8_t *make_disk(const struct scratch *scratch)
{
    return arena_alloc(scratch->arena, DISK_SIZE, 1);
}

/* Both of them; returns the disk. */
static uint8_t *build_pair(const struct scratch *scratch, const struct plan *plan)
{
    uint8_t *disk = make_disk(scratch);
    build(scratch, &base, disk);
    build(scratch, plan, disk);
    return disk;
}

static void check(const struct scratch *scratch, const char *name, uint8_t *disk)
{
    struct disks_image *image = disks_open(scratch, name, disk_open_vhd);
    assert_int_equal(image->disk.size, DISK_SIZE);
    disks_compare(&image->disk, &support_wrap(scratch->arena, disk, DISK_SIZE)->source);
    disks_close(image);
}

/* Makes x.vhd of raw, and raw itself where it is not there yet. */
static void make_image(const struct scratch *scratch, const char *options)
{
    disks_need("qemu-img");
    if (access(scratch_path(scratch, "raw"), F_OK) != 0)
        disks_make_raw(scratch, "raw", RAW_SIZE, 78);
    disks_run(scratch, "qemu-img convert -f raw -O vpc %s raw x.vhd", options);
}

static void disks_that_qemu_makes_are_read(void **state)
{
    static const char *const options[] = {"-o subformat=fixed", "-o subformat=fixed,force_size=on",
                                          "-o subformat=dynamic",
                                          "-o subformat=dynamic,force_size=on", "-S 0"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        make_image(*state, options[i]);
        disks_check(*state, "x.vhd", disk_open_vhd, "raw");
    }
}

static void the_footer_of_a_fixed_disk_is_no_part_of_it(void **state)
{
    make_image(*state, "-o subformat=fixed,force_size=on");
    struct disks_image *image = disks_open(*state, "x.vhd", disk_open_vhd);
    assert_int_equal(image->disk.size, RAW_SIZE);
    disks_close(image);
}

static void a_dynamic_disk_is_read(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t *disk = make_disk(scratch);
    build(scratch, &base, disk);
    check(scratch, "base.vhd", disk);
}

static void a_disk_of_two_terabytes_takes_little_memory(void **state)
{
    const struct scratch *scratch = *state;
    uint64_t size = UINT64_C(2040) << 30;
    uint8_t bytes[512], want[512];
    disks_need("qemu-io");
    disks_run(scratch,
              "qemu-img create -f vpc -o force_size=on x.vhd 2040G && "
              "qemu-io -f vpc -c 'write -P 0x5a %ju 512' x.vhd",
              (uintmax_t)size - 512);
    memset(want, 0x5a, sizeof want);
    struct disks_image *image = disks_open(scratch, "x.vhd", disk_open_vhd);
    assert_int_equal(image->disk.size, size);
    struct mallinfo2 before = mallinfo2();
    assert_true(source_read(&image->disk, size - 512, bytes, sizeof bytes));
    assert_memory_equal(bytes, want, sizeof bytes);
    memset(want, 0, sizeof want);
    for (uint64_t at = 0; at + 1024 <= size; at += size / 1000) {
        assert_true(source_read(&image->disk, at, bytes, sizeof bytes));
        assert_memory_equal(bytes, want, sizeof bytes);
    }
    struct mallinfo2 after = mallinfo2();
    assert_true(after.uordblks <= before.uordblks + 1024 * 1024);
    disks_close(image);
}

static void differences_lie_over_the_parent_sector_by_sector(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t *disk = build_pair(scratch, &child);
    check(scratch, "child.vhd", disk);
    build(scratch, &grandchild, disk);
    check(scratch, "grandchild.vhd", disk);
}

static void libvhdi_reads_the_same_differences(void **state)
{
    static const char *const names[] = {"base.vhd", "child.vhd", "grandchild.vhd"};
    const struct scratch *scratch = *state;
    struct plan one = child, two = grandchild;
    need_libvhdi(scratch);
    one.step = two.step = 8; /* clusters of 4096 bytes */
    uint8_t *disk = build_pair(scratch, &one);
    build(scratch, &two, disk);
    for (size_t count = 1; count <= 3; count++) {
        struct disks_image *image = disks_open(scratch, names[count - 1], disk_open_vhd);
        disks_compare(&image->disk, &read_with_libvhdi(scratch, names, count)->source);
        disks_close(image);
    }
}

/* Their checksums are wrong: they were changed by hand. */
static void public_samples_read_as_libvhdi_reads_them(void **state)
{
    static const char *const names[] = {"image.vhd", "image-differential.vhd"};
    const struct scratch *scratch = *state;
    need_libvhdi(scratch);
    for (size_t i = 0; i < 2; i++) {
        const char *path = arena_printf(scratch->arena, "images/%s", names[i]);
        const struct memory_hive *file = support_corpus(scratch->arena, path);
        scratch_write(scratch, names[i], file->bytes, file->source.size);
    }
    for (size_t count = 1; count <= 2; count++) {
        struct disks_image *image = disks_try(scratch, names[count - 1], disk_open_vhd);
        assert_true(image->is_open);
        assert_non_null(strstr(image->diags.items[0].message, "has a damaged footer"));
        disks_compare(&image->disk, &read_with_libvhdi(scratch, names, count)->source);
        disks_close(image);
    }
}

/* A fixed disk may be a parent, too: base.vhd with the id that the child wants. */
static void a_parent_may_be_fixed(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t *disk = make_disk(scratch), *file = arena_alloc(scratch->arena, DISK_SIZE + 512, 1);
    for (size_t i = 0; i < DISK_SIZE; i++)
        disk[i] = (uint8_t)(i / 512 + i);
    memcpy(file, disk, DISK_SIZE);
    put_footer(file + DISK_SIZE, &base);
    put_be32(file + DISK_SIZE + 60, 2);
    put_checksum(file + DISK_SIZE, 512, 64);
    scratch_write(scratch, "base.vhd", file, DISK_SIZE + 512);
    build(scratch, &child, disk);
    check(scratch, "child.vhd", disk);
}

/* Other places may hold an outdated name. */
static void each_name_of_the_parent_is_tried(void **state)
{
    static const struct {
        const char *relative, *absolute, *unicode_name;
    } cases[] = {
        {".\\base.vhd", NULL, NULL},
        {"base.vhd", NULL, NULL},
        {"..\\..\\other\\base.vhd", "D:\\gone.vhd", "gone.vhd"},
        {NULL, "\\\\server\\share\\base.vhd", NULL},
        {".\\gone.vhd", "C:\\base.vhd", NULL},
        {NULL, NULL, "base.vhd"},
        {".\\gone.vhd", "C:\\gone2.vhd", "base.vhd"},
        {".\\child.vhd", "C:\\..", "base.vhd"}, /* what is there is another disk */
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan plan = child;
        plan.relative = cases[i].relative;
        plan.absolute = cases[i].absolute;
        plan.unicode_name = cases[i].unicode_name;
        uint8_t *disk = build_pair(scratch, &plan);
        check(scratch, "child.vhd", disk);
    }
}

static void a_parent_that_is_missing_or_another_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    struct plan nameless = child, other = base;
    build_pair(scratch, &child);
    disks_run(scratch, "mv base.vhd gone");
    disks_refuse(scratch, "child.vhd", disk_open_vhd,
                 "needs its parent disk base.vhd, which cannot be opened: No such file");
    other.id = 9;
    build(scratch, &other, make_disk(scratch));
    disks_refuse(scratch, "child.vhd", disk_open_vhd,
                 "base.vhd beside it is another (its unique id is not "
                 "01010101010101010101010101010101)");
    scratch_write_text(scratch, "base.vhd", "short");
    disks_refuse(scratch, "child.vhd", disk_open_vhd, "is another");
    nameless.relative = nameless.absolute = nameless.unicode_name = NULL;
    build(scratch, &nameless, make_disk(scratch));
    disks_refuse(scratch, "child.vhd", disk_open_vhd, "does not tell which");
}

static void a_circle_of_parents_ends(void **state)
{
    const struct scratch *scratch = *state;
    struct plan own = child, one = base;
    own.id = own.parent_id = 1;
    own.relative = "child.vhd";
    build(scratch, &own, make_disk(scratch));
    disks_refuse(scratch, "child.vhd", disk_open_vhd, "or they go in a circle");
    one.parent_id = 2;
    one.relative = "child.vhd";
    build(scratch, &one, make_disk(scratch));
    build(scratch, &child, make_disk(scratch));
    disks_refuse(scratch, "child.vhd", disk_open_vhd, "or they go in a circle");
}

/* Opens an image about which something is said, and which still reads right. */
static void check_said(const struct scratch *scratch, const char *name, const char *raw,
                       const char *words)
{
    struct disks_image *image = disks_try(scratch, name, disk_open_vhd);
    assert_true(image->is_open);
    assert_int_equal(image->diags.count, 1);
    assert_int_equal(image->diags.worst, DIAG_INCOMPLETE);
    assert_non_null(strstr(image->diags.items[0].message, words));
    disks_compare(&image->disk, &disks_load(scratch, raw)->source);
    disks_close(image);
}

static void the_copy_of_a_damaged_footer_is_used(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    uint64_t size = disks_load(scratch, "x.vhd")->source.size;
    disks_poke(scratch, "x.vhd", size - 500, "!", 1);
    check_said(scratch, "x.vhd", "raw", "the copy at its start is used");
    disks_run(scratch, "truncate -s -512 x.vhd");
    check_said(scratch, "x.vhd", "raw", "the copy at its start is used");
    disks_poke(scratch, "x.vhd", 12, "!", 1);
    check_said(scratch, "x.vhd", "raw", "has a damaged footer (checksum: got 0x");
    disks_poke(scratch, "x.vhd", 0, "!", 1);
    disks_refuse(scratch, "x.vhd", disk_open_vhd, "has no footer");
}

static void a_fixed_disk_with_a_damaged_footer_is_all_before_it(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "-o subformat=fixed,force_size=on");
    disks_poke(scratch, "x.vhd", RAW_SIZE + 48, "!", 1);
    check_said(scratch, "x.vhd", "raw", "has a damaged footer (checksum: got 0x");
}

static void a_damaged_header_is_said(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    disks_poke(scratch, "x.vhd", 512 + 900, "!", 1);
    check_said(scratch, "x.vhd", "raw", "has a damaged header (checksum: got 0x");
    disks_poke(scratch, "x.vhd", 512, "!", 1);
    disks_refuse(scratch, "x.vhd", disk_open_vhd, "has no header where its footer says");
}

static void a_file_that_is_cut_short_fails_to_read_and_says_so_once(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    disks_run(scratch, "head -c 3000000 x.vhd >y.vhd && tail -c 512 x.vhd >>y.vhd");
    disks_check_damage(scratch, "y.vhd", disk_open_vhd, "raw", "is cut short");
    build_pair(scratch, &child);
    disks_run(scratch, "head -c 300000 base.vhd >y.vhd && tail -c 512 base.vhd >>y.vhd && "
                       "mv y.vhd base.vhd");
    struct disks_image *image = disks_open(scratch, "child.vhd", disk_open_vhd);
    uint8_t bytes[512];
    unsigned failures = 0;
    for (uint64_t at = 0; at < DISK_SIZE; at += sizeof bytes)
        failures += !source_read(&image->disk, at, bytes, sizeof bytes);
    assert_true(failures > 1);
    assert_int_equal(image->diags.count, 1);
    assert_non_null(strstr(image->diags.items[0].message, "the parent disk base.vhd is cut short"));
    disks_close(image);
}

static void blocks_outside_the_file_fail_to_read(void **state)
{
    static const uint8_t far[4] = {0xff, 0xff, 0xff, 0xfe};
    const struct scratch *scratch = *state;
    make_image(scratch, "-S 0");
    disks_poke(scratch, "x.vhd", 1536 + 4, far, sizeof far);
    disks_check_damage(scratch, "x.vhd", disk_open_vhd, "raw", "is cut short");
}

/* A field of a sound disk becomes something else, and its checksum right. */
static void check_hostile(const struct scratch *scratch, size_t at, uint64_t number, size_t len,
                          const char *words)
{
    build(scratch, &base, make_disk(scratch));
    struct memory_hive *file = disks_load(scratch, "base.vhd");
    uint8_t *footer = file->bytes + file->source.size - 512, wide[8];
    put_be64(wide, number);
    memcpy(file->bytes + at, wide + 8 - len, len);
    put_checksum(file->bytes, 512, 64);
    put_checksum(file->bytes + 512, 1024, 36);
    memcpy(footer, file->bytes, 512);
    scratch_write(scratch, "x.vhd", file->bytes, file->source.size);
    disks_refuse(scratch, "x.vhd", disk_open_vhd, words);
}

static void hostile_fields_are_refused(void **state)
{
    enum { HEADER = 512 };
    check_hostile(*state, 16, UINT64_MAX, 8, "a header that cannot be read");
    check_hostile(*state, 16, 0, 8, "has no header where its footer says (at 0)");
    check_hostile(*state, 48, UINT64_MAX, 8, "too few blocks");
    check_hostile(*state, 48, DISK_SIZE * 2, 8, "too few blocks");
    check_hostile(*state, 60, 0, 4, "has no footer");
    check_hostile(*state, 60, 5, 4, "has no footer");
    check_hostile(*state, 60, 2, 4, "is cut short");
    check_hostile(*state, 60, 4, 4, "does not tell which");
    check_hostile(*state, HEADER + 16, UINT64_MAX, 8, "allocation table is not in it");
    check_hostile(*state, HEADER + 16, 1 << 30, 8, "allocation table is not in it");
    check_hostile(*state, HEADER + 28, UINT32_MAX, 4, "allocation table is not in it");
    check_hostile(*state, HEADER + 28, 1, 4, "too few blocks");
    check_hostile(*state, HEADER + 32, 0, 4, "blocks of a bad size (0)");
    check_hostile(*state, HEADER + 32, 512, 4, "blocks of a bad size (512)");
    check_hostile(*state, HEADER + 32, 65537, 4, "blocks of a bad size (65537)");
}

static void what_is_no_vhd_is_refused(void **state)
{
    scratch_write(*state, "x.vhd", "", 0);
    disks_refuse(*state, "x.vhd", disk_open_vhd, "has no footer");
    disks_make_raw(*state, "x.vhd", 100000, 3);
    disks_refuse(*state, "x.vhd", disk_open_vhd, "has no footer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(disks_that_qemu_makes_are_read),
        SCRATCH_TEST(the_footer_of_a_fixed_disk_is_no_part_of_it),
        SCRATCH_TEST(a_dynamic_disk_is_read),
        SCRATCH_TEST(a_disk_of_two_terabytes_takes_little_memory),
        SCRATCH_TEST(differences_lie_over_the_parent_sector_by_sector),
        SCRATCH_TEST(libvhdi_reads_the_same_differences),
        SCRATCH_TEST(public_samples_read_as_libvhdi_reads_them),
        SCRATCH_TEST(a_parent_may_be_fixed),
        SCRATCH_TEST(each_name_of_the_parent_is_tried),
        SCRATCH_TEST(a_parent_that_is_missing_or_another_is_refused),
        SCRATCH_TEST(a_circle_of_parents_ends),
        SCRATCH_TEST(the_copy_of_a_damaged_footer_is_used),
        SCRATCH_TEST(a_fixed_disk_with_a_damaged_footer_is_all_before_it),
        SCRATCH_TEST(a_damaged_header_is_said),
        SCRATCH_TEST(a_file_that_is_cut_short_fails_to_read_and_says_so_once),
        SCRATCH_TEST(blocks_outside_the_file_fail_to_read),
        SCRATCH_TEST(hostile_fields_are_refused),
        SCRATCH_TEST(what_is_no_vhd_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
