/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of index keys, on their way into the set (table KEYS). Fourteen keys of a record lie on as many pages,
 * and a set of a million records has 60,000: what one commit changes would copy and write most of them.
 *
 *   keys_wait() ── in memory ── keys_keep() ── a run (runs.h) ── keys_settle() ── the set
 *                                              at the latest        in parts, when there are many, or when
 *                                              with the commit      nothing else is to be done
 *
 *  K1. Every change goes this way, none into the set at once: a run says more than the set.
 *  K2. Runs are taken in together, the oldest and all up to some number, in the order of their keys; they go
 *      when all of it is in the set. Cut in between, it begins again.
 *
 * The writer's, in its open transaction; no cursor is open. All errors are the store's, or IMS_E_NOMEM.
 */
#ifndef VIEW_KEYS_H
#define VIEW_KEYS_H

#include "store/store.h"

struct keys;

/* The store is borrowed; `secret` is random. */
struct keys *keys_new(const struct store *s, uint64_t secret);
void keys_free(struct keys *k);

/* The key is copied. */
IMS_MUST_CHECK int keys_wait(struct keys *k, struct store_txn *t, struct bytes key, bool put);
/* The least number of a record that has a key of this prefix, which ends before the number. IMS_E_NOT_FOUND. For
 * prefixes that few changes share: all that wait under it are walked. */
IMS_MUST_CHECK int keys_find(struct keys *k, struct store_txn *t, struct bytes prefix, uint64_t *ret_number);
/* As store_writes(): tells whether a piece of work has begun to write, in the store or here. To bring on its way
 * what others have changed is no writing. */
uint64_t keys_and_store_writes(const struct keys *k);
/* What waits becomes a run: readers see it from now on. */
IMS_MUST_CHECK int keys_keep(struct keys *k, struct store_txn *t);
/* Are runs so many that the set must take in a part, also while there is other work? A third more than has come: a
 * part at a time, each with a commit of its own, since the pages that it changes are held in memory. */
bool keys_owe(struct keys *k);
/* Is there a run that the set has not taken in, as far as is known? */
bool keys_may_settle(const struct keys *k);
/* A part of what the set has not taken in, at most KEYS_PART changes, some 500 pages or, of a large set, as many
 * as the part. */
#define KEYS_PART 16384
IMS_MUST_CHECK int keys_settle(struct keys *k, struct store_txn *t);
/* The transaction is given up: so is what waits, and what is known of runs. */
void keys_drop(struct keys *k);

#endif
