/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "ledger/payload_int.h"
#include "store/key.h"
#include "wire/entry.h"

struct walk {
	struct store_txn *txn;
	const char *origin;
	bool own_format;
	verify_finding_fn *finding;
	verify_note_fn *note;
	void *ctx;
	struct verify_counts *out;
	struct ledger_reader reader;
	struct tile_edge edge; /* grown anew from the entries */
	uint64_t head_sizes[LEDGER_HEADS_KEPT + 16];
	struct hash head_roots[LEDGER_HEADS_KEPT + 16];
	size_t n_heads;
	const struct head_row *head; /* whose cosignatures are looked at */
};

/* Name an object by its kind and place: "entry 17", "tile 0/3". */
static void found(struct walk *w, int err, const char *detail, const char *what, uint64_t place)
{
	char object[80];

	snprintf(object, sizeof(object), "%s%llu", what, (unsigned long long)place);
	w->out->findings++;
	w->finding(w->ctx, object, err, detail ? detail : "");
}

/* A tile just got full, or is the last of its level: what is stored must be what we made. */
static int compare_tile(struct walk *w, unsigned level, uint64_t n, const struct hash *hash, unsigned count)
{
	struct hash inner[TILE_INNER];
	const struct hash *from = inner;
	struct tile stored;
	char what[24];
	int err = ledger_tile(&w->reader, level, n, &stored);

	w->out->tiles++;
	if (err && err != IMS_E_NOT_FOUND && err != IMS_E_CORRUPT)
		return err;
	snprintf(what, sizeof(what), "tile %u/", level);
	tile_inner(hash, count, inner);
	if (!err && stored.lacks_lowest)
		from += tile_lowest_count(count);
	if (err == IMS_E_NOT_FOUND)
		found(w, IMS_E_MISSING, NULL, what, n);
	else if (err || stored.count != count || memcmp(stored.hash, hash, count * sizeof(*hash)) != 0 ||
		 (stored.inner && memcmp(stored.inner, from,
				     (size_t)(inner + tile_inner_count(count) - from) * sizeof(*inner)) != 0))
		found(w, IMS_E_CORRUPT, NULL, what, n);
	return 0;
}

static int full_tile(void *ctx, unsigned level, uint64_t n, const struct hash hash[TILE_WIDTH])
{
	return compare_tile(ctx, level, n, hash, TILE_WIDTH);
}

static void check_payload(struct walk *w, uint64_t index, const struct entry *en, struct arena *a)
{
	struct ledger_item item = {.index = index};
	struct bytes v;
	struct hash h;
	int err = ledger_payload_row(w->txn, w->reader.payloads, index, a, &v);

	if (err == IMS_E_NOT_FOUND) {
		if (en->has_commitment)
			found(w, IMS_E_MISSING, NULL, "payload ", index);
		return;
	}
	w->out->payloads++;
	if (!err)
		err = ledger_payload_take(v, a, &item);
	if (!err && item.payload_state == LEDGER_PAYLOAD_HERE) {
		merkle_commitment(item.salt, item.payload, &h);
		if (!en->has_commitment || !hash_eq(&h, &en->commitment))
			err = IMS_E_COMMITMENT;
	}
	if (err)
		found(w, err, err == IMS_E_COMMITMENT ? NULL : "its row cannot be read", "payload ", index);
}

/* Does tile (0, n) as stored give what stands above it: the hash in its parent, or the root? */
static bool tile_is_sound(struct walk *w, uint64_t n)
{
	struct tile tile;
	struct hash root;

	if (ledger_tile(&w->reader, 0, n, &tile))
		return false;
	if (tile.count < TILE_WIDTH)
		return ledger_root(&w->reader, w->reader.size, &root) == 0 && hash_eq(&root, &w->reader.root);
	tile_root(tile.hash, tile.count, &root);
	return ledger_tile(&w->reader, 1, n / TILE_WIDTH, &tile) == 0 && n % TILE_WIDTH < tile.count &&
	       hash_eq(&tile.hash[n % TILE_WIDTH], &root);
}

/* An entry whose bytes are damaged would shift the blame to every tile above: where it differs from
 * a leaf whose tile is sound, the entry is named and the tree grown from the stored leaf. */
static int check_entry(struct walk *w, uint64_t index)
{
	struct ledger_item item;
	struct arena a;
	struct entry en;
	struct tile tile;
	int err = ledger_read_entry(&w->reader, index, &item);

	w->out->entries++;
	if (err == IMS_E_LEAF && tile_is_sound(w, index / TILE_WIDTH)) {
		found(w, err, NULL, "entry ", index);
		if (ledger_tile(&w->reader, 0, index / TILE_WIDTH, &tile) == 0 &&
		    index % TILE_WIDTH < tile.count)
			item.leaf = tile.hash[index % TILE_WIDTH];
		return tile_edge_append(&w->edge, &item.leaf, full_tile, w);
	}
	if (err && err != IMS_E_LEAF) { /* IMS_E_LEAF: the tile is named when it is full */
		found(w, err, "cannot be read", "entry ", index);
		return err == IMS_E_CORRUPT ? tile_edge_append(&w->edge, &item.leaf, full_tile, w) : err;
	}
	if (w->own_format) {
		arena_init(&a, 65536 + LEDGER_ITEM_BYTES);
		if (entry_decode(item.entry, &a, &en, NULL) == 0)
			check_payload(w, index, &en, &a);
		arena_fini(&a);
	}
	return tile_edge_append(&w->edge, &item.leaf, full_tile, w);
}

static void check_cosig(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	struct walk *w = ctx;
	const struct head_row *head = w->head;
	char name[32];
	int err;

	(void)time_s;
	snprintf(name, sizeof(name), "%.*s", (int)region.n, (const char *)region.p);
	w->out->cosignatures++;
	err = w->note(w->ctx, w->origin, head->size, NULL, head->note, name, line);
	if (err)
		found(w, err, name, "cosignature of checkpoint ", head->size);
}

/* Heads in ascending order, so that each root can be taken when the tree is that large. */
static void list_heads(struct walk *w)
{
	struct store_key k;
	struct store_cursor c;

	for (store_seek(&c, w->txn, TABLE_HEADS, store_key(&k, "S", bytes_of(w->origin)), BYTES_NONE, false);
	     store_cursor_ok(&c) && w->n_heads < sizeof(w->head_sizes) / sizeof(w->head_sizes[0]);
	     store_next(&c))
		w->head_sizes[w->n_heads++] = be64_get(c.key.p + c.key.n - 8);
	store_cursor_fini(&c);
}

static void note_root(struct walk *w)
{
	for (size_t i = 0; i < w->n_heads; i++)
		if (w->head_sizes[i] == w->edge.size)
			tile_edge_root(&w->edge, &w->head_roots[i]);
}

static void check_heads(struct walk *w)
{
	for (size_t i = 0; i < w->n_heads; i++) {
		struct head_row head;
		int err = heads_newest(w->txn, w->origin, w->head_sizes[i], &head);

		w->out->checkpoints++;
		if (!err)
			err = w->note(w->ctx, w->origin, head.size,
				      head.size <= w->edge.size ? &w->head_roots[i] : NULL, head.note, "",
				      BYTES_NONE);
		if (err) {
			found(w, err, NULL, "checkpoint ", w->head_sizes[i]);
			if (head.size != w->head_sizes[i])
				continue;
		}
		w->head = &head;
		cosigs_each(w->txn, w->origin, w->head_sizes[i], check_cosig, w);
	}
}

static int check_edge(struct walk *w)
{
	int err = 0;

	for (unsigned level = 0; !err && level < TILE_LEVELS; level++)
		if (w->edge.count[level])
			err = compare_tile(w, level, tile_level_count(level, w->edge.size) / TILE_WIDTH,
					   w->edge.hash[level], w->edge.count[level]);
	return err;
}

int verify_log(struct store_txn *t, const char *origin, bool own_format, verify_finding_fn *finding,
	       verify_note_fn *note, void *ctx, struct verify_counts *ret)
{
	struct walk *w = mem_new(struct walk);
	int err;

	*ret = (struct verify_counts){0};
	*w = (struct walk){.txn = t,
			   .origin = origin,
			   .own_format = own_format,
			   .finding = finding,
			   .note = note,
			   .ctx = ctx,
			   .out = ret};
	tile_edge_init(&w->edge);
	err = ledger_read_open(t, origin, &w->reader);
	if (!err)
		list_heads(w);
	for (uint64_t i = 0; !err && i < w->reader.size; i++) {
		err = check_entry(w, i);
		note_root(w);
	}
	if (!err)
		err = check_edge(w);
	if (!err) {
		ret->size = w->edge.size;
		tile_edge_root(&w->edge, &ret->root);
		if (!hash_eq(&ret->root, &w->reader.root))
			found(w, IMS_E_ROOT, "the log's row", "root of size ", ret->size);
		check_heads(w);
	}
	free(w);
	return err;
}
