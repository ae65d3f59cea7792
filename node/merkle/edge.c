/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/tile.h"

#include "base/check.h"
#include "merkle/tile_int.h"

/* The number of the partial tile of a level; at level 7 there is only the first. */
static uint64_t partial_tile(unsigned tile_level, uint64_t size)
{
	return tile_level + 1 < TILE_LEVELS ? size >> (8 * (tile_level + 1)) : 0;
}

void tile_edge_init(struct tile_edge *e)
{
	e->size = 0;
	memset(e->count, 0, sizeof(e->count)); /* hashes past the counts are never looked at */
}

/* The peaks within one partial tile, from its count: each set bit is a perfect subtree. */
static void find_peaks(struct tile_edge *e, unsigned tile_level)
{
	unsigned left = e->count[tile_level];

	while (left) {
		unsigned bit = (unsigned)__builtin_ctz(left);

		left &= left - 1;
		tile_root(&e->hash[tile_level][left], 1u << bit, &e->peak[8 * tile_level + bit]);
	}
}

int tile_edge_load(struct tile_edge *e, uint64_t size, tile_fn *fetch, void *ctx)
{
	tile_edge_init(e);
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		unsigned need = (unsigned)(tile_level_count(level, size) % TILE_WIDTH);
		struct tile tile;
		int err = 0;

		if (!need)
			continue;
		err = fetch(ctx, level, partial_tile(level, size), &tile);
		if (!err && tile.count < need)
			err = IMS_E_NOT_FOUND;
		if (err) {
			tile_edge_init(e);
			return err;
		}
		memcpy(e->hash[level], tile.hash, need * sizeof(*tile.hash));
		e->count[level] = need;
		find_peaks(e, level);
	}
	e->size = size;
	return 0;
}

int tile_edge_append(struct tile_edge *e, const struct hash *leaf, tile_full_fn *full, void *ctx)
{
	struct hash carry = *leaf;
	unsigned level = 0, n_full = 0;

	CHECK(e->size < UINT64_MAX);
	/*
	 * A binary counter: two peaks of a level make one of the next. Where that is a tile's level
	 * it is also the tile's next hash. What is written here lies behind the counts, so that a
	 * failing callback leaves no half change.
	 */
	for (;; level++) {
		struct hash *tile = e->hash[level / 8];
		int err = 0;

		if (level % 8 == 0) {
			tile[e->count[n_full]] = carry;
			if (e->count[n_full] + 1 == TILE_WIDTH) {
				if (full)
					err = full(ctx, n_full, partial_tile(n_full, e->size), tile);
				if (err)
					return err;
				n_full++;
			}
		}
		if (!(e->size >> level & 1))
			break;
		merkle_node(&e->peak[level], &carry, &carry);
	}
	e->peak[level] = carry;
	memset(e->count, 0, n_full * sizeof(e->count[0]));
	e->count[n_full]++;
	e->size++;
	return 0;
}

static int edge_node(const struct tile_edge *e, unsigned level, uint64_t index, struct hash *ret)
{
	struct tile_place at;

	if (!tile_place_of(level, index, &at))
		return IMS_E_NOT_FOUND;
	if ((e->size >> level & 1) && index + 1 == e->size >> level) {
		*ret = e->peak[level];
		return 0;
	}
	if (at.n != partial_tile(at.tile_level, e->size) || at.first + at.count > e->count[at.tile_level])
		return IMS_E_NOT_FOUND;
	tile_root(&e->hash[at.tile_level][at.first], at.count, ret);
	return 0;
}

int tile_edge_node(void *edge, unsigned level, uint64_t index, struct hash *ret)
{
	return edge_node(edge, level, index, ret);
}

void tile_edge_root(const struct tile_edge *e, struct hash *ret)
{
	uint64_t left = e->size;
	struct hash root;

	if (left == 0) {
		merkle_empty_root(ret);
		return;
	}
	root = e->peak[__builtin_ctzll(left)];
	while (left &= left - 1) /* the smallest peak stands rightmost */
		merkle_node(&e->peak[__builtin_ctzll(left)], &root, &root);
	*ret = root;
}
