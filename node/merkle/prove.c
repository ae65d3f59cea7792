/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/merkle.h"

#include "merkle/walk_int.h"

int merkle_subtree_root(merkle_node_fn *node, void *ctx, uint64_t start, uint64_t end, struct hash *ret)
{
	uint64_t left = end - start; /* leaves not yet taken, from the right */
	struct hash root, part;
	bool begun = false;

	if (start == 0 && end == 0) {
		merkle_empty_root(ret);
		return 0;
	}
	if (!walk_is_subtree(start, end))
		return IMS_E_RANGE;
	/* The set bits of the length are its perfect subtrees, the smallest stands rightmost. */
	while (left) {
		unsigned level = (unsigned)__builtin_ctzll(left);
		int err;

		left &= left - 1;
		err = node(ctx, level, (start + left) >> level, &part);
		if (err)
			return err;
		if (begun)
			merkle_node(&part, &root, &root);
		else
			root = part;
		begun = true;
	}
	*ret = root;
	return 0;
}

int merkle_prove_subtree(merkle_node_fn *node, void *ctx, uint64_t start, uint64_t end, uint64_t size,
			 struct merkle_proof *ret)
{
	struct merkle_proof proof = {.n = 0};
	struct walk w;

	if (!walk_to(start, end, size, &w) || w.n > MERKLE_PROOF_MAX)
		return IMS_E_RANGE;
	while (w.n) {
		const struct walk_step *s = &w.step[--w.n];
		int err = merkle_subtree_root(node, ctx, s->start, s->end, &proof.hash[proof.n]);

		if (err)
			return err;
		proof.n++;
	}
	ret->n = proof.n;
	memcpy(ret->hash, proof.hash, proof.n * sizeof(proof.hash[0]));
	return 0;
}

int merkle_prove_inclusion(merkle_node_fn *node, void *ctx, uint64_t index, uint64_t size,
			   struct merkle_proof *ret)
{
	if (index >= size)
		return IMS_E_RANGE;
	return merkle_prove_subtree(node, ctx, index, index + 1, size, ret);
}

int merkle_prove_consistency(merkle_node_fn *node, void *ctx, uint64_t old_size, uint64_t size,
			     struct merkle_proof *ret)
{
	if (old_size == 0) {
		ret->n = 0;
		return 0;
	}
	return merkle_prove_subtree(node, ctx, 0, old_size, size, ret);
}
