/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* Libraries stay loaded, so that every fact is tried in a child, which ends with 0 where it holds.
 */
static int in_child(struct arena *arena, bool (*holds)(struct arena *arena))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(!holds(arena));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Whether a file of this name is mapped into this process. */
static bool is_mapped(const char *name)
{
    char line[1024];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && fgets(line, sizeof line, maps))
        found = strstr(line, name);
    if (maps)
        fclose(maps);
    return found;
}

static bool nothing_is_mapped(struct arena *arena)
{
    static const char *const names[] = {"libewf",     "libvmdk",    "libvhdi",
                                        "libntfs-3g", "libvshadow", "libbde",
                                        "libwim",     "libarchive", "libudfread"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_mapped(names[i]))
            return false;
    return !libraries_load(arena, 0) && !is_mapped("libewf");
}

static void a_hive_pays_for_no_library(void **state)
{
    assert_int_equal(in_child(*state, nothing_is_mapped), 0);
}

static bool one_is_loaded(struct arena *arena)
{
    return !libraries_load(arena, LIBRARY_BIT(LIBRARY_EWF)) && is_mapped("libewf.so") &&
           !is_mapped("libvmdk") && !is_mapped("libwim");
}

static void only_what_is_asked_for_is_loaded(void **state)
{
    assert_int_equal(in_child(*state, one_is_loaded), 0);
}

static bool all_are_loaded(struct arena *arena)
{
    const char *missing = libraries_load(arena, LIBRARIES_ALL);
    if (missing)
        print_message("%s\n", missing);
    return !missing && is_mapped("libudfread.so");
}

static bool once_more(struct arena *arena)
{
    return all_are_loaded(arena) && all_are_loaded(arena);
}

static void all_of_them_can_be_loaded_together(void **state)
{
    assert_int_equal(in_child(*state, all_are_loaded), 0);
    assert_int_equal(in_child(*state, once_more), 0);
}

/* Each with a scope of its own: their helpers have the same names. */
static bool nothing_is_global(struct arena *arena)
{
    static const char *const names[] = {"libewf_handle_open"};
    const char *name = names[0];
    int (*function)(void) = NULL;
    libraries_load(arena, LIBRARY_BIT(LIBRARY_EWF) | LIBRARY_BIT(LIBRARY_VMDK));
    return !library_bind(LIBRARY_EWF, names, &function, 1) && function &&
           strcmp(library_bind(LIBRARY_VMDK, names, &function, 1), name) == 0;
}

static void a_function_is_found_in_its_library_only(void **state)
{
    assert_int_equal(in_child(*state, nothing_is_global), 0);
}

static bool names_what_lacks(struct arena *arena)
{
    static const char *const names[] = {"zlibVersion", "no_such_function", "nor_this"};
    void *table[3];
    libraries_load(arena, LIBRARY_BIT(LIBRARY_ZLIB));
    return strcmp(library_bind(LIBRARY_ZLIB, names, table, 3), "no_such_function") == 0;
}

static void the_first_function_that_lacks_is_named(void **state)
{
    assert_int_equal(in_child(*state, names_what_lacks), 0);
}

/* What a confined process does later opens nothing: the time zone above all. */
static bool time_needs_no_file(struct arena *arena)
{
    setenv("TZ", "Europe/Berlin", 1);
    return !libraries_load(arena, LIBRARY_BIT(LIBRARY_ARCHIVE)) && getenv("TZ") &&
           strcmp(getenv("TZ"), "UTC0") == 0;
}

static void archives_know_no_time_zone(void **state)
{
    assert_int_equal(in_child(*state, time_needs_no_file), 0);
}

/* Without a descriptor nothing can be loaded: who reads the message knows what to install. */
static bool says_what_is_missing(struct arena *arena)
{
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        ;
    const char *missing = libraries_load(arena, LIBRARY_BIT(LIBRARY_EWF));
    return missing && strcmp(missing, "the library libewf.so.2 is not to be had (Debian package "
                                      "libewf2)") == 0;
}

static void a_missing_library_is_named_with_its_package(void **state)
{
    assert_int_equal(in_child(*state, says_what_is_missing), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_hive_pays_for_no_library),
        SUPPORT_TEST(only_what_is_asked_for_is_loaded),
        SUPPORT_TEST(all_of_them_can_be_loaded_together),
        SUPPORT_TEST(a_function_is_found_in_its_library_only),
        SUPPORT_TEST(the_first_function_that_lacks_is_named),
        SUPPORT_TEST(archives_know_no_time_zone),
        SUPPORT_TEST(a_missing_library_is_named_with_its_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
