/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a CMS signature, made without CMS: an Ed25519 key from a word, attributes written by hand (RFC 8419). */
#ifndef TESTS_REGISTRY_CMS_PARTS_OPENSSL_H
#define TESTS_REGISTRY_CMS_PARTS_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "registry/cms.h"

struct made_parts {
	uint8_t key[44], attributes[160], signature[SIGN_BYTES];
	size_t n_attributes;
};

/* SET { contentType data, messageDigest SHA-512 of the content }, which is DER's order. */
static inline void made_attributes(struct made_parts *p, struct bytes content)
{
	static const uint8_t type[] = {0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 0x01, 0x09, 0x03, 0x31, 0x0b, 0x06, 0x09, 0x2a,
				       0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
	static const uint8_t digest[] = {0x30, 0x4f, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
					 0x0d, 0x01, 0x09, 0x04, 0x31, 0x42, 0x04, 0x40};
	uint8_t *at = p->attributes;

	*at++ = 0x31;
	*at++ = sizeof(type) + sizeof(digest) + SHA512_DIGEST_LENGTH;
	memcpy(at, type, sizeof(type));
	at += sizeof(type);
	memcpy(at, digest, sizeof(digest));
	at += sizeof(digest);
	SHA512(content.p, content.n, at);
	at += SHA512_DIGEST_LENGTH;
	p->n_attributes = (size_t)(at - p->attributes);
}

static inline void made_sign(struct made_parts *p, const char *who, struct bytes content)
{
	static const uint8_t spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
				       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	struct sign_key *key;
	struct hash seed;

	crypto_sha256(bytes_of(who), &seed);
	assert_int_equal(sign_key_from_seed(seed.b, &key), 0);
	memcpy(p->key, spki, sizeof(spki));
	sign_key_public(key, p->key + sizeof(spki));
	made_attributes(p, content);
	assert_int_equal(sign_bytes(key, BYTES(p->attributes, p->n_attributes), p->signature), 0);
	sign_key_free(key);
}

static inline struct cms_parts made_parts(const struct made_parts *p)
{
	return (struct cms_parts){.key = BYTES(p->key, sizeof(p->key)),
				  .algorithm = "ed25519",
				  .signed_bytes = BYTES(p->attributes, p->n_attributes),
				  .signature = BYTES(p->signature, sizeof(p->signature))};
}

#endif
