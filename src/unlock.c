/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "unlock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "input/input.h"

#define KEY_FILE_MAX (64 * 1024) /* bytes; a startup key has some hundred */

static bool fail(const char *option, const char *path, const char *fault)
{
    fprintf(stderr, "hiveaudit: --%s: %s: %s\n", option, path, fault);
    return false;
}

/* All of a small file, or of a pipe: keys need not lie on a disk. */
static bool read_file(struct arena *arena, const char *option, const char *path,
                      struct slice *bytes)
{
    uint8_t *buffer = arena_alloc(arena, KEY_FILE_MAX + 1, 1);
    CLEANUP(fd) int fd = input_open_file(path);
    size_t len = 0;
    ssize_t n = 1;
    if (fd < 0)
        return fail(option, path, strerror(errno));
    /* A named pipe that nobody has opened yet would seem to be at its end. */
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
    while (n > 0 && len <= KEY_FILE_MAX) {
        n = read(fd, buffer + len, KEY_FILE_MAX + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        return fail(option, path, strerror(errno));
    if (len > KEY_FILE_MAX)
        return fail(option, path, "is too large for a key");
    *bytes = (struct slice){.ptr = buffer, .len = len};
    return len || fail(option, path, "is empty");
}

/* Editors end the line of a password, and some begin it with a byte order mark. */
static bool read_password(struct arena *arena, const char *path, const char **password)
{
    struct slice bytes;
    if (!read_file(arena, "bitlocker-password-file", path, &bytes))
        return false;
    const char *text = (const char *)bytes.ptr;
    text += strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *password = arena_strndup(arena, text, strcspn(text, "\r\n"));
    return **password || fail("bitlocker-password-file", path, "its first line is empty");
}

bool unlock_load(struct arena *arena, const struct options *options, struct unlock *unlock)
{
    *unlock = (struct unlock){.recovery_key = options->recovery_key};
    return (!options->password_file ||
            read_password(arena, options->password_file, &unlock->password)) &&
           (!options->bek || read_file(arena, "bek", options->bek, &unlock->bek));
}
