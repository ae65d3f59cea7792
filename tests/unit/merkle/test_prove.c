/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/merkle/naive.h"

#include <stdio.h>

static struct naive tree;

/* Published proofs over the reference tree: the nodes, level.index, X is MTH(D[4:7]). */
static const struct {
	uint64_t start, end, size;
	const char *nodes;
} published[] = {
	/* inclusion */
	{0, 1, 1, ""},
	{0, 1, 8, "0.1 1.1 2.1"},
	{5, 6, 8, "0.4 1.3 2.0"},
	{2, 3, 3, "1.0"},
	{1, 2, 5, "0.0 1.1 0.4"},
	/* consistency */
	{0, 1, 8, "0.1 1.1 2.1"},
	{0, 6, 8, "1.2 1.3 2.0"},
	{0, 2, 5, "1.1 0.4"},
	{0, 6, 7, "1.2 0.6 2.0"},
	{0, 4, 7, "X"},
	{0, 3, 7, "0.2 0.3 1.0 X"},
	/* subtrees */
	{2, 4, 8, "1.0 2.1"},
	{4, 7, 8, "0.6 0.7 1.2 2.0"},
	{6, 8, 8, "1.2 2.0"},
	{4, 7, 7, "2.0"},
	{4, 5, 8, "0.5 1.3 2.0"},
};

#define X_HASH "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"

static void assert_nodes(const struct merkle_proof *p, const char *nodes)
{
	struct bytes rest = bytes_of(nodes), name;
	size_t n = 0;

	while (*nodes && text_split(&rest, ' ', &name)) {
		struct hash h;

		if (name.p[0] == 'X')
			h = hash_of_hex(X_HASH);
		else
			assert_int_equal(naive_node(&tree, name.p[0] - '0', name.p[2] - '0', &h), 0);
		assert_true(n < p->n && hash_eq(&p->hash[n], &h));
		n++;
	}
	assert_int_equal(p->n, n);
}

static void test_published(void **state)
{
	struct merkle_proof p;

	(void)state;
	naive_init_reference(&tree);
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		uint64_t start = published[i].start, end = published[i].end, size = published[i].size;

		assert_int_equal(merkle_prove_subtree(naive_node, &tree, start, end, size, &p), 0);
		assert_nodes(&p, published[i].nodes);
		if (end == start + 1) {
			assert_int_equal(merkle_prove_inclusion(naive_node, &tree, start, size, &p), 0);
			assert_nodes(&p, published[i].nodes);
		}
		if (start == 0) {
			assert_int_equal(merkle_prove_consistency(naive_node, &tree, end, size, &p), 0);
			assert_nodes(&p, published[i].nodes);
		}
	}
}

static void assert_same(const struct merkle_proof *a, const struct merkle_proof *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->hash, b->hash, a->n * sizeof(a->hash[0]));
}

/* Every subtree of every tree: exactly the definition's hashes, or no subtree of it. */
static void test_all_small_trees(void **state)
{
	struct merkle_proof p, want;
	struct hash root;

	(void)state;
	naive_init(&tree, NAIVE_MAX);
	for (uint64_t n = 1; n <= NAIVE_MAX; n++)
		for (uint64_t start = 0; start < n; start++)
			for (uint64_t end = start; end <= n; end++) {
				int err = merkle_prove_subtree(naive_node, &tree, start, end, n, &p);

				if (!naive_is_subtree(start, end)) {
					assert_int_equal(err, IMS_E_RANGE);
					continue;
				}
				want.n = 0;
				naive_subproof(&tree, 0, n, start, end, true, &want);
				assert_int_equal(err, 0);
				assert_same(&p, &want);
				assert_int_equal(merkle_subtree_root(naive_node, &tree, start, end, &root),
						 0);
				assert_true(hash_eq(&root, &tree.mth[start][end]));
			}
}

static void test_ranges(void **state)
{
	struct merkle_proof p = {.n = 7};
	struct hash root;

	(void)state;
	naive_init(&tree, 8);
	assert_int_equal(merkle_prove_inclusion(naive_node, &tree, 8, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_inclusion(naive_node, &tree, 0, 0, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_inclusion(naive_node, &tree, UINT64_MAX, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_consistency(naive_node, &tree, 9, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_subtree(naive_node, &tree, 4, 9, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_subtree(naive_node, &tree, 2, 5, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_subtree(naive_node, &tree, 5, 4, 8, &p), IMS_E_RANGE);
	assert_int_equal(merkle_subtree_root(naive_node, &tree, 3, 3, &root), IMS_E_RANGE);
	assert_int_equal(merkle_subtree_root(naive_node, &tree, 1, 0, &root), IMS_E_RANGE);
	assert_int_equal(p.n, 7); /* written on success only */
	assert_int_equal(merkle_prove_consistency(naive_node, &tree, 0, 8, &p), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(merkle_prove_consistency(naive_node, &tree, 8, 8, &p), 0);
	assert_int_equal(p.n, 0);
}

static void test_errors_of_the_callback_are_passed_on(void **state)
{
	struct merkle_proof p = {.n = 7};
	struct hash root;

	(void)state;
	naive_init(&tree, 8);
	assert_int_equal(merkle_prove_inclusion(naive_node, &tree, 3, 9, &p), IMS_E_NOT_FOUND);
	assert_int_equal(merkle_prove_consistency(naive_node, &tree, 3, 20, &p), IMS_E_NOT_FOUND);
	assert_int_equal(merkle_subtree_root(naive_node, &tree, 0, 12, &root), IMS_E_NOT_FOUND);
	assert_int_equal(p.n, 7);
}

/* A tree of equal leaves has one hash a level: proofs of any size can be made and checked. */
static int equal_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
	(void)ctx;
	(void)index;
	merkle_leaf(BYTES_LIT("same"), ret);
	while (level--)
		merkle_node(ret, ret, ret);
	return 0;
}

static void test_huge_trees(void **state)
{
	static const uint64_t sizes[] = {(1ull << 40) + 1, 1ull << 62, (1ull << 62) - 1, 0x2aaaaaaaaaaaaaaa};
	struct merkle_proof p;
	struct hash root, leaf, old_root;

	(void)state;
	equal_node(NULL, 0, 0, &leaf);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t n = sizes[i], at[] = {0, 1, n / 3, n / 2, n - 2, n - 1};

		assert_int_equal(merkle_subtree_root(equal_node, NULL, 0, n, &root), 0);
		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			assert_int_equal(merkle_prove_inclusion(equal_node, NULL, at[k], n, &p), 0);
			assert_int_equal(merkle_verify_inclusion(at[k], n, &leaf, p.hash, p.n, &root), 0);
			assert_int_equal(merkle_subtree_root(equal_node, NULL, 0, at[k] + 1, &old_root), 0);
			assert_int_equal(merkle_prove_consistency(equal_node, NULL, at[k] + 1, n, &p), 0);
			assert_int_equal(
				merkle_verify_consistency(at[k] + 1, n, &old_root, &root, p.hash, p.n), 0);
		}
	}
	/* 64 hashes do not fit: C2SP's limit is 63 */
	assert_int_equal(merkle_prove_inclusion(equal_node, NULL, 0, UINT64_MAX, &p), IMS_E_RANGE);
	assert_int_equal(merkle_prove_consistency(equal_node, NULL, 1, UINT64_MAX, &p), IMS_E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_all_small_trees),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_errors_of_the_callback_are_passed_on),
		cmocka_unit_test(test_huge_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
