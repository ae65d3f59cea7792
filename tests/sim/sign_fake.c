/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto/sign.h with signatures that cost a hash: keyed by the public key, of the message. Who
 * knows a public key could forge one; the liars here do so only where a test says that they hold
 * the key. Everything that judges a signature (whose, of what, within which range) is the node's.
 */
#include "sim/sign_fake.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

struct sign_key {
	uint8_t seed[SIGN_SEED_BYTES], public_key[SIGN_PUBLIC_BYTES];
};

static sign_fake_hook signed_hook;
static void *signed_hook_arg;

void sign_fake_set_hook(sign_fake_hook hook, void *arg)
{
	signed_hook = hook;
	signed_hook_arg = arg;
}

static void make(const uint8_t *public_key, struct bytes message, uint8_t out[SIGN_BYTES])
{
	struct hash h;

	crypto_sha256_parts((struct bytes[]){BYTES(public_key, SIGN_PUBLIC_BYTES), message}, 2, &h);
	memcpy(out, h.b, sizeof(h.b));
	for (size_t i = 0; i < sizeof(h.b); i++) /* all of the bytes count */
		out[sizeof(h.b) + i] = (uint8_t)(h.b[i] ^ 0x5a);
}

int sign_key_from_seed(const uint8_t seed[SIGN_SEED_BYTES], struct sign_key **ret)
{
	struct sign_key *k = mem_new(struct sign_key);
	struct hash h;

	memcpy(k->seed, seed, sizeof(k->seed));
	crypto_sha256_parts((struct bytes[]){BYTES_LIT("public"), BYTES(seed, SIGN_SEED_BYTES)}, 2, &h);
	memcpy(k->public_key, h.b, sizeof(k->public_key));
	*ret = k;
	return 0;
}

void sign_key_free(struct sign_key *k)
{
	free(k);
}

void sign_key_public(const struct sign_key *k, uint8_t out[SIGN_PUBLIC_BYTES])
{
	memcpy(out, k->public_key, sizeof(k->public_key));
}

void sign_key_seed(const struct sign_key *k, uint8_t out[SIGN_SEED_BYTES])
{
	memcpy(out, k->seed, sizeof(k->seed));
}

int sign_bytes(const struct sign_key *k, struct bytes message, uint8_t out[SIGN_BYTES])
{
	make(k->public_key, message, out);
	if (signed_hook)
		signed_hook(signed_hook_arg);
	return 0;
}

int sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], struct bytes message,
		const uint8_t signature[SIGN_BYTES])
{
	uint8_t right[SIGN_BYTES];

	make(public_key, message, right);
	return memcmp(right, signature, sizeof(right)) == 0 ? 0 : IMS_E_SIGNATURE;
}
