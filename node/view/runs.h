/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs: changes of index keys, sorted, packed into blocks that follow each other (table RUNS). Fourteen keys of
 * a record lie on as many pages of the set of keys, and a run of them on one; so a commit writes what has
 * changed as a run, and the set takes many runs at once (keys.h). Who reads, reads both (key_cursor.h).
 *
 * A later run, which has the larger number, says more than an earlier one and than the set. To take a change
 * into the set and leave it in its run too changes nothing.
 *
 *   row     L run, D first key of the block -> block
 *   block   entries, with the first key at most RUN_ROW_BYTES: varint bytes shared with the key before, varint
 *           bytes that follow << 1 | put, those bytes; the first one shares none
 */
#ifndef VIEW_RUNS_H
#define VIEW_RUNS_H

#include "base/buf.h"
#include "store/key.h"
#include "store/store.h"

#define RUNS_MAX 64		/* at a time: who writes them merges them */
#define RUN_ROW_BYTES STORE_SMALL_BYTES /* first key and block: two lie on a page, to look for a key unpacks one */
#define RUN_KEY_MAX_BYTES (STORE_KEY_MAX_BYTES - 8)

/* ---- writing: all zero, run_add() in ascending order, run_store() */
struct run_writer {
	struct buf rows;	/* finished blocks: span first key, span block */
	struct buf block;
	uint8_t first[RUN_KEY_MAX_BYTES], last[RUN_KEY_MAX_BYTES];
	size_t first_bytes, last_bytes;
};
/* The key is greater than the one before, and 1 to RUN_KEY_MAX_BYTES long (IMS_E_BUG otherwise). */
IMS_MUST_CHECK int run_add(struct run_writer *w, struct bytes key, bool put);
/* As run `number`, greater than all that are there; no cursor of the transaction is open. *ret_bytes: of its
 * blocks. Frees the writer's memory, also on failure. Errors: IMS_E_NOMEM, the store's. */
IMS_MUST_CHECK int run_store(struct run_writer *w, struct store_txn *t, uint64_t number, uint64_t *ret_bytes);
void run_writer_fini(struct run_writer *w);
/* Its rows. The store's errors. */
IMS_MUST_CHECK int run_drop(struct store_txn *t, uint64_t number);

/* ---- reading; what is damaged makes the transaction fail with IMS_E_CORRUPT */
struct run_cursor {
	struct store_cursor blocks;
	struct rd rest;		/* of the block */
	struct bytes key;	/* valid until the next call */
	bool put, ok;
	uint8_t copy[RUN_KEY_MAX_BYTES];
};
/* At the first key >= `from`. */
void run_seek(struct run_cursor *c, struct store_txn *t, uint64_t number, struct bytes from);
void run_next(struct run_cursor *c);
void run_cursor_fini(struct run_cursor *c);

/* The numbers of all runs, ascending. IMS_E_CORRUPT (more than RUNS_MAX), the store's. */
IMS_MUST_CHECK int runs_list(struct store_txn *t, uint64_t ret[RUNS_MAX], size_t *ret_n);
/* What the blocks of a run take. */
uint64_t run_bytes(struct store_txn *t, uint64_t number);

#endif
