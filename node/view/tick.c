/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens by itself: heads that are due, commits when it is quiet, a look at the room.
 */
#include "base/check.h"
#include "view/commit_int.h"

static bool head_is_due(const struct commit *c)
{
	return c->gate_open && !incarnation_is_over(c) && !commit_is_behind(c->state) &&
	       ledger_size(c->own) > 0 && (c->signed_size != ledger_size(c->own) || !c->head_is_named);
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until what is open is committed. */
static int64_t commit_in_ms(const struct commit *c, struct mono now)
{
	int64_t open_ms = mono_ms_between(c->txn_began, now), still_ms = mono_ms_between(c->last_write, now);
	int64_t ret = min64(c->o.quiet_ms - still_ms, TXN_OPEN_MAX_MS - open_ms), pause;

	if (!c->has_live)
		return ret;
	pause = TXN_LIVE_PAUSE_MS - still_ms;
	pause = pause > TXN_LIVE_MIN_MS - open_ms ? pause : TXN_LIVE_MIN_MS - open_ms;
	return min64(ret, min64(pause, TXN_LIVE_MAX_MS - open_ms));
}

void commit_tick(struct commit *c)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);
	bool grew;
	int err = 0;

	OBJ_CHECK(c, COMMIT_MAGIC);
	if (head_is_due(c) && mono_ms_between(c->last_named, now) >= c->o.head_interval_ms)
		err = head_publish(c);
	if (!err && received_is_due(c))
		err = received_flush(c);
	if (!err && c->dirty && commit_in_ms(c, now) <= 0)
		err = commit_database(c);
	if (!err && blobs_sweep_is_due(c, now) && !recover_has_more(c)) /* what it holds may cite what waits */
		err = blobs_sweep(c);
	if (!err && recover_has_more(c))
		err = recover_take_more(c);
	if (err)
		err = commit_undo(c, err, &grew); /* what still fails is tried again at the next turn */
	if (!err && c->txn && !c->dirty) { /* nothing in it: others of the process may write, the map may grow */
		store_abort(c->txn);
		c->txn = NULL;
	}
	if (!err && settle_can(c) && settle_in_ms(c, now) <= 0) {
		err = settle_in_quiet(c);
		if (err)
			err = commit_undo(c, err, &grew); /* the process ends */
	}
	if (mono_ms_between(c->last_watch, now) >= 1000)
		room_watch(c);
}

int64_t commit_due_ms(const struct commit *c)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);
	int64_t due = 1000 - mono_ms_between(c->last_watch, now);

	if (c->dirty)
		due = min64(due, commit_in_ms(c, now));
	else if (settle_can(c))
		due = min64(due, settle_in_ms(c, now));
	if (head_is_due(c))
		due = min64(due, c->o.head_interval_ms - mono_ms_between(c->last_named, now));
	return due < 0 ? 0 : due;
}

enum commit_state commit_state_of(const struct commit *c)
{
	return c->state;
}
