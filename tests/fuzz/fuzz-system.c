/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SYSTEM hive: the input is one beside a SOFTWARE hive that never changes, on a drive with some
 * files. The checksum of the base block is made right where the byte before it is even. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "../repair.h"
#include "base/cleanup.h"
#include "example_files.h"
#include "hive/base_block.h"
#include "hive/hive_write.h"
#include "hive/image.h"
#include "hive/reg_text.h"

const char fuzz_corpus[] = "system";

#define SOFTWARE "HKEY_LOCAL_MACHINE\\SOFTWARE\\"
#define CARDS    "Microsoft\\Cryptography\\Calais\\SmartCards\\"
static const char text[] =
    "Windows Registry Editor Version 5.00\n"
    "[" SOFTWARE "Microsoft\\Windows NT\\CurrentVersion]\n"
    "\"CurrentBuildNumber\"=\"19045\"\n\"SystemRoot\"=\"C:\\\\Windows\"\n"
    "\"BuildLabEx\"=\"19041.1.amd64fre.vb_release.191206-1406\"\n"
    "[" SOFTWARE CARDS "A]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,ff\n"
    "\"Smart Card Key Storage Provider\"=\"Other\"\n"
    "[" SOFTWARE CARDS "B]\n\"80000001\"=\"a.dll\"\n"
    "\"Smart Card Key Storage Provider\"=\"Microsoft Smart Card Key Storage Provider\"\n"
    "[" SOFTWARE "Wow6432Node\\" CARDS "B]\n\"80000001\"=\"a.dll\"\n";

static struct example_file files[] = {{"Windows\\System32\\ntdll.dll", ARCH_AMD64},
                                      {"Windows\\SysWOW64\\ntdll.dll", ARCH_X86},
                                      {"Windows\\System32\\a.dll", ARCH_AMD64},
                                      {"Windows\\System32\\scksp.dll", ARCH_X86}};
static const struct example drive = {.files = files, .nfiles = sizeof files / sizeof *files};

/* Made once; it lives until the process ends. */
static const struct hive_image *software_image(void)
{
    static struct hive_image image = {.fd = -1};
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *fault;
    if (image.fd >= 0)
        return &image;
    struct reg_text reg =
        reg_text_parse(arena, (struct slice){(const uint8_t *)text, sizeof text - 1});
    MUST(reg.nproblems == 0);
    image = hive_build(arena, &reg, 1, &fault);
    MUST(image.fd >= 0);
    return &image;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct fuzz_rules *rules = fuzz_shipped_rules();
    struct source software = hive_image_source(software_image());
    CLEANUP(arena) struct arena *arena = arena_new();
    uint8_t *copy = arena_alloc(arena, len, 1);
    memcpy(copy, bytes, len);
    if (len >= BASE_BLOCK_CHECKED && copy[BASE_AT_CHECKSUM - 1] % 2 == 0)
        repair_base_block(copy, len);
    struct fuzz_source system = fuzz_wrap("SYSTEM", copy, len);
    struct file_finder finder = example_files_finder(&drive);
    struct read_plan plan = {.requests = rules->requests,
                             .nrequests = rules->nrequests,
                             .system = &system.source,
                             .files = &finder};
    struct wire_item item = {.diags.arena = arena, .size = software.size};
    item.read = snapshot_read(arena, &item.diags, &software, &plan, &item.snapshot);
    MUST(item.read && item.diags.worst != DIAG_FAILED);
    MUST(item.snapshot.system.state != SYSTEM_NONE);
    fuzz_send(rules, &item);
    fuzz_report(rules, &item);
    return 0;
}
