/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/partitions.h"

#include "disks.h"

#define MIB UINT64_C(1048576)

/* What a disk was found to have. */
struct found {
    enum partitions_found kind;
    struct partition *partitions;
    size_t count;
    struct diags diags;
};

static const struct found *read_source(struct arena *arena, const struct source *disk)
{
    struct found *found = arena_alloc(arena, 1, sizeof *found);
    found->diags.arena = arena;
    found->kind = partitions_read(arena, &found->diags, disk, &found->partitions, &found->count);
    return found;
}

static const struct found *read_disk(const struct scratch *scratch, const char *name)
{
    return read_source(scratch->arena, &disks_load(scratch, name)->source);
}

/* A line for each partition: number, first sector of 512 bytes, and how many. */
static const char *list_found(const struct scratch *scratch, const struct found *found)
{
    const char *list = "";
    for (size_t i = 0; i < found->count; i++)
        list = arena_printf(scratch->arena, "%s%u %ju %ju\n", list, found->partitions[i].number,
                            (uintmax_t)found->partitions[i].offset / 512,
                            (uintmax_t)found->partitions[i].size / 512);
    return list;
}

/* The same by partx(8), without the containers of logical partitions. */
static const char *list_by_partx(const struct scratch *scratch, const char *name)
{
    disks_need("partx");
    disks_run(scratch,
              "partx -g -r -o NR,START,SECTORS,TYPE %s | awk '$4 != \"0x5\" && $4 != \"0xf\" && "
              "$4 != \"0x85\" { print $1, $2, $3 }' >list",
              name);
    const struct memory_hive *list = disks_load(scratch, "list");
    return arena_strndup(scratch->arena, (char *)list->bytes, list->source.size);
}

static void check_like_partx(const struct scratch *scratch, const char *name,
                             enum partitions_found kind, size_t count)
{
    const struct found *found = read_disk(scratch, name);
    if (found->diags.count)
        fail_msg("%s", disks_said(scratch, &found->diags));
    assert_int_equal(found->kind, kind);
    assert_int_equal(found->count, count);
    assert_string_equal(list_found(scratch, found), list_by_partx(scratch, name));
}

/* A disk of 64 MiB with the table that sfdisk makes of a script. */
static void make_disk(const struct scratch *scratch, const char *script)
{
    disks_need("sfdisk");
    scratch_write_text(scratch, "script", script);
    disks_run(scratch, "rm -f disk; truncate -s 64M disk; sfdisk disk <script");
}

static void a_table_of_primary_partitions_is_read(void **state)
{
    make_disk(*state, "label: dos\nsize=10M, type=7, bootable\nsize=20M, type=7\n");
    check_like_partx(*state, "disk", PARTITIONS_MBR, 2);
    make_disk(*state, "label: dos\n4: start=2048, size=10M, type=7\n2: size=20M, type=c\n");
    check_like_partx(*state, "disk", PARTITIONS_MBR, 2);
}

static void logical_partitions_count_from_5_on(void **state)
{
    make_disk(*state, "label: dos\nsize=5M, type=7\nsize=5M, type=7\nsize=50M, type=f\n"
                      "4: size=2M, type=7\n5: size=10M, type=7\n6: size=10M, type=7\n"
                      "7: size=5M, type=7\n8: size=1M, type=83\n");
    check_like_partx(*state, "disk", PARTITIONS_MBR, 7);
    make_disk(*state, "label: dos\nsize=60M, type=5\n5: size=10M, type=7\n");
    check_like_partx(*state, "disk", PARTITIONS_MBR, 1);
}

static void a_gpt_is_read(void **state)
{
    make_disk(*state, "label: gpt\nsize=10M\nsize=20M\n");
    check_like_partx(*state, "disk", PARTITIONS_GPT, 2);
    make_disk(*state, "label: gpt\ntable-length: 256\n200: start=2048, size=10M\n3: size=20M\n");
    check_like_partx(*state, "disk", PARTITIONS_GPT, 2);
    disks_need("sgdisk");
    disks_run(*state, "rm disk; truncate -s 64M disk; sgdisk -n 1:2048:+1M -n 2:0:+2M -n 7:0:+3M "
                      "-n 4:0:0 disk");
    check_like_partx(*state, "disk", PARTITIONS_GPT, 4);
    disks_run(*state, "rm disk; truncate -s 64M disk; sgdisk -n 1:2048:+1M -h 1 disk");
    check_like_partx(*state, "disk", PARTITIONS_GPT, 1);
}

/* fdisk counts these in 4096 bytes. */
static void sectors_of_4096_bytes_are_read(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const want = "1 2048 20480\n2 22528 40960\n";
    disks_need("fdisk");
    disks_run(scratch,
              "truncate -s 64M gpt mbr; "
              "printf 'g\\nn\\n1\\n256\\n+10M\\nn\\n2\\n\\n+20M\\nw\\n' | "
              "fdisk -b 4096 gpt; "
              "printf 'o\\nn\\np\\n1\\n256\\n+10M\\nn\\ne\\n2\\n\\n\\nn\\n\\n+10M\\nw\\n' | "
              "fdisk -b 4096 mbr");
    const struct found *gpt = read_disk(scratch, "gpt");
    assert_int_equal(gpt->kind, PARTITIONS_GPT);
    assert_string_equal(list_found(scratch, gpt), want);
    disks_poke(scratch, "mbr", MIB + 510, "\x55\xaa", 2); /* a volume shows the size of sectors */
    const struct found *mbr = read_disk(scratch, "mbr");
    assert_int_equal(mbr->kind, PARTITIONS_MBR);
    assert_int_equal(mbr->diags.count, 0);
    assert_int_equal(mbr->count, 2);
    assert_int_equal(mbr->partitions[0].offset, MIB);
    assert_int_equal(mbr->partitions[0].size, 10 * MIB);
    assert_int_equal(mbr->partitions[1].number, 5);
    assert_int_equal(mbr->partitions[1].offset, 12 * MIB);
    assert_int_equal(mbr->partitions[1].size, 10 * MIB);
}

/* NTFS, FAT and exFAT on the bare disk: their boot sectors have the signature of an MBR. */
static void a_volume_without_a_table_has_no_partitions(void **state)
{
    static const char *const commands[] = {"mkntfs -F -Q -q", "mkfs.fat", "mkfs.fat -F 32",
                                           "mkfs.exfat", "mkfs.ext4 -q"};
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        disks_run(scratch,
                  "rm -f disk; truncate -s 64M disk; "
                  "if command -v %.*s; then %s disk; fi",
                  (int)strcspn(commands[i], " "), commands[i], commands[i]);
        const struct found *found = read_disk(scratch, "disk");
        assert_int_equal(found->kind, PARTITIONS_NONE);
        assert_int_equal(found->count, 0);
        assert_int_equal(found->diags.count, 0);
    }
}

/* Boot code and texts where the table would be. */
static void a_boot_sector_is_no_table(void **state)
{
    static const struct {
        size_t at, len;
        const char *bytes;
    } cases[] = {
        {3, 8, "NTFS    "}, {3, 8, "-FVE-FS-"}, {3, 8, "MSWIN4.1"},
        {3, 8, "EXFAT   "}, {446, 1, "R"}, /* not a flag */
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_disk(scratch, "label: dos\nsize=10M, type=7\n");
        disks_poke(scratch, "disk", cases[i].at, cases[i].bytes, cases[i].len);
        const struct found *found = read_disk(scratch, "disk");
        assert_int_equal(found->kind, PARTITIONS_NONE);
        assert_int_equal(found->diags.count, 0);
    }
}

/* FAT's boot code may look like entries, but those lead outside. */
static void a_fat_volume_with_entries_by_chance_is_no_table(void **state)
{
    static const uint8_t start[] = {0xeb, 0x3c, 0x90, 'm', 'k', 'f', 's', '.', 'f', 'a', 't',
                                    0,    2,    4,    1,   0,   2,   0,   2,   0,   0,   0xf8};
    const struct scratch *scratch = *state;
    make_disk(scratch, "label: dos\nsize=10M, type=7\n");
    disks_poke(scratch, "disk", 0, start, sizeof start);
    assert_int_equal(read_disk(scratch, "disk")->kind, PARTITIONS_MBR);
    disks_poke(scratch, "disk", 446 + 8 + 3, "t", 1);
    assert_int_equal(read_disk(scratch, "disk")->kind, PARTITIONS_NONE);
    disks_poke(scratch, "disk", 0, "\0", 1);
    assert_int_equal(read_disk(scratch, "disk")->kind, PARTITIONS_MBR);
}

static void what_is_too_small_or_empty_has_no_table(void **state)
{
    static uint8_t zeros[100000];
    static const size_t sizes[] = {0, 1, 511, 512, 513, 1024, 4096, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct found *found =
            read_source(*state, &support_wrap(*state, zeros, sizes[i])->source);
        assert_int_equal(found->kind, PARTITIONS_NONE);
        assert_int_equal(found->diags.count, 0);
    }
}

static const char script_gpt[] = "label: gpt\nsize=10M\nsize=20M\n";

static void the_second_copy_of_a_gpt_is_used_where_the_first_is_damaged(void **state)
{
    static const struct {
        uint64_t at;
        const char *words;
    } cases[] = {
        {512, "it is not there"},
        {512 + 16, "its header has a bad checksum"},
        {512 + 60, "its header has a bad checksum"},
        {1024 + 40, "its entries have a bad checksum"},
        {1024 + 16000, "its entries have a bad checksum"},
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_disk(scratch, script_gpt);
        disks_damage(scratch, "disk", cases[i].at);
        const struct found *found = read_disk(scratch, "disk");
        assert_int_equal(found->kind, PARTITIONS_GPT);
        assert_int_equal(found->diags.count, 1);
        assert_int_equal(found->diags.worst, DIAG_NOTE);
        assert_non_null(strstr(found->diags.items[0].message, cases[i].words));
        assert_string_equal(list_found(scratch, found), "1 2048 20480\n2 22528 40960\n");
    }
}

/* A disk that grew: the second copy is where the first says, if that still can. */
static void the_second_copy_need_not_be_at_the_end(void **state)
{
    make_disk(*state, script_gpt);
    disks_poke(*state, "disk", 1024 + 40, "!", 1);
    disks_run(*state, "truncate -s +10M disk");
    const struct found *found = read_disk(*state, "disk");
    assert_int_equal(found->kind, PARTITIONS_GPT);
    assert_int_equal(found->count, 2);
}

static void a_gpt_without_its_mbr_is_read(void **state)
{
    uint8_t zeros[512] = {0};
    make_disk(*state, script_gpt);
    disks_poke(*state, "disk", 0, zeros, sizeof zeros);
    assert_int_equal(read_disk(*state, "disk")->count, 2);
    disks_poke(*state, "disk", 512, zeros, sizeof zeros);
    assert_int_equal(read_disk(*state, "disk")->count, 2);
}

static void a_gpt_that_is_damaged_twice_is_said(void **state)
{
    make_disk(*state, script_gpt);
    disks_poke(*state, "disk", 512, "!", 1);
    disks_damage(*state, "disk", 64 * MIB - 512 + 20);
    const struct found *found = read_disk(*state, "disk");
    assert_int_equal(found->kind, PARTITIONS_GPT);
    assert_int_equal(found->count, 0);
    assert_int_equal(found->diags.count, 1);
    assert_int_equal(found->diags.worst, DIAG_INCOMPLETE);
    assert_string_equal(found->diags.items[0].message,
                        "the GPT is damaged: of its first copy, it is not there; of its second "
                        "copy, its header has a bad checksum");
}

/* What was a GPT disk once and is used otherwise now. */
static void an_mbr_that_is_used_covers_an_old_gpt(void **state)
{
    const struct scratch *scratch = *state;
    make_disk(scratch, script_gpt);
    disks_run(scratch, "cp disk old; rm disk; truncate -s 64M disk; "
                       "printf 'label: dos\\nsize=7M, type=7\\n' | sfdisk disk; "
                       "dd if=disk of=old bs=512 count=1 conv=notrunc");
    const struct found *found = read_disk(scratch, "old");
    assert_int_equal(found->kind, PARTITIONS_MBR);
    assert_string_equal(list_found(scratch, found), "1 2048 14336\n");
}

static uint32_t compute_crc(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            bool one = (crc >> 31 ^ bytes[i] >> bit) & 1;
            if (i < 4)
                one = (crc >> 31 ^ ~bytes[i] >> bit) & 1; /* the same as to start with ones */
            crc = crc << 1 ^ (one ? UINT32_C(0x04c11db7) : 0);
        }
    uint32_t mirrored = 0;
    for (int bit = 0; bit < 32; bit++)
        mirrored |= (crc >> bit & 1) << (31 - bit);
    return ~mirrored;
}

/* Sets a field of the first header and makes its checksum right; the second copy is damaged. */
static const struct found *read_changed_header(const struct scratch *scratch, size_t at,
                                               uint64_t number, size_t len)
{
    uint8_t wide[8];
    make_disk(scratch, script_gpt);
    struct memory_hive *disk = disks_load(scratch, "disk");
    uint8_t *header = disk->bytes + 512;
    uint32_t before = get_u32(header + 16);
    put_u32(header + 16, 0);
    assert_int_equal(compute_crc(header, 92), before);
    put_u64(wide, number);
    memcpy(header + at, wide, len);
    put_u32(header + 16, compute_crc(header, 92));
    disk->bytes[disk->source.size - 512 + 20] ^= 1;
    return read_source(scratch->arena, &disk->source);
}

static void a_hostile_header_of_a_gpt_is_refused(void **state)
{
    static const struct {
        size_t at, len;
        uint64_t number;
        const char *words;
    } cases[] = {
        {12, 4, 0, "its header has a bad size"},
        {12, 4, 91, "its header has a bad size"},
        {12, 4, 513, "its header has a bad size"},
        {12, 4, UINT32_MAX, "its header has a bad size"},
        {24, 8, 2, "its header is in a wrong place"},
        {72, 8, UINT64_MAX, "its entries are outside the disk"},
        {72, 8, 131071, "its entries are outside the disk"},
        {72, 8, UINT64_C(1) << 55, "its entries are outside the disk"},
        {80, 4, UINT32_MAX, "it has too many entries"},
        {80, 4, 8193, "it has too many entries"},
        {84, 4, 0, "its entries have a bad size"},
        {84, 4, 127, "its entries have a bad size"},
        {84, 4, 130, "its entries have a bad size"},
        {84, 4, UINT32_MAX & ~UINT32_C(7), "it has too many entries"},
        {88, 4, 1, "its entries have a bad checksum"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct found *found =
            read_changed_header(*state, cases[i].at, cases[i].number, cases[i].len);
        assert_int_equal(found->kind, PARTITIONS_GPT);
        assert_int_equal(found->count, 0);
        assert_int_equal(found->diags.count, 1);
        if (!strstr(found->diags.items[0].message, cases[i].words))
            fail_msg("want \"%s\", got \"%s\"", cases[i].words, found->diags.items[0].message);
    }
}

/* The entries of a table with a right checksum: pairs of first and last sectors. */
static const struct found *read_entries(const struct scratch *scratch, const uint64_t (*entries)[2],
                                        size_t count)
{
    make_disk(scratch, "label: gpt\ntable-length: 1024\nsize=1M\n");
    struct memory_hive *disk = disks_load(scratch, "disk");
    uint8_t *header = disk->bytes + 512, *table = disk->bytes + get_u64(header + 72) * 512;
    memset(table, 0, 1024 * 128);
    for (size_t i = 0; i < count; i++) {
        memset(table + i * 128, 7, 16);
        put_u64(table + i * 128 + 32, entries[i][0]);
        put_u64(table + i * 128 + 40, entries[i][1]);
    }
    put_u32(header + 88, compute_crc(table, 1024 * 128));
    put_u32(header + 16, 0);
    put_u32(header + 16, compute_crc(header, 92));
    return read_source(scratch->arena, &disk->source);
}

static void entries_that_lie_outside_or_overlap_are_left_out_or_cut(void **state)
{
    static const uint64_t entries[][2] = {
        {4096, 4095},     /* ends before it begins */
        {4096, 8191},     /* sound */
        {131072, 131080}, /* behind the end */
        {UINT64_C(1) << 60, UINT64_C(1) << 61},
        {0, UINT64_MAX},
        {8000, 8200},     /* overlaps 2 */
        {4096, 8191},     /* is 2 */
        {1, 130000},      /* holds 2 */
        {8192, 9000},     /* sound */
        {120000, 200000}, /* reaches beyond the end */
        {100000, 119999}, /* sound */
    };
    const struct scratch *scratch = *state;
    const struct found *found = read_entries(scratch, entries, sizeof entries / sizeof *entries);
    assert_string_equal(list_found(scratch, found),
                        "2 4096 4096\n9 8192 809\n10 120000 11072\n11 100000 20000\n");
    assert_int_equal(found->diags.worst, DIAG_INCOMPLETE);
    assert_string_equal(disks_said(scratch, &found->diags),
                        "partition 1 is left out: it has no end\n"
                        "partition 3 is left out: it lies outside the disk (sector 131072 of a "
                        "disk of 67108864 bytes)\n"
                        "partition 4 is left out: it lies outside the disk (sector "
                        "1152921504606846976 of a disk of 67108864 bytes)\n"
                        "partition 5 is left out: it has no end\n"
                        "partition 6 is left out: it overlaps partition 2\n"
                        "partition 7 is left out: it overlaps partition 2\n"
                        "partition 8 is left out: it overlaps partition 2\n"
                        "partition 10 ends outside the disk: want 80001 sectors, got 11072\n");
}

static void partitions_are_counted(void **state)
{
    static uint64_t entries[1000][2];
    for (size_t i = 0; i < 1000; i++)
        entries[i][0] = entries[i][1] = 4096 + i;
    const struct found *found = read_entries(*state, entries, 1000);
    assert_int_equal(found->count, 256);
    assert_int_equal(found->diags.count, 1);
    assert_non_null(strstr(found->diags.items[0].message, "more than 256 partitions"));
}

static void put_entry(uint8_t *sector, int index, uint8_t type, uint32_t start, uint32_t count)
{
    uint8_t *entry = sector + 446 + index * 16;
    entry[4] = type;
    put_u32(entry + 8, start);
    put_u32(entry + 12, count);
    sector[510] = 0x55, sector[511] = 0xaa;
}

static void chains_of_logical_partitions_that_go_in_circles_end(void **state)
{
    enum { SECTORS = 1000 };
    const struct scratch *scratch = *state;
    uint8_t *disk = arena_alloc(scratch->arena, SECTORS, 512);
    put_entry(disk, 0, 0x0f, 100, 800);
    put_entry(disk + 100 * 512, 0, 7, 1, 10);
    put_entry(disk + 100 * 512, 1, 5, 50, 50);
    put_entry(disk + 150 * 512, 0, 7, 1, 10);
    put_entry(disk + 150 * 512, 1, 5, 20, 50); /* back, which is no circle yet */
    put_entry(disk + 120 * 512, 0, 7, 1, 10);
    put_entry(disk + 120 * 512, 1, 5, 50, 50);
    const struct found *found =
        read_source(scratch->arena, &support_wrap(scratch->arena, disk, SECTORS * 512)->source);
    assert_string_equal(list_found(scratch, found), "5 101 10\n6 151 10\n7 121 10\n");
    assert_string_equal(disks_said(scratch, &found->diags),
                        "the chain of logical partitions goes in a circle, at sector 150: it is "
                        "followed no further\n");
    assert_int_equal(found->diags.worst, DIAG_INCOMPLETE);
}

static void chains_of_logical_partitions_are_not_endless(void **state)
{
    enum { SECTORS = 1000 };
    const struct scratch *scratch = *state;
    uint8_t *disk = arena_alloc(scratch->arena, SECTORS, 512);
    put_entry(disk, 0, 0x05, 100, 800);
    for (uint32_t at = 100; at < 999; at += 2) {
        put_entry(disk + at * 512, 0, 7, 1, 1);
        put_entry(disk + at * 512, 1, 5, at + 2 - 100, 2);
    }
    const struct found *found =
        read_source(scratch->arena, &support_wrap(scratch->arena, disk, SECTORS * 512)->source);
    assert_int_equal(found->count, 128);
    assert_non_null(strstr(found->diags.items[0].message, "has too many links"));
}

static void a_chain_that_leads_outside_ends(void **state)
{
    enum { SECTORS = 1000 };
    const struct scratch *scratch = *state;
    uint8_t *disk = arena_alloc(scratch->arena, SECTORS, 512);
    const struct source *source = &support_wrap(scratch->arena, disk, SECTORS * 512)->source;
    put_entry(disk, 1, 7, 10, 20);
    put_entry(disk, 2, 0x05, 4000, 800);
    const struct found *found = read_source(scratch->arena, source);
    assert_int_equal(found->count, 1);
    assert_non_null(
        strstr(found->diags.items[0].message, "ends at sector 4000: the disk has ended"));
    put_entry(disk, 2, 0x05, UINT32_MAX, UINT32_MAX);
    assert_int_equal(read_source(scratch->arena, source)->count, 1);
    put_entry(disk, 2, 0x05, 400, 100);
    found = read_source(scratch->arena, source);
    assert_int_equal(found->count, 1);
    assert_non_null(strstr(found->diags.items[0].message, "ends at sector 400: no table is there"));
}

/* An image that was cut: what is there can be read. */
static void a_partition_of_a_disk_that_is_cut_short_is_cut(void **state)
{
    make_disk(*state, "label: gpt\nsize=10M\nsize=20M\nsize=10M\n");
    disks_run(*state, "truncate -s 20M disk");
    const struct found *found = read_disk(*state, "disk");
    assert_string_equal(list_found(*state, found), "1 2048 20480\n2 22528 18432\n");
    assert_int_equal(found->diags.count, 2);
    assert_int_equal(found->diags.worst, DIAG_INCOMPLETE);
}

static ssize_t fail_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void a_disk_that_cannot_be_read_is_said(void **state)
{
    struct source source = {.name = "x", .size = 1 << 20, .read_at = fail_to_read, .fd = -1};
    const struct found *found = read_source(*state, &source);
    assert_int_equal(found->kind, PARTITIONS_NONE);
    assert_int_equal(found->diags.count, 1);
    assert_string_equal(found->diags.items[0].message,
                        "the partition table cannot be read: Input/output error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_table_of_primary_partitions_is_read),
        SCRATCH_TEST(logical_partitions_count_from_5_on),
        SCRATCH_TEST(a_gpt_is_read),
        SCRATCH_TEST(sectors_of_4096_bytes_are_read),
        SCRATCH_TEST(a_volume_without_a_table_has_no_partitions),
        SCRATCH_TEST(a_boot_sector_is_no_table),
        SCRATCH_TEST(a_fat_volume_with_entries_by_chance_is_no_table),
        SUPPORT_TEST(what_is_too_small_or_empty_has_no_table),
        SCRATCH_TEST(the_second_copy_of_a_gpt_is_used_where_the_first_is_damaged),
        SCRATCH_TEST(the_second_copy_need_not_be_at_the_end),
        SCRATCH_TEST(a_gpt_without_its_mbr_is_read),
        SCRATCH_TEST(a_gpt_that_is_damaged_twice_is_said),
        SCRATCH_TEST(an_mbr_that_is_used_covers_an_old_gpt),
        SCRATCH_TEST(a_hostile_header_of_a_gpt_is_refused),
        SCRATCH_TEST(entries_that_lie_outside_or_overlap_are_left_out_or_cut),
        SCRATCH_TEST(partitions_are_counted),
        SCRATCH_TEST(chains_of_logical_partitions_that_go_in_circles_end),
        SCRATCH_TEST(chains_of_logical_partitions_are_not_endless),
        SCRATCH_TEST(a_chain_that_leads_outside_ends),
        SCRATCH_TEST(a_partition_of_a_disk_that_is_cut_short_is_cut),
        SUPPORT_TEST(a_disk_that_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
