/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens by itself: heads that are due, commits when it is quiet, watermarks, growth.
 */
#include "base/check.h"
#include "view/commit_int.h"

static void watch(struct commit *c)
{
	struct store_usage u;
	uint64_t used;

	c->last_watch = c->o.ops.mono(c->o.ops.ctx);
	if (commit_is_behind(c->state) || store_usage(c->o.store, &u))
		return;
	used = u.used_bytes + c->dirty_bytes;
	if (u.disk_free_bytes < c->o.disk_low_bytes)
		commit_set_state(c, COMMIT_READ_ONLY, "the disk has %llu MiB left, %llu are kept free",
				 (unsigned long long)(u.disk_free_bytes >> 20),
				 (unsigned long long)(c->o.disk_low_bytes >> 20));
	else if (used / 100 >= u.map_max_bytes / 100 * c->o.map_low_percent / 100)
		commit_set_state(c, COMMIT_READ_ONLY, "the database uses %llu of %llu MiB",
				 (unsigned long long)(used >> 20),
				 (unsigned long long)(u.map_max_bytes >> 20));
	else
		incarnation_set_ready(c);
	store_check_readers(c->o.store);
	/* Growing needs that no transaction is open: do it between two, before it is needed. */
	if (!c->txn && u.map_bytes < u.map_max_bytes && used > u.map_bytes / 5 * 4 && store_grow(c->o.store))
		commit_turn_read_only(c, "the database map cannot grow");
}

static bool head_is_due(const struct commit *c)
{
	return c->gate_open && !incarnation_is_over(c) && !commit_is_behind(c->state) &&
	       ledger_size(c->own) > 0 && (c->signed_size != ledger_size(c->own) || !c->head_is_named);
}

void commit_tick(struct commit *c)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);
	bool grew;
	int err = 0;

	OBJ_CHECK(c, COMMIT_MAGIC);
	if (head_is_due(c) && mono_ms_between(c->last_named, now) >= c->o.head_interval_ms)
		err = head_publish(c);
	if (!err && c->dirty &&
	    (mono_ms_between(c->last_write, now) >= c->o.quiet_ms ||
	     mono_ms_between(c->txn_began, now) >= TXN_OPEN_MAX_MS))
		err = commit_database(c);
	if (err)
		err = commit_undo(c, err, &grew); /* what still fails is tried again at the next turn */
	if (mono_ms_between(c->last_watch, now) >= 1000)
		watch(c);
}

int64_t commit_due_ms(const struct commit *c)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);
	int64_t due = 1000 - mono_ms_between(c->last_watch, now), t;

	if (c->dirty) {
		t = c->o.quiet_ms - mono_ms_between(c->last_write, now);
		due = t < due ? t : due;
		t = TXN_OPEN_MAX_MS - mono_ms_between(c->txn_began, now);
		due = t < due ? t : due;
	}
	if (head_is_due(c)) {
		t = c->o.head_interval_ms - mono_ms_between(c->last_named, now);
		due = t < due ? t : due;
	}
	return due < 0 ? 0 : due;
}

enum commit_state commit_state_of(const struct commit *c)
{
	return c->state;
}
