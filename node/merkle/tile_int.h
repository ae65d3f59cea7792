/* SPDX-License-Identifier: Apache-2.0 */
/* Where a perfect node lives among the tiles. */
#ifndef MERKLE_TILE_INT_H
#define MERKLE_TILE_INT_H

#include "merkle/tile.h"

/* The node is the root of hashes [first, first + count) of tile (tile_level, n). */
struct tile_place {
	unsigned tile_level;
	uint64_t n;
	unsigned first, count;
};

/* False for a node that no tree of 64-bit size has. */
bool tile_place_of(unsigned level, uint64_t index, struct tile_place *ret);

#endif
