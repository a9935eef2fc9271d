/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "versions.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"
#include "input/library.h"
#include "rule/yaml.h"
#include "worker/sandbox.h"

#define LINE_MAX_SIZE 256 /* "libewf 20140814" */

struct list {
    struct arena *arena;
    struct component *items;
    size_t count;
};

static void add(struct list *list, struct component component)
{
    list->items = arena_grow(list->arena, list->items, list->count, sizeof *list->items);
    list->items[list->count++] = component;
}

static _Noreturn void tell_image_libraries(int out)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (enum library i = 0; i < NLIBRARIES; i++) {
        const char *version = library_version(arena, i);
        if (version)
            dprintf(out, "%s %s\n", library_name(arena, i), version);
    }
    _exit(0);
}

static void add_lines(struct list *list, FILE *stream)
{
    char line[LINE_MAX_SIZE];
    while (fgets(line, sizeof line, stream)) {
        size_t name = strcspn(line, " "), len = strcspn(line, "\n");
        if (name < len)
            add(list,
                (struct component){text_from_utf8(list->arena, line, name),
                                   text_from_utf8(list->arena, line + name + 1, len - name - 1)});
    }
}

/* They are not loaded here: workers for hives, which are forked off this process, would have them.
 */
static void add_image_libraries(struct list *list)
{
    int ends[2];
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        tell_image_libraries(ends[1]);
    close(ends[1]);
    CLEANUP(file) FILE *stream = fdopen(ends[0], "r");
    if (!stream)
        end_out_of_memory();
    add_lines(list, stream);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

const struct component *versions_list(struct arena *arena, bool of_images, size_t *count)
{
    struct list list = {.arena = arena};
    add(&list, (struct component){"hivex", HIVEX_VERSION});
    add(&list, (struct component){"libfyaml", yaml_library_version()});
    add(&list, report_json_library());
    add(&list, report_sqlite_library());
    add(&list, (struct component){"libcrypto", digest_library_version()});
    add(&list, (struct component){"libseccomp", sandbox_library_version(arena)});
    if (of_images)
        add_image_libraries(&list);
    *count = list.count;
    return list.items;
}
