/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index keys as a transaction sees them: the set (table KEYS) and the runs that it has not taken in yet. In
 * the writer's own transaction what still waits in memory (keys.h) is not among them.
 */
#ifndef VIEW_KEY_CURSOR_H
#define VIEW_KEY_CURSOR_H

#include "view/runs.h"

/* Keys that start with `prefix`, ascending from the first one >= `from` (empty: all of them). As a
 * store_cursor: for (key_seek(&c, …); key_cursor_ok(&c); key_next(&c)) … ; key_cursor_fini(&c); the errors are
 * the transaction's. */
struct key_cursor {
	struct store_txn *txn;
	struct bytes key;		/* valid until the next call */
	bool ok;
	struct store_cursor set;
	struct run_cursor *run;		/* n of them, the oldest first; owned */
	size_t n;
	uint8_t prefix[STORE_KEY_MAX_BYTES];
	size_t prefix_bytes;
};
void key_seek(struct key_cursor *c, struct store_txn *t, struct bytes prefix, struct bytes from);
void key_next(struct key_cursor *c);
void key_cursor_fini(struct key_cursor *c);
static inline bool key_cursor_ok(const struct key_cursor *c)
{
	return c->ok;
}

/* Of runs alone, deletions too: the newest change of each key that is in runs up to number `last`, in their order,
 * from the first key > `after` on (empty: all). Stops when it returns non-zero, which it then returns. */
typedef int run_change_fn(void *ctx, struct bytes key, bool put);
IMS_MUST_CHECK int runs_walk(struct store_txn *t, const uint64_t *numbers, size_t n, struct bytes after,
			     run_change_fn *fn, void *ctx);

#endif
