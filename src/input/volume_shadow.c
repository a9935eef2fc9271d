/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/volume.h"

#include <libvshadow.h>

#include "input/bfio.h"

/* Windows keeps at most 512 of a volume (Microsoft, "Volume Shadow Copy Service", limits). */
#define SHADOWS_MAX 512

#define FUNCTIONS(X)                                                                               \
    X(libvshadow_check_volume_signature_file_io_handle)                                            \
    X(libvshadow_volume_initialize)                                                                \
    X(libvshadow_volume_free)                                                                      \
    X(libvshadow_volume_open_file_io_handle)                                                       \
    X(libvshadow_volume_get_number_of_stores)                                                      \
    X(libvshadow_volume_get_store)                                                                 \
    X(libvshadow_store_free)                                                                       \
    X(libvshadow_store_has_in_volume_data)                                                         \
    X(libvshadow_store_get_creation_time)                                                          \
    X(libvshadow_store_get_size) X(libvshadow_store_read_buffer_at_offset)
LIBRARY_TABLE(vshadow, FUNCTIONS)

static void release_volume(void *context)
{
    libvshadow_volume_t **volume = context;
    vshadow.libvshadow_volume_free(volume, NULL);
}

static void release_store(void *context)
{
    libvshadow_store_t **store = context;
    vshadow.libvshadow_store_free(store, NULL);
}

/* The volume can be audited without them. */
static bool fail(struct access *access, const char *why)
{
    diag_add(access->diags, DIAG_INCOMPLETE, NULL, "the shadow copies of the volume are lost: %s",
             why);
    return false;
}

static libvshadow_volume_t *open_volume(struct access *access, libbfio_handle_t *handle)
{
    libvshadow_volume_t **volume = arena_alloc(access->arena, 1, sizeof *volume);
    if (vshadow.libvshadow_volume_initialize(volume, NULL) != 1)
        end_out_of_memory();
    arena_on_free(access->arena, release_volume, volume);
    if (vshadow.libvshadow_volume_open_file_io_handle(*volume, handle, LIBVSHADOW_OPEN_READ,
                                                      NULL) != 1)
        return NULL;
    return *volume;
}

/* A store whose data lies on another volume has only a description here. */
static bool open_store(struct access *access, libvshadow_volume_t *volume, int index,
                       struct shadow *shadow)
{
    uint64_t created;
    size64_t size;
    libvshadow_store_t **store = arena_alloc(access->arena, 1, sizeof *store);
    if (vshadow.libvshadow_volume_get_store(volume, index, store, NULL) != 1)
        return false;
    arena_on_free(access->arena, release_store, store);
    if (vshadow.libvshadow_store_has_in_volume_data(*store, NULL) != 1 ||
        vshadow.libvshadow_store_get_creation_time(*store, &created, NULL) != 1 ||
        vshadow.libvshadow_store_get_size(*store, &size, NULL) != 1 || size > INT64_MAX)
        return false;
    shadow->number = (unsigned)index + 1;
    shadow->created = (int64_t)created;
    const char *name = arena_printf(access->arena, "shadow copy %d", index + 1);
    shadow->source = bfio_source(access, name, name, size,
                                 vshadow.libvshadow_store_read_buffer_at_offset, *store);
    return true;
}

/* libvshadow sorts them by the time of their creation. */
static void open_stores(struct access *access, libvshadow_volume_t *volume, int stores,
                        struct shadow **shadows, size_t *count)
{
    *shadows = arena_alloc(access->arena, (size_t)stores, sizeof **shadows);
    for (int i = 0; i < stores; i++) {
        if (open_store(access, volume, i, &(*shadows)[*count]))
            ++*count;
        else
            diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                     "shadow copy %d of the volume cannot be read: it is damaged, or its data lies "
                     "on another volume",
                     i + 1);
    }
}

bool shadows_open(struct access *access, const struct source *volume, struct shadow **shadows,
                  size_t *count)
{
    *shadows = NULL;
    *count = 0;
    if (!LIBRARY_BIND(access, LIBRARY_VSHADOW, vshadow))
        return false;
    libbfio_handle_t *handle = bfio_open(access, LIBRARY_VSHADOW, volume);
    if (!handle)
        return false;
    int found = vshadow.libvshadow_check_volume_signature_file_io_handle(handle, NULL);
    if (found == 0)
        return true;
    if (found < 0)
        return fail(access, "the volume cannot be read where they would be listed");
    int stores;
    libvshadow_volume_t *open = open_volume(access, handle);
    if (!open || vshadow.libvshadow_volume_get_number_of_stores(open, &stores, NULL) != 1)
        return fail(access, "their catalog is damaged");
    if (stores > SHADOWS_MAX) {
        diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                 "the volume has too many shadow copies (got %d, want at most %d)", stores,
                 SHADOWS_MAX);
        stores = SHADOWS_MAX;
    }
    open_stores(access, open, stores, shadows, count);
    return true;
}
