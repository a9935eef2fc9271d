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
        {{0, BYTES("REGEDIT4\r\n")}, 100, CONTENT_REG, ".reg"},
        {{0, BYTES("[Version]\nSignature=x\n")}, 100, CONTENT_INF, "INF"},
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

static enum content tell(const char *bytes, size_t len)
{
    struct sparse sparse = {0, bytes, len};
    struct source source = make_source(&sparse, len);
    enum content content;
    const char *name = NULL;
    assert_true(content_tell(&source, &content, &name));
    assert_true(content == CONTENT_UNKNOWN ? !name : !!name);
    return content;
}

struct text_case {
    const char *bytes;
    size_t len;
    enum content content;
};

static void assert_texts(const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum content content = tell(cases[i].bytes, cases[i].len);
        if (content != cases[i].content)
            fail_msg("%s: got %d, want %d", cases[i].bytes, (int)content, (int)cases[i].content);
    }
}

static void a_reg_is_told_by_its_header_or_its_first_key(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {BYTES("REGEDIT4"), CONTENT_REG},
        {BYTES("REGEDIT4 \r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"), CONTENT_REG},
        {BYTES("Windows Registry Editor Version 5.00\r\n"), CONTENT_REG},
        {BYTES("windows registry editor version 4.00\n"), CONTENT_REG},
        {BYTES("\xef\xbb\xbfWindows Registry Editor Version 5.00\r\n"), CONTENT_REG},
        {BYTES("; caf\xe9\r\n\r\n  ;\tmore\r\n\tRegedit4\r\n"), CONTENT_REG},
        {BYTES("\xff\xfe;\0\xe9\0\n\0R\0E\0G\0E\0D\0I\0T\0004\0"), CONTENT_REG},
        {BYTES("[HKEY_LOCAL_MACHINE\\SOFTWARE]"), CONTENT_REG},
        {BYTES(";x\r\r[-hkey_current_user\\x"), CONTENT_REG},
        {BYTES("\xff\xfe[\0H\0K\0E\0Y\0_\0"), CONTENT_REG},
        {BYTES("REGEDIT4\r\n\0\0\0"), CONTENT_REG},
        {BYTES("x\n[HKEY_LOCAL_MACHINE\\SOFTWARE]"), CONTENT_UNKNOWN},
        {BYTES("x\nREGEDIT4\n"), CONTENT_UNKNOWN},
        {BYTES("[HKLM\\SOFTWARE]"), CONTENT_UNKNOWN},
        {BYTES("; REGEDIT4\n"), CONTENT_UNKNOWN},
        {BYTES("\0REGEDIT4\n"), CONTENT_UNKNOWN},
        {BYTES(";\0\nREGEDIT4\n"), CONTENT_UNKNOWN},
        {BYTES("\xfe\xff\0R\0E\0G\0E\0D\0I\0T\0004"), CONTENT_UNKNOWN},
        {BYTES("\xff\xfeREGEDIT4"), CONTENT_UNKNOWN},
        {BYTES("\xff\xfe"), CONTENT_UNKNOWN},
        {BYTES("\xff\xfe;"), CONTENT_UNKNOWN},
        {BYTES("\xef\xbb\xbf"), CONTENT_UNKNOWN},
        {BYTES("Windows Registry"), CONTENT_UNKNOWN},
    };
    assert_texts(cases, sizeof cases / sizeof *cases);
}

static void an_inf_is_told_by_the_signature_in_its_version_section(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {BYTES("[Version]\r\nSignature = \"$WINDOWS NT$\"\r\n"), CONTENT_INF},
        {BYTES("; x\n\n[Strings]\na=b\n [ VERSION ] ; y\nClass=x\n\tsignature=\n"), CONTENT_INF},
        {BYTES("\xef\xbb\xbf[version]\rSIGNATURE=$CHICAGO$\r"), CONTENT_INF},
        {BYTES("\xff\xfe[\0V\0e\0r\0s\0i\0o\0n\0]\0\n\0S\0i\0g\0n\0a\0t\0u\0r\0e\0=\0"),
         CONTENT_INF},
        {BYTES("[Version]\nSignature\n"), CONTENT_UNKNOWN},
        {BYTES("[Version]\n;Signature=x\n"), CONTENT_UNKNOWN},
        {BYTES("[Version]\n[Other]\nSignature=x\n"), CONTENT_UNKNOWN},
        {BYTES("[Versions]\nSignature=x\n"), CONTENT_UNKNOWN},
        {BYTES("Signature=x\n[Version]\n"), CONTENT_UNKNOWN},
        {BYTES("[Version\nSignature=x\n"), CONTENT_UNKNOWN},
        {BYTES("[Version]\n\0\nSignature=x\n"), CONTENT_UNKNOWN},
        {BYTES("[.ShellClassInfo]\nIconFile=x\n"), CONTENT_UNKNOWN},
        {BYTES("x"), CONTENT_UNKNOWN},
        {BYTES("\n\n"), CONTENT_UNKNOWN},
    };
    assert_texts(cases, sizeof cases / sizeof *cases);
}

/* A licence, say. */
static void comments_above_may_take_what_is_looked_at_and_no_more(void **state)
{
    (void)state;
    static const char header[] = "\nREGEDIT4\n";
    static char bytes[CONTENT_START_SIZE + sizeof header];
    memset(bytes, ';', sizeof bytes);
    memcpy(bytes + CONTENT_START_SIZE - (sizeof header - 1), header, sizeof header - 1);
    assert_int_equal(tell(bytes, sizeof bytes), CONTENT_REG);
    memset(bytes, ';', sizeof bytes);
    memcpy(bytes + CONTENT_START_SIZE, header, sizeof header);
    assert_int_equal(tell(bytes, sizeof bytes), CONTENT_UNKNOWN);
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
        cmocka_unit_test(a_reg_is_told_by_its_header_or_its_first_key),
        cmocka_unit_test(an_inf_is_told_by_the_signature_in_its_version_section),
        cmocka_unit_test(comments_above_may_take_what_is_looked_at_and_no_more),
        cmocka_unit_test(a_volume_that_was_a_disc_before_is_a_volume),
        cmocka_unit_test(zeros_of_any_size_are_unknown),
        cmocka_unit_test(what_cannot_be_read_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
