/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int hive_image_seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

struct hive_image hive_image_load(const struct source *source, struct diags *diags)
{
    struct hive_image image = {.fd = -1, .size = source->size};
    if (source->size > IMAGE_SIZE_MAX) {
        diag_add(diags, DIAG_FAILED, NULL, "is larger than any registry hive (got %ju bytes)",
                 (uintmax_t)source->size);
        return image;
    }
    image.fd = source->is_own ? fcntl(source->fd, F_DUPFD_CLOEXEC, 0)
                              : memfd_create("hiveaudit-hive", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (image.fd >= 0 && (source->is_own || source_copy(source, image.fd)))
        return image;
    diag_add(diags, DIAG_FAILED, NULL, "cannot be read into memory: %s", strerror(errno));
    hive_image_close(&image);
    return image;
}

static ssize_t read_image(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    return pread(source->fd, buf, len, (off_t)offset);
}

struct source hive_image_source(const struct hive_image *image)
{
    return (struct source){.name = "", .size = image->size, .read_at = read_image, .fd = image->fd};
}

void hive_image_close(struct hive_image *image)
{
    if (image->fd >= 0)
        close(image->fd);
    image->fd = -1;
}
