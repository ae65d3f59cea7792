/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/merkle.h"

#include "merkle/walk_int.h"

/*
 * Rebuild two hashes from the bottom up, that of the subtree and that of the whole tree, and
 * compare both. Sizes and indexes fix the number of hashes and what each is; a proof that is
 * longer or shorter is refused before anything is hashed.
 */
static int verify(uint64_t start, uint64_t end, uint64_t size, const struct hash *subtree_root,
		  const struct hash *proof, size_t n_proof, const struct hash *root)
{
	struct hash sub = *subtree_root, all = *subtree_root;
	struct walk w;

	if (!walk_to(start, end, size, &w) || w.n != n_proof)
		return IMS_E_PROOF;
	while (w.n) {
		switch (w.step[--w.n].side) {
		case WALK_RIGHT:
			merkle_node(&all, proof, &all);
			break;
		case WALK_INSIDE:
			merkle_node(proof, &sub, &sub);
			merkle_node(proof, &all, &all);
			break;
		case WALK_LEFT:
			merkle_node(proof, &all, &all);
			break;
		case WALK_SEED:
			sub = all = *proof;
			break;
		}
		proof++;
	}
	return hash_eq(&sub, subtree_root) && hash_eq(&all, root) ? 0 : IMS_E_PROOF;
}

int merkle_verify_inclusion(uint64_t index, uint64_t size, const struct hash *leaf, const struct hash *proof,
			    size_t n_proof, const struct hash *root)
{
	if (index >= size)
		return IMS_E_PROOF;
	return verify(index, index + 1, size, leaf, proof, n_proof, root);
}

int merkle_verify_subtree(uint64_t start, uint64_t end, uint64_t size, const struct hash *subtree_root,
			  const struct hash *proof, size_t n_proof, const struct hash *root)
{
	int err = verify(start, end, size, subtree_root, proof, n_proof, root);

	/* one tree and two roots for it is graver than a proof that does not fit */
	return err && start == 0 && end == size && size > 0 && n_proof == 0 ? IMS_E_ROOT : err;
}

int merkle_verify_consistency(uint64_t old_size, uint64_t size, const struct hash *old_root,
			      const struct hash *root, const struct hash *proof, size_t n_proof)
{
	if (n_proof == 0 && old_size == size)
		return hash_eq(old_root, root) ? 0 : IMS_E_ROOT;
	if (n_proof == 0 && old_size == 0)
		return 0;
	return verify(0, old_size, size, old_root, proof, n_proof, root);
}
