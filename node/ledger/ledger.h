/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One append-only Merkle log in the store: entries, salted payloads and tiles apart. Knows
 * nothing of networks, views or rings; every function works inside a transaction of the caller.
 *
 *  L1. Entries are appended at index size only and never changed (invariants 1, 2, 5); ledger_truncate()
 *      takes back what was never signed.
 *  L2. The stored tiles, the LOGS row and the entries agree whenever a transaction commits:
 *      ledger_flush() writes the partial tiles and the row, and must come before the commit.
 *  L3. What leaves the process has been hashed against its leaf, and the payload against its
 *      commitment, in the same call that read it (LMDB has no checksums). A packed payload that goes to another
 *      node, which hashes what it unpacks, is held against the row's sum instead, which was made for this leaf
 *      from what had been hashed.
 *
 *  writer:  ledger_open -> ledger_append* -> ledger_flush -> store_commit -> … -> ledger_close
 *  reader:  ledger_read_open -> ledger_read_item / ledger_node / ledger_root (one transaction)
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"
#include "merkle/tile.h"
#include "store/store.h"

enum ledger_table {
#define TABLE(NAME, name, member, key, value) TABLE_##NAME,
#include "ledger/tables.def"
#undef TABLE
	TABLE_COUNT
};
/* For store_opts. */
extern const struct store_spec ledger_tables[TABLE_COUNT];

#define LEDGER_LOGS_MAX 256	/* origins a node keeps; three extra tables each */

/* What is known of the payload of an entry. Stored: never renumber; 5 and 6 are taken, of rows (payload.c). */
enum ledger_payload {
	LEDGER_PAYLOAD_NONE = 0,	/* the entry commits to nothing */
	LEDGER_PAYLOAD_HERE = 1,
	LEDGER_PAYLOAD_WANTED = 2,
	LEDGER_PAYLOAD_NOT_FOR_ME = 3,
	LEDGER_PAYLOAD_ERASED = 4,
};

/* An entry with what stands beside it. Spans are borrowed. */
struct ledger_item {
	uint64_t index;
	struct bytes entry;
	struct hash leaf;
	enum ledger_payload payload_state;
	struct bytes salt, payload;
	uint64_t erased_by;
	/* The payload's packed form (wire/pack.h), where somebody had time for it, or it came so: it is stored, and
	 * else what the writer makes. Of an item that was read only ledger_read_packed() has it. */
	struct bytes packed;
};

/* What reading one item may take of an arena: a payload that is stored packed has no other owner, nor has a row of
 * payloads that was cut. Who reads many gives each an arena of its own, or counts what it keeps. */
#define LEDGER_ROW_BYTES 8192 /* a longer row is not cut: it has pages of its own */
#define LEDGER_ITEM_BYTES (65536 + LEDGER_ROW_BYTES)

/* As it travels, and lies in the commit log. */
static inline uint64_t ledger_item_bytes(const struct ledger_item *it)
{
	return it->entry.n + it->salt.n + it->payload.n;
}

/* ---- the writer's side: one object a log, one thread */
struct ledger_log {
	char *origin;
	uint32_t slot;			/* short local number of the log in other tables' keys */
	bool frozen;
	uint64_t kept_size;		/* of a log that is closed: what counts of it; else UINT64_MAX */
	store_table entries, payloads, tiles;
	struct tile_edge edge;		/* edge.size is the size, appended but not yet flushed included */
	uint64_t flushed_size;		/* what row and partial tiles in the transaction are of; UINT64_MAX: unknown */
};

/* Open, creating it at size 0 when it is not there (the new tables become usable by readers
 * with the commit). Errors: IMS_E_CORRUPT, IMS_E_LIMIT (too many logs), the store's. */
IMS_MUST_CHECK int ledger_open(struct store_txn *t, const char *origin, struct ledger_log **ret);
void ledger_close(struct ledger_log *l);
/* Forget what was appended since the last commit: reload the edge. For after an abort. */
IMS_MUST_CHECK int ledger_reload(struct store_txn *t, struct ledger_log *l);
/* Append one item; item->index must be the size, item->leaf the leaf of item->entry. */
IMS_MUST_CHECK int ledger_append(struct store_txn *t, struct ledger_log *l, const struct ledger_item *item);
/* Row and partial tiles, as far as they have changed: a commit may hold many logs that have not. */
IMS_MUST_CHECK int ledger_flush(struct store_txn *t, struct ledger_log *l);
/* Take away every entry from `size` on, which nobody else has seen, with payload and tiles; `root` is
 * that of what stays. Heads and the view are the caller's. On failure the transaction is to be aborted.
 * Errors: IMS_E_RANGE (shorter already), IMS_E_CORRUPT (what stays has another root), the store's. */
IMS_MUST_CHECK int ledger_truncate(struct store_txn *t, struct ledger_log *l, uint64_t size,
				   const struct hash *root);
/* Have the first `size` entries of the log, as the transaction holds them, this root? IMS_E_ROOT: no. */
IMS_MUST_CHECK int ledger_check_root(struct store_txn *t, const struct ledger_log *l, uint64_t size,
				     const struct hash *root);
/* What it takes on the disk, about: entries, payloads and tiles. */
uint64_t ledger_disk_bytes(struct store_txn *t, store_table entries, store_table payloads, store_table tiles);
static inline uint64_t ledger_size(const struct ledger_log *l)
{
	return l->edge.size;
}
/* A payload that was wanted has come, with its entry, or will not (state NOT_FOR_ME, ERASED). */
IMS_MUST_CHECK int ledger_set_payload(struct store_txn *t, store_table payloads, uint32_t slot,
				      const struct ledger_item *item);
IMS_MUST_CHECK int ledger_freeze(struct store_txn *t, struct ledger_log *l);
/* The log is closed: kept_size entries of it count, what it holds above them is an orphaned tail,
 * kept as it is. Not frozen by what was shown before, for there is nothing left to dispute. */
IMS_MUST_CHECK int ledger_close_at(struct store_txn *t, struct ledger_log *l, uint64_t kept_size);
/* The payload as the open write transaction holds it, unchecked, for the writer's own use only
 * (the tiles of what was appended may not be flushed yet): lent by the row, or unpacked in the arena.
 * Errors: IMS_E_NOT_FOUND (not HERE, or so damaged that it is lacking), arena_error(), IMS_E_NOMEM, the store's. */
IMS_MUST_CHECK int ledger_peek_payload(struct store_txn *t, const struct ledger_log *l, uint64_t index,
				       struct arena *a, struct bytes *ret);

/* ---- the readers' side, valid inside one transaction */
struct ledger_reader {
	struct store_txn *txn;
	uint32_t slot;
	uint64_t size;
	struct hash root;
	bool frozen;
	uint64_t kept_size;		/* see struct ledger_log */
	store_table entries, payloads, tiles;
};

/* How many of its entries count. */
static inline uint64_t ledger_counted(const struct ledger_reader *r)
{
	return r->size < r->kept_size ? r->size : r->kept_size;
}
/* IMS_E_NOT_FOUND when no such log is committed. */
IMS_MUST_CHECK int ledger_read_open(struct store_txn *t, const char *origin, struct ledger_reader *ret);
/* One item, checked (L3). Errors: IMS_E_NOT_FOUND (index >= size), IMS_E_LEAF, IMS_E_COMMITMENT,
 * IMS_E_CORRUPT, arena_error(). Spans are valid until the transaction writes or ends; those of salt and payload also
 * not longer than the arena, which has them when the payload was packed or its row cut (LEDGER_ITEM_BYTES at most). */
IMS_MUST_CHECK int ledger_read_item(struct ledger_reader *r, uint64_t index, struct arena *a,
				    struct ledger_item *ret);
/* The same for another node, which will hash what it unpacks: a payload that is stored packed is not unpacked, but
 * `packed`, and `payload` is empty; one without a sum that vouches for it comes as above. */
IMS_MUST_CHECK int ledger_read_packed(struct ledger_reader *r, uint64_t index, struct arena *a,
				      struct ledger_item *ret);
/* The same without payload: state and spans of it stay empty. */
IMS_MUST_CHECK int ledger_read_entry(struct ledger_reader *r, uint64_t index, struct ledger_item *ret);
/* Leaf of an entry as its tile has it: nothing is hashed. IMS_E_NOT_FOUND (index >= size), IMS_E_CORRUPT. */
IMS_MUST_CHECK int ledger_leaf(struct ledger_reader *r, uint64_t index, struct hash *ret);
/* merkle_node_fn over stored tiles and their inner nodes, as they are; ctx is a struct ledger_reader *. */
int ledger_node(void *reader, unsigned level, uint64_t index, struct hash *ret);
/* tile_fn over stored tiles; ctx is a struct ledger_reader *. */
int ledger_tile(void *reader, unsigned tile_level, uint64_t n, struct tile *ret);
/* Root of the first `size` leaves, computed from the tiles' hashes: believes no inner node. */
IMS_MUST_CHECK int ledger_root(struct ledger_reader *r, uint64_t size, struct hash *ret);
/* Commitment that the entry bytes name: IMS_E_NOT_FOUND when it has none. */
IMS_MUST_CHECK int ledger_entry_commitment(struct bytes entry, struct hash *ret);

/* Every log of the store, in order of origin: calls fn until it returns non-zero, returns that. */
typedef int ledger_each_fn(void *ctx, const char *origin, uint32_t slot, uint64_t size);
IMS_MUST_CHECK int ledger_each(struct store_txn *t, ledger_each_fn *fn, void *ctx);
/* One item of the log of a slot, as ledger_read_open() and ledger_read_item() give it. `origin` is told too. */
IMS_MUST_CHECK int ledger_read_at(struct store_txn *t, uint32_t slot, uint64_t index, struct arena *a,
				  char origin[161], struct ledger_item *ret);
/* Origin of a slot, into out[ORIGIN bytes]; IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int ledger_origin_of(struct store_txn *t, uint32_t slot, char out[161]);

#endif
