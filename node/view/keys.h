/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of index keys that wait. Fourteen keys of a record lie on as many pages: while packages come by the
 * hundred, what they change is collected and goes into the table in its order, at the latest with the commit.
 * Until then the table does not show it; so whoever reads it, or changes it at once, has it applied before.
 */
#ifndef VIEW_KEYS_H
#define VIEW_KEYS_H

#include "store/store.h"

struct keys_waiting;

/* The key is copied. IMS_E_NOMEM, or what keys_apply() says, which makes room. */
IMS_MUST_CHECK int keys_wait(struct keys_waiting *k, struct store_txn *t, struct bytes key, bool put);
/* Into the table. The store's errors. Nothing waits afterwards. */
IMS_MUST_CHECK int keys_apply(struct keys_waiting *k, struct store_txn *t);
/* The transaction is given up: so are they. */
void keys_drop(struct keys_waiting *k);
struct keys_waiting *keys_new(void);
void keys_free(struct keys_waiting *k);

#endif
