/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/merkle.h"

#include "crypto/hash.h"

/* First byte of what is hashed: keeps leaves and nodes apart (RFC 6962 section 2.1), and both from
 * commitments (log.proto). */
enum { PREFIX_LEAF = 0x00, PREFIX_NODE = 0x01, PREFIX_COMMITMENT = 0x02 };

void merkle_empty_root(struct hash *ret)
{
	crypto_sha256(BYTES_NONE, ret);
}

void merkle_leaf(struct bytes entry, struct hash *ret)
{
	static const uint8_t prefix = PREFIX_LEAF;
	struct bytes parts[] = {BYTES(&prefix, 1), entry};

	crypto_sha256_parts(parts, 2, ret);
}

void merkle_node(const struct hash *left, const struct hash *right, struct hash *ret)
{
	uint8_t b[1 + 2 * sizeof(struct hash)];

	b[0] = PREFIX_NODE;
	memcpy(b + 1, left->b, sizeof(left->b));
	memcpy(b + 1 + sizeof(left->b), right->b, sizeof(right->b));
	crypto_sha256(BYTES(b, sizeof(b)), ret);
}

void merkle_commitment(struct bytes salt, struct bytes payload, struct hash *ret)
{
	static const uint8_t prefix = PREFIX_COMMITMENT;
	struct bytes parts[] = {BYTES(&prefix, 1), salt, payload};

	crypto_sha256_parts(parts, 3, ret);
}
