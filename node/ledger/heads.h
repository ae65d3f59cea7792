/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints and cosignatures of logs, as notes. A head above the log's size is the target of
 * a transfer; the newest at or below it is what the node shows.
 */
#ifndef LEDGER_HEADS_H
#define LEDGER_HEADS_H

#include "base/buf.h"
#include "ims/err.h"
#include "store/store.h"

#define LEDGER_HEADS_KEPT 256	/* named heads kept a log; the newest is always kept */

/* Keep a verified checkpoint: text and log signature lines only. A named one stays named.
 * Un-named heads below it are dropped, but for the newest that the log has reached; so are named
 * ones beyond LEDGER_HEADS_KEPT. */
IMS_MUST_CHECK int heads_put(struct store_txn *t, const char *origin, uint64_t size, struct bytes note, bool named);
struct head_row {
	uint64_t size;
	bool named;
	struct bytes note;	/* borrowed from the transaction */
};
/* The newest head with size <= max_size; IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int heads_newest(struct store_txn *t, const char *origin, uint64_t max_size, struct head_row *ret);
/* A verified cosignature line of a region on the head of this size. */
IMS_MUST_CHECK int cosigs_put(struct store_txn *t, const char *origin, uint64_t size, const char *region,
			      uint64_t time_s, struct bytes line);
typedef void cosigs_each_fn(void *ctx, struct bytes region, uint64_t time_s, struct bytes line);
void cosigs_each(struct store_txn *t, const char *origin, uint64_t size, cosigs_each_fn *fn, void *ctx);
/* Largest size this region has cosigned, 0 if none. */
uint64_t cosigs_largest(struct store_txn *t, const char *origin, const char *region);
/* The head's note with all cosignature lines after its own. */
void heads_put_note(struct store_txn *t, const char *origin, const struct head_row *head, struct buf *out);

#endif
