/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/merkle/naive.h"

#include <stdio.h>

static struct naive tree;

/* RFC 9162 section 2.1.3.2, as written there. */
static bool rfc_inclusion(uint64_t index, uint64_t size, const struct hash *leaf, const struct hash *proof,
			  size_t n, const struct hash *root)
{
	uint64_t fn = index, sn = size - 1;
	struct hash r = *leaf;

	if (index >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			merkle_node(&proof[i], &r, &r);
			while (fn && !(fn & 1))
				fn >>= 1, sn >>= 1;
		} else {
			merkle_node(&r, &proof[i], &r);
		}
		fn >>= 1, sn >>= 1;
	}
	return sn == 0 && hash_eq(&r, root);
}

/* RFC 9162 section 2.1.4.2, as written there. */
static bool rfc_consistency(uint64_t m, uint64_t n, const struct hash *root_m, const struct hash *root_n,
			    const struct hash *proof, size_t n_proof)
{
	bool whole = m && (m & (m - 1)) == 0;
	uint64_t fn = m - 1, sn = n - 1;
	struct hash fr, sr;

	if (m == n)
		return n_proof == 0 && hash_eq(root_m, root_n);
	if (m == 0 || m > n || n_proof == 0)
		return false;
	fr = sr = whole ? *root_m : proof[0];
	while (fn & 1)
		fn >>= 1, sn >>= 1;
	for (size_t i = whole ? 0 : 1; i < n_proof; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			merkle_node(&proof[i], &fr, &fr);
			merkle_node(&proof[i], &sr, &sr);
			while (fn && !(fn & 1))
				fn >>= 1, sn >>= 1;
		} else {
			merkle_node(&sr, &proof[i], &sr);
		}
		fn >>= 1, sn >>= 1;
	}
	return sn == 0 && hash_eq(&fr, root_m) && hash_eq(&sr, root_n);
}

/* What is wrong with the hashes is refused, whatever the shape. */
static void assert_hashes_matter(uint64_t start, uint64_t end, uint64_t n, struct merkle_proof *p)
{
	struct hash sub = tree.mth[start][end], root = tree.mth[0][n];

	for (size_t i = 0; i < p->n; i++) {
		p->hash[i].b[i % 32] ^= 0x10;
		assert_int_equal(merkle_verify_subtree(start, end, n, &sub, p->hash, p->n, &root),
				 IMS_E_PROOF);
		p->hash[i].b[i % 32] ^= 0x10;
	}
	sub.b[31] ^= 1;
	assert_int_not_equal(merkle_verify_subtree(start, end, n, &sub, p->hash, p->n, &root), 0);
	sub.b[31] ^= 1;
	root.b[0] ^= 0x80;
	assert_int_not_equal(merkle_verify_subtree(start, end, n, &sub, p->hash, p->n, &root), 0);
	root.b[0] ^= 0x80;
	p->hash[p->n] = root;
	assert_int_equal(merkle_verify_subtree(start, end, n, &sub, p->hash, p->n + 1, &root), IMS_E_PROOF);
	if (p->n) {
		assert_int_not_equal(merkle_verify_subtree(start, end, n, &sub, p->hash, p->n - 1, &root), 0);
		assert_int_equal(merkle_verify_subtree(start, end, n, &sub, p->hash + 1, p->n - 1, &root),
				 IMS_E_PROOF);
	}
}

static void test_every_proof_and_every_change_of_a_hash(void **state)
{
	struct merkle_proof p;

	(void)state;
	naive_init(&tree, NAIVE_MAX);
	for (uint64_t n = 1; n <= NAIVE_MAX; n++)
		for (uint64_t start = 0; start < n; start++)
			for (uint64_t end = start + 1; end <= n; end++) {
				if (!naive_is_subtree(start, end))
					continue;
				assert_int_equal(merkle_prove_subtree(naive_node, &tree, start, end, n, &p),
						 0);
				assert_int_equal(merkle_verify_subtree(start, end, n, &tree.mth[start][end],
								       p.hash, p.n, &tree.mth[0][n]),
						 0);
				assert_hashes_matter(start, end, n, &p);
			}
}

/* With the tree's size fixed a proof speaks of one span only. */
static void test_another_span_is_refused(void **state)
{
	const uint64_t n = 21;
	struct merkle_proof p;

	(void)state;
	naive_init(&tree, n);
	for (uint64_t end = 1; end <= n; end++)
		for (uint64_t start = 0; start < end; start++) {
			if (!naive_is_subtree(start, end))
				continue;
			assert_int_equal(merkle_prove_subtree(naive_node, &tree, start, end, n, &p), 0);
			for (uint64_t e = 0; e <= n + 1; e++)
				for (uint64_t s = 0; s <= e; s++)
					if (s != start || e != end)
						assert_int_not_equal(
							merkle_verify_subtree(s, e, n, &tree.mth[start][end],
									      p.hash, p.n, &tree.mth[0][n]),
							0);
		}
}

/*
 * Another size may pass: RFC 6962 binds it only through the shape of the path (leaf 0 of 3 and of
 * 4 have the same). So the answers are compared with those of the documents' own algorithms.
 */
static void test_another_size_is_judged_as_the_documents_do(void **state)
{
	const uint64_t max = 17;
	struct merkle_proof p;

	(void)state;
	naive_init(&tree, max);
	for (uint64_t n = 1; n <= max; n++)
		for (uint64_t m = 1; m <= n; m++)
			for (uint64_t k = 0; k <= max + 2; k++) {
				const struct hash *root = &tree.mth[0][n], *leaf = &tree.mth[m - 1][m];
				const struct hash *old = &tree.mth[0][m];

				assert_int_equal(merkle_prove_inclusion(naive_node, &tree, m - 1, n, &p), 0);
				assert_int_equal(merkle_verify_inclusion(m - 1, k, leaf, p.hash, p.n, root) ==
							 0,
						 rfc_inclusion(m - 1, k, leaf, p.hash, p.n, root));
				assert_int_equal(merkle_prove_consistency(naive_node, &tree, m, n, &p), 0);
				assert_int_equal(merkle_verify_consistency(m, k, old, root, p.hash, p.n) == 0,
						 rfc_consistency(m, k, old, root, p.hash, p.n));
				if (k)
					assert_int_equal(
						merkle_verify_consistency(k, n, old, root, p.hash, p.n) == 0,
						rfc_consistency(k, n, old, root, p.hash, p.n));
				assert_int_equal(merkle_verify_subtree(0, m, k, old, p.hash, p.n, root) == 0,
						 naive_verify(0, m, k, old, p.hash, p.n, root));
			}
}

static void test_empty_and_equal_trees(void **state)
{
	struct hash a, b;

	(void)state;
	merkle_leaf(BYTES_LIT("a"), &a);
	merkle_leaf(BYTES_LIT("b"), &b);
	assert_int_equal(merkle_verify_consistency(0, 0, &a, &a, NULL, 0), 0);
	assert_int_equal(merkle_verify_consistency(0, 0, &a, &b, NULL, 0), IMS_E_ROOT);
	assert_int_equal(merkle_verify_consistency(0, 5, &a, &b, NULL, 0), 0);
	assert_int_equal(merkle_verify_consistency(0, 5, &a, &b, &a, 1), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(0, 0, &a, &a, &a, 1), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(5, 5, &a, &a, NULL, 0), 0);
	assert_int_equal(merkle_verify_consistency(5, 5, &a, &b, NULL, 0), IMS_E_ROOT);
	assert_int_equal(merkle_verify_consistency(5, 5, &a, &a, &a, 1), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(5, 0, &a, &a, NULL, 0), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(5, 4, &a, &a, NULL, 0), IMS_E_PROOF);
	assert_int_equal(merkle_verify_subtree(0, 0, 0, &a, NULL, 0, &a), IMS_E_PROOF);
	assert_int_equal(merkle_verify_subtree(0, 5, 5, &a, NULL, 0, &b), IMS_E_ROOT);
	assert_int_equal(merkle_verify_subtree(0, 5, 5, &a, NULL, 0, &a), 0);
	assert_int_equal(merkle_verify_inclusion(0, 0, &a, NULL, 0, &a), IMS_E_PROOF);
	assert_int_equal(merkle_verify_inclusion(0, 1, &a, NULL, 0, &a), 0);
	assert_int_equal(merkle_verify_inclusion(1, 1, &a, NULL, 0, &a), IMS_E_PROOF);
}

/* A consistency proof of a real witness run, tree sizes 5 and 8. */
static void test_witness_run(void **state)
{
	struct hash old = hash_of_base64("41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=");
	struct hash root = hash_of_base64("V8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=");
	struct hash proof[] = {
		hash_of_hex("b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2"),
		hash_of_hex("aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d"),
		hash_of_hex("89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e"),
		hash_of_hex("29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833"),
	};

	(void)state;
	assert_int_equal(merkle_verify_consistency(5, 8, &old, &root, proof, 4), 0);
	assert_int_equal(merkle_verify_consistency(5, 8, &root, &old, proof, 4), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(6, 8, &old, &root, proof, 4), IMS_E_PROOF);
	assert_int_equal(merkle_verify_consistency(5, 8, &old, &root, proof, 3), IMS_E_PROOF);
}

/* Numbers at the ends of their type, proofs of every length around the limit: refused, no more. */
static void test_any_input_is_safe(void **state)
{
	static const uint64_t edge[] = {0,
					1,
					2,
					3,
					255,
					256,
					1ull << 32,
					(1ull << 62) - 1,
					1ull << 62,
					1ull << 63,
					UINT64_MAX,
					UINT64_MAX - 1,
					(1ull << 63) + 1};
	const size_t n_edge = sizeof(edge) / sizeof(edge[0]);
	struct hash proof[70];

	(void)state;
	for (size_t i = 0; i < 70; i++)
		merkle_leaf(BYTES(&i, sizeof(i)), &proof[i]);
	for (size_t a = 0; a < n_edge; a++)
		for (size_t b = 0; b < n_edge; b++)
			for (size_t n = 1; n <= 70; n += n < 60 ? 13 : 1) {
				assert_int_equal(merkle_verify_inclusion(edge[a], edge[b], &proof[0], proof,
									 n, &proof[1]),
						 IMS_E_PROOF);
				assert_int_equal(merkle_verify_consistency(edge[a], edge[b], &proof[0],
									   &proof[1], proof, n),
						 IMS_E_PROOF);
				for (size_t c = 0; c < n_edge; c++)
					assert_int_equal(merkle_verify_subtree(edge[a], edge[b], edge[c],
									       &proof[0], proof, n,
									       &proof[1]),
							 IMS_E_PROOF);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_proof_and_every_change_of_a_hash),
		cmocka_unit_test(test_another_span_is_refused),
		cmocka_unit_test(test_another_size_is_judged_as_the_documents_do),
		cmocka_unit_test(test_empty_and_equal_trees),
		cmocka_unit_test(test_witness_run),
		cmocka_unit_test(test_any_input_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
