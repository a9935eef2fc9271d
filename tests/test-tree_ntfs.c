/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/utf16.h"
#include "scratch.h"
#include "trees.h"

#define VOLUME_SIZE (24 << 20)
#define RECORD_SIZE 1024 /* of the $MFT, as mkntfs makes it */

/* Runs a command in the folder of the test. Skips the test where its program is missing. */
static void run(const struct scratch *scratch, const char *command)
{
    enum { MISSING = 127 };
    int status = system(arena_printf(scratch->arena, "cd '%s' && { %s; } >log 2>&1 </dev/null",
                                     scratch->folder, command));
    if (WIFEXITED(status) && WEXITSTATUS(status) == MISSING) {
        print_message("no program: %s\n", command);
        skip();
    }
    if (status != 0)
        fail_msg("%s: status %d", command, status);
}

/* Makes an empty volume; what is written to one with compression is compressed. */
static void make_volume(const struct scratch *scratch, const char *options)
{
    run(scratch, arena_printf(scratch->arena, "truncate -s %d volume && mkntfs -F -Q -q %s volume",
                              VOLUME_SIZE, options));
    scratch_make_folder(scratch, "files");
}

/* Brings the folder "files" to the volume. */
static void apply_files(const struct scratch *scratch)
{
    run(scratch, "wimlib-imagex capture files files.wim --compress=none");
    run(scratch, "wimlib-imagex apply files.wim volume");
}

/* The volume in memory, where a test can change it. */
static struct memory_hive *load(const struct scratch *scratch)
{
    uint8_t *bytes = arena_alloc(scratch->arena, VOLUME_SIZE, 1);
    int fd = open(scratch_path(scratch, "volume"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, VOLUME_SIZE), VOLUME_SIZE);
    close(fd);
    return support_wrap(scratch->arena, bytes, VOLUME_SIZE);
}

static struct opened *open_source(const struct scratch *scratch, const struct source *source)
{
    struct opened *opened = opened_make(scratch->arena, LIBRARY_BIT(LIBRARY_NTFS));
    if (!tree_open_ntfs(&opened->access, source, &opened->tree))
        opened->tree.methods = NULL;
    return opened;
}

static struct opened *open_volume(const struct scratch *scratch)
{
    struct opened *opened = open_source(scratch, &load(scratch)->source);
    assert_string_equal(opened_said(opened), "");
    return opened;
}

/* Numbers, one a line: what compresses well and looks different everywhere. */
static char *make_numbers(const struct scratch *scratch, const char *name, size_t len)
{
    char *bytes = arena_alloc(scratch->arena, len + 16, 1);
    size_t used = 0;
    for (unsigned i = 1; used < len; i++)
        used += (size_t)sprintf(bytes + used, "%u\n", i);
    scratch_write(scratch, name, bytes, len);
    return bytes;
}

/* Calls change for each place where these bytes are; there must be one. */
static void for_each(struct memory_hive *volume, const void *bytes, size_t len,
                     void (*change)(struct memory_hive *volume, size_t at))
{
    size_t count = 0;
    const uint8_t *end = volume->bytes + volume->source.size, *at = volume->bytes;
    while ((at = memmem(at, (size_t)(end - at), bytes, len))) {
        change(volume, (size_t)(at - volume->bytes));
        at++;
        count++;
    }
    assert_true(count > 0);
}

static struct slice utf16(const struct scratch *scratch, const char *name)
{
    return utf16_encode(scratch->arena, name);
}

static void a_path_is_found_in_any_letter_case_as_it_is_spelled(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_make_folder(scratch, "files/Windows");
    scratch_make_folder(scratch, "files/Windows/System32");
    scratch_make_folder(scratch, "files/Windows/System32/config");
    scratch_write_text(scratch, "files/Windows/System32/config/SOFTWARE", "12345");
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_string_equal(opened_find(opened, "WINDOWS/system32/CONFIG/software"),
                        "Windows/System32/config/SOFTWARE:5 ");
    assert_string_equal(opened_find(opened, "windows/System32"), "Windows/System32/ ");
    assert_string_equal(opened_find(opened, "windows/System64"), "absent");
    assert_string_equal(opened_find(opened, "windows/system32/config/software/x"), "absent");
    assert_string_equal(opened_find(opened, ""), "/ ");
    assert_string_equal(opened_find(opened, "."), "absent");
    assert_string_equal(opened_find(opened, "windows/."), "absent");
    assert_string_equal(opened_find(opened, "windows//"), "absent");
    assert_string_equal(opened_find(opened, "$MFT"), "absent");
    char *long_name = arena_alloc(scratch->arena, 301, 1);
    memset(long_name, 'x', 300);
    assert_string_equal(opened_find(opened, long_name), "absent");
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

/* The locale of a test is "C": names do not go through it. */
static void names_beyond_ascii_are_found_and_listed(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_write_text(scratch,
                       "files/Stra\xc3\x9f"
                       "e \xf0\x9f\x94\x91",
                       "1");
    scratch_write_text(scratch, "files/\xc3\x89t\xc3\xa9", "12");
    setenv("LC_ALL", "C.UTF-8", 1); /* of wimlib */
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_string_equal(opened_list(opened, ""), "Stra\xc3\x9f"
                                                 "e \xf0\x9f\x94\x91:1 \xc3\x89t\xc3\xa9:2 ");
    assert_string_equal(opened_find(opened, "\xc3\xa9T\xc3\x89"), "\xc3\x89t\xc3\xa9:2 ");
    opened_close(opened);
}

static void a_folder_is_listed_sorted_without_the_files_of_the_volume(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_make_folder(scratch, "files/Folder");
    scratch_write_text(scratch, "files/b", "123");
    scratch_write_text(scratch, "files/A", "");
    scratch_write_text(scratch, "files/$mine", "1");
    assert_int_equal(symlink("b", scratch_path(scratch, "files/link")), 0);
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_string_equal(opened_list(opened, ""), "$mine:1 A:0 b:3 Folder/ link@ ");
    assert_string_equal(opened_list(opened, "FOLDER"), "");
    opened_close(opened);
}

static void a_folder_of_thousands_is_listed_and_looked_up(void **state)
{
    enum { COUNT = 3000 };
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    const char *expected = "";
    char text[COUNT * 20], *end = text;
    scratch_make_folder(scratch, "files/Many");
    for (int i = 0; i < COUNT; i++) {
        const char *name = arena_printf(scratch->arena, "files/Many/File%04d", i);
        scratch_write_text(scratch, name, "1");
        end += sprintf(end, "Many/File%04d:1 ", i);
    }
    expected = text;
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_string_equal(opened_list(opened, "many"), expected);
    for (int i = 0; i < COUNT; i += 37)
        assert_string_equal(opened_find(opened, arena_printf(scratch->arena, "MANY/FILE%04d", i)),
                            arena_printf(scratch->arena, "Many/File%04d:1 ", i));
    assert_string_equal(opened_find(opened, "many/file3000"), "absent");
    opened_close(opened);
}

/* The second name of a file is made its DOS name: the byte in front of a name is its kind. */
static void make_dos_name(struct memory_hive *volume, size_t at)
{
    volume->bytes[at - 1] = 2;
}

static void make_long_name(struct memory_hive *volume, size_t at)
{
    volume->bytes[at - 1] = 1;
}

static void a_dos_name_finds_the_long_one_and_is_not_listed(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_write_text(scratch, "files/Program Files.txt", "12");
    assert_int_equal(link(scratch_path(scratch, "files/Program Files.txt"),
                          scratch_path(scratch, "files/PROGRA~1.TXT")),
                     0);
    apply_files(scratch);
    struct memory_hive *volume = load(scratch);
    struct slice dos = utf16(scratch, "PROGRA~1.TXT"), full = utf16(scratch, "Program Files.txt");
    for_each(volume, dos.ptr, dos.len, make_dos_name);
    for_each(volume, full.ptr, full.len, make_long_name);
    struct opened *opened = open_source(scratch, &volume->source);
    assert_string_equal(opened_find(opened, "progra~1.txt"), "Program Files.txt:2 ");
    assert_string_equal(opened_find(opened, "program files.TXT"), "Program Files.txt:2 ");
    assert_string_equal(opened_list(opened, ""), "Program Files.txt:2 ");
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

static void hard_links_are_found_by_the_name_that_is_looked_for(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_make_folder(scratch, "files/Store");
    scratch_write_text(scratch, "files/First.dll", "12");
    const char *first = scratch_path(scratch, "files/First.dll");
    assert_int_equal(link(first, scratch_path(scratch, "files/Second.dll")), 0);
    assert_int_equal(link(first, scratch_path(scratch, "files/Store/Third.dll")), 0);
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_string_equal(opened_find(opened, "first.DLL"), "First.dll:2 ");
    assert_string_equal(opened_find(opened, "second.DLL"), "Second.dll:2 ");
    assert_string_equal(opened_find(opened, "store/third.DLL"), "Store/Third.dll:2 ");
    opened_close(opened);
}

static void small_and_large_files_are_read(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    const char *large = make_numbers(scratch, "files/large", 3000001);
    scratch_write_text(scratch, "files/small", "in the record itself");
    scratch_write_text(scratch, "files/empty", "");
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    opened_check(opened, "large", large, 3000001);
    opened_check(opened, "small", "in the record itself", 20);
    opened_check(opened, "empty", "", 0);
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

static void a_fragmented_file_is_read(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_write_text(scratch, "files/one", "");
    scratch_write_text(scratch, "files/other", "");
    const char *bytes = make_numbers(scratch, "numbers", 800000);
    apply_files(scratch);
    run(scratch, "i=0; while [ $i -lt 800000 ]; do"
                 " ntfsfallocate -n -o $i -l 4096 volume one || exit;"
                 " ntfsfallocate -n -o $i -l 4096 volume other || exit;"
                 " i=$((i + 4096)); done");
    run(scratch, "ntfscp volume numbers one");
    run(scratch, "ntfsinfo -v -F one volume | sed -n 's/.*(fragments: \\([0-9]*\\)).*/\\1/p' | "
                 "tail -n 1 >runs"
                 " && [ \"$(cat runs)\" -gt 150 ]");
    struct opened *opened = open_volume(scratch);
    opened_check(opened, "one", bytes, 800000);
    opened_close(opened);
}

static void compress_numbers(const struct scratch *scratch, const char **bytes)
{
    make_volume(scratch, "-C");
    *bytes = make_numbers(scratch, "numbers", 500000);
    run(scratch, "ntfscp volume numbers Numbers");
    run(scratch, "ntfsinfo -F Numbers volume | grep -q 'File attributes:.*COMPRESSED'");
}

static void a_compressed_file_is_read(void **state)
{
    const struct scratch *scratch = *state;
    const char *bytes;
    compress_numbers(scratch, &bytes);
    struct opened *opened = open_volume(scratch);
    opened_check(opened, "numbers", bytes, 500000);
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

/* LZNT1: a flag byte in front of eight tokens; where its bits are set, they point back, here to
 * before the beginning. The first chunk's header is in front of it. */
static void point_before_the_beginning(struct memory_hive *volume, size_t at)
{
    volume->bytes[at] = 0xff;
}

static void damage_in_a_compressed_file_is_said_once_and_is_no_zeros(void **state)
{
    const struct scratch *scratch = *state;
    const char *bytes;
    char got[100];
    struct source source;
    compress_numbers(scratch, &bytes);
    struct memory_hive *volume = load(scratch);
    for_each(volume, "\0001\n2\n3\n4\n", 9, point_before_the_beginning);
    struct opened *opened = open_source(scratch, &volume->source);
    assert_true(opened_open(opened, "numbers", &source));
    errno = 0;
    assert_int_equal(source.read_at(&source, 0, got, sizeof got), -1);
    assert_int_not_equal(errno, 0);
    assert_int_equal(source.read_at(&source, 10, got, sizeof got), -1);
    const char *said = opened_said(opened);
    assert_non_null(strstr(said, "incomplete: Numbers: cannot be read at byte 0: "));
    assert_ptr_equal(strchr(said, '\n') + 1, said + strlen(said));
    assert_int_equal(source.read_at(&source, 300000, got, sizeof got), sizeof got);
    assert_memory_equal(got, bytes + 300000, sizeof got);
    opened_close(opened);
}

static void holes_and_what_was_never_written_are_zeros(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_write_text(scratch, "files/sparse", "start");
    scratch_write_text(scratch, "files/reserved", "");
    apply_files(scratch);
    run(scratch,
        "inode=$(ntfsinfo -F sparse volume | sed -n 's/^Dumping Inode \\([0-9]*\\).*/\\1/p')"
        " && ntfstruncate volume \"$inode\" 200000");
    run(scratch, "ntfsfallocate -o 0 -l 100000 volume reserved");
    char *zeros = arena_alloc(scratch->arena, 200000, 1);
    struct opened *opened = open_volume(scratch);
    opened_check(opened, "reserved", zeros, 100000);
    memcpy(zeros, "start", 5);
    opened_check(opened, "sparse", zeros, 200000);
    opened_close(opened);
}

/* Links become files of another kind where their tag does: 4 bytes. */
#define TAG_OF_LINK "\x0c\x00\x00\xa0"

static void make_wof(struct memory_hive *volume, size_t at)
{
    memcpy(volume->bytes + at, "\x17\x00\x00\x80", 4);
}

static void make_dedup(struct memory_hive *volume, size_t at)
{
    memcpy(volume->bytes + at, "\x13\x00\x00\x80", 4);
}

static void make_cloud(struct memory_hive *volume, size_t at)
{
    memcpy(volume->bytes + at, "\x1a\x70\x00\x90", 4);
}

static void make_unknown(struct memory_hive *volume, size_t at)
{
    memcpy(volume->bytes + at, "\x34\x12\x00\x80", 4);
}

static void what_has_its_bytes_elsewhere_is_refused_with_its_reason(void **state)
{
    static const struct {
        void (*change)(struct memory_hive *volume, size_t at);
        const char *said;
    } kinds[] = {
        {make_wof, "failed: is compressed by WOF (Compact OS), which cannot be read here\n"},
        {make_dedup, "failed: is deduplicated: its bytes are in the chunk store of the volume\n"},
        {make_cloud, "failed: is a file of a cloud: its bytes need not be here\n"},
        {make_unknown, "failed: is a reparse point (tag 0x80001234), whose bytes are elsewhere\n"},
    };
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    assert_int_equal(symlink("b", scratch_path(scratch, "files/f")), 0);
    apply_files(scratch);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct memory_hive *volume = load(scratch);
        struct source source;
        for_each(volume, TAG_OF_LINK, 4, kinds[i].change);
        struct opened *opened = open_source(scratch, &volume->source);
        assert_string_equal(opened_find(opened, "f"), "f:0 ");
        assert_false(opened_open(opened, "f", &source));
        assert_string_equal(opened_said(opened), kinds[i].said);
        opened_close(opened);
    }
}

/* The record that a name stands in; nothing for the name in a folder. */
static uint8_t *record_of(struct memory_hive *volume, size_t at)
{
    uint8_t *record = volume->bytes + at / RECORD_SIZE * RECORD_SIZE;
    return memcmp(record, "FILE", 4) == 0 && get_u32(record + get_u16(record + 0x14)) == 0x10
               ? record
               : NULL;
}

/* $STANDARD_INFORMATION is the first attribute; its value has the file attributes at 0x20. */
static void encrypt(struct memory_hive *volume, size_t at)
{
    uint8_t *record = record_of(volume, at);
    if (!record)
        return;
    uint8_t *attribute = record + get_u16(record + 0x14);
    uint8_t *flags = attribute + get_u16(attribute + 0x14) + 0x20;
    put_u32(flags, get_u32(flags) | 0x4000);
}

static void an_encrypted_file_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    struct source source;
    make_volume(scratch, "");
    scratch_write_text(scratch, "files/secret", "1");
    apply_files(scratch);
    struct memory_hive *volume = load(scratch);
    struct slice name = utf16(scratch, "secret");
    for_each(volume, name.ptr, name.len, encrypt);
    struct opened *opened = open_source(scratch, &volume->source);
    assert_false(opened_open(opened, "secret", &source));
    assert_string_equal(opened_said(opened), "failed: is encrypted (EFS)\n");
    opened_close(opened);
}

static void a_folder_is_no_file(void **state)
{
    const struct scratch *scratch = *state;
    struct source source;
    make_volume(scratch, "");
    scratch_make_folder(scratch, "files/Folder");
    apply_files(scratch);
    struct opened *opened = open_volume(scratch);
    assert_false(opened_open(opened, "folder", &source));
    assert_string_equal(opened_said(opened), "failed: is a folder\n");
    opened_close(opened);
}

/* $VOLUME_INFORMATION, attribute 0x70, has the flags at 0x0a of its value. */
static void mark_dirty(struct memory_hive *volume, size_t at)
{
    uint8_t *record = record_of(volume, at);
    if (!record)
        return;
    uint8_t *attribute = record + get_u16(record + 0x14);
    while (get_u32(attribute) != 0x70) {
        assert_true(get_u32(attribute) < 0x70);
        attribute += get_u32(attribute + 4);
    }
    attribute[get_u16(attribute + 0x14) + 0x0a] |= 1;
}

static void a_dirty_volume_is_said(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    struct memory_hive *volume = load(scratch);
    struct slice name = utf16(scratch, "$Volume");
    for_each(volume, name.ptr, name.len, mark_dirty);
    struct opened *opened = open_source(scratch, &volume->source);
    assert_string_equal(opened_said(opened), "note: the volume is marked dirty: what was not "
                                             "written back to it is missing\n");
    opened_close(opened);
}

static void a_hibernated_windows_is_said(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const starts[] = {"hibr", "HIBR", "wake"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        run(scratch, "rm -rf files volume");
        make_volume(scratch, "");
        char header[8192] = "";
        memcpy(header, starts[i], 4);
        scratch_write(scratch, "header", header, sizeof header);
        run(scratch, "ntfscp volume header hiberfil.sys");
        struct opened *opened = open_source(scratch, &load(scratch)->source);
        assert_string_equal(opened_said(opened),
                            i == 2 ? ""
                                   : "note: Windows is hibernated on this volume (or shut down for "
                                     "a fast startup): what was not written back to it is "
                                     "missing\n");
        opened_close(opened);
    }
}

/* The start of the volume, as a truncated image has it. */
static struct source *truncate_to(const struct scratch *scratch, uint64_t size)
{
    struct memory_hive *volume = load(scratch);
    volume->source.size = size;
    return &volume->source;
}

static void a_truncated_volume_is_read_as_far_as_it_goes(void **state)
{
    enum { SIZE = VOLUME_SIZE - (8 << 20) };
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    const char *bytes = make_numbers(scratch, "files/large", 16 << 20);
    scratch_write_text(scratch, "files/small", "12");
    apply_files(scratch);
    struct opened *opened = open_source(scratch, truncate_to(scratch, SIZE));
    const char *said = opened_said(opened);
    assert_string_equal(said, "incomplete: truncated: the end of the volume is missing (got "
                              "16777216 bytes, want 25165312)\n");
    opened_check(opened, "small", "12", 2);
    struct source source;
    assert_true(opened_open(opened, "large", &source));
    size_t failed = 0;
    char got[65536];
    for (size_t at = 0; at < (16 << 20); at += sizeof got) {
        ssize_t n = source.read_at(&source, at, got, sizeof got);
        failed += n < 0;
        if (n >= 0)
            assert_memory_equal(got, bytes + at, sizeof got);
    }
    assert_true(failed > 10);
    said = opened_said(opened);
    assert_non_null(strstr(said, "incomplete: large: cannot be read at byte "));
    assert_non_null(strstr(said, "truncated: the volume ends before (got 16777216 bytes, want "));
    assert_ptr_equal(strchr(said, '\n') + 1, said + strlen(said));
    opened_close(opened);
}

static void what_is_too_short_to_be_mounted_says_both_sizes(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    struct opened *opened = open_source(scratch, truncate_to(scratch, 20000));
    assert_null(opened->tree.methods);
    assert_string_equal(opened_said(opened),
                        "failed: the NTFS volume cannot be opened: truncated: the volume ends "
                        "before (got 20000 bytes, want 25165312)\n");
    opened_close(opened);
    opened = open_source(scratch, truncate_to(scratch, 100));
    assert_null(opened->tree.methods);
    assert_non_null(strstr(opened_said(opened), "failed: the boot sector of the volume"));
    opened_close(opened);
}

static void what_is_no_volume_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t *bytes = arena_alloc(scratch->arena, 1 << 20, 1);
    struct opened *opened =
        open_source(scratch, &support_wrap(scratch->arena, bytes, 1 << 20)->source);
    assert_null(opened->tree.methods);
    assert_string_equal(opened_said(opened), "failed: the NTFS volume cannot be opened: its boot "
                                             "sector or its $MFT is damaged\n");
    opened_close(opened);
}

static void a_library_that_is_not_loaded_is_wanted(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t bytes[512] = "";
    struct opened *opened = opened_make(scratch->arena, 0);
    struct memory_hive *volume = support_wrap(scratch->arena, bytes, sizeof bytes);
    assert_false(tree_open_ntfs(&opened->access, &volume->source, &opened->tree));
    assert_int_equal(opened->access.wanted, LIBRARY_BIT(LIBRARY_NTFS));
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

/* A source whose reads fail from some time on, as a bad disk does. */
struct failing {
    const struct source *whole;
    bool fails;
};

static ssize_t read_failing(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct failing *failing = source->context;
    errno = ENXIO;
    return failing->fails ? -1 : failing->whole->read_at(failing->whole, offset, buf, len);
}

static void what_the_disk_cannot_give_is_said_with_its_reason(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    make_numbers(scratch, "files/large", 100000);
    apply_files(scratch);
    struct failing failing = {.whole = &load(scratch)->source};
    struct source disk = {
        .name = "", .size = VOLUME_SIZE, .read_at = read_failing, .fd = -1, .context = &failing};
    struct opened *opened = open_source(scratch, &disk);
    struct source source;
    char got[10];
    assert_true(opened_open(opened, "large", &source));
    struct node large = opened_node(opened, "large");
    failing.fails = true;
    assert_int_equal(source.read_at(&source, 5000, got, sizeof got), -1);
    assert_int_equal(errno, ENXIO);
    assert_string_equal(opened_said(opened), "incomplete: large: cannot be read at byte 5000: No "
                                             "such device or address\n");
    assert_string_equal(opened_find(opened, "LARGE"), "failed");
    assert_string_equal(opened_said(opened), "incomplete: LARGE: cannot be looked for: No such "
                                             "device or address\n");
    assert_string_equal(opened_list(opened, ""), "(failed)");
    assert_string_equal(opened_said(opened), "incomplete: the root folder: cannot be listed: No "
                                             "such device or address\n");
    assert_false(opened->tree.methods->open(&opened->tree, opened->arena, &large, &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be opened: No such device or address\n");
    opened_close(opened);
}

static void break_record(struct memory_hive *volume, size_t at)
{
    uint8_t *record = record_of(volume, at);
    if (record)
        memset(record, 0, 4);
}

static void a_lost_record_is_said_and_the_others_are_listed(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    scratch_write_text(scratch, "files/a", "1");
    scratch_write_text(scratch, "files/broken", "1");
    scratch_write_text(scratch, "files/c", "1");
    apply_files(scratch);
    struct memory_hive *volume = load(scratch);
    struct slice name = utf16(scratch, "broken");
    for_each(volume, name.ptr, name.len, break_record);
    struct opened *opened = open_source(scratch, &volume->source);
    assert_string_equal(opened_list(opened, ""), "a:1 c:1 (failed)");
    assert_string_equal(opened_said(opened), "incomplete: the root folder: 1 of 3 entries cannot "
                                             "be read, the first is broken: Input/output error\n");
    assert_string_equal(opened_find(opened, "broken"), "failed");
    assert_string_equal(opened_said(opened),
                        "incomplete: broken: cannot be looked for: Input/output error\n");
    opened_close(opened);
}

/* Looks at all of a tree that may be anything. */
static void walk(struct opened *opened, const struct node *folder, int depth, unsigned *left)
{
    struct node *nodes;
    size_t count;
    struct arena *arena = arena_new();
    opened->tree.methods->list(&opened->tree, arena, folder, &nodes, &count);
    for (size_t i = 0; i<count && * left> 0; i++, --*left) {
        struct node found;
        struct source source;
        char got[4096];
        opened->tree.methods->find(&opened->tree, arena, folder, nodes[i].name, &found);
        if (nodes[i].kind == NODE_FOLDER && depth > 0)
            walk(opened, &nodes[i], depth - 1, left);
        if (opened->tree.methods->open(&opened->tree, arena, &nodes[i], &source))
            for (uint64_t at = 0; at < source.size && at < 100000; at += sizeof got)
                if (source.read_at(&source, at, got, sizeof got) < 0)
                    break;
    }
    arena_free(arena);
}

/* Damage where it hurts: in records of the $MFT and blocks of indexes. Not in that of $AttrDef:
 * libntfs-3g 2022.10.3 loses memory where it cannot read it. */
static void damage(struct memory_hive *volume, const uint8_t *spared, unsigned *seed)
{
    for (int i = 0; i < 8;) {
        size_t at = (size_t)rand_r(seed) % (VOLUME_SIZE / 1024) * 1024;
        bool is_block = memcmp(volume->bytes + at, "INDX", 4) == 0;
        if (volume->bytes + at == spared ||
            (!is_block && memcmp(volume->bytes + at, "FILE", 4) != 0))
            continue;
        size_t offset = (size_t)rand_r(seed) % (is_block ? 4096 : 600);
        volume->bytes[at + offset] = (uint8_t)rand_r(seed);
        i++;
    }
}

static void damaged_volumes_are_survived(void **state)
{
    const struct scratch *scratch = *state;
    const char *bytes;
    compress_numbers(scratch, &bytes);
    scratch_make_folder(scratch, "files/a");
    for (int i = 0; i < 100; i++)
        scratch_write_text(scratch, arena_printf(scratch->arena, "files/a/%d", i), "1");
    apply_files(scratch);
    struct memory_hive *volume = load(scratch);
    const uint8_t *boot = volume->bytes; /* has the place of the $MFT, in clusters, at 0x30 */
    uint64_t cluster = (uint64_t)get_u16(boot + 0x0b) * boot[0x0d];
    const uint8_t *spared = boot + get_u64(boot + 0x30) * cluster + 4 * RECORD_SIZE;
    uint8_t *original = arena_alloc(scratch->arena, VOLUME_SIZE, 1);
    memcpy(original, volume->bytes, VOLUME_SIZE);
    for (unsigned first = 0; first < 150; first++) {
        unsigned seed = first, left = 2000;
        print_message("seed %u\n", first);
        damage(volume, spared, &seed);
        struct opened *opened = open_source(scratch, &volume->source);
        if (opened->tree.methods)
            walk(opened, &opened->tree.root, 4, &left);
        opened_close(opened);
        memcpy(volume->bytes, original, VOLUME_SIZE);
    }
}

/* The volume's memory cannot be written to: a write would end the test. */
static void nothing_is_written(void **state)
{
    const struct scratch *scratch = *state;
    make_volume(scratch, "");
    const char *bytes = make_numbers(scratch, "files/large", 100000);
    apply_files(scratch);
    run(scratch, "sha256sum volume >before");
    int fd = open(scratch_path(scratch, "volume"), O_RDONLY | O_CLOEXEC);
    uint8_t *map = mmap(NULL, VOLUME_SIZE, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    struct opened *opened =
        open_source(scratch, &support_wrap(scratch->arena, map, VOLUME_SIZE)->source);
    opened_check(opened, "large", bytes, 100000);
    opened_list(opened, "");
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
    munmap(map, VOLUME_SIZE);
    close(fd);
    run(scratch, "sha256sum -c before");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_path_is_found_in_any_letter_case_as_it_is_spelled),
        SCRATCH_TEST(names_beyond_ascii_are_found_and_listed),
        SCRATCH_TEST(a_folder_is_listed_sorted_without_the_files_of_the_volume),
        SCRATCH_TEST(a_folder_of_thousands_is_listed_and_looked_up),
        SCRATCH_TEST(a_dos_name_finds_the_long_one_and_is_not_listed),
        SCRATCH_TEST(hard_links_are_found_by_the_name_that_is_looked_for),
        SCRATCH_TEST(small_and_large_files_are_read),
        SCRATCH_TEST(a_fragmented_file_is_read),
        SCRATCH_TEST(a_compressed_file_is_read),
        SCRATCH_TEST(damage_in_a_compressed_file_is_said_once_and_is_no_zeros),
        SCRATCH_TEST(holes_and_what_was_never_written_are_zeros),
        SCRATCH_TEST(what_has_its_bytes_elsewhere_is_refused_with_its_reason),
        SCRATCH_TEST(an_encrypted_file_is_refused),
        SCRATCH_TEST(a_folder_is_no_file),
        SCRATCH_TEST(a_dirty_volume_is_said),
        SCRATCH_TEST(a_hibernated_windows_is_said),
        SCRATCH_TEST(a_truncated_volume_is_read_as_far_as_it_goes),
        SCRATCH_TEST(what_is_too_short_to_be_mounted_says_both_sizes),
        SCRATCH_TEST(what_is_no_volume_is_refused),
        SCRATCH_TEST(a_library_that_is_not_loaded_is_wanted),
        SCRATCH_TEST(what_the_disk_cannot_give_is_said_with_its_reason),
        SCRATCH_TEST(a_lost_record_is_said_and_the_others_are_listed),
        SCRATCH_TEST(damaged_volumes_are_survived),
        SCRATCH_TEST(nothing_is_written),
    };
    const char *path = getenv("PATH"); /* mkntfs and ntfscp are where users may not look */
    struct arena *arena = arena_new();
    setenv("PATH", arena_printf(arena, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin"), 1);
    arena_free(arena);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
