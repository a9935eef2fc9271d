/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/library.h"

#include <assert.h>
#include <dlfcn.h>
#include <link.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wimlib.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "input/fve.h"

/* libarchive keeps names in the charset of the locale; UTF-8 keeps them all, and needs no iconv.
 * Zip reading calls mktime, which would open the time zone file each time. */
static const char *prepare_archive(void *handle)
{
    (void)handle;
    if (setenv("TZ", "UTC0", 1) < 0)
        end_out_of_memory();
    tzset();
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return "the locale C.UTF-8 is not to be had (Debian package libc-bin)";
    mbrtowc(&(wchar_t){0}, "\xc3\xa4", 2, &(mbstate_t){0}); /* loads the locale's converters */
    return NULL;
}

/* Paths in a WIM are those of Windows. */
static const char *prepare_wim(void *handle)
{
    __typeof__(wimlib_global_init) *init = dlsym(handle, "wimlib_global_init");
    return init && init(WIMLIB_INIT_FLAG_DEFAULT_CASE_INSENSITIVE) == 0
               ? NULL
               : "the library libwim.so.15 cannot be initialized";
}

/* libbde does not do all of BitLocker. */
static const char *prepare_bde(void *handle)
{
    (void)handle;
    return fve_prepare() ? NULL : "libcrypto does not do what BitLocker needs";
}

static const struct {
    const char *name, *package;           /* as Debian calls them */
    const char *(*prepare)(void *handle); /* opens what it would open later; NULL, or what fails */
    const char *version;                  /* its function without arguments that gives a text */
} libraries[NLIBRARIES] = {
    [LIBRARY_ZLIB] = {"libz.so.1", "zlib1g", NULL, "zlibVersion"},
    [LIBRARY_ZSTD] = {"libzstd.so.1", "libzstd1", NULL, "ZSTD_versionString"},
    [LIBRARY_EWF] = {"libewf.so.2", "libewf2", NULL, "libewf_get_version"},
    [LIBRARY_VMDK] = {"libvmdk.so.1", "libvmdk1", NULL, "libvmdk_get_version"},
    [LIBRARY_VHDI] = {"libvhdi.so.1", "libvhdi1", NULL, "libvhdi_get_version"},
    [LIBRARY_NTFS] = {"libntfs-3g.so.89", "libntfs-3g89", NULL, NULL},
    [LIBRARY_VSHADOW] = {"libvshadow.so.1", "libvshadow1", NULL, "libvshadow_get_version"},
    [LIBRARY_BDE] = {"libbde.so.1", "libbde1", prepare_bde, "libbde_get_version"},
    [LIBRARY_WIM] = {"libwim.so.15", "libwim15", prepare_wim, "wimlib_get_version_string"},
    [LIBRARY_ARCHIVE] = {"libarchive.so.13", "libarchive13", prepare_archive,
                         "archive_version_string"},
    [LIBRARY_UDFREAD] = {"libudfread.so.0", "libudfread0", NULL, NULL},
};

/* Of this process, until it ends: libraries are not unloaded. */
static void *handles[NLIBRARIES];

const char *libraries_load(struct arena *arena, unsigned set)
{
    for (enum library i = 0; i < NLIBRARIES; i++) {
        if (!(set & LIBRARY_BIT(i)) || handles[i])
            continue;
        handles[i] = dlopen(libraries[i].name, RTLD_NOW | RTLD_LOCAL);
        if (!handles[i])
            return arena_printf(arena, "the library %s is not to be had (Debian package %s)",
                                libraries[i].name, libraries[i].package);
        const char *lacking = libraries[i].prepare ? libraries[i].prepare(handles[i]) : NULL;
        if (lacking)
            return lacking;
    }
    return NULL;
}

const char *library_bind(enum library library, const char *const *names, void *table, size_t count)
{
    assert(handles[library]);
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(handles[library], names[i]);
        if (!function)
            return names[i];
        memcpy((char *)table + i * sizeof function, &function, sizeof function);
    }
    return NULL;
}

/* "so.89.0.0": what the name of its file has, which is no version of a release. */
static const char *version_of_file(struct arena *arena, void *handle)
{
    struct link_map *map;
    CLEANUP(free)
    char *path = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? realpath(map->l_name, NULL) : NULL;
    const char *suffix = path ? strstr(path_name(path), ".so.") : NULL;
    return suffix ? arena_strdup(arena, suffix + 1) : "?";
}

const char *library_name(struct arena *arena, enum library library)
{
    const char *name = libraries[library].name;
    return arena_strndup(arena, name, (size_t)(strstr(name, ".so.") - name));
}

/* libarchive puts its name in front. */
const char *library_version(struct arena *arena, enum library library)
{
    const char *(*version)(void) = NULL;
    const char *name = libraries[library].version;
    void *handle = dlopen(libraries[library].name, RTLD_LAZY | RTLD_LOCAL);
    void *function = handle && name ? dlsym(handle, name) : NULL;
    if (!function)
        return handle ? version_of_file(arena, handle) : NULL;
    memcpy(&version, &function, sizeof function);
    const char *text = version(), *blank = strrchr(text, ' ');
    return blank ? blank + 1 : text;
}
