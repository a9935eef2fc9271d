/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/utf16.h"
#include "input/fve.h"

#define HASH_SIZE    32 /* SHA-256; keys that open others have this size, too */
#define NONCE_SIZE   12
#define MAC_SIZE     16
#define KEY_HEAD     12 /* of a key that was sealed: an entry's header and a method */
#define STRETCH_HEAD 20 /* a method and the salt */
#define SALT_AT      4
#define SALT_SIZE    16
#define STRETCHES    UINT32_C(0x100000)
#define BEK_HEAD     48
#define BEK_KEY_AT   24 /* in an external key: behind its GUID and time */

/* Half a second each. A volume has one password and a few recovery keys. */
#define TRIES_MAX 16

bool fve_prepare(void)
{
    static const char *const names[] = {"AES-256-CCM", "AES-128-XTS", "AES-256-XTS"};
    uint8_t digest[HASH_SIZE];
    bool good = EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, names[i], NULL);
        good = good && cipher;
        EVP_CIPHER_free(cipher);
    }
    return good;
}

static void hash(const void *bytes, size_t len, uint8_t *digest)
{
    if (EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL) != 1)
        end_out_of_memory();
}

/* Opens what a key seals: nonce, MAC, then the key, of *len bytes. False where it is another key.
 */
static bool unseal(struct slice sealed, const uint8_t *key, uint8_t *opened, size_t *len)
{
    uint8_t plain[KEY_HEAD + FVE_KEY_MAX];
    int got = 0;
    if (sealed.len < NONCE_SIZE + MAC_SIZE + KEY_HEAD ||
        sealed.len > NONCE_SIZE + MAC_SIZE + sizeof plain)
        return false;
    int size = (int)(sealed.len - NONCE_SIZE - MAC_SIZE);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context)
        end_out_of_memory();
    bool good =
        EVP_DecryptInit_ex(context, EVP_aes_256_ccm(), NULL, NULL, NULL) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, NONCE_SIZE, NULL) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, MAC_SIZE,
                            (void *)(sealed.ptr + NONCE_SIZE)) == 1 &&
        EVP_DecryptInit_ex(context, NULL, NULL, key, sealed.ptr) == 1 &&
        EVP_DecryptUpdate(context, plain, &got, sealed.ptr + NONCE_SIZE + MAC_SIZE, size) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!good || got != size)
        return false;
    *len = (size_t)size - KEY_HEAD;
    memcpy(opened, plain + KEY_HEAD, *len);
    return true;
}

/* The master key is sealed among the entries of its protector. */
static bool unseal_master(struct slice entries, const uint8_t *key, uint8_t *master)
{
    struct fve_entry sealed;
    uint8_t opened[FVE_KEY_MAX];
    size_t len;
    if (!fve_find_value(entries, FVE_VALUE_SEALED, &sealed) ||
        !unseal(sealed.data, key, opened, &len) || len != HASH_SIZE)
        return false;
    memcpy(master, opened, HASH_SIZE);
    return true;
}

/* Makes guessing slow: a hash of the last hash, the first one, a salt and a count, a million times.
 */
static bool stretch(struct slice entries, const uint8_t *secret, uint8_t *key)
{
    struct {
        uint8_t last[HASH_SIZE], first[HASH_SIZE], salt[SALT_SIZE], count[8];
    } step = {0};
    struct fve_entry entry;
    if (!fve_find_value(entries, FVE_VALUE_STRETCH, &entry) || entry.data.len < STRETCH_HEAD)
        return false;
    memcpy(step.first, secret, HASH_SIZE);
    memcpy(step.salt, entry.data.ptr + SALT_AT, SALT_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (uint32_t i = 0; good && i < STRETCHES; i++) {
        put_u64(step.count, i);
        good = EVP_DigestInit_ex(context, NULL, NULL) == 1 &&
               EVP_DigestUpdate(context, &step, sizeof step) == 1 &&
               EVP_DigestFinal_ex(context, step.last, NULL) == 1;
    }
    EVP_MD_CTX_free(context);
    if (!good)
        end_out_of_memory();
    memcpy(key, step.last, HASH_SIZE);
    return true;
}

unsigned fve_parse_recovery_key(const char *text, uint8_t bytes[FVE_RECOVERY_SIZE])
{
    for (unsigned group = 0; group < 8; group++) {
        uint32_t number = 0;
        for (unsigned i = 0; i < 6; i++, text++) {
            if (!isdigit((unsigned char)*text))
                return group + 1;
            number = number * 10 + (uint32_t)(*text - '0');
        }
        if (number % 11 || number / 11 > UINT16_MAX)
            return group + 1;
        put_u16(bytes + 2 * (size_t)group, (uint16_t)(number / 11));
        if (*text != (group < 7 ? '-' : 0))
            return group + 1;
        text++;
    }
    return 0;
}

/* What the keys that were given amount to. */
struct secrets {
    bool has_recovery, has_password;
    uint8_t recovery[HASH_SIZE], password[HASH_SIZE];
    struct slice bek; /* the entries of the file */
    unsigned tries;
};

static bool read_bek(struct access *access, struct slice file, struct secrets *secrets)
{
    size_t size = file.len >= BEK_HEAD ? get_u32(file.ptr) : 0;
    size_t head = size ? get_u32(file.ptr + 8) : 0;
    if (head < BEK_HEAD || size < head || size > file.len)
        return access_fail(access, "--bek: this is no BitLocker startup key file");
    secrets->bek = (struct slice){.ptr = file.ptr + head, .len = size - head};
    return true;
}

static bool take_secrets(struct access *access, struct secrets *secrets)
{
    const struct unlock *unlock = access->unlock;
    uint8_t bytes[FVE_RECOVERY_SIZE];
    if (unlock && unlock->recovery_key) {
        unsigned group = fve_parse_recovery_key(unlock->recovery_key, bytes);
        if (group)
            return access_fail(access,
                               "--recovery-key: group %u of the key is mistyped (want 8 groups of "
                               "6 digits with - between them)",
                               group);
        hash(bytes, sizeof bytes, secrets->recovery);
        secrets->has_recovery = true;
    }
    if (unlock && unlock->password) {
        struct slice wide = utf16_encode(access->arena, unlock->password);
        hash(wide.ptr, wide.len, secrets->password);
        hash(secrets->password, HASH_SIZE, secrets->password);
        secrets->has_password = true;
    }
    return !unlock || !unlock->bek.len || read_bek(access, unlock->bek, secrets);
}

static bool take_key(struct slice entries, uint8_t *key)
{
    struct fve_entry entry;
    if (!fve_find_value(entries, FVE_VALUE_KEY, &entry) || entry.data.len != 4 + HASH_SIZE)
        return false;
    memcpy(key, entry.data.ptr + 4, HASH_SIZE); /* behind its method */
    return true;
}

/* A startup key names the protector that it is for. */
static bool take_startup_key(struct slice bek, const struct fve_protector *protector, uint8_t *key)
{
    struct fve_entry external;
    while (fve_next_entry(&bek, &external)) {
        if (external.value != FVE_VALUE_EXTERNAL || external.data.len < BEK_KEY_AT ||
            memcmp(external.data.ptr, protector->guid, FVE_GUID_SIZE) != 0)
            continue;
        return take_key((struct slice){.ptr = external.data.ptr + BEK_KEY_AT,
                                       .len = external.data.len - BEK_KEY_AT},
                        key);
    }
    return false;
}

static bool find_key(struct secrets *secrets, const struct fve_protector *protector, uint8_t *key)
{
    switch (protector->protection) {
    case FVE_CLEAR_KEY:
        return take_key(protector->entries, key);
    case FVE_STARTUP_KEY:
        return take_startup_key(secrets->bek, protector, key);
    case FVE_RECOVERY_KEY:
        return secrets->has_recovery && secrets->tries++ < TRIES_MAX &&
               stretch(protector->entries, secrets->recovery, key);
    case FVE_PASSWORD:
        return secrets->has_password && secrets->tries++ < TRIES_MAX &&
               stretch(protector->entries, secrets->password, key);
    default:
        return false;
    }
}

enum fve_unlocked fve_unlock(struct access *access, const struct fve *fve,
                             uint8_t key[static FVE_KEY_MAX], size_t *len)
{
    struct secrets secrets = {0};
    uint8_t protecting[HASH_SIZE], master[HASH_SIZE];
    if (!take_secrets(access, &secrets))
        return FVE_FAILED;
    for (size_t i = 0; i < fve->count; i++) {
        const struct fve_protector *protector = &fve->protectors[i];
        if (!find_key(&secrets, protector, protecting) ||
            !unseal_master(protector->entries, protecting, master))
            continue;
        if (unseal(fve->fvek, master, key, len))
            return FVE_UNLOCKED;
        access_fail(access, "the BitLocker volume is damaged: its key cannot be opened");
        return FVE_FAILED;
    }
    return FVE_LOCKED;
}
