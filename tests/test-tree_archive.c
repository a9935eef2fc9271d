/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "images.h"
#include "trees.h"

#define LIBRARIES (LIBRARY_BIT(LIBRARY_ARCHIVE) | LIBRARY_BIT(LIBRARY_ZLIB))
#define MEMBERS   100000
#define MEMORY    (64 << 10) /* KiB: what an archive with so many may take */

/* A tar archive that a test writes itself, as POSIX.1-1988 describes it (ustar). */
struct tar {
    struct arena *arena;
    char *bytes;
    size_t len, size;
};

static char *add_block(struct tar *tar)
{
    if (tar->len == tar->size) {
        char *grown = arena_alloc(tar->arena, tar->size ? 2 : 1, tar->size ? tar->size : 4096);
        if (tar->len)
            memcpy(grown, tar->bytes, tar->len);
        tar->bytes = grown;
        tar->size = tar->size ? tar->size * 2 : 4096;
    }
    tar->len += 512;
    return tar->bytes + tar->len - 512;
}

static void add_header(struct tar *tar, char type, const char *name, const char *link, size_t size)
{
    char *header = add_block(tar);
    assert_true(strlen(name) <= 100);
    memcpy(header, name, strlen(name));
    sprintf(header + 100, "%07o", 0644);
    sprintf(header + 124, "%011zo", size);
    sprintf(header + 136, "%011o", 0);
    memcpy(header + 148, "        ", 8);
    header[156] = type;
    strcpy(header + 157, link);
    memcpy(header + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)header[i];
    sprintf(header + 148, "%06o", sum);
}

static void add_file(struct tar *tar, const char *name, const void *bytes, size_t len)
{
    add_header(tar, '0', name, "", len);
    for (size_t done = 0; done < len; done += 512)
        memcpy(add_block(tar), (const char *)bytes + done, len - done < 512 ? len - done : 512);
}

static void add_text(struct tar *tar, const char *name, const char *text)
{
    add_file(tar, name, text, strlen(text));
}

static const struct source *end_tar(struct tar *tar)
{
    add_block(tar);
    add_block(tar);
    return &support_wrap(tar->arena, (uint8_t *)tar->bytes, tar->len)->source;
}

static struct opened *open_source(struct arena *arena, const struct source *source)
{
    struct opened *opened = opened_make(arena, LIBRARIES);
    if (!tree_open_archive(&opened->access, source, &opened->tree))
        opened->tree.methods = NULL;
    return opened;
}

static struct source file_source(const struct scratch *scratch, const char *name)
{
    struct input input;
    struct diags diags = {.arena = scratch->arena};
    assert_true(input_open(scratch->arena, &diags, scratch_path(scratch, name), &input));
    arena_close_fd(scratch->arena, input.fd);
    return input_source(&input);
}

static struct opened *open_file(const struct scratch *scratch, const char *name)
{
    struct source *source = arena_alloc(scratch->arena, 1, sizeof *source);
    *source = file_source(scratch, name);
    return open_source(scratch->arena, source);
}

/* The bytes of a file, and enough of them that no packer keeps them together. */
static char *make_hive(struct arena *arena, size_t size)
{
    char *bytes = arena_alloc(arena, size, 1);
    uint32_t random = 1;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((random = random * 1664525 + 1013904223) >> 26);
    memcpy(bytes, "regf", 4);
    return bytes;
}

#define HIVE_SIZE 200704 /* 49 pages */

/* A folder of Windows in "in". */
static const char *make_folder(const struct scratch *scratch)
{
    const char *hive = make_hive(scratch->arena, HIVE_SIZE);
    scratch_make_folder(scratch, "in");
    scratch_make_folder(scratch, "in/Windows");
    scratch_make_folder(scratch, "in/Windows/System32");
    scratch_make_folder(scratch, "in/Windows/System32/config");
    scratch_write(scratch, "in/Windows/System32/config/SOFTWARE", hive, HIVE_SIZE);
    scratch_write(scratch, "in/Windows/System32/config/SOFTWARE.LOG1", "", 0);
    scratch_write(scratch, "in/Windows/System32/ntdll.dll", hive + 4, HIVE_SIZE - 4);
    scratch_write_text(scratch, "in/\xc3\xbc\xe2\x82\xac.txt", "umlaut");
    return hive;
}

/* Packs the folder, and finds all of it in the archive. */
static void check_format(const struct scratch *scratch, const char *command)
{
    const char *hive = make_folder(scratch);
    images_run(scratch, command);
    struct opened *opened = open_file(scratch, "archive");
    assert_string_equal(opened_said(opened), "");
    assert_non_null(opened->tree.methods);
    assert_true(opened->tree.is_sequential);
    assert_string_equal(opened_list(opened, ""), "Windows/ \xc3\xbc\xe2\x82\xac.txt:6 ");
    assert_string_equal(opened_list(opened, "windows/SYSTEM32"),
                        "Windows/System32/config/ Windows/System32/ntdll.dll:200700 ");
    assert_string_equal(opened_list(opened, "windows/SYSTEM32/Config"),
                        "Windows/System32/config/SOFTWARE:200704 "
                        "Windows/System32/config/SOFTWARE.LOG1:0 ");
    opened_check(opened, "\xc3\x9c\xe2\x82\xac.TXT", "umlaut", 6);
    opened_check(opened, "Windows/System32/ntdll.dll", hive + 4, HIVE_SIZE - 4);
    opened_check(opened, "Windows/System32/config/SOFTWARE", hive, HIVE_SIZE);
    opened_check(opened, "Windows/System32/config/SOFTWARE.LOG1", "", 0);
    assert_true(opened_node(opened, "Windows/System32/config/SOFTWARE").is_hive);
    assert_false(opened_node(opened, "Windows/System32/ntdll.dll").is_hive);
    assert_string_equal(opened_find(opened, "Windows/System64"), "absent");
    assert_string_equal(opened_find(opened, "Windows/System32/ntdll.dll/x"), "absent");
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

static void a_tar_is_read(void **state)
{
    check_format(*state, "tar cf archive -C in .");
}

static void a_tar_of_pax_is_read(void **state)
{
    check_format(*state, "tar cf archive --format=pax -C in .");
}

static void a_tar_by_gzip_is_read(void **state)
{
    check_format(*state, "tar czf archive -C in .");
}

static void a_tar_by_bzip2_is_read(void **state)
{
    check_format(*state, "bzip2 --version && tar cjf archive -C in .");
}

static void a_tar_by_xz_is_read(void **state)
{
    check_format(*state, "xz --version && tar cJf archive -C in .");
}

static void a_tar_by_zstd_is_read(void **state)
{
    check_format(*state, "zstd --version && tar c -C in . | zstd >archive");
}

static void a_zip_is_read(void **state)
{
    check_format(*state,
                 "zip -v && cd in && zip -qr ../archive.zip . && mv ../archive.zip ../archive");
}

static void a_zip_that_was_stored_is_read(void **state)
{
    check_format(*state,
                 "zip -v && cd in && zip -0 -qr ../archive.zip . && mv ../archive.zip ../archive");
}

static void a_zip_that_was_written_to_a_pipe_is_read(void **state)
{
    check_format(*state, "zip -v && cd in && zip -qr - . | cat >../archive");
}

static void a_7z_is_read(void **state)
{
    check_format(*state, "7z i && cd in && 7z a ../archive.7z . && mv ../archive.7z ../archive");
}

static void an_iso_is_read(void **state)
{
    check_format(*state, "xorriso -as mkisofs -quiet -J -r -o archive in");
}

static void a_compressed_file_that_is_no_archive_is_one_file(void **state)
{
    static const char *const commands[] = {"gzip -c hive >SOFTWARE.gz", "xz -c hive >SOFTWARE.gz",
                                           "zstd -qc hive >SOFTWARE.gz"};
    const struct scratch *scratch = *state;
    const char *hive = make_hive(scratch->arena, HIVE_SIZE);
    scratch_write(scratch, "hive", hive, HIVE_SIZE);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        images_run(scratch, commands[i]);
        struct opened *opened = open_file(scratch, "SOFTWARE.gz");
        assert_string_equal(opened_list(opened, ""), "SOFTWARE:200704 ");
        assert_true(opened_node(opened, "SOFTWARE").is_hive);
        opened_check(opened, "software", hive, HIVE_SIZE);
        assert_string_equal(opened_said(opened), "");
        opened_close(opened);
    }
}

static void a_path_never_leads_out_of_the_tree(void **state)
{
    struct tar tar = {.arena = *state};
    add_text(&tar, "../../etc/passwd", "1");
    add_text(&tar, "/absolute/file", "22");
    add_text(&tar, "a/./b/../c", "333");
    add_text(&tar, "C:\\Windows\\win.ini", "4444");
    add_text(&tar, "D%3A/x", "55555");
    add_text(&tar, "\\\\server\\share\\y", "666666");
    struct opened *opened = open_source(*state, end_tar(&tar));
    assert_string_equal(opened_said(opened), "");
    assert_string_equal(opened_list(opened, ""), "a/ absolute/ C:/ D%3A/ etc/ server/ ");
    assert_string_equal(opened_list(opened, "a"), "a/b/ a/c:3 ");
    assert_string_equal(opened_list(opened, "etc"), "etc/passwd:1 ");
    opened_check(opened, "c:/windows/WIN.INI", "4444", 4);
    opened_check(opened, "server/share/y", "666666", 6);
    opened_close(opened);
}

static void what_has_no_name_is_said(void **state)
{
    struct tar tar = {.arena = *state};
    add_text(&tar, "..", "x");
    add_text(&tar, "a/..", "x");
    add_text(&tar, "file", "x");
    struct opened *opened = open_source(*state, end_tar(&tar));
    assert_string_equal(opened_said(opened),
                        "incomplete: 2 members of the archive have no name that can be used\n");
    assert_string_equal(opened_find(opened, "file"), "file:1 ");
    opened_close(opened);
}

static void a_name_that_is_no_utf_8_can_still_be_opened(void **state)
{
    struct tar tar = {.arena = *state};
    add_text(&tar, "M\x81nchen/x", "1");
    struct opened *opened = open_source(*state, end_tar(&tar));
    assert_string_equal(opened_said(opened), "");
    opened_check(opened, "M\xef\xbf\xbdnchen/x", "1", 1);
    opened_close(opened);
}

static void of_paths_that_are_there_twice_the_last_one_counts(void **state)
{
    struct tar tar = {.arena = *state};
    add_text(&tar, "dir/SOFTWARE", "old");
    add_header(&tar, '5', "DIR/", "", 0);
    add_text(&tar, "DIR/software", "newer");
    add_text(&tar, "file", "x");
    add_text(&tar, "file/below", "y");
    struct opened *opened = open_source(*state, end_tar(&tar));
    assert_string_equal(opened_said(opened),
                        "note: 2 paths stand in the archive more than once: the last one counts\n");
    assert_string_equal(opened_list(opened, "dir"), "dir/SOFTWARE:5 ");
    opened_check(opened, "dir/SOFTWARE", "newer", 5);
    assert_string_equal(opened_list(opened, "file"), "file/below:1 ");
    opened_close(opened);
}

static void a_hard_link_is_the_file_that_it_leads_to(void **state)
{
    struct tar tar = {.arena = *state};
    const char *hive = make_hive(*state, 8192);
    add_file(&tar, "store/hive", hive, 8192);
    add_header(&tar, '1', "link", "store/HIVE", 0);
    add_header(&tar, '1', "dangling", "nothing", 0);
    add_header(&tar, '2', "symbolic", "store/hive", 0);
    struct opened *opened = open_source(*state, end_tar(&tar));
    assert_string_equal(opened_said(opened),
                        "note: 1 links of the archive lead to no file of it\n");
    assert_string_equal(opened_list(opened, ""), "dangling@ link:8192 store/ symbolic@ ");
    assert_true(opened_node(opened, "link").is_hive);
    opened_check(opened, "link", hive, 8192);
    opened_close(opened);
}

static void holes_of_a_sparse_file_are_zeros(void **state)
{
    const struct scratch *scratch = *state;
    images_run(scratch, "tar --version && truncate -s 3000000 file && echo end >>file && "
                        "truncate -s 5000000 file && tar cSf archive file");
    char *want = arena_alloc(scratch->arena, 5000000, 1);
    memcpy(want + 3000000, "end\n", 4);
    struct opened *opened = open_file(scratch, "archive");
    opened_check(opened, "file", want, 5000000);
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

/* Counts how often a source is read from its start. */
struct counter {
    struct source source; /* first */
    const struct source *file;
    unsigned passes;
};

static ssize_t read_counted(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct counter *counter = (struct counter *)source;
    counter->passes += offset == 0 && len > 512; /* not the look at the magic number */
    return counter->file->read_at(counter->file, offset, buf, len);
}

static void files_are_fetched_in_one_pass_each_once(void **state)
{
    struct tar tar = {.arena = *state};
    for (unsigned i = 0; i < 300; i++) {
        const char *name = arena_printf(*state, "f%u", i);
        add_text(&tar, name, arena_printf(*state, "this is %s", name));
    }
    const struct source *file = end_tar(&tar);
    struct counter counter = {
        .source = {.size = file->size, .read_at = read_counted, .fd = -1, .name = "x"},
        .file = file};
    struct opened *opened = open_source(*state, &counter.source);
    assert_int_equal(counter.passes, 1);
    const struct node *wanted[3];
    struct node nodes[] = {opened_node(opened, "f200"), opened_node(opened, "f7"),
                           opened_node(opened, "f7")};
    for (size_t i = 0; i < 3; i++)
        wanted[i] = &nodes[i];
    assert_true(opened->tree.methods->fetch(&opened->tree, opened->arena, wanted, 3));
    assert_int_equal(counter.passes, 2);
    opened_check(opened, "f7", "this is f7", 10);
    opened_check(opened, "f200", "this is f200", 12);
    opened_check(opened, "f250", "this is f250", 12); /* it lies ahead */
    assert_int_equal(counter.passes, 2);
    opened_check(opened, "f8", "this is f8", 10);
    assert_int_equal(counter.passes, 3);
    opened_close(opened);
}

static void what_was_fetched_ends_with_its_arena(void **state)
{
    struct tar tar = {.arena = *state};
    add_text(&tar, "a", "first");
    struct opened *opened = open_source(*state, end_tar(&tar));
    struct node node = opened_node(opened, "a");
    for (unsigned i = 0; i < 2000; i++) { /* more than there are descriptors */
        struct source source;
        char got[5];
        struct arena *arena = arena_new();
        assert_true(opened->tree.methods->open(&opened->tree, arena, &node, &source));
        assert_true(source_read(&source, 0, got, 5));
        assert_memory_equal(got, "first", 5);
        arena_free(arena);
    }
    opened_close(opened);
}

static void a_file_of_more_than_2_gib_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    struct tar tar = {.arena = scratch->arena};
    const uint64_t size = UINT64_C(3) << 30;
    add_header(&tar, '0', "huge", "", (size_t)size);
    int fd = open(scratch_write(scratch, "archive", tar.bytes, 512), O_RDWR | O_CLOEXEC);
    tar.len = 0;
    add_text(&tar, "small", "x");
    end_tar(&tar);
    assert_int_equal(pwrite(fd, tar.bytes, tar.len, (off_t)(512 + size)), tar.len);
    close(fd);
    struct opened *opened = open_file(scratch, "archive");
    struct source source;
    assert_string_equal(opened_list(opened, ""), "huge:3221225472 small:1 ");
    assert_string_equal(opened_said(opened), "");
    assert_false(opened_open(opened, "huge", &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be read out of the archive: it is larger than 2 GiB\n");
    opened_check(opened, "small", "x", 1);
    opened_close(opened);
}

/* Packs two hives, changes the archive, opens it. */
static struct opened *open_changed(const struct scratch *scratch, const char *command,
                                   void (*change)(struct memory_hive *archive))
{
    scratch_write(scratch, "a", make_hive(scratch->arena, HIVE_SIZE), HIVE_SIZE);
    scratch_write(scratch, "b", make_hive(scratch->arena, HIVE_SIZE), HIVE_SIZE);
    images_run(scratch, command);
    struct source source = file_source(scratch, "archive");
    uint8_t *bytes = arena_alloc(scratch->arena, (size_t)source.size, 1);
    assert_true(source_read(&source, 0, bytes, (size_t)source.size));
    struct memory_hive *archive = support_wrap(scratch->arena, bytes, (size_t)source.size);
    change(archive);
    return open_source(scratch->arena, &archive->source);
}

static void cut_half(struct memory_hive *archive)
{
    archive->source.size = archive->source.size * 3 / 4;
}

/* What lies before a break is whole, what it goes through fails, and where it is is said. */
static void check_cut(const struct scratch *scratch, const char *command)
{
    struct opened *opened = open_changed(scratch, command, cut_half);
    struct source source;
    const char *said = opened_said(opened);
    if (!strstr(said, "incomplete: the archive is damaged behind its first 2 members: "))
        fail_msg("%s", said);
    opened_check(opened, "a", make_hive(scratch->arena, HIVE_SIZE), HIVE_SIZE);
    assert_false(opened_open(opened, "b", &source));
    assert_non_null(strstr(opened_said(opened), "failed: cannot be read out of the archive: "));
    opened_check(opened, "a", make_hive(scratch->arena, HIVE_SIZE), HIVE_SIZE);
    opened_close(opened);
}

static void of_a_cut_tar_what_is_there_is_read(void **state)
{
    check_cut(*state, "tar cf archive a b");
}

static void a_tar_that_is_cut_between_members_is_not_whole(void **state)
{
    const struct scratch *scratch = *state;
    scratch_write_text(scratch, "b", "second");
    images_run(scratch, "tar --version && truncate -s 5000 a && tar cf archive a b && "
                        "truncate -s 5632 archive");
    struct opened *opened = open_file(scratch, "archive");
    assert_string_equal(opened_list(opened, ""), "a:5000 ");
    assert_string_equal(opened_said(opened),
                        "incomplete: the archive is damaged behind its first 1 "
                        "members: it has no end mark, and may have been cut\n");
    opened_close(opened);
}

static void of_a_cut_tar_by_gzip_what_is_there_is_read(void **state)
{
    check_cut(*state, "tar czf archive a b");
}

static void of_a_cut_zip_what_is_there_is_read(void **state)
{
    check_cut(*state, "zip -q archive.zip a b && mv archive.zip archive");
}

static void change_crc(struct memory_hive *archive)
{
    archive->bytes[archive->source.size - 8] ^= 1; /* RFC 1952: CRC32, then ISIZE */
}

static void a_wrong_checksum_of_gzip_is_said(void **state)
{
    struct opened *opened = open_changed(*state, "tar czf archive a b", change_crc);
    assert_string_equal(opened_said(opened), "incomplete: the archive is damaged behind its first "
                                             "2 members: incorrect data check\n");
    opened_close(opened);
}

static void a_wrong_checksum_of_a_packed_file_fails_it(void **state)
{
    struct opened *opened = open_changed(*state, "gzip -c a >archive", change_crc);
    struct source source;
    assert_string_equal(opened_said(opened), "incomplete: the archive is damaged behind its first "
                                             "1 members: incorrect data check\n");
    assert_false(opened_open(opened, "test hive", &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be read out of the archive: incorrect data check\n");
    opened_close(opened);
}

/* A place in the second half of the bytes, which are those of "b". */
static void change_b(struct memory_hive *archive)
{
    archive->bytes[archive->source.size * 3 / 4] ^= 0x10;
}

static void check_damage(const struct scratch *scratch, const char *command)
{
    struct opened *opened = open_changed(scratch, command, change_b);
    struct source source;
    assert_string_equal(opened_said(opened), "");
    assert_false(opened_open(opened, "b", &source));
    assert_non_null(strstr(opened_said(opened), "failed: cannot be read out of the archive: "));
    opened_check(opened, "a", make_hive(scratch->arena, HIVE_SIZE), HIVE_SIZE);
    assert_false(opened_open(opened, "b", &source));
    opened_close(opened);
}

static void a_damaged_file_of_a_zip_fails_alone(void **state)
{
    check_damage(*state, "zip -q archive.zip a b && mv archive.zip archive");
}

static void a_damaged_stored_file_of_a_zip_fails_alone(void **state)
{
    check_damage(*state, "zip -q -0 archive.zip a b && mv archive.zip archive");
}

static void a_damaged_file_of_a_7z_fails_alone(void **state)
{
    check_damage(*state, "7z a -ms=off archive.7z a b && mv archive.7z archive");
}

static void do_nothing(struct memory_hive *archive)
{
    (void)archive;
}

static void check_encrypted(const struct scratch *scratch, const char *command)
{
    struct opened *opened = open_changed(scratch, command, do_nothing);
    struct source source;
    assert_string_equal(opened_said(opened), "");
    assert_false(opened_open(opened, "b", &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be read out of the archive: it is "
                        "encrypted, and archives are read without passwords\n");
    opened_close(opened);
}

static void an_encrypted_zip_is_said(void **state)
{
    check_encrypted(*state, "zip -q -P secret archive.zip a b && mv archive.zip archive");
}

static void an_encrypted_zip_by_aes_is_said(void **state)
{
    check_encrypted(*state,
                    "7z a -tzip -mem=AES256 -psecret archive.zip a b && mv archive.zip archive");
}

static void an_encrypted_7z_is_said(void **state)
{
    check_encrypted(*state, "7z a -psecret archive.7z a b && mv archive.7z archive");
}

static void a_7z_with_encrypted_names_is_refused(void **state)
{
    struct opened *opened = open_changed(
        *state, "7z a -psecret -mhe=on archive.7z a b && mv archive.7z archive", do_nothing);
    assert_non_null(strstr(opened_said(opened), "failed: cannot be read as an archive: The archive "
                                                "header is encrypted"));
    opened_close(opened);
}

static void what_is_no_archive_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "PK\3\4",
        "7z\xbc\xaf\x27\x1c",
        "\x1f\x8b\x08",
        "\x1f\x8b\x08\xff\xff\xff",
        "BZh9",
        "\x28\xb5\x2f\xfd",
        "no archive at all, but long enough to be a little one",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct memory_hive *file =
            support_wrap(*state, (uint8_t *)arena_strdup(*state, texts[i]), strlen(texts[i]));
        struct opened *opened = open_source(*state, &file->source);
        if (opened->tree.methods)
            fail_msg("%zu is taken", i);
        const char *said = opened_said(opened);
        if (strncmp(said, "failed: cannot be ", 18) != 0 || strchr(said, '\n')[1])
            fail_msg("%zu: %s", i, said);
        opened_close(opened);
    }
}

/* An archive with many members, written piece by piece. */
static void write_many(const struct scratch *scratch, const char *name)
{
    FILE *file = fopen(scratch_path(scratch, name), "wb");
    assert_non_null(file);
    for (unsigned i = 0; i < MEMBERS; i++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        struct tar tar = {.arena = arena};
        add_header(&tar, '0',
                   arena_printf(arena, "C/Windows/WinSxS/amd64_a-component-%05u/module-%06u.dll",
                                i / 7, i),
                   "", 0);
        assert_int_equal(fwrite(tar.bytes, 1, tar.len, file), tar.len);
    }
    assert_int_equal(fclose(file), 0);
}

static long measure_memory(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* In a process of its own. */
static int open_many(const struct scratch *scratch, const char *name)
{
    long before = measure_memory();
    struct opened *opened = open_file(scratch, name);
    bool is_found =
        strcmp(opened_find(opened, "c/windows/winsxs/AMD64_a-component-14285/module-099999.dll"),
               "C/Windows/WinSxS/amd64_a-component-14285/module-099999.dll:0 ") == 0;
    long taken = measure_memory() - before;
    print_message("%s: %ld KiB\n", name, taken);
    opened_close(opened);
    return is_found && taken < MEMORY ? 0 : 1;
}

static void check_memory(const struct scratch *scratch, const char *name)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(open_many(scratch, name));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void an_archive_with_100000_members_takes_little_memory(void **state)
{
    const struct scratch *scratch = *state;
    if (BUILT_WITH_ASAN || getenv("VALGRIND_OPTS")) {
        print_message("skipped: this build takes memory of its own\n");
        skip();
    }
    write_many(scratch, "many.tar");
    check_memory(scratch, "many.tar");
    images_run(scratch, "tar xf many.tar && cd C && 7z a -tzip -mx=1 ../many.zip ../C >/dev/null");
    check_memory(scratch, "many.zip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(an_archive_with_100000_members_takes_little_memory), /* first: memory stays */
        SCRATCH_TEST(a_tar_is_read),
        SCRATCH_TEST(a_tar_of_pax_is_read),
        SCRATCH_TEST(a_tar_by_gzip_is_read),
        SCRATCH_TEST(a_tar_by_bzip2_is_read),
        SCRATCH_TEST(a_tar_by_xz_is_read),
        SCRATCH_TEST(a_tar_by_zstd_is_read),
        SCRATCH_TEST(a_zip_is_read),
        SCRATCH_TEST(a_zip_that_was_stored_is_read),
        SCRATCH_TEST(a_zip_that_was_written_to_a_pipe_is_read),
        SCRATCH_TEST(a_7z_is_read),
        SCRATCH_TEST(an_iso_is_read),
        SCRATCH_TEST(a_compressed_file_that_is_no_archive_is_one_file),
        SUPPORT_TEST(a_path_never_leads_out_of_the_tree),
        SUPPORT_TEST(what_has_no_name_is_said),
        SUPPORT_TEST(a_name_that_is_no_utf_8_can_still_be_opened),
        SUPPORT_TEST(of_paths_that_are_there_twice_the_last_one_counts),
        SUPPORT_TEST(a_hard_link_is_the_file_that_it_leads_to),
        SCRATCH_TEST(holes_of_a_sparse_file_are_zeros),
        SUPPORT_TEST(files_are_fetched_in_one_pass_each_once),
        SUPPORT_TEST(what_was_fetched_ends_with_its_arena),
        SCRATCH_TEST(a_file_of_more_than_2_gib_is_refused),
        SCRATCH_TEST(of_a_cut_tar_what_is_there_is_read),
        SCRATCH_TEST(a_tar_that_is_cut_between_members_is_not_whole),
        SCRATCH_TEST(of_a_cut_tar_by_gzip_what_is_there_is_read),
        SCRATCH_TEST(of_a_cut_zip_what_is_there_is_read),
        SCRATCH_TEST(a_wrong_checksum_of_gzip_is_said),
        SCRATCH_TEST(a_wrong_checksum_of_a_packed_file_fails_it),
        SCRATCH_TEST(a_damaged_file_of_a_zip_fails_alone),
        SCRATCH_TEST(a_damaged_stored_file_of_a_zip_fails_alone),
        SCRATCH_TEST(a_damaged_file_of_a_7z_fails_alone),
        SCRATCH_TEST(an_encrypted_zip_is_said),
        SCRATCH_TEST(an_encrypted_zip_by_aes_is_said),
        SCRATCH_TEST(an_encrypted_7z_is_said),
        SCRATCH_TEST(a_7z_with_encrypted_names_is_refused),
        SUPPORT_TEST(what_is_no_archive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
