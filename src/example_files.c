/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "example_files.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "model/pe.h"

/* The least that pe.c takes for a PE header (PE Format). */
enum { AT_SIGNATURE = 0x3c, SIGNATURE = 0x40, FILE_SIZE = SIGNATURE + 24 };

static const uint32_t machines[NARCHS] = {
    [ARCH_X86] = PE_MACHINE_I386,
    [ARCH_AMD64] = PE_MACHINE_AMD64,
    [ARCH_ARM] = PE_MACHINE_ARMNT,
    [ARCH_ARM64] = PE_MACHINE_ARM64,
};

static ssize_t read_file(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct example_file *file = source->context;
    uint8_t bytes[FILE_SIZE] = {'M', 'Z'};
    if (file->arch != ARCH_UNKNOWN) {
        put_u32(bytes + AT_SIGNATURE, SIGNATURE);
        memcpy(bytes + SIGNATURE, "PE", 2);
        put_u16(bytes + SIGNATURE + 4, (uint16_t)machines[file->arch]);
    }
    if (offset >= sizeof bytes)
        return 0;
    size_t left = sizeof bytes - offset, count = len < left ? len : left;
    memcpy(buf, bytes + offset, count);
    return (ssize_t)count;
}

static enum file_state find_file(void *context, struct arena *arena, const char *path,
                                 struct found_file *found)
{
    const struct example *example = context;
    (void)arena;
    for (size_t i = 0; i < example->nfiles; i++) {
        struct example_file *file = &example->files[i];
        if (!text_equal(file->path, path))
            continue;
        *found = (struct found_file){.path = file->path,
                                     .source = {.name = file->path,
                                                .size = FILE_SIZE,
                                                .read_at = read_file,
                                                .fd = -1,
                                                .context = file}};
        return FILE_PRESENT;
    }
    return FILE_ABSENT;
}

struct file_finder example_files_finder(const struct example *example)
{
    return (struct file_finder){.find = find_file, .context = (void *)example};
}
