/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of index keys takes in what commits have left in runs (keys.h, K2): a part at a time, in a transaction
 * that holds nothing else. Whatever becomes of it, the commit before stands, and so do the runs: a part that fails
 * for want of room or memory is left for later.
 */
#include "base/check.h"
#include "view/commit_int.h"

#define QUIET_MS 10000	/* without writes, before the set takes in what is little */
#define RETRY_MS 60000

static int take_part(struct commit *c)
{
	struct store_txn *t;
	int err;

	CHECK(!c->txn);
	err = store_begin_write(c->o.store, &t);
	if (err)
		return err;
	err = keys_settle(c->keys, t);
	if (err)
		store_txn_fail(t, err);
	return store_commit(t);
}

/* The disk's failure is everybody's. Of a damaged run those who read keys are told, and a rebuild makes it anew. */
static int failed(struct commit *c, int err)
{
	keys_drop(c->keys);
	c->settle_after = mono_plus_ms(c->o.ops.mono(c->o.ops.ctx), RETRY_MS);
	return err == IMS_E_IO || err == IMS_E_BUG ? err : 0;
}

/* Telling that packages are stored keeps cosignatures, in a transaction that waits for the next commit. */
static int end_transaction(struct commit *c)
{
	int err = commit_database(c);

	if (!err && c->txn) { /* nothing was written in it */
		store_abort(c->txn);
		c->txn = NULL;
	}
	return err;
}

int settle_owed(struct commit *c)
{
	int err;

	if (!keys_owe(c->keys) || c->o.ops.mono(c->o.ops.ctx).ns < c->settle_after.ns)
		return 0;
	err = end_transaction(c);
	if (err)
		return err; /* of a commit as any other, not of what is owed */
	while (!err && keys_owe(c->keys))
		err = take_part(c);
	return err ? failed(c, err) : 0;
}

bool settle_can(const struct commit *c)
{
	return !c->dirty && keys_may_settle(c->keys) && (c->state == COMMIT_READY || c->state == COMMIT_CLOSED);
}

int64_t settle_in_ms(const struct commit *c, struct mono now)
{
	int64_t quiet = QUIET_MS - mono_ms_between(c->last_write, now);
	int64_t retry = mono_ms_between(now, c->settle_after);

	return quiet > retry ? quiet : retry;
}

int settle_in_quiet(struct commit *c)
{
	int err = take_part(c);

	return err ? failed(c, err) : 0;
}
