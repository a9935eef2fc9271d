/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/library.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

static const struct {
    const char *name, *package; /* as Debian calls them */
} libraries[NLIBRARIES] = {
    [LIBRARY_ZLIB] = {"libz.so.1", "zlib1g"},
    [LIBRARY_ZSTD] = {"libzstd.so.1", "libzstd1"},
    [LIBRARY_EWF] = {"libewf.so.2", "libewf2"},
    [LIBRARY_VMDK] = {"libvmdk.so.1", "libvmdk1"},
    [LIBRARY_VHDI] = {"libvhdi.so.1", "libvhdi1"},
    [LIBRARY_NTFS] = {"libntfs-3g.so.89", "libntfs-3g89"},
    [LIBRARY_VSHADOW] = {"libvshadow.so.1", "libvshadow1"},
    [LIBRARY_BDE] = {"libbde.so.1", "libbde1"},
    [LIBRARY_DISLOCKER] = {"libdislocker.so.0.7", "libdislocker0.7"},
    [LIBRARY_WIM] = {"libwim.so.15", "libwim15"},
    [LIBRARY_ARCHIVE] = {"libarchive.so.13", "libarchive13"},
    [LIBRARY_UDFREAD] = {"libudfread.so.0", "libudfread0"},
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
