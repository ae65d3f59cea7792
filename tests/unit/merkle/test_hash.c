/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/merkle/naive.h"

#include "crypto/hash.h"

/* The published nodes of the reference tree, written as level.index in the tests of proofs. */
static const struct {
	unsigned level, index;
	const char *hash;
} nodes[] = {
	{0, 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
	{0, 1, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"},
	{0, 2, "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7"},
	{0, 3, "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7"},
	{0, 4, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"},
	{0, 5, "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658"},
	{0, 6, "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"},
	{0, 7, "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"},
	{1, 0, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
	{1, 1, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"},
	{1, 2, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"},
	{1, 3, "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"},
	{2, 0, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
	{2, 1, "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"},
};

static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static struct naive tree;

static void test_reference_nodes_and_roots(void **state)
{
	struct hash h;

	(void)state;
	naive_init_reference(&tree);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		assert_int_equal(naive_node(&tree, nodes[i].level, nodes[i].index, &h), 0);
		assert_hash_hex(&h, nodes[i].hash);
	}
	for (size_t n = 0; n <= 8; n++) {
		assert_int_equal(merkle_subtree_root(naive_node, &tree, 0, n, &h), 0);
		assert_hash_hex(&h, roots[n]);
	}
}

/* The hasher vectors of RFC 6962's implementations; the node's inputs there are not hashes, so
 * the second one only fixes the prefix. */
static void test_prefixes(void **state)
{
	struct bytes parts[] = {BYTES_LIT("\x01"), BYTES_LIT("N123"), BYTES_LIT("N456")};
	struct bytes node[3] = {BYTES_LIT("\x01")};
	struct hash left, right, h, want;

	(void)state;
	merkle_leaf(BYTES_LIT("L123456"), &h);
	assert_hash_hex(&h, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
	crypto_sha256_parts(parts, 3, &h);
	assert_hash_hex(&h, "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
	merkle_leaf(BYTES_LIT("l"), &left);
	merkle_leaf(BYTES_LIT("r"), &right);
	node[1] = bytes_of_hash(&left);
	node[2] = bytes_of_hash(&right);
	crypto_sha256_parts(node, 3, &want);
	merkle_node(&left, &right, &h);
	assert_true(hash_eq(&h, &want));
	merkle_node(&left, &right, &left); /* in place */
	assert_true(hash_eq(&left, &want));
}

/* Entries of any size up to several blocks hash as 0x00 and the bytes. */
static void test_leaf_of_any_length(void **state)
{
	uint8_t b[1 + 300] = {0};
	struct hash h, want;

	(void)state;
	for (size_t n = 0; n < sizeof(b); n++) {
		b[n] = n ? (uint8_t)(n * 7) : 0;
		crypto_sha256(BYTES(b, n + 1), &want);
		merkle_leaf(n ? BYTES(b + 1, n) : BYTES_NONE, &h);
		assert_true(hash_eq(&h, &want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_nodes_and_roots),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_leaf_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
