/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_DIGEST_H
#define HIVEAUDIT_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/source.h"

#define DIGEST_SIZE 32 /* bytes, SHA-256 */

/* Loads the algorithm, which a confined process could not. Call it once, before forking; false
 * where libcrypto has none. */
bool digest_prepare(void);

/* The digest of sources one after the other, with their names but for the first's, and their sizes.
 * False with errno set where one cannot be read to its end. */
bool digest_sources(const struct source *sources, size_t count, uint8_t *digest);

/* SHA-256 of the bytes of a source alone. False with errno set where it cannot be read. */
bool digest_source(const struct source *source, uint8_t *digest);

/* SHA-256 of bytes. */
void digest_bytes(struct slice bytes, uint8_t *digest);

/* SHA-256 of bytes that come piece by piece. */
struct digester;
struct digester *digester_new(void);
void digester_add(struct digester *digester, struct slice bytes);

/* Gives the digest, and releases the digester. */
void digester_end(struct digester *digester, uint8_t *digest);

/* "3.0.19". */
const char *digest_library_version(void);

#endif
