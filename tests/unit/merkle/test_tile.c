/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/merkle/shelf.h"

#include "crypto/hash.h"

static struct shelf shelf; /* 70,000 leaves, partial tiles shelved */

static int grow(void **state)
{
	(void)state;
	shelf_init(&shelf);
	shelf_grow(&shelf, 70000);
	shelf_put_partial(&shelf);
	return 0;
}

static void test_level_counts(void **state)
{
	(void)state;
	assert_int_equal(tile_level_count(0, 70000), 273 * 256 + 112);
	assert_int_equal(tile_level_count(1, 70000), 256 + 17);
	assert_int_equal(tile_level_count(2, 70000), 1);
	assert_int_equal(tile_level_count(3, 70000), 0);
	assert_int_equal(tile_level_count(0, 256), 256);
	assert_int_equal(tile_level_count(1, 256), 1);
	assert_int_equal(tile_level_count(1, 255), 0);
	assert_int_equal(tile_level_count(7, UINT64_MAX), 255);
	assert_int_equal(tile_level_count(8, UINT64_MAX), 0);
	assert_int_equal(tile_level_count(UINT32_MAX, UINT64_MAX), 0);
}

static void test_paths(void **state)
{
	char path[TILE_PATH_BYTES];

	(void)state;
	assert_string_equal(tile_path(0, 0, 256, path), "tile/0/000");
	assert_string_equal(tile_path(0, 0, 7, path), "tile/0/000.p/7");
	assert_string_equal(tile_path(1, 999, 255, path), "tile/1/999.p/255");
	assert_string_equal(tile_path(0, 1000, 1, path), "tile/0/x001/000.p/1");
	assert_string_equal(tile_path(0, 1234067, 256, path), "tile/0/x001/x234/067");
	assert_string_equal(tile_path(7, UINT64_MAX, 255, path),
			    "tile/7/x018/x446/x744/x073/x709/x551/615.p/255");
	assert_string_equal(tile_entries_path(273, 112, path), "tile/entries/273.p/112");
	assert_string_equal(tile_entries_path(1234067, 256, path), "tile/entries/x001/x234/067");
}

/* The reference tree's bundle and tile, byte for byte. */
static void test_bundle(void **state)
{
	static const char want[] = "00000001000001100002202100023031000440414243000850515253545556570010"
				   "606162636465666768696a6b6c6d6e6f";
	static const char *const leaf[] = {"",
					   "00",
					   "10",
					   "2021",
					   "3031",
					   "40414243",
					   "5051525354555657",
					   "606162636465666768696a6b6c6d6e6f"};
	struct buf bundle = {0};
	struct hash tile[8], h;
	char text[128];
	uint8_t b[16];
	struct rd rd;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		size_t n = strlen(leaf[i]) / 2;

		assert_true(hex_get(bytes_of(leaf[i]), b, n));
		tile_entry_put(&bundle, BYTES(b, n));
	}
	assert_string_equal(hex_put(text, buf_bytes(&bundle)), want);
	rd = rd_of(buf_bytes(&bundle));
	for (size_t i = 0; i < 8; i++)
		merkle_leaf(tile_entry_take(&rd), &tile[i]);
	assert_true(rd_done(&rd));
	crypto_sha256(BYTES(tile, sizeof(tile)), &h);
	assert_hash_hex(&h, "aea2f1bbb5140fd5f8eacb503fdf54c00c3d860c72588e40233addd416bc8f10");
	tile_root(tile, 8, &h);
	assert_hash_hex(&h, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
	buf_fini(&bundle);
}

static void test_bundle_limits(void **state)
{
	static uint8_t big[65536];
	struct buf bundle = {0};
	struct rd rd;

	(void)state;
	tile_entry_put(&bundle, BYTES(big, 65535));
	assert_false(bundle.failed);
	rd = rd_of(buf_bytes(&bundle));
	assert_int_equal(tile_entry_take(&rd).n, 65535);
	assert_true(rd_done(&rd));
	rd = rd_of(BYTES(bundle.p, bundle.n - 1)); /* cut short */
	assert_int_equal(tile_entry_take(&rd).n, 0);
	assert_true(rd.failed);
	tile_entry_put(&bundle, BYTES(big, 65536));
	assert_true(bundle.failed);
	buf_fini(&bundle);
}

static void test_tiles_of_the_big_tree(void **state)
{
	static const struct {
		unsigned level, n, width;
		const char *sha256;
	} want[] = {
		{0, 273, 112, "4d21244557c976993a9a89bf928a46b5a876585228df279878239fd84489e5a5"},
		{1, 0, 256, "ea7b038bc73489c89c31a27ac355aaca65a4ed73f0dd7484e68deb29d30f10a2"},
		{1, 1, 17, "adfaca2731630fe7944a4b98a0f98ef3e98685eafda09e6f81070218fb759ce4"},
		{2, 0, 1, "f0113c8bad855b49f9a5dd661d50012cd94f19aae87a45eb8334666835e3caea"},
	};
	struct hash h;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(shelf.width[want[i].level][want[i].n], want[i].width);
		crypto_sha256(
			BYTES(shelf.tile[want[i].level][want[i].n], want[i].width * sizeof(struct hash)), &h);
		assert_hash_hex(&h, want[i].sha256);
	}
	assert_int_equal(shelf.width[0][272], 256);
	assert_int_equal(shelf.width[1][2], 0);
}

static int fetch_with_inner(void *ctx, unsigned tile_level, uint64_t n, struct tile *ret)
{
	static struct hash inner[TILE_INNER];
	int err = shelf_fetch(&shelf, tile_level, n, ret);

	if (err)
		return err;
	if (*(unsigned *)ctx && *(unsigned *)ctx < ret->count)
		ret->count = *(unsigned *)ctx;
	tile_inner(ret->hash, ret->count, inner);
	ret->inner = inner;
	return 0;
}

/* Every node of a tile of every width: the same from its inner nodes as by hashing. */
static void test_inner_nodes(void **state)
{
	unsigned width = 0;
	struct tile_source bare = {shelf_fetch, &shelf}, source = {fetch_with_inner, &width};
	struct hash want, have;

	(void)state;
	for (width = 1; width <= TILE_WIDTH; width++)
		for (unsigned level = 0; level < 8; level++)
			for (uint64_t i = 0; i < (uint64_t)TILE_WIDTH >> level; i++) {
				int err = tile_node(&source, level, i, &have);

				if ((i + 1) << level > width) {
					assert_int_equal(err, IMS_E_NOT_FOUND);
					continue;
				}
				assert_int_equal(err, 0);
				assert_int_equal(tile_node(&bare, level, i, &want), 0);
				assert_true(hash_eq(&want, &have));
			}
	assert_int_equal(tile_inner_count(1), 0);
	assert_int_equal(tile_inner_count(TILE_WIDTH), TILE_INNER);
}

/* Roots of earlier sizes, and proofs between them, come from the tiles of the latest. */
static void test_roots_and_proofs_from_tiles(void **state)
{
	struct tile_source source = {shelf_fetch, &shelf};
	struct merkle_proof p;
	struct hash root[SHELF_ROOTS], leaf;

	(void)state;
	for (size_t i = 0; i < SHELF_ROOTS; i++) {
		uint64_t size = shelf_roots[i].size;

		assert_int_equal(merkle_subtree_root(tile_node, &source, 0, size, &root[i]), 0);
		assert_hash_hex(&root[i], shelf_roots[i].root);
		for (size_t k = 0; k <= i; k++) {
			uint64_t old = shelf_roots[k].size;

			assert_int_equal(merkle_prove_consistency(tile_node, &source, old, size, &p), 0);
			assert_int_equal(
				merkle_verify_consistency(old, size, &root[k], &root[i], p.hash, p.n), 0);
			if (old == size)
				continue;
			shelf_leaf(old, &leaf);
			assert_int_equal(merkle_prove_inclusion(tile_node, &source, old, size, &p), 0);
			assert_int_equal(merkle_verify_inclusion(old, size, &leaf, p.hash, p.n, &root[i]), 0);
		}
	}
}

/* A package of entries [256k, end) speaks for itself against a head. */
static void test_subtree_of_a_package(void **state)
{
	struct tile_source source = {shelf_fetch, &shelf};
	struct merkle_proof p;
	struct hash root, sub;

	(void)state;
	assert_int_equal(merkle_subtree_root(tile_node, &source, 0, 70000, &root), 0);
	for (uint64_t k = 0; k < 274; k += 39) {
		uint64_t start = 256 * k, end = k == 273 ? 70000 : start + 256;

		assert_int_equal(merkle_prove_subtree(tile_node, &source, start, end, 70000, &p), 0);
		tile_root(shelf.tile[0][k], (unsigned)(end - start), &sub);
		assert_int_equal(merkle_verify_subtree(start, end, 70000, &sub, p.hash, p.n, &root), 0);
		assert_int_equal(merkle_verify_subtree(start, end, 69999, &sub, p.hash, p.n, &sub),
				 IMS_E_PROOF);
	}
}

static void test_nodes_that_no_tile_has(void **state)
{
	struct tile_source source = {shelf_fetch, &shelf};
	struct hash h;

	(void)state;
	assert_int_equal(tile_node(&source, 0, 69999, &h), 0);
	assert_int_equal(tile_node(&source, 0, 70000, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_node(&source, 4, 4375, &h), IMS_E_NOT_FOUND); /* 70000 = 4375 << 4 */
	assert_int_equal(tile_node(&source, 4, 4374, &h), 0);
	assert_int_equal(tile_node(&source, 16, 0, &h), 0);
	assert_int_equal(tile_node(&source, 16, 1, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_node(&source, 63, 1, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_node(&source, 63, 2, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_node(&source, 64, 0, &h), IMS_E_NOT_FOUND);
	assert_int_equal(tile_node(&source, 4, UINT64_MAX, &h), IMS_E_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level_counts),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_bundle_limits),
		cmocka_unit_test(test_tiles_of_the_big_tree),
		cmocka_unit_test(test_roots_and_proofs_from_tiles),
		cmocka_unit_test(test_subtree_of_a_package),
		cmocka_unit_test(test_nodes_that_no_tile_has),
		cmocka_unit_test(test_inner_nodes),
	};

	return cmocka_run_group_tests(tests, grow, NULL);
}
