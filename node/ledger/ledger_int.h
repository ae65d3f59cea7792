/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by ledger.c, heads.c and truncate.c. */
#ifndef LEDGER_LEDGER_INT_H
#define LEDGER_LEDGER_INT_H

#include "ledger/ledger.h"

/* The right edge at a size with this root: from tiles, or where they are damaged from the entries.
 * Errors: IMS_E_CORRUPT when neither gives the root, the store's. */
IMS_MUST_CHECK int ledger_edge_load(struct store_txn *t, struct ledger_log *l, uint64_t size,
				    const struct hash *root);

/* Delete every key of a table with this prefix, from `from` on (empty: all). */
IMS_MUST_CHECK int ledger_drop_from(struct store_txn *t, store_table table, struct bytes prefix,
				    struct bytes from);

#endif
