/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records in order of their ids (region, letter, number), along the narrowest index there is for what is
 * asked: an index key, the kind, or the table itself; as of an earlier time always the table, whose records are
 * looked at one by one. Only live ones, and sealed ones when their kind is asked for.
 */
#ifndef CTL_RECORD_WALK_H
#define CTL_RECORD_WALK_H

#include "view/past.h"

struct record_walk {
	struct bytes kind;	/* empty: all */
	struct bytes region;	/* home, a valid code; empty: all */
	struct bytes key;	/* "name=value" of an index key; empty: all */
	struct bytes after;	/* id to go on from; empty: the start */
	struct past *past;	/* as of when, in the transaction that is walked; NULL: now */
};

/* Stops when it returns non-zero, which record_walk() then returns. */
typedef int record_walk_fn(void *ctx, struct bytes id, const struct record *r);
/* Errors: IMS_E_INVALID (key, after), IMS_E_CORRUPT, the store's. */
IMS_MUST_CHECK int record_walk(struct store_txn *t, const struct record_walk *w, record_walk_fn *fn, void *ctx,
			       struct errtext *why);

#endif
