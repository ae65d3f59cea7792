/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/merkle/naive.h"
#include "unit/merkle/shelf.h"

static struct shelf shelf;

static void test_small_trees(void **state)
{
	static struct naive tree;
	struct tile_edge e;
	struct hash root;

	(void)state;
	naive_init(&tree, NAIVE_MAX);
	tile_edge_init(&e);
	for (size_t n = 0;; n++) {
		tile_edge_root(&e, &root);
		assert_true(hash_eq(&root, &tree.mth[0][n]));
		if (n == NAIVE_MAX)
			break;
		assert_int_equal(tile_edge_append(&e, &tree.mth[n][n + 1], NULL, NULL), 0);
	}
}

/* Append through the borders of tiles: roots, and the nodes the edge answers and does not. */
static void test_big_tree(void **state)
{
	struct tile_source source = {shelf_fetch, &shelf};
	const uint64_t size = 70000;
	struct hash root, h, want;

	(void)state;
	shelf_init(&shelf);
	for (size_t i = 0; i < SHELF_ROOTS; i++) {
		shelf_grow(&shelf, shelf_roots[i].size);
		tile_edge_root(&shelf.edge, &root);
		assert_hash_hex(&root, shelf_roots[i].root);
		assert_int_equal(merkle_subtree_root(tile_edge_node, &shelf.edge, 0, shelf_roots[i].size, &h),
				 0);
		assert_true(hash_eq(&root, &h));
	}
	shelf_put_partial(&shelf);
	for (unsigned level = 0; level < 20; level++)
		for (uint64_t end = (size >> level) + 2, at = end > 300 ? end - 300 : 0; at < end; at++) {
			int err = tile_edge_node(&shelf.edge, level, at, &h);

			if (err) {
				assert_int_equal(err, IMS_E_NOT_FOUND);
				continue;
			}
			assert_int_equal(tile_node(&source, level, at, &want), 0);
			assert_true(hash_eq(&h, &want));
		}
	assert_int_equal(tile_edge_node(&shelf.edge, 0, 273 * 256 - 1, &h), IMS_E_NOT_FOUND); /* dropped */
	assert_int_equal(tile_edge_node(&shelf.edge, 0, 273 * 256, &h), 0);
	assert_int_equal(tile_edge_node(&shelf.edge, 8, 272, &h), 0);
	assert_int_equal(tile_edge_node(&shelf.edge, 8, 255, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_edge_node(&shelf.edge, 16, 0, &h), 0);
	assert_int_equal(tile_edge_node(&shelf.edge, 64, 0, &h), IMS_E_NOT_FOUND);
}

/* An edge loaded at any size, from tiles of a larger tree too, goes on like the one that grew. */
static void test_load(void **state)
{
	static struct tile_edge e;
	struct hash root, leaf;

	(void)state;
	shelf_init(&shelf);
	shelf_grow(&shelf, 70000);
	shelf_put_partial(&shelf);
	for (size_t i = 0; i < SHELF_ROOTS; i++) {
		assert_int_equal(tile_edge_load(&e, shelf_roots[i].size, shelf_fetch, &shelf), 0);
		assert_int_equal(e.size, shelf_roots[i].size);
		tile_edge_root(&e, &root);
		assert_hash_hex(&root, shelf_roots[i].root);
	}
	assert_int_equal(tile_edge_load(&e, 65535, shelf_fetch, &shelf), 0);
	shelf_leaf(65535, &leaf);
	assert_int_equal(tile_edge_append(&e, &leaf, NULL, NULL), 0);
	tile_edge_root(&e, &root);
	assert_hash_hex(&root, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b");
	/* more than there is: one hash too few in the last tile, then no tile at all */
	assert_int_equal(tile_edge_load(&e, 70001, shelf_fetch, &shelf), IMS_E_NOT_FOUND);
	assert_int_equal(tile_edge_load(&e, UINT64_MAX, shelf_fetch, &shelf), IMS_E_NOT_FOUND);
	assert_int_equal(e.size, 0);
	tile_edge_root(&e, &root);
	assert_hash_hex(&root, shelf_roots[0].root);
}

struct refusal {
	unsigned level;
	int calls;
};

static int refuse(void *ctx, unsigned tile_level, uint64_t n, const struct hash hash[TILE_WIDTH])
{
	struct refusal *r = ctx;

	(void)n;
	(void)hash;
	r->calls++;
	return tile_level == r->level ? IMS_E_IO : 0;
}

/* A tile that cannot be stored leaves the edge as it was, at whatever level it happens. */
static void test_failing_callback_changes_nothing(void **state)
{
	struct refusal r[] = {{0, 0}, {1, 0}};
	struct hash root, leaf;

	(void)state;
	shelf_init(&shelf);
	shelf_grow(&shelf, 65535);
	shelf_leaf(65535, &leaf);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tile_edge_append(&shelf.edge, &leaf, refuse, &r[i]), IMS_E_IO);
		assert_int_equal(r[i].calls, i + 1);
		assert_int_equal(shelf.edge.size, 65535);
		tile_edge_root(&shelf.edge, &root);
		assert_hash_hex(&root, "74f13a0e1a75689372efb990cf68c664e44c763d9304844955b2eaff624e8df1");
	}
	assert_int_equal(tile_edge_append(&shelf.edge, &leaf, shelf_put, &shelf), 0);
	assert_int_equal(shelf.edge.count[0], 0);
	assert_int_equal(shelf.edge.count[1], 0);
	assert_int_equal(shelf.edge.count[2], 1);
	tile_edge_root(&shelf.edge, &root);
	assert_hash_hex(&root, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b");
}

/* Full tiles of equal hashes, whatever is asked for. */
static int fetch_equal(void *ctx, unsigned tile_level, uint64_t n, struct tile *ret)
{
	static struct hash tile[TILE_WIDTH];
	struct hash h;

	(void)ctx;
	(void)n;
	merkle_leaf(BYTES_LIT("same"), &h);
	for (unsigned i = 0; i < 8 * tile_level; i++)
		merkle_node(&h, &h, &h);
	for (unsigned i = 0; i < TILE_WIDTH; i++)
		tile[i] = h;
	*ret = (struct tile){.hash = tile, .count = TILE_WIDTH};
	return 0;
}

/* The last sizes that a 64-bit tree can have: all levels in play, nothing shifted out. */
static void test_edge_of_the_largest_tree(void **state)
{
	struct tile_source source = {fetch_equal, NULL};
	static struct tile_edge e;
	struct hash root, leaf, h;

	(void)state;
	merkle_leaf(BYTES_LIT("same"), &leaf);
	assert_int_equal(tile_edge_load(&e, UINT64_MAX - 1, fetch_equal, NULL), 0);
	for (uint64_t size = UINT64_MAX - 1;; size++) {
		assert_true(e.size == size);
		tile_edge_root(&e, &root);
		assert_int_equal(merkle_subtree_root(tile_edge_node, &e, 0, size, &h), 0);
		assert_true(hash_eq(&root, &h));
		assert_int_equal(merkle_subtree_root(tile_node, &source, 0, size, &h), 0);
		assert_true(hash_eq(&root, &h));
		if (size == UINT64_MAX)
			break;
		assert_int_equal(tile_edge_append(&e, &leaf, NULL, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_trees),
		cmocka_unit_test(test_big_tree),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_failing_callback_changes_nothing),
		cmocka_unit_test(test_edge_of_the_largest_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
