/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_int.h"

#include "store/key.h"

/* The growing tile of leaves is written with every commit, so it is kept small. */
static bool has_inner(unsigned level, unsigned count)
{
	return level > 0 || count == TILE_WIDTH;
}

/* Tiles of leaves are nearly all there are. Without the lowest row of inner nodes, each of which is one hash,
 * they take three pages for four. */
static bool lacks_lowest(unsigned level)
{
	return level == 0;
}

/* A tile of leaves from before store format 5 has all of them. */
#define ALL_OF_LEAVES (TILE_WIDTH + TILE_INNER)

int ledger_tile_put(struct store_txn *t, store_table tiles, unsigned level, uint64_t n,
		    const struct hash *hash, unsigned count)
{
	size_t n_inner = has_inner(level, count) ? tile_inner_count(count) : 0;
	size_t n_left_out = n_inner && lacks_lowest(level) ? tile_lowest_count(count) : 0;
	struct hash inner[TILE_INNER];
	struct store_key k;
	uint8_t *p = store_reserve(t, tiles, store_key(&k, "BL", level, n),
				   (count + n_inner - n_left_out) * sizeof(struct hash));

	if (!p)
		return store_txn_error(t);
	memcpy(p, hash, count * sizeof(struct hash));
	if (n_inner) {
		tile_inner(hash, count, inner);
		memcpy(p + count * sizeof(struct hash), inner + n_left_out,
		       (n_inner - n_left_out) * sizeof(struct hash));
	}
	return 0;
}

/* How many of `n` hashes are the tile's own; the rest are its inner nodes. 0: no tile has so many. */
static unsigned count_of(unsigned level, size_t n)
{
	if (level == 0 && n <= TILE_WIDTH)
		return n < TILE_WIDTH ? (unsigned)n : 0;
	if (level == 0)
		return n == ALL_OF_LEAVES || n == ALL_OF_LEAVES - tile_lowest_count(TILE_WIDTH) ? TILE_WIDTH
												: 0;
	for (unsigned count = n < 2 ? 1 : (unsigned)n / 2; count <= TILE_WIDTH && count <= n; count++)
		if (count + tile_inner_count(count) >= n)
			return count + tile_inner_count(count) == n ? count : 0;
	return 0;
}

int ledger_tile_get(struct store_txn *t, store_table tiles, unsigned level, uint64_t n, struct tile *ret)
{
	struct store_key k;
	struct bytes v;
	int err = store_get(t, tiles, store_key(&k, "BL", level, n), &v);

	if (err)
		return err;
	ret->hash = (const struct hash *)(const void *)v.p;
	ret->count = v.n % sizeof(struct hash) || v.n > ALL_OF_LEAVES * sizeof(struct hash)
			     ? 0
			     : count_of(level, v.n / sizeof(struct hash));
	ret->inner = has_inner(level, ret->count) ? ret->hash + ret->count : NULL;
	ret->lacks_lowest = ret->inner && lacks_lowest(level) && v.n != ALL_OF_LEAVES * sizeof(struct hash);
	return ret->count ? 0 : IMS_E_CORRUPT;
}
