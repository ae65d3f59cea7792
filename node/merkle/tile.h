/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles (C2SP tlog-tiles): 256 consecutive hashes of level 8*L. Tile (L, n) holds the hashes
 * MTH(D[(n*256+i)*256^L : (n*256+i+1)*256^L]), i < 256; the rightmost tile of a level is
 * partial, an empty one does not exist, a partial one is never hashed upward.
 */
#ifndef MERKLE_TILE_H
#define MERKLE_TILE_H

#include "base/buf.h"
#include "merkle/merkle.h"

#define TILE_WIDTH 256
#define TILE_LEVELS 8
#define TILE_PATH_BYTES 64

/* Hashes in level L of a tree of `size`: floor(size / 256^L). */
uint64_t tile_level_count(unsigned tile_level, uint64_t size);

/* "tile/0/x001/234.p/7" (width 256: without .p) into out; returns out. width is 1..256. */
char *tile_path(unsigned tile_level, uint64_t n, unsigned width, char out[TILE_PATH_BYTES]);
/* "tile/entries/x001/234.p/7": where the bundle of the entries of tile (0, n) stands. */
char *tile_entries_path(uint64_t n, unsigned width, char out[TILE_PATH_BYTES]);

/* One entry of a bundle: u16 length, then the bytes. Longer than 65535: the buf fails. */
void tile_entry_put(struct buf *bundle, struct bytes entry);
/* The inverse; past the end the rd fails. Points into the bundle. */
struct bytes tile_entry_take(struct rd *bundle);

/* MTH of `count` (1..256) consecutive hashes of one level: for 256 the hash one tile level up. */
void tile_root(const struct hash *hash, unsigned count, struct hash *ret);

/* The inner nodes of a tile of `count` (1..256) hashes: the perfect nodes between them and the tile's
 * root, row by row from below; what stands without a sibling is no row's. */
#define TILE_INNER 254
unsigned tile_inner_count(unsigned count);
/* How many of them stand in the lowest row. */
static inline unsigned tile_lowest_count(unsigned count)
{
	return count / 2;
}
void tile_inner(const struct hash *hash, unsigned count, struct hash inner[TILE_INNER]);

struct tile {
	const struct hash *hash;  /* `count` of them, 1..256 */
	const struct hash *inner; /* as tile_inner() makes them; NULL: computed when asked for */
	unsigned count;
	bool lacks_lowest; /* inner begins with the second row: one hash makes a node of the first */
};

/* Fetch tile (L, n), borrowed until the next call. Missing: IMS_E_NOT_FOUND. */
typedef int tile_fn(void *ctx, unsigned tile_level, uint64_t n, struct tile *ret);

/* Answers merkle_node_fn from tiles, hashing inside a tile that comes without inner nodes. ctx of the
 * callback is a struct tile_source *. A node whose tile is missing or too short: IMS_E_NOT_FOUND. */
struct tile_source {
	tile_fn *fetch;
	void *ctx;
};
int tile_node(void *tile_source, unsigned level, uint64_t index, struct hash *ret);

/*
 * The right edge of a growing tree: for each tile level the rightmost partial tile, and the peaks,
 * the perfect subtrees that the size is the sum of. Enough to append (one hash on average), to
 * give the root (one hash for each set bit of the size), and to answer every node on the right
 * border. Plain memory, one owner; copying the struct copies the tree.
 */
struct tile_edge {
	uint64_t size;
	unsigned count[TILE_LEVELS]; /* hashes in the partial tile of level L, 0..255 */
	struct hash hash[TILE_LEVELS][TILE_WIDTH];
	struct hash peak[MERKLE_LEVELS]; /* of level l, if bit l of size is set */
};

/* A tile just got full: called by tile_edge_append() before the edge drops it. */
typedef int tile_full_fn(void *ctx, unsigned tile_level, uint64_t n, const struct hash hash[TILE_WIDTH]);

void tile_edge_init(struct tile_edge *e);
/* Rebuild the edge of a tree of `size` from stored tiles, which may be wider than the size needs.
 * Errors: the callback's, IMS_E_NOT_FOUND for a tile that is too short; the edge is then empty. */
IMS_MUST_CHECK int tile_edge_load(struct tile_edge *e, uint64_t size, tile_fn *fetch, void *ctx);
/* Append one leaf hash; full tiles cascade upward, lowest level first. `full` may be NULL.
 * Errors: what `full` returned; the edge is then as before the call. */
int tile_edge_append(struct tile_edge *e, const struct hash *leaf, tile_full_fn *full, void *ctx);
/* The root of the whole tree. */
void tile_edge_root(const struct tile_edge *e, struct hash *ret);
/* merkle_node_fn over the edge alone (ctx: struct tile_edge *): nodes inside partial tiles and
 * perfect nodes that partial tiles hold; others IMS_E_NOT_FOUND. */
int tile_edge_node(void *edge, unsigned level, uint64_t index, struct hash *ret);

#endif
