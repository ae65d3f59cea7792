/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries set aside: acknowledged by this region, and in none of its logs now, since the log was found
 * behind what peers have (DESIGN section 6) or its incarnation was closed below them. They are kept as
 * they were until recover.c has appended them again, unchanged where they still continue the log, else
 * under new indexes. Nobody else has seen them, and no reader does.
 *
 * All functions work in the caller's write transaction, on the writer's thread.
 */
#ifndef VIEW_ASIDE_H
#define VIEW_ASIDE_H

#include "base/arena.h"
#include "ledger/ledger.h"
#include "store/ring.h"

struct aside_row {
	const char *origin;	 /* log that it was acknowledged in */
	struct ledger_item item; /* salt and payload empty: it had none */
};

/* Keep one; the same entry twice is one row. */
IMS_MUST_CHECK int aside_put(struct store_txn *t, const char *origin, const struct ledger_item *item);
/* Entries of a log from `from` on, as the last commit holds them; a damaged entry is passed over, a
 * damaged payload left out of its row. Errors: IMS_E_CORRUPT, the store's. */
IMS_MUST_CHECK int aside_put_log(struct store_txn *t, const char *origin, uint64_t from);
/* What the commit log's records from `seq` on hold of a log and the log itself does not: other entries at its
 * indexes, and those above its size. A record that cannot be read is passed over. */
IMS_MUST_CHECK int aside_put_ring(struct store_txn *t, const char *origin, struct ring *ring, uint64_t seq);
/* The first row in order of origin and index, in the arena's memory. IMS_E_NOT_FOUND: there is none. */
IMS_MUST_CHECK int aside_first(struct store_txn *t, struct arena *a, struct aside_row *ret);
IMS_MUST_CHECK int aside_drop(struct store_txn *t, const struct aside_row *row);

#endif
