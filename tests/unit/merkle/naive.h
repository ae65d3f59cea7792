/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merkle trees as the documents define them, slowly: every MTH(D[start:end]) in a table, proofs
 * and their verification by recursion. What merkle/ computes is compared with this.
 */
#ifndef TESTS_UNIT_MERKLE_NAIVE_H
#define TESTS_UNIT_MERKLE_NAIVE_H

#include <stdio.h>

#include "unit/hex.h"

#include "merkle/merkle.h"

#define NAIVE_MAX 70

struct naive {
	size_t n;
	struct hash mth[NAIVE_MAX + 1][NAIVE_MAX + 1];
};

static inline uint64_t naive_split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static inline void naive_fill(struct naive *t)
{
	for (size_t n = 2; n <= t->n; n++)
		for (size_t start = 0; start + n <= t->n; start++) {
			size_t mid = start + naive_split(n), end = start + n;

			merkle_node(&t->mth[start][mid], &t->mth[mid][end], &t->mth[start][end]);
		}
}

/* Leaf i is the decimal text of i. */
static inline void naive_init(struct naive *t, size_t n)
{
	char text[16];

	assert_true(n <= NAIVE_MAX);
	t->n = n;
	merkle_empty_root(&t->mth[0][0]);
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(text, sizeof(text), "%zu", i);

		merkle_leaf(BYTES(text, (size_t)len), &t->mth[i][i + 1]);
	}
	naive_fill(t);
}

/* The published reference tree of eight leaves. */
static inline void naive_init_reference(struct naive *t)
{
	static const char *const leaf[] = {"",
					   "00",
					   "10",
					   "2021",
					   "3031",
					   "40414243",
					   "5051525354555657",
					   "606162636465666768696a6b6c6d6e6f"};
	uint8_t b[16];

	t->n = 8;
	merkle_empty_root(&t->mth[0][0]);
	for (size_t i = 0; i < 8; i++) {
		size_t n = strlen(leaf[i]) / 2;

		assert_true(hex_get(bytes_of(leaf[i]), b, n));
		merkle_leaf(BYTES(b, n), &t->mth[i][i + 1]);
	}
	naive_fill(t);
}

/* merkle_node_fn over the table. */
static inline int naive_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
	const struct naive *t = ctx;
	uint64_t start = index << level, end = (index + 1) << level;

	if (level > 6 || end > t->n)
		return IMS_E_NOT_FOUND;
	*ret = t->mth[start][end];
	return 0;
}

static inline bool naive_is_subtree(uint64_t start, uint64_t end)
{
	uint64_t ceil = 1;

	while (ceil < end - start)
		ceil *= 2;
	return start < end && start % ceil == 0;
}

/* SUBPROOF(start, end, D_n, b) of the tree that begins at leaf `at`. */
static inline void naive_subproof(const struct naive *t, uint64_t at, uint64_t n, uint64_t start,
				  uint64_t end, bool b, struct merkle_proof *p)
{
	uint64_t k;

	if (start == 0 && end == n) {
		if (!b)
			p->hash[p->n++] = t->mth[at][at + n];
		return;
	}
	k = naive_split(n);
	if (end <= k) {
		naive_subproof(t, at, k, start, end, b, p);
		p->hash[p->n++] = t->mth[at + k][at + n];
	} else if (k <= start) {
		naive_subproof(t, at + k, n - k, start - k, end - k, b, p);
		p->hash[p->n++] = t->mth[at][at + k];
	} else {
		naive_subproof(t, at + k, n - k, 0, end - k, false, p);
		p->hash[p->n++] = t->mth[at][at + k];
	}
}

/* What the subtree and the tree hash to if the proof is right; false for a wrong length. */
static inline bool naive_rebuild(uint64_t n, uint64_t start, uint64_t end, bool b,
				 const struct hash *sub_root, const struct hash *proof, size_t n_proof,
				 struct hash *ret_sub, struct hash *ret_all)
{
	const struct hash *last;
	uint64_t k;
	bool inside;

	if (start == 0 && end == n) {
		*ret_sub = *ret_all = n_proof ? proof[0] : *sub_root;
		return n_proof == (b ? 0 : 1);
	}
	if (n_proof == 0)
		return false;
	last = &proof[n_proof - 1];
	k = naive_split(n);
	if (end <= k) {
		if (!naive_rebuild(k, start, end, b, sub_root, proof, n_proof - 1, ret_sub, ret_all))
			return false;
		merkle_node(ret_all, last, ret_all);
		return true;
	}
	inside = start < k;
	if (!naive_rebuild(n - k, inside ? 0 : start - k, end - k, b && !inside, sub_root, proof, n_proof - 1,
			   ret_sub, ret_all))
		return false;
	if (inside)
		merkle_node(last, ret_sub, ret_sub);
	merkle_node(last, ret_all, ret_all);
	return true;
}

static inline bool naive_verify(uint64_t start, uint64_t end, uint64_t n, const struct hash *sub_root,
				const struct hash *proof, size_t n_proof, const struct hash *root)
{
	struct hash sub, all;

	return end <= n && naive_is_subtree(start, end) &&
	       naive_rebuild(n, start, end, true, sub_root, proof, n_proof, &sub, &all) &&
	       hash_eq(&sub, sub_root) && hash_eq(&all, root);
}

#endif
