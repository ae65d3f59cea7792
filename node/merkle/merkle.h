/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of RFC 6962 section 2.1 (RFC 9162 section 2.1) with SHA-256: pure arithmetic, no I/O.
 *
 * A node (level, index) is the root of the perfect subtree over leaves
 * [index << level, (index + 1) << level). Only perfect nodes are ever stored; the hashes of
 * ragged right borders are computed. Whoever makes proofs supplies perfect nodes by callback.
 * Nothing allocates or keeps state; any thread.
 *
 * A subtree [start, end) is valid when start is a multiple of the smallest power of two that is
 * >= end - start. Inclusion ([i, i+1)) and consistency ([0, old)) are its two special cases, so
 * one descent (walk_int.h) serves all proofs.
 */
#ifndef MERKLE_MERKLE_H
#define MERKLE_MERKLE_H

#include "base/bytes.h"
#include "ims/err.h"

#define MERKLE_PROOF_MAX 63
#define MERKLE_LEVELS 64

struct merkle_proof {
	size_t n;
	struct hash hash[MERKLE_PROOF_MAX];
};

/* Fetch one perfect node; 0, or an error that the proof functions pass on. */
typedef int merkle_node_fn(void *ctx, unsigned level, uint64_t index, struct hash *ret);

void merkle_empty_root(struct hash *ret);
void merkle_leaf(struct bytes entry, struct hash *ret);
/* `ret` may be `left` or `right`. */
void merkle_node(const struct hash *left, const struct hash *right, struct hash *ret);
/* What an entry says of its payload: SHA-256(0x02 || salt || payload), see log.proto. */
void merkle_commitment(struct bytes salt, struct bytes payload, struct hash *ret);

/* MTH(D[start:end]) of a valid subtree from perfect nodes; [0, 0) gives the empty root.
 * Errors: IMS_E_RANGE for any other span, and the callback's. */
IMS_MUST_CHECK int merkle_subtree_root(merkle_node_fn *node, void *ctx, uint64_t start, uint64_t end,
				       struct hash *ret);

/* The provers also answer IMS_E_RANGE when a proof exceeds MERKLE_PROOF_MAX (sizes over 2^62),
 * and pass on the callback's errors. *ret is written on success only. */

/* PATH(index, D[0:size]). Errors: IMS_E_RANGE for index >= size. */
IMS_MUST_CHECK int merkle_prove_inclusion(merkle_node_fn *node, void *ctx, uint64_t index, uint64_t size,
					  struct merkle_proof *ret);
/* PROOF(old, D[0:size]); empty for old == size and for old == 0. Errors: IMS_E_RANGE for old > size. */
IMS_MUST_CHECK int merkle_prove_consistency(merkle_node_fn *node, void *ctx, uint64_t old_size, uint64_t size,
					    struct merkle_proof *ret);
/* SUBTREE_PROOF(start, end, D[0:size]) of draft-ietf-plants-merkle-tree-certs, start < end.
 * Errors: IMS_E_RANGE for an invalid subtree or end > size. */
IMS_MUST_CHECK int merkle_prove_subtree(merkle_node_fn *node, void *ctx, uint64_t start, uint64_t end,
					uint64_t size, struct merkle_proof *ret);

/* All verifiers: 0 or IMS_E_PROOF (IMS_E_ROOT where equal sizes have unequal roots);
 * any input is safe. */
IMS_MUST_CHECK int merkle_verify_inclusion(uint64_t index, uint64_t size, const struct hash *leaf,
					   const struct hash *proof, size_t n_proof, const struct hash *root);
/* old_size 0: C2SP's rule, an empty proof is accepted and nothing is proven. */
IMS_MUST_CHECK int merkle_verify_consistency(uint64_t old_size, uint64_t size, const struct hash *old_root,
					     const struct hash *root, const struct hash *proof,
					     size_t n_proof);
IMS_MUST_CHECK int merkle_verify_subtree(uint64_t start, uint64_t end, uint64_t size,
					 const struct hash *subtree_root, const struct hash *proof,
					 size_t n_proof, const struct hash *root);

#endif
