/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up (DESIGN section 6): format, instance, database against ring, tail, view.
 *
 *   ring holds database's last record and continues it  -> replay the tail
 *   ring new and database new                            -> first start
 *   ring of another life, behind the database, or with a gap before its first record
 *                                                         -> rolled back
 *   database is a marked copy, whatever the ring says     -> rolled back
 *   the first start with the next incarnation             -> that begins, whatever stood against the last
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/mem.h"
#include "ledger/backup.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "store/key.h"
#include "view/commit_int.h"

static int number_stored(struct commit *c, const char *name, uint64_t *ret)
{
	int err = meta_get_u64(c->txn, name, ret);

	if (err == IMS_E_NOT_FOUND)
		*ret = 0;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* What every commit writes: known before the first one. */
static int load_numbers(struct commit *c)
{
	uint64_t time_ms;
	int err = number_stored(c, META_RING_SEQ, &c->ring_applied);

	if (!err)
		err = number_stored(c, META_SIGNED, &c->signed_size);
	if (!err)
		err = number_stored(c, META_TIME, &time_ms);
	if (!err)
		c->last_time_ms = (int64_t)time_ms;
	return err;
}

static int check_format(struct commit *c, struct errtext *e)
{
	uint64_t format;
	int err = meta_get_u64(c->txn, META_FORMAT, &format);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (err == IMS_E_NOT_FOUND || (format >= LEDGER_STORE_FORMAT_OLDEST && format < LEDGER_STORE_FORMAT))
		return meta_put_u64(c->txn, META_FORMAT, LEDGER_STORE_FORMAT);
	if (format != LEDGER_STORE_FORMAT)
		return errtext_set(e, IMS_E_UNSUPPORTED, "store format %llu, this version reads %d to %d",
				   (unsigned long long)format, LEDGER_STORE_FORMAT_OLDEST, LEDGER_STORE_FORMAT);
	return 0;
}

static int journal_open(struct commit *c)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	int n = snprintf(origin, sizeof(origin), "%s/%s/journal/1", c->o.federation, c->o.region);

	return n < 0 || (size_t)n >= sizeof(origin) ? IMS_E_LIMIT : commit_log(c, origin, true, &c->journal);
}

static int open_one(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct ledger_log *log;

	(void)slot;
	(void)size;
	return commit_log(ctx, origin, true, &log);
}

/* Every log of the store, the roster's and the own ones. */
static int open_logs(struct commit *c)
{
	bool shrinks = false;
	int err = ledger_each(c->txn, open_one, c);

	if (!err)
		err = commit_log(c, c->o.origin, true, &c->own);
	if (!err)
		err = journal_open(c);
	if (!err)
		err = incarnation_take_roster(c, c->roster, &shrinks);
	return err || !shrinks ? err : meta_del(c->txn, META_VIEW); /* it is folded again below */
}

/* The stored chain beyond the version the caller gave (genesis, or what it has read). */
static int roster_stored(struct commit *c)
{
	struct store_key k;
	struct bytes note;
	int err;

	while ((err = store_get(c->txn, TABLE_ROSTER, store_key(&k, "L", c->roster->version + 1), &note)) ==
	       0) {
		struct roster *next;

		err = roster_parse(note, &next, NULL);
		if (!err && roster_check_successor(c->roster, next, NULL)) {
			roster_unref(next);
			err = IMS_E_CORRUPT;
		}
		if (err)
			return err;
		roster_unref(c->roster);
		c->roster = next;
	}
	if (err != IMS_E_NOT_FOUND)
		return err;
	if (store_get(c->txn, TABLE_ROSTER, store_key(&k, "L", (uint64_t)1), &note) == 0)
		return 0;
	return store_put(c->txn, TABLE_ROSTER, store_key(&k, "L", c->roster->version),
			 BYTES(c->roster->note, c->roster->note_bytes));
}

#define BREACH_BYTES 200

/* NULL when the ring continues the database; else why not, in `text` or static. */
static const char *ring_breach(struct commit *c, bool first_start, uint64_t applied, char text[BREACH_BYTES])
{
	struct bytes instance, newest;
	char time[CLOCK_TEXT_BYTES];
	struct copy_marker copy;
	int err = copy_marker_get(c->txn, &copy);

	if (err != IMS_E_NOT_FOUND) { /* the original may have gone on, here or elsewhere */
		snprintf(text, BREACH_BYTES, "restored from a backup of %s: read-only until recovered",
			 err ? "an unknown time" : clock_wall_text(copy.time, time));
		return text;
	}
	if (first_start)
		return ring_last(c->o.ring) ? "the commit log is older than this database" : NULL;
	if (meta_get(c->txn, META_INSTANCE, &instance) || instance.n != RING_INSTANCE_BYTES)
		return "the database does not know its own life";
	if (memcmp(instance.p, ring_instance(c->o.ring), RING_INSTANCE_BYTES) != 0)
		return "the commit log belongs to another life of this database";
	if (ring_last(c->o.ring) < applied)
		return "the commit log ends before what the database holds";
	if (ring_last(c->o.ring) > applied && ring_first(c->o.ring) > applied + 1)
		return "the commit log goes on after a gap: the database is older than it";
	if (applied && ring_first(c->o.ring) <= applied &&
	    (ring_read(c->o.ring, applied, &newest) || !group_ends_here(c, newest)))
		return "the commit log tells another history than the database";
	return NULL;
}

/* What a node that recovers finds in its commit log stands beside what it fetches back, not upon it. */
static int take_tail(struct commit *c, const char **ret_breach)
{
	struct bytes v;
	int err;

	if (meta_get(c->txn, META_RECOVERING, &v) == 0) {
		err = recover_set_aside_ring(c);
		c->ring_applied = ring_last(c->o.ring);
		return err;
	}
	err = group_replay_tail(c);
	FAILPOINT(START_REPLAYED);
	if (err == IMS_E_CORRUPT && !store_txn_error(c->txn)) {
		*ret_breach = "the commit log does not continue the database";
		err = commit_rewind(c);
	}
	return err;
}

static int compare_ring(struct commit *c, bool first_start)
{
	char text[BREACH_BYTES];
	struct bytes why;
	const char *breach = ring_breach(c, first_start, c->ring_applied, text);
	bool begins = incarnation_begins(c);
	int err = 0;

	if (first_start && !breach)
		err = meta_put(c->txn, META_INSTANCE, BYTES(ring_instance(c->o.ring), RING_INSTANCE_BYTES));
	if (first_start)
		FAILPOINT(INSTANCE_WRITTEN);
	if (!err && !breach)
		err = take_tail(c, &breach);
	if (!err && begins)
		return incarnation_begin(c);
	if (err)
		return err;
	if (breach) {
		c->ring_applied = ring_last(c->o.ring);
		err = meta_put(c->txn, META_ROLLED_BACK, bytes_of(breach));
	} else if (meta_get(c->txn, META_ROLLED_BACK, &why) == 0) {
		snprintf(text, sizeof(text), "%.*s", (int)(why.n < 190 ? why.n : 190), (const char *)why.p);
		breach = text;
	}
	if (breach)
		commit_set_state(
			c, meta_get(c->txn, META_RECOVERING, &why) ? COMMIT_ROLLED_BACK : COMMIT_RECOVERING,
			"%s", breach);
	return err || breach ? err : incarnation_mark(c);
}

/* A new database does not know whether its log is; and a commit log that was copied may be an old one,
 * whatever it says. */
static int check_ring_file(struct commit *c)
{
	uint8_t now[RING_FILE_ID_BYTES];
	struct bytes was;
	int err = meta_get(c->txn, META_RING_FILE, &was);

	ring_file_id(c->o.ring, now);
	c->needs_all_heads = !c->gate_open && (err || !bytes_eq(was, BYTES(now, sizeof(now))));
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

static void check_clock(struct commit *c, struct errtext *e)
{
	c->clock_base_wall = c->o.ops.wall(c->o.ops.ctx);
	c->clock_base_mono = c->o.ops.mono(c->o.ops.ctx);
	if (c->last_time_ms && c->clock_base_wall.ms > c->last_time_ms + CLOCK_RESTART_MS) {
		errtext_set(e, 0, "the clock is more than 400 days after the last entry");
		c->clock_base_wall.ms =
			c->last_time_ms; /* appends are refused until the operator overrides */
	}
}

static int check_view(struct commit *c)
{
	struct hash now;
	struct bytes was;
	int err = meta_get(c->txn, META_VIEW, &was);

	fold_fingerprint(&now);
	if (err == 0 && bytes_eq(was, bytes_of_hash(&now)))
		return 0;
	return err && err != IMS_E_NOT_FOUND ? err : apply_rebuild(c);
}

static int start(struct commit *c, struct errtext *e)
{
	struct bytes instance;
	bool first_start = meta_get(c->txn, META_INSTANCE, &instance) == IMS_E_NOT_FOUND;
	struct head_row head;
	int err = check_format(c, e);

	c->dirty = true;
	if (!err)
		err = load_numbers(c);
	if (!err)
		err = roster_stored(c);
	if (!err)
		err = incarnation_check_key(c, e);
	if (!err)
		err = open_logs(c);
	FAILPOINT(START_LOGS_OPENED);
	if (!err)
		err = commit_database(c); /* the tables exist for all readers from here on */
	if (!err)
		err = commit_ensure_txn(c);
	c->dirty = true;
	if (!err)
		err = compare_ring(c, first_start);
	if (!err)
		err = check_ring_file(c);
	if (!err)
		check_clock(c, e);
	if (!err && heads_newest(c->txn, c->own->origin, UINT64_MAX, &head) == 0)
		c->signed_size = head.size;
	/* A peer may have shown one of a log that was over then, above what was kept. */
	if (!err && c->signed_size > ledger_size(c->own) && !commit_is_behind(c->state) &&
	    !incarnation_is_over(c))
		err = IMS_E_CORRUPT;
	if (!err)
		err = incarnation_note_origin(c);
	if (!err)
		err = check_view(c);
	if (!err && c->state == COMMIT_READY)
		incarnation_set_ready(c);
	if (!err)
		err = commit_note(c, JOURNAL_STARTED, "", c->own->origin, 0, ledger_size(c->own), 0, 0,
				  c->reason);
	if (!err)
		err = commit_database(c);
	FAILPOINT(START_DONE);
	return err;
}

static int open_once(const struct commit_opts *o, struct commit **ret, struct errtext *e)
{
	struct commit *c = mem_new(struct commit);
	uint64_t secret;
	int err;

	c->magic = COMMIT_MAGIC;
	o->ops.random(o->ops.ctx, &secret, sizeof(secret));
	c->keys = keys_new(o->store, secret);
	c->o = *o;
	c->roster = roster_ref(o->roster);
	c->gate_open = o->gate_open;
	c->has_aside = true;
	c->draft.last = &c->draft.first;
	c->last_named = mono_plus_ms(o->ops.mono(o->ops.ctx), -o->head_interval_ms);
	c->last_watch = mono_plus_ms(o->ops.mono(o->ops.ctx), -1000);
	err = commit_ensure_txn(c);
	if (!err)
		err = start(c, e);
	if (commit_is_behind(c->state))
		c->gate_open = false;
	if (err) {
		if (c->txn)
			store_abort(c->txn);
		c->txn = NULL;
		c->dirty = false;
		commit_close(c);
		return err;
	}
	*ret = c;
	return 0;
}

/* A tail that the map has no room for is folded again in a larger one: nothing else grows the map
 * of a node that does not run yet. */
int commit_open(const struct commit_opts *o, struct commit **ret, struct errtext *e)
{
	int err;

	while ((err = open_once(o, ret, e)) == IMS_E_MAP_FULL && store_grow(o->store) == 0)
		;
	return err;
}

bool commit_needs_all_heads(const struct commit *c)
{
	return c->needs_all_heads;
}

int commit_close(struct commit *c)
{
	int err;

	if (!c)
		return 0;
	err = received_flush(c);
	if (c->txn) {
		if (!err && c->dirty)
			err = commit_database(c);
		if (c->txn)
			store_abort(c->txn);
	}
	for (size_t i = 0; i < c->n_logs; i++)
		ledger_close(c->logs[i]);
	roster_unref(c->roster);
	keys_free(c->keys);
	c->magic = 0;
	free(c);
	return err;
}
