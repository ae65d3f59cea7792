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

int tile_edge_load(struct tile_edge *e, uint64_t size, tile_fn *fetch, void *ctx)
{
	tile_edge_init(e);
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		unsigned need = (unsigned)(tile_level_count(level, size) % TILE_WIDTH), have = 0;
		const struct hash *hash;
		int err = 0;

		if (!need)
			continue;
		err = fetch(ctx, level, partial_tile(level, size), &hash, &have);
		if (!err && have < need)
			err = IMS_E_NOT_FOUND;
		if (err) {
			tile_edge_init(e);
			return err;
		}
		memcpy(e->hash[level], hash, need * sizeof(*hash));
		e->count[level] = need;
	}
	e->size = size;
	return 0;
}

int tile_edge_append(struct tile_edge *e, const struct hash *leaf, tile_full_fn *full, void *ctx)
{
	struct hash carry = *leaf;
	unsigned level = 0;

	CHECK(e->size < UINT64_MAX);
	/* Hashes are written behind the counts first, so that a failing callback leaves no half change. */
	for (;; level++) {
		struct hash *tile = e->hash[level];
		int err = 0;

		tile[e->count[level]] = carry;
		if (e->count[level] + 1 < TILE_WIDTH)
			break;
		if (full)
			err = full(ctx, level, partial_tile(level, e->size), tile);
		if (err)
			return err;
		tile_root(tile, TILE_WIDTH, &carry);
	}
	memset(e->count, 0, level * sizeof(e->count[0]));
	e->count[level]++;
	e->size++;
	return 0;
}

static int edge_node(const struct tile_edge *e, unsigned level, uint64_t index, struct hash *ret)
{
	struct tile_place at;

	if (!tile_place_of(level, index, &at) || at.n != partial_tile(at.tile_level, e->size) ||
	    at.first + at.count > e->count[at.tile_level])
		return IMS_E_NOT_FOUND;
	tile_root(&e->hash[at.tile_level][at.first], at.count, ret);
	return 0;
}

int tile_edge_node(void *edge, unsigned level, uint64_t index, struct hash *ret)
{
	return edge_node(edge, level, index, ret);
}

/* The root is everything the partial tiles hold, folded from the right: level 0 stands last. */
void tile_edge_root(const struct tile_edge *e, struct hash *ret)
{
	struct hash root, part;
	bool begun = false;

	if (e->size == 0) {
		merkle_empty_root(ret);
		return;
	}
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		unsigned left = e->count[level];

		while (left) { /* each set bit is a perfect subtree within the tile */
			unsigned n = left & -left;

			left -= n;
			tile_root(&e->hash[level][left], n, &part);
			if (begun)
				merkle_node(&part, &root, &root);
			else
				root = part;
			begun = true;
		}
	}
	*ret = root;
}
