/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/tile.h"

#include <stdio.h>

#include "base/check.h"
#include "merkle/tile_int.h"

uint64_t tile_level_count(unsigned tile_level, uint64_t size)
{
	return tile_level < TILE_LEVELS ? size >> (8 * tile_level) : 0;
}

/* The number in groups of three digits, all but the last marked with an x, then the width. */
static void put_number(char *at, size_t room, uint64_t n, unsigned width)
{
	unsigned group[7];
	unsigned n_groups = 0;
	int used;

	CHECK(width >= 1 && width <= TILE_WIDTH);
	do {
		group[n_groups++] = (unsigned)(n % 1000);
		n /= 1000;
	} while (n);
	while (n_groups) {
		n_groups--;
		used = snprintf(at, room, n_groups ? "x%03u/" : "%03u", group[n_groups]);
		at += used;
		room -= (size_t)used;
	}
	if (width < TILE_WIDTH)
		snprintf(at, room, ".p/%u", width);
}

char *tile_path(unsigned tile_level, uint64_t n, unsigned width, char out[TILE_PATH_BYTES])
{
	int used = snprintf(out, TILE_PATH_BYTES, "tile/%u/", tile_level);

	put_number(out + used, TILE_PATH_BYTES - (size_t)used, n, width);
	return out;
}

char *tile_entries_path(uint64_t n, unsigned width, char out[TILE_PATH_BYTES])
{
	int used = snprintf(out, TILE_PATH_BYTES, "tile/entries/");

	put_number(out + used, TILE_PATH_BYTES - (size_t)used, n, width);
	return out;
}

void tile_entry_put(struct buf *bundle, struct bytes entry)
{
	if (entry.n > UINT16_MAX) {
		bundle->failed = true;
		return;
	}
	buf_put_u16(bundle, (uint16_t)entry.n);
	buf_put(bundle, entry);
}

struct bytes tile_entry_take(struct rd *bundle)
{
	return rd_take(bundle, rd_u16(bundle));
}

void tile_root(const struct hash *hash, unsigned count, struct hash *ret)
{
	struct hash row[TILE_WIDTH / 2];

	CHECK(count >= 1 && count <= TILE_WIDTH);
	if (count == 1) {
		*ret = hash[0];
		return;
	}
	/* row by row; what has no sibling goes up as it is, which is MTH's split */
	for (; count > 1; count = (count + 1) / 2) {
		for (unsigned i = 0; i < count / 2; i++)
			merkle_node(&hash[2 * i], &hash[2 * i + 1], &row[i]);
		if (count % 2)
			row[count / 2] = hash[count - 1];
		hash = row;
	}
	*ret = row[0];
}

unsigned tile_inner_count(unsigned count)
{
	unsigned n = 0;

	CHECK(count >= 1 && count <= TILE_WIDTH);
	for (unsigned row = count / 2; row; row /= 2)
		n += row;
	return count == TILE_WIDTH ? n - 1 : n; /* its root is the next level's */
}

void tile_inner(const struct hash *hash, unsigned count, struct hash inner[TILE_INNER])
{
	unsigned left = tile_inner_count(count);

	for (unsigned row = count / 2; left; row /= 2) {
		for (unsigned i = 0; i < row; i++)
			merkle_node(&hash[2 * i], &hash[2 * i + 1], &inner[i]);
		hash = inner;
		inner += row;
		left -= row;
	}
}

/* Where the inner nodes of a tile have one: behind the rows below its own. */
static unsigned inner_place(unsigned count, const struct tile_place *at)
{
	unsigned skipped = 0, width = 2;

	for (; width < at->count; width *= 2)
		skipped += count / width;
	return skipped + at->first / width;
}

bool tile_place_of(unsigned level, uint64_t index, struct tile_place *ret)
{
	unsigned inner = level % 8;

	if (level >= MERKLE_LEVELS || (level > 0 && index >> (MERKLE_LEVELS - level)))
		return false; /* beyond the last of 2^64 leaves */
	ret->tile_level = level / 8;
	ret->n = index >> (8 - inner);
	ret->first = (unsigned)(index << inner & (TILE_WIDTH - 1));
	ret->count = 1u << inner;
	return true;
}

int tile_node(void *tile_source, unsigned level, uint64_t index, struct hash *ret)
{
	const struct tile_source *s = tile_source;
	struct tile_place at;
	struct tile tile;
	int err;

	if (!tile_place_of(level, index, &at))
		return IMS_E_NOT_FOUND;
	err = s->fetch(s->ctx, at.tile_level, at.n, &tile);
	if (err)
		return err;
	if (at.first + at.count > tile.count)
		return IMS_E_NOT_FOUND;
	if (tile.inner && at.count > (tile.lacks_lowest ? 2 : 1))
		*ret = tile.inner[inner_place(tile.count, &at) -
				  (tile.lacks_lowest ? tile_lowest_count(tile.count) : 0)];
	else
		tile_root(tile.hash + at.first, at.count, ret);
	return 0;
}
