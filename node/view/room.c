/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room on the disk and in the map. Below a watermark the node is read-only: writes, packages and payloads
 * wait. Half way from there to the end even heads, cosignatures and journal rows wait, so that what is left
 * is for those that make room or must not fail: erasing, rosters, evidence, recovering. It comes back
 * by itself when there is clearly more room than the watermark asks for, or, after the store itself
 * was full, when a pause is over; each such failure in a row makes the next pause longer.
 */
#include "base/check.h"
#include "view/commit_int.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 15000
#define CALM_MS 120000 /* without a failure: the next pause is a short one again */

enum room { ROOM_ENOUGH, ROOM_NOT_YET, ROOM_LOW, ROOM_HARDLY_ANY };

/* Used pages that no record of what is free names; asked for only when it matters. */
static uint64_t used_bytes(const struct commit *c, const struct store_usage *u)
{
	uint64_t used = u->used_bytes + c->dirty_bytes, back;

	if (used < u->map_max_bytes / 100 * (c->o.map_low_percent / 2) || store_free_bytes(c->o.store, &back))
		return used;
	return used > back ? used - back : 0;
}

static enum room room_on_disk(uint64_t free_bytes, uint64_t low)
{
	if (free_bytes < low / 2)
		return ROOM_HARDLY_ANY;
	return free_bytes < low ? ROOM_LOW : free_bytes - free_bytes / 9 < low ? ROOM_NOT_YET : ROOM_ENOUGH;
}

static enum room room_in_map(uint64_t used, uint64_t max, unsigned low_percent)
{
	uint64_t percent = max / 100, low = percent * low_percent;

	if (used >= low + (max - low) / 2 && low_percent < 100)
		return ROOM_HARDLY_ANY;
	return used >= low ? ROOM_LOW : used >= low - percent * 2 ? ROOM_NOT_YET : ROOM_ENOUGH;
}

static void judge(struct commit *c, const struct store_usage *u, uint64_t used)
{
	enum room disk = room_on_disk(u->disk_free_bytes, c->o.disk_low_bytes);
	enum room map = room_in_map(used, u->map_max_bytes, c->o.map_low_percent);
	bool paused = c->last_watch.ns < c->pause_until.ns;

	c->hardly_any_room = disk == ROOM_HARDLY_ANY || map == ROOM_HARDLY_ANY;
	if (disk >= ROOM_LOW)
		commit_set_state(c, COMMIT_READ_ONLY, "the disk has %llu MiB left, %llu are kept free",
				 (unsigned long long)(u->disk_free_bytes >> 20),
				 (unsigned long long)(c->o.disk_low_bytes >> 20));
	else if (map >= ROOM_LOW)
		commit_set_state(c, COMMIT_READ_ONLY, "the database uses %llu of %llu MiB",
				 (unsigned long long)(used >> 20),
				 (unsigned long long)(u->map_max_bytes >> 20));
	else if (!paused && (c->state != COMMIT_READ_ONLY || (disk == ROOM_ENOUGH && map == ROOM_ENOUGH)))
		incarnation_set_ready(c);
}

void room_watch(struct commit *c)
{
	struct store_usage u;
	uint64_t used;

	c->last_watch = c->o.ops.mono(c->o.ops.ctx);
	if (c->starved && c->last_watch.ns >= c->pause_until.ns) {
		c->starved = false;
		if (commit_is_behind(c->state))
			commit_set_state(c, c->state, "%s", c->reason_behind);
	}
	if (commit_is_behind(c->state) || store_usage(c->o.store, &u))
		return;
	used = used_bytes(c, &u);
	judge(c, &u, used);
	store_check_readers(c->o.store);
	/* Growing needs that no transaction is open: do it between two, before it is needed. */
	if (!c->txn && u.map_bytes < u.map_max_bytes && used > u.map_bytes / 5 * 4 && store_grow(c->o.store))
		room_was_full(c, "the database map cannot grow");
}

void room_was_full(struct commit *c, const char *why)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);

	if (mono_ms_between(c->pause_until, now) > CALM_MS)
		c->pause_ms = 0;
	c->pause_ms = c->pause_ms == 0		       ? PAUSE_MIN_MS
		      : c->pause_ms < PAUSE_MAX_MS / 2 ? c->pause_ms * 2
						       : PAUSE_MAX_MS;
	c->pause_until = mono_plus_ms(now, c->pause_ms);
	commit_turn_read_only(c, why);
}

/* Payloads that come take room; that they are gone takes none. */
static bool brings_payloads(const struct commit_package *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].payload_state == LEDGER_PAYLOAD_HERE)
			return true;
	return false;
}

bool room_refuses(const struct commit *c, const struct commit_job *job)
{
	if (c->state != COMMIT_READ_ONLY)
		return false;
	switch (job->type) {
	case COMMIT_PUT:
	case COMMIT_PACKAGE:
	case COMMIT_BLOB:
		return true;
	case COMMIT_PAYLOADS:
		return brings_payloads(&job->u.package);
	case COMMIT_HEAD:
	case COMMIT_COSIGNATURE:
	case COMMIT_JOURNAL:
		return c->hardly_any_room;
	default:
		return false;
	}
}
