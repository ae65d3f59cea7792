/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 over one or several spans. The digest is fetched once, contexts are per thread: nothing
 * is allocated for a hash but on a thread's first. Any thread; a hasher belongs to one at a time.
 * Hashing never fails (a library without SHA-256 stops the process).
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/bytes.h"

void crypto_sha256(struct bytes b, struct hash *ret);
/* Over the concatenation of n spans. */
void crypto_sha256_parts(const struct bytes *parts, size_t n, struct hash *ret);

/* Streaming, for what is not in memory at once. */
struct crypto_hasher;
struct crypto_hasher *crypto_hasher_new(void);
void crypto_hasher_add(struct crypto_hasher *h, struct bytes b);
/* Write the digest and free the hasher. */
void crypto_hasher_finish(struct crypto_hasher *h, struct hash *ret);
/* Give up without a digest; NULL is allowed. */
void crypto_hasher_free(struct crypto_hasher *h);

#endif
