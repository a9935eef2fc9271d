/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/volume.h"

#include <string.h>

#include <libbde.h>

#include "base/bytes.h"
#include "input/bfio.h"
#include "input/fve.h"

#define STATE_ENCRYPTED 4

#define FUNCTIONS(X)                                                                               \
    X(libbde_volume_initialize)                                                                    \
    X(libbde_volume_free)                                                                          \
    X(libbde_volume_set_keys)                                                                      \
    X(libbde_volume_open_file_io_handle)                                                           \
    X(libbde_volume_is_locked)                                                                     \
    X(libbde_volume_get_size) X(libbde_volume_read_buffer_at_offset)
LIBRARY_TABLE(bde, FUNCTIONS)

bool bitlocker_is_volume(const struct source *volume)
{
    uint8_t sector[512];
    return source_read(volume, 0, sector, sizeof sector) && fve_is_boot_sector(sector);
}

/* How Windows writes it, and where an organisation keeps recovery keys, it files them under it. */
static const char *format_guid(struct arena *arena, const uint8_t *guid)
{
    return arena_printf(arena, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", get_u32(guid),
                        get_u16(guid + 4), get_u16(guid + 6), guid[8], guid[9], guid[10], guid[11],
                        guid[12], guid[13], guid[14], guid[15]);
}

static const char *name_protector(struct arena *arena, const struct fve_protector *protector)
{
    const char *guid = format_guid(arena, protector->guid);
    switch (protector->protection) {
    case FVE_CLEAR_KEY:
        return "a clear key, which is damaged";
    case FVE_TPM:
        return "the TPM of its machine";
    case FVE_TPM_PIN:
        return "the TPM of its machine with a PIN";
    case FVE_STARTUP_KEY:
        return arena_printf(arena, "a startup key %s.BEK (--bek)", guid);
    case FVE_RECOVERY_KEY:
        return arena_printf(arena, "a recovery key with the ID %s (--recovery-key)", guid);
    case FVE_CERTIFICATE:
        return "a certificate";
    case FVE_PASSWORD:
        return "a password (--bitlocker-password-file)";
    default:
        return arena_printf(arena, "a protector of kind 0x%04x", protector->protection);
    }
}

static bool fail_locked(struct access *access, const struct fve *fve)
{
    struct arena *arena = access->diags->arena;
    const struct unlock *unlock = access->unlock;
    bool was_given = unlock && (unlock->recovery_key || unlock->password || unlock->bek.len);
    const char *ways = "";
    for (size_t i = 0; i < fve->count; i++)
        ways = arena_printf(arena, "%s%s%s", ways, i ? "; " : "",
                            name_protector(arena, &fve->protectors[i]));
    return access_fail(access, "the volume is encrypted by BitLocker, and %s. It takes: %s",
                       was_given ? "what was given does not open it" : "no key was given",
                       *ways ? ways : "nothing that is known");
}

static void release(void *context)
{
    libbde_volume_t **volume = context;
    bde.libbde_volume_free(volume, NULL);
}

static libbde_volume_t *make_volume(struct access *access)
{
    libbde_volume_t **volume = arena_alloc(access->arena, 1, sizeof *volume);
    if (bde.libbde_volume_initialize(volume, NULL) != 1)
        end_out_of_memory();
    arena_on_free(access->arena, release, volume);
    return *volume;
}

/* Of a volume whose keys were set. */
static bool open_volume(struct access *access, libbde_volume_t *bde_volume,
                        const struct source *volume, struct source *plain)
{
    size64_t size;
    libbfio_handle_t *handle = bfio_open(access, LIBRARY_BDE, volume);
    if (!handle)
        return false;
    if (bde.libbde_volume_open_file_io_handle(bde_volume, handle, LIBBDE_OPEN_READ, NULL) != 1 ||
        bde.libbde_volume_is_locked(bde_volume, NULL) != 0 ||
        bde.libbde_volume_get_size(bde_volume, &size, NULL) != 1 || size > INT64_MAX)
        return access_fail(access,
                           "the BitLocker volume cannot be opened by libbde: it is damaged, "
                           "of an unknown kind, or locked with another key");
    *plain = bfio_source(access, "the BitLocker volume", volume->name, size,
                         bde.libbde_volume_read_buffer_at_offset, bde_volume);
    return true;
}

/* The key of the diffuser stands in the second half of the key, whatever the size of the first.
 * libbde wants one where there is none, too. */
static bool open_cbc(struct access *access, const struct source *volume, const struct fve *fve,
                     const uint8_t key[static FVE_KEY_MAX], struct source *plain)
{
    bool is_256 = fve->method == FVE_CBC_256 || fve->method == FVE_CBC_256_DIFFUSER;
    size_t len = is_256 ? 32 : 16;
    libbde_volume_t *bde_volume = make_volume(access);
    if (bde.libbde_volume_set_keys(bde_volume, key, len, key + FVE_KEY_MAX / 2, len, NULL) != 1)
        return access_fail(access, "libbde does not take the key of the BitLocker volume");
    return open_volume(access, bde_volume, volume, plain);
}

/* By the method: libbde knows no AES-XTS with 256 bits, and refuses what newer versions of Windows
 * write about a suspended volume. */
static bool open_unlocked(struct access *access, const struct source *volume, const struct fve *fve,
                          const uint8_t *key, size_t len, struct source *plain)
{
    static const struct {
        uint16_t method;
        size_t key_size;
    } methods[] = {
        {FVE_CBC_128_DIFFUSER, 64}, {FVE_CBC_256_DIFFUSER, 64}, {FVE_CBC_128, 16},
        {FVE_CBC_256, 32},          {FVE_XTS_128, 32},          {FVE_XTS_256, 64},
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == fve->method && methods[i].key_size == len)
            return fve->method >= FVE_XTS_128 ? fve_open_xts(access, volume, fve, key, plain)
                                              : open_cbc(access, volume, fve, key, plain);
    return access_fail(access,
                       "the BitLocker volume is encrypted in an unknown way (method 0x%04x, "
                       "key of %zu bytes)",
                       fve->method, len);
}

bool bitlocker_open(struct access *access, const struct source *volume, struct source *plain)
{
    struct fve *fve = arena_alloc(access->arena, 1, sizeof *fve);
    uint8_t key[FVE_KEY_MAX] = {0};
    size_t len;
    if (!LIBRARY_BIND(access, LIBRARY_BDE, bde) || !fve_read(access, volume, fve))
        return false;
    if (fve->state != STATE_ENCRYPTED)
        return access_fail(access,
                           "the BitLocker volume is only partly encrypted (got state %u, "
                           "want %u): this cannot be read here",
                           fve->state, STATE_ENCRYPTED);
    switch (fve_unlock(access, fve, key, &len)) {
    case FVE_UNLOCKED:
        return open_unlocked(access, volume, fve, key, len, plain);
    case FVE_LOCKED:
        return fail_locked(access, fve);
    case FVE_FAILED:
        break;
    }
    return false;
}
