/* SPDX-License-Identifier: Apache-2.0 */
/* A growing tree whose tiles stand in memory: leaf i is the decimal text of i. */
#ifndef TESTS_UNIT_MERKLE_SHELF_H
#define TESTS_UNIT_MERKLE_SHELF_H

#include <stdio.h>

#include "unit/hex.h"

#include "merkle/tile.h"

#define SHELF_TILES 274 /* of level 0 at 70,000 leaves */

struct shelf {
	struct tile_edge edge;
	unsigned width[3][SHELF_TILES]; /* 0: no such tile */
	struct hash tile[3][SHELF_TILES][TILE_WIDTH];
};

static inline int shelf_put(void *ctx, unsigned tile_level, uint64_t n, const struct hash hash[TILE_WIDTH])
{
	struct shelf *s = ctx;

	assert_true(tile_level < 3 && n < SHELF_TILES);
	assert_int_equal(s->width[tile_level][n], 0); /* each tile gets full once */
	s->width[tile_level][n] = TILE_WIDTH;
	memcpy(s->tile[tile_level][n], hash, sizeof(s->tile[tile_level][n]));
	return 0;
}

static inline void shelf_leaf(uint64_t i, struct hash *ret)
{
	char text[24];

	merkle_leaf(BYTES(text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)i)), ret);
}

static inline void shelf_init(struct shelf *s)
{
	memset(s->width, 0, sizeof(s->width));
	tile_edge_init(&s->edge);
}

static inline void shelf_grow(struct shelf *s, uint64_t size)
{
	struct hash leaf;

	while (s->edge.size < size) {
		shelf_leaf(s->edge.size, &leaf);
		assert_int_equal(tile_edge_append(&s->edge, &leaf, shelf_put, s), 0);
	}
}

/* Shelve the partial tiles too, as a log does at a checkpoint. */
static inline void shelf_put_partial(struct shelf *s)
{
	for (unsigned level = 0; level < 3; level++) {
		uint64_t n = tile_level_count(level, s->edge.size) / TILE_WIDTH;

		s->width[level][n] = s->edge.count[level];
		memcpy(s->tile[level][n], s->edge.hash[level], s->edge.count[level] * sizeof(struct hash));
	}
}

/* tile_fn */
static inline int shelf_fetch(void *ctx, unsigned tile_level, uint64_t n, struct tile *ret)
{
	const struct shelf *s = ctx;

	if (tile_level >= 3 || n >= SHELF_TILES || !s->width[tile_level][n])
		return IMS_E_NOT_FOUND;
	*ret = (struct tile){.hash = s->tile[tile_level][n], .count = s->width[tile_level][n]};
	return 0;
}

/* The roots of this tree, computed by another program. */
static const struct {
	uint64_t size;
	const char *root;
} shelf_roots[] = {
	{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{1, "db3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c03"},
	{255, "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb"},
	{256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
	{257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
	{65535, "74f13a0e1a75689372efb990cf68c664e44c763d9304844955b2eaff624e8df1"},
	{65536, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"},
	{65537, "dc8795a25fd4bd52a0b84f639fd3139ba160824023d188e428eb5db0f3ce221a"},
	{70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"},
};

#define SHELF_ROOTS (sizeof(shelf_roots) / sizeof(shelf_roots[0]))

#endif
