/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_int.h"

#include "store/key.h"

int ledger_tile_put(struct store_txn *t, store_table tiles, unsigned level, uint64_t n,
		    const struct hash *hash, unsigned count)
{
	size_t n_inner = tile_inner_count(count);
	struct store_key k;
	uint8_t *p = store_reserve(t, tiles, store_key(&k, "BL", level, n),
				   (count + n_inner) * sizeof(struct hash));

	if (!p)
		return store_txn_error(t);
	memcpy(p, hash, count * sizeof(struct hash));
	tile_inner(hash, count, (struct hash *)(void *)(p + count * sizeof(struct hash)));
	return 0;
}

/* The count whose hashes and inner nodes are `n` together: about half of them; 0 when there is none. */
static unsigned count_of(size_t n)
{
	for (unsigned count = (unsigned)n / 2 ? (unsigned)n / 2 : 1; count <= TILE_WIDTH && count <= n;
	     count++)
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
	ret->count = v.n % sizeof(struct hash) || v.n > (TILE_WIDTH + TILE_INNER) * sizeof(struct hash)
			     ? 0
			     : count_of(v.n / sizeof(struct hash));
	ret->inner = ret->hash + ret->count;
	return ret->count ? 0 : IMS_E_CORRUPT;
}
