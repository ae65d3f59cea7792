/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sign.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "base/mem.h"

/*
 * Every call leaves OpenSSL's error queue as it found it: a refused signature must not look like
 * a TLS failure to whoever reads the queue next on this thread.
 */
struct sign_key {
	EVP_PKEY *pkey; /* holds the seed; the library cleanses it when freeing */
	uint8_t public_key[SIGN_PUBLIC_BYTES];
};

int sign_key_from_seed(const uint8_t seed[SIGN_SEED_BYTES], struct sign_key **ret)
{
	struct sign_key *k = mem_new(struct sign_key);
	size_t n = sizeof(k->public_key);
	bool ok;

	ERR_set_mark();
	k->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED_BYTES);
	ok = k->pkey && EVP_PKEY_get_raw_public_key(k->pkey, k->public_key, &n) == 1 &&
	     n == sizeof(k->public_key);
	ERR_pop_to_mark();
	if (!ok) {
		sign_key_free(k);
		return IMS_E_BUG;
	}
	*ret = k;
	return 0;
}

void sign_key_free(struct sign_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

void sign_key_public(const struct sign_key *k, uint8_t out[SIGN_PUBLIC_BYTES])
{
	memcpy(out, k->public_key, SIGN_PUBLIC_BYTES);
}

void sign_key_seed(const struct sign_key *k, uint8_t out[SIGN_SEED_BYTES])
{
	size_t n = SIGN_SEED_BYTES;

	CHECK(EVP_PKEY_get_raw_private_key(k->pkey, out, &n) == 1);
	CHECK(n == SIGN_SEED_BYTES);
}

int sign_bytes(const struct sign_key *k, struct bytes message, uint8_t out[SIGN_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[SIGN_BYTES];
	size_t n = sizeof(signature);
	bool ok;

	ERR_set_mark();
	ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	     EVP_DigestSign(ctx, signature, &n, message.p, message.n) == 1 && n == sizeof(signature);
	ERR_pop_to_mark();
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return IMS_E_BUG;
	memcpy(out, signature, sizeof(signature));
	return 0;
}

int sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], struct bytes message,
		const uint8_t signature[SIGN_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey;
	bool ok;

	ERR_set_mark();
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_BYTES);
	ok = ctx && pkey && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	     EVP_DigestVerify(ctx, signature, SIGN_BYTES, message.p, message.n) == 1;
	ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : IMS_E_SIGNATURE;
}
