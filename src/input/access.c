/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input.h"

bool access_fail(struct access *access, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_add(access->diags, DIAG_FAILED, NULL, "%s",
             arena_vprintf(access->diags->arena, format, args));
    va_end(args);
    return false;
}

bool access_bind(struct access *access, enum library library, const char *const *names, void *table,
                 size_t count)
{
    if (!(access->libraries & LIBRARY_BIT(library))) {
        access->wanted |= LIBRARY_BIT(library);
        return false;
    }
    const char *lacking = library_bind(library, names, table, count);
    if (lacking)
        return access_fail(access, "the library that reads this lacks %s", lacking);
    return true;
}

/* A name is one, not a way: images are hostile, and so is what they name. */
static bool is_plain_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* What is no file is not even opened: a device may take that for an order. */
int access_open_name(int folder, const char *name)
{
    struct stat st;
    errno = EXDEV;
    if (folder < 0 || !is_plain_name(name))
        return -1;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    errno = S_ISLNK(st.st_mode) ? EXDEV : EINVAL; /* a link may lead anywhere */
    if (!S_ISREG(st.st_mode))
        return -1;
    return input_open_at(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
}

static void note_opened(struct access *access, const char *name)
{
    access->opened =
        arena_grow(access->arena, access->opened, access->nopened, sizeof *access->opened);
    access->opened[access->nopened++] = name;
}

bool access_open_beside(struct access *access, const char *name, struct source *source)
{
    int fd = access_open_name(access->folder, name);
    if (fd < 0)
        return false;
    arena_close_fd(access->arena, fd);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    errno = EINVAL;
    struct input input = {.name = arena_strdup(access->arena, name), .fd = fd};
    input.size = (uint64_t)st.st_size;
    *source = input_source(&input);
    note_opened(access, input.name);
    return S_ISREG(st.st_mode);
}

void access_note_part(struct access *access, const char *first)
{
    struct source source;
    access->is_later_part = access_open_beside(access, first, &source);
}
