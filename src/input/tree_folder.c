/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "input/input.h"

/* Names of one folder. */
#define LIST_MAX (1 << 18)

/* O_NONBLOCK: a pipe has to be no trap. */
#define FLAGS        (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
#define FLAGS_FOLDER (FLAGS | O_DIRECTORY)

/* The replacement character: in a name it stands for bytes that are no UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"

/* The names of the folder that was listed last, for the next look into it. */
struct names {
    struct arena *arena;
    const char *path;   /* NULL: none */
    const char **bytes; /* as the folder has them */
    struct node *nodes; /* their texts, sorted; the id is the index in bytes */
    size_t count;
    bool is_cut;
};

struct folders {
    int root;
    struct names names;
};

static const char *show(const char *path)
{
    return *path ? path : "the folder";
}

/* Reads the next name of a folder, without "." and "..". NULL at the end, or with errno set. */
static const char *next_name(DIR *stream)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(stream);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

/* The bytes of a name that the text of it does not tell; NULL where there is none with that text.
 */
static const char *find_bytes(struct arena *arena, int folder, const char *name)
{
    int fd = openat(folder, ".", FLAGS_FOLDER);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    const char *found = NULL;
    unsigned left = LIST_MAX;
    for (const char *bytes; stream && !found && left-- > 0 && (bytes = next_name(stream));)
        if (strcmp(text_from_utf8(arena, bytes, strlen(bytes)), name) == 0)
            found = arena_strdup(arena, bytes);
    if (stream)
        closedir(stream);
    else if (fd >= 0)
        close(fd);
    return found;
}

/* Opens what has this text as its name. */
static int open_text(int folder, const char *name, int flags)
{
    int fd = input_open_at(folder, name, flags);
    if (fd >= 0 || errno != ENOENT || !strstr(name, REPLACEMENT))
        return fd;
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *bytes = find_bytes(arena, folder, name);
    errno = ENOENT;
    return bytes ? input_open_at(folder, bytes, flags) : -1;
}

/* Opens a path part by part: the kernel would follow links in all but the last one. */
static int open_path(const struct folders *folders, const char *path, int flags)
{
    int fd = input_open_at(folders->root, ".", *path ? FLAGS_FOLDER : flags);
    while (*path && fd >= 0) {
        char name[NAME_MAX + 1];
        size_t len = strcspn(path, "/");
        CLEANUP(fd) int folder = fd;
        errno = ENAMETOOLONG;
        if (len > NAME_MAX)
            return -1;
        memcpy(name, path, len);
        name[len] = '\0';
        path += len + (path[len] == '/');
        fd = open_text(folder, name, *path ? FLAGS_FOLDER : flags);
    }
    return fd;
}

static void free_names(void *handle)
{
    struct names *names = handle;
    arena_free(names->arena);
    *names = (struct names){0};
}

static void add_name(struct names *names, const char *bytes)
{
    size_t at = names->count++;
    names->bytes = arena_grow(names->arena, names->bytes, at, sizeof *names->bytes);
    names->nodes = arena_grow(names->arena, names->nodes, at, sizeof *names->nodes);
    names->bytes[at] = arena_strdup(names->arena, bytes);
    const char *text = text_from_utf8(names->arena, bytes, strlen(bytes));
    names->nodes[at] = (struct node){.name = text, .id = at};
}

/* Reads the names of a folder, which it takes over. False with errno set, with those it could. */
static bool read_names(struct names *names, int folder, const char *path)
{
    DIR *stream = fdopendir(folder);
    if (!stream) {
        close(folder);
        return false;
    }
    names->arena = arena_new();
    for (const char *bytes; (bytes = next_name(stream)) && !names->is_cut;) {
        names->is_cut = names->count == LIST_MAX;
        if (!names->is_cut)
            add_name(names, bytes);
    }
    int error = errno;
    closedir(stream);
    tree_sort(names->nodes, names->count);
    if (!error)
        names->path = arena_strdup(names->arena, path);
    errno = error;
    return !error;
}

/* Has the names of a folder at hand. False after a diagnostic. */
static bool list_names(struct tree *tree, const struct node *folder)
{
    struct folders *folders = tree->context;
    struct names *names = &folders->names;
    if (names->path && strcmp(names->path, folder->path) == 0)
        return true;
    free_names(names);
    int fd = open_path(folders, folder->path, FLAGS_FOLDER);
    bool is_read = fd >= 0 && read_names(names, fd, folder->path);
    if (!is_read)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: cannot be listed: %s",
                 show(folder->path), strerror(errno));
    else if (names->is_cut)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: has too many entries (read %d)",
                 show(folder->path), LIST_MAX);
    return is_read;
}

/* The bytes of a name in any letter case; NULL where there is none. */
static const char *match_name(const struct names *names, const char *wanted)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(names->nodes[middle].name, wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && text_equal(names->nodes[low].name, wanted)
               ? names->bytes[names->nodes[low].id]
               : NULL;
}

static bool describe(struct arena *arena, int fd, const char *bytes, const struct node *folder,
                     struct node *node)
{
    struct stat st;
    if (fstatat(fd, bytes, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    const char *name = text_from_utf8(arena, bytes, strlen(bytes));
    *node = (struct node){.name = name, .path = tree_join(arena, folder, name), .id = st.st_ino};
    node->kind = S_ISREG(st.st_mode) ? NODE_FILE : S_ISDIR(st.st_mode) ? NODE_FOLDER : NODE_OTHER;
    node->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return true;
}

static enum tree_result fail_find(struct tree *tree, struct arena *arena, const struct node *folder,
                                  const char *name)
{
    diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: cannot be looked for: %s",
             tree_join(arena, folder, name), strerror(errno));
    return TREE_FAILED;
}

static enum tree_result find(struct tree *tree, struct arena *arena, const struct node *folder,
                             const char *name, struct node *found)
{
    struct folders *folders = tree->context;
    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strlen(name) > NAME_MAX)
        return TREE_ABSENT;
    CLEANUP(fd) int fd = open_path(folders, folder->path, FLAGS_FOLDER);
    if (fd < 0)
        return fail_find(tree, arena, folder, name);
    if (describe(arena, fd, name, folder, found))
        return TREE_FOUND;
    if (errno != ENOENT)
        return fail_find(tree, arena, folder, name);
    if (!list_names(tree, folder))
        return TREE_FAILED;
    const char *bytes = match_name(&folders->names, name);
    if (!bytes)
        return TREE_ABSENT;
    return describe(arena, fd, bytes, folder, found) ? TREE_FOUND
                                                     : fail_find(tree, arena, folder, name);
}

/* Looks at each name that was listed. What goes away meanwhile is left out; what else cannot be
 * looked at is said once. */
static bool describe_names(struct tree *tree, struct arena *arena, const struct node *folder,
                           struct node *nodes, size_t *count)
{
    struct folders *folders = tree->context;
    const struct names *names = &folders->names;
    const char *first = NULL;
    size_t lost = 0;
    int error = 0;
    CLEANUP(fd) int fd = open_path(folders, folder->path, FLAGS_FOLDER);
    for (size_t i = 0; i < names->count; i++) {
        const struct node *node = &names->nodes[i];
        if (describe(arena, fd, names->bytes[node->id], folder, &nodes[*count])) {
            ++*count;
        } else if (errno != ENOENT && lost++ == 0) {
            error = errno;
            first = node->name;
        }
    }
    if (lost)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL,
                 "%s: %zu of %zu entries cannot be read, the first is %s: %s", show(folder->path),
                 lost, names->count, first, strerror(error));
    return !lost;
}

static bool list(struct tree *tree, struct arena *arena, const struct node *folder,
                 struct node **nodes, size_t *count)
{
    struct folders *folders = tree->context;
    struct names *names = &folders->names;
    names->path = NULL; /* a listing is of now */
    bool is_whole = list_names(tree, folder) && !names->is_cut;
    *nodes = arena_alloc(arena, names->count, sizeof **nodes);
    *count = 0;
    return describe_names(tree, arena, folder, *nodes, count) && is_whole;
}

static bool open_file(struct tree *tree, struct arena *arena, const struct node *file,
                      struct source *source)
{
    struct input input = {.name = arena_strdup(arena, file->path),
                          .fd = open_path(tree->context, file->path, FLAGS)};
    struct stat st;
    if (input.fd >= 0)
        arena_close_fd(arena, input.fd);
    if (input.fd < 0 || fstat(input.fd, &st) != 0)
        return access_fail(tree->access, "cannot be opened: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return access_fail(tree->access, "is no file");
    input.size = (uint64_t)st.st_size;
    *source = input_source(&input);
    return true;
}

static const struct tree_methods methods = {.find = find, .list = list, .open = open_file};

bool tree_open_folder(struct access *access, int folder, struct tree *tree)
{
    struct folders *folders = arena_alloc(access->arena, 1, sizeof *folders);
    folders->root = folder;
    arena_on_free(access->arena, free_names, &folders->names);
    *tree = (struct tree){.access = access, .methods = &methods, .context = folders};
    tree->root = (struct node){.name = "", .path = "", .kind = NODE_FOLDER};
    return true;
}
