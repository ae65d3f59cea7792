/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by ledger.c, heads.c and truncate.c. */
#ifndef LEDGER_LEDGER_INT_H
#define LEDGER_LEDGER_INT_H

#include "ledger/ledger.h"

/* The right edge at a size with this root: from tiles, or where they are damaged from the entries.
 * Errors: IMS_E_CORRUPT when neither gives the root, the store's. */
IMS_MUST_CHECK int ledger_edge_load(struct store_txn *t, struct ledger_log *l, uint64_t size,
				    const struct hash *root);

/* A tile as it is stored: its hashes, then its inner nodes, so that a proof hashes nothing. */
IMS_MUST_CHECK int ledger_tile_put(struct store_txn *t, store_table tiles, unsigned level, uint64_t n,
				   const struct hash *hash, unsigned count);
/* Borrowed until the transaction writes or ends. Errors: IMS_E_NOT_FOUND, IMS_E_CORRUPT, the store's. */
IMS_MUST_CHECK int ledger_tile_get(struct store_txn *t, store_table tiles, unsigned level, uint64_t n,
				   struct tile *ret);

/* Delete every key of a table with this prefix, from `from` on (empty: all). */
IMS_MUST_CHECK int ledger_drop_from(struct store_txn *t, store_table table, struct bytes prefix,
				    struct bytes from);

#endif
