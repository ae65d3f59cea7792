/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 keys and the only call of imsd that signs (DESIGN section 4, Identity).
 *
 * Keys are files of one line in the form of golang.org/x/mod/sumdb/note private keys,
 * `PRIVATE+KEY+<name>+<8 hex key id>+<base64(type || seed)>`, mode 0600; which name and type go
 * with a key is note/'s business, here it is a seed. Key objects are immutable after creation
 * and may be used by any thread.
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/bytes.h"
#include "ims/err.h"

#define SIGN_SEED_BYTES 32
#define SIGN_PUBLIC_BYTES 32
#define SIGN_BYTES 64

struct sign_key;

/* Deterministic from a seed. Errors: IMS_E_BUG when the library refuses. Owned by the caller. */
IMS_MUST_CHECK int sign_key_from_seed(const uint8_t seed[SIGN_SEED_BYTES], struct sign_key **ret);
/* NULL is allowed; the seed is cleansed. */
void sign_key_free(struct sign_key *k);
void sign_key_public(const struct sign_key *k, uint8_t out[SIGN_PUBLIC_BYTES]);
/* The secret, for writing a key file only; the caller cleanses `out`. */
void sign_key_seed(const struct sign_key *k, uint8_t out[SIGN_SEED_BYTES]);

/* The signing call. Errors: IMS_E_BUG. */
IMS_MUST_CHECK int sign_bytes(const struct sign_key *k, struct bytes message, uint8_t out[SIGN_BYTES]);

/* 0 or IMS_E_SIGNATURE. */
IMS_MUST_CHECK int sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], struct bytes message,
			       const uint8_t signature[SIGN_BYTES]);

#endif
