/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/digest.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/bytes.h"

#define CHUNK_SIZE (64 * 1024)

bool digest_prepare(void)
{
    uint8_t digest[DIGEST_SIZE];
    return EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL) == 1;
}

static bool add_bytes(EVP_MD_CTX *context, const struct source *source)
{
    uint8_t chunk[CHUNK_SIZE];
    uint64_t offset = 0;
    do { /* even of no bytes: a source that could not be opened says so when it is read */
        ssize_t n = source->read_at(source, offset, chunk, sizeof chunk);
        if (n == 0)
            errno = ENODATA; /* it became shorter meanwhile */
        if (n < 0 || (n == 0 && source->size) || EVP_DigestUpdate(context, chunk, (size_t)n) != 1)
            return false;
        offset += (uint64_t)n;
    } while (offset < source->size);
    return true;
}

static bool add_source(EVP_MD_CTX *context, const struct source *source)
{
    uint8_t size[8];
    put_u64(size, source->size);
    return EVP_DigestUpdate(context, size, sizeof size) == 1 && add_bytes(context, source);
}

bool digest_source(const struct source *source, uint8_t *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                add_bytes(context, source) && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

bool digest_sources(const struct source *sources, size_t count, uint8_t *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; good && i < count; i++) {
        const char *name = i ? sources[i].name : "";
        good = EVP_DigestUpdate(context, name, strlen(name) + 1) == 1 &&
               add_source(context, &sources[i]);
    }
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

void digest_bytes(struct slice bytes, uint8_t *digest)
{
    if (EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1)
        end_out_of_memory(); /* all else it would have lacked when it was prepared */
}

struct digester *digester_new(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        end_out_of_memory();
    return (struct digester *)context;
}

void digester_add(struct digester *digester, struct slice bytes)
{
    if (EVP_DigestUpdate((EVP_MD_CTX *)digester, bytes.ptr, bytes.len) != 1)
        end_out_of_memory();
}

void digester_end(struct digester *digester, uint8_t *digest)
{
    EVP_MD_CTX *context = (EVP_MD_CTX *)digester;
    if (EVP_DigestFinal_ex(context, digest, NULL) != 1)
        end_out_of_memory();
    EVP_MD_CTX_free(context);
}

const char *digest_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
