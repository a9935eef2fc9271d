/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/content.h"

#include <errno.h>
#include <string.h>

#include "support.h"

#define BYTES(text) (text), sizeof(text) - 1

/* Bytes of a file that is zero but for some at one place. */
struct sparse {
    uint64_t at;
    const char *bytes;
    size_t len;
};

static ssize_t read_sparse(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct sparse *sparse = source->context;
    memset(buf, 0, len);
    for (size_t i = 0; i < len; i++)
        if (offset + i >= sparse->at && offset + i < sparse->at + sparse->len)
            ((char *)buf)[i] = sparse->bytes[offset + i - sparse->at];
    return offset + len <= source->size ? (ssize_t)len : 0;
}

static struct source make_source(struct sparse *sparse, uint64_t size)
{
    return (struct source){.size = size, .read_at = read_sparse, .fd = -1, .context = sparse};
}

/* Where the magic of each format stands, by its own specification. */
static void content_is_told_by_its_magic(void **state)
{
    (void)state;
    static struct {
        struct sparse sparse;
        uint64_t size;
        enum content content;
        const char *word;
    } cases[] = {
        {{0, BYTES("regf")}, 5000, CONTENT_HIVE, "hive"},
        {{4096, BYTES("hbin")}, 5000, CONTENT_HIVE, "hive"},
        {{0, BYTES("EVF\x09\x0d\x0a\xff\x00")}, 5000, CONTENT_EWF, "E01"},
        {{0, BYTES("QFI\xfb\0\0\0\x03")}, 5000, CONTENT_QCOW2, "qcow2"},
        {{0, BYTES("KDMV\x01\0\0\0")}, 5000, CONTENT_VMDK, "VMDK"},
        {{0, BYTES("# Disk DescriptorFile\nversion=1\n")}, 300, CONTENT_VMDK, "VMDK"},
        {{0, BYTES("vhdxfile")}, 5000, CONTENT_VHDX, "VHDX"},
        {{0, BYTES("conectix")}, 5000, CONTENT_VHD, "VHD"},
        {{5000 - 512, BYTES("conectix")}, 5000, CONTENT_VHD, "VHD"},
        {{64, BYTES("\x7f\x10\xda\xbe")}, 5000, CONTENT_VDI, "VDI"},
        {{0, BYTES("MSWIM\0\0\0\xd0\0\0\0")}, 5000, CONTENT_WIM, "WIM"},
        {{0, BYTES("\x1f\x8b\x08\x00")}, 100, CONTENT_ARCHIVE, "gzip"},
        {{0, BYTES("\xfd\x37zXZ\x00\x00\x04")}, 100, CONTENT_ARCHIVE, "xz"},
        {{0, BYTES("\x28\xb5\x2f\xfd\x24")}, 100, CONTENT_ARCHIVE, "zstd"},
        {{0, BYTES("PK\x03\x04\x14\x00")}, 100, CONTENT_ARCHIVE, "zip"},
        {{0, BYTES("7z\xbc\xaf\x27\x1c\x00")}, 100, CONTENT_ARCHIVE, "7z"},
        {{257, BYTES("ustar\00000")}, 10240, CONTENT_ARCHIVE, "tar"},
        {{0x8001, BYTES("CD001\1")}, 40000, CONTENT_ISO, "ISO"},
        {{0x8001, BYTES("BEA01\1")}, 40000, CONTENT_ISO, "UDF"},
        {{3, BYTES("NTFS    ")}, 5000, CONTENT_DISK, "NTFS"},
        {{3, BYTES("-FVE-FS-")}, 5000, CONTENT_DISK, "BitLocker"},
        {{510, BYTES("\x55\xaa")}, 512, CONTENT_DISK, "disk"},
        {{512, BYTES("EFI PART")}, 5000, CONTENT_DISK, "disk"},
        {{4096, BYTES("EFI PART")}, 5000, CONTENT_DISK, "4096"},
        {{0, BYTES("REGEDIT4\r\n")}, 100, CONTENT_OTHER, ".reg"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct source source = make_source(&cases[i].sparse, cases[i].size);
        enum content content;
        const char *name;
        assert_true(content_tell(&source, &content, &name));
        if (content != cases[i].content || !strstr(name, cases[i].word))
            fail_msg("%s: got %d, %s", cases[i].word, (int)content, name ? name : "nothing");
    }
}

static void a_volume_that_was_a_disc_before_is_a_volume(void **state)
{
    (void)state;
    static char bytes[40000];
    struct sparse sparse = {0, bytes, sizeof bytes};
    struct source source = make_source(&sparse, sizeof bytes);
    enum content content;
    const char *name;
    memcpy(bytes + 0x8001, "CD001", 5);
    memcpy(bytes + 3, "NTFS    ", 8);
    assert_true(content_tell(&source, &content, &name));
    assert_int_equal(content, CONTENT_DISK);
}

/* Each size around those that the table looks at. */
static void zeros_of_any_size_are_unknown(void **state)
{
    (void)state;
    struct sparse none = {0};
    for (uint64_t size = 0; size < 36000; size += size < 600 ? 1 : 97) {
        struct source source = make_source(&none, size);
        enum content content;
        const char *name;
        assert_true(content_tell(&source, &content, &name));
        assert_int_equal(content, size ? CONTENT_UNKNOWN : CONTENT_EMPTY);
    }
}

static ssize_t fail_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void what_cannot_be_read_is_not_told(void **state)
{
    (void)state;
    struct source source = {.size = 5000, .read_at = fail_to_read, .fd = -1};
    enum content content;
    const char *name;
    errno = 0;
    assert_false(content_tell(&source, &content, &name));
    assert_int_equal(errno, EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_told_by_its_magic),
        cmocka_unit_test(a_volume_that_was_a_disc_before_is_a_volume),
        cmocka_unit_test(zeros_of_any_size_are_unknown),
        cmocka_unit_test(what_cannot_be_read_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
