/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incarnations of a region's log (DESIGN section 6): which entries count, and in which order.
 *
 *  N1. Of a log that the roster has closed its first kept_size entries count; what a store holds above
 *      them is an orphaned tail, kept and not folded.
 *  N2. A region's incarnations are folded in their order: a later one is held back until those before
 *      it are complete here. One whose entries are not those that the roster kept (frozen) will not
 *      be: nothing waits for it.
 *
 * So what the view holds follows from the sizes alone, whatever came first (inv. 7). In the usual case
 * an incarnation opens when the one before is complete, and nothing is ever folded twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "view/again.h"
#include "view/aside.h"
#include "view/cites.h"
#include "view/commit_int.h"
#include "wire/entry.h"

static bool is_complete(const struct ledger_log *log)
{
	return log->frozen || ledger_size(log) >= log->kept_size;
}

bool incarnation_is_before(const struct ledger_log *a, const struct ledger_log *b)
{
	struct origin_parts pa, pb;

	return origin_parse(bytes_of(a->origin), &pa) == 0 && origin_parse(bytes_of(b->origin), &pb) == 0 &&
	       bytes_eq(pa.region, pb.region) && pa.incarnation < pb.incarnation;
}

bool incarnation_is_own(const struct commit *c, const struct ledger_log *log)
{
	return log == c->own || incarnation_is_before(log, c->own);
}

const struct ledger_log *incarnation_waits_for(const struct commit *c, const struct ledger_log *log)
{
	for (size_t i = 0; i < c->n_logs; i++)
		if (c->logs[i]->kept_size != UINT64_MAX && !is_complete(c->logs[i]) &&
		    incarnation_is_before(c->logs[i], log))
			return c->logs[i];
	return NULL;
}

uint64_t incarnation_extent(const struct commit *c, const struct ledger_log *log)
{
	return incarnation_waits_for(c, log) ? 0 : log->kept_size;
}

/* ---- folding again */

/* Numbers that an orphaned tail of this region has given out are not given out again. */
static int fold_stored(struct commit *c, struct ledger_log *log, uint64_t extent, const struct ledger_item *item)
{
	return quarantine_fold(c, log, item, item->index < extent ? fold_entry : fold_orphan);
}

static int fold_log(struct commit *c, struct ledger_log *log)
{
	uint64_t extent = incarnation_extent(c, log);
	struct ledger_reader r;
	int err = extent ? ledger_read_open(c->txn, log->origin, &r) : 0;

	for (uint64_t i = 0; !err && extent && i < ledger_size(log); i++) {
		struct ledger_item item;
		struct arena a;

		arena_init(&a, ENTRY_MAX_BYTES + 3 * LEDGER_ITEM_BYTES);
		err = ledger_read_item(&r, i, &a, &item);
		if (!err) { /* spans die with the fold's first write */
			item.entry = arena_dup(&a, item.entry);
			item.payload = arena_dup(&a, item.payload);
			err = arena_failed(&a) ? arena_error(&a) : fold_stored(c, log, extent, &item);
		}
		arena_fini(&a);
		if (!err)
			err = FAILPOINT_ERR(REBUILD_ENTRY);
	}
	return err;
}

static int by_incarnation(const void *a, const void *b)
{
	const struct ledger_log *const *x = a, *const *y = b;

	return incarnation_is_before(*x, *y) ? -1 : incarnation_is_before(*y, *x) ? 1 : 0;
}

/* Logs of one region in the order of their incarnations; regions do not matter to each other. */
static size_t logs_of(const struct commit *c, const struct ledger_log *after,
		      struct ledger_log *ret[LEDGER_LOGS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_logs; i++)
		if (incarnation_is_before(after, c->logs[i]))
			ret[n++] = c->logs[i];
	qsort(ret, n, sizeof(*ret), by_incarnation);
	return n;
}

int incarnation_completed(struct commit *c, const struct ledger_log *log)
{
	struct ledger_log *later[LEDGER_LOGS_MAX];
	size_t n = logs_of(c, log, later);
	int err = 0;

	if (log->kept_size == UINT64_MAX || !is_complete(log))
		return 0;
	for (size_t i = 0; !err && i < n; i++) {
		err = ledger_flush(c->txn, later[i]); /* readers look at what is flushed */
		if (!err)
			err = fold_log(c, later[i]);
	}
	return err;
}

/* A log without one before it, then those after it. */
static int fold_region(struct commit *c, struct ledger_log *first)
{
	struct ledger_log *later[LEDGER_LOGS_MAX];
	size_t n = logs_of(c, first, later);
	int err = fold_log(c, first);

	for (size_t i = 0; !err && i < n; i++)
		err = fold_log(c, later[i]);
	return err;
}

static bool is_first(const struct commit *c, const struct ledger_log *log)
{
	for (size_t i = 0; i < c->n_logs; i++)
		if (incarnation_is_before(c->logs[i], log))
			return false;
	return log != c->journal;
}

int incarnation_fold_all(struct commit *c)
{
	struct hash fingerprint;
	int err = commit_flush_logs(c);

	if (!err)
		err = fold_clear(c->txn);
	keys_drop(c->keys);
	if (!err)
		err = FAILPOINT_ERR(REBUILD_CLEARED);
	c->folds_anew = true;
	for (size_t i = 0; !err && i < c->n_logs; i++)
		if (is_first(c, c->logs[i]))
			err = fold_region(c, c->logs[i]);
	c->folds_anew = false;
	if (!err)
		err = cites_settle(c->txn);
	fold_fingerprint(&fingerprint);
	if (!err)
		err = meta_put(c->txn, META_VIEW, bytes_of_hash(&fingerprint));
	if (err && c->txn)
		store_txn_fail(c->txn, err); /* half a view must not be committed */
	FAILPOINT(REBUILD_DONE);
	c->dirty = true;
	return err;
}

/* ---- what a roster says */
static int take_incarnation(struct commit *c, const struct roster *r, const struct roster_region *g,
			    const struct roster_incarnation *inc, bool *ret_shrinks)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_log *log;
	bool is_new;
	int err, n = snprintf(origin, sizeof(origin), "%s/%s/%" PRIu64, r->federation, g->code, inc->number);

	if (n < 0 || (size_t)n >= sizeof(origin))
		return IMS_E_LIMIT;
	err = commit_log(c, origin, true, &log);
	is_new = !err && !inc->open && log->kept_size != inc->kept_size;
	if (err || !is_new)
		return err;
	*ret_shrinks |= ledger_size(log) > inc->kept_size;
	c->dirty = true;
	return ledger_close_at(c->txn, log, inc->kept_size);
}

int incarnation_take_roster(struct commit *c, const struct roster *r, bool *ret_shrinks)
{
	int err = 0;

	*ret_shrinks = false;
	for (size_t i = 0; i < r->n_regions; i++)
		for (size_t k = 0; !err && k < r->regions[i].n_incarnations; k++)
			err = take_incarnation(c, r, &r->regions[i], &r->regions[i].incarnations[k],
					       ret_shrinks);
	return err;
}

/* ---- the own log */
bool incarnation_is_over(const struct commit *c)
{
	return c->own && c->own->kept_size != UINT64_MAX;
}

static bool is_named(const struct commit *c)
{
	const struct roster_incarnation *inc;

	return roster_origin(c->roster, bytes_of(c->o.origin), &inc) != NULL;
}

/* Of a region that no roster names yet, the one of its key is what it begins with. */
bool incarnation_is_open(const struct commit *c)
{
	return !incarnation_is_over(c) && (is_named(c) || !roster_region(c->roster, bytes_of(c->o.region)));
}

static const char *later_incarnation(const struct commit *c, char *text, size_t n)
{
	const struct roster_region *g = roster_region(c->roster, bytes_of(c->o.region));
	uint64_t last = g ? g->n_incarnations : 0;

	if (last && g->incarnations[last - 1].open)
		snprintf(text, n, "and opened incarnation %" PRIu64 ": set log_key_file to its key and start again",
			 last);
	else
		snprintf(text, n, "and no next incarnation is open yet");
	return text;
}

void incarnation_set_ready(struct commit *c)
{
	char next[100];

	if (incarnation_is_over(c))
		commit_set_state(c, COMMIT_CLOSED, "the roster has closed %s at size %" PRIu64 ", %s",
				 c->own->origin, c->own->kept_size, later_incarnation(c, next, sizeof(next)));
	else if (!incarnation_is_open(c))
		commit_set_state(c, COMMIT_CLOSED, "the roster in force has not opened %s, whose key this node has",
				 c->o.origin);
	else
		commit_set_state(c, COMMIT_READY, "%s", "");
}

/* Has this database written an earlier incarnation than the key is of? */
static bool was_earlier(const struct commit *c)
{
	struct origin_parts was, now;
	struct bytes text;

	return meta_get(c->txn, META_ORIGIN, &text) == 0 && origin_parse(text, &was) == 0 &&
	       origin_parse(bytes_of(c->o.origin), &now) == 0 && was.incarnation < now.incarnation;
}

bool incarnation_begins(const struct commit *c)
{
	return was_earlier(c) && is_named(c);
}

int incarnation_check_key(const struct commit *c, struct errtext *e)
{
	struct bytes was;

	if (!was_earlier(c) || is_named(c) || meta_get(c->txn, META_ORIGIN, &was))
		return 0;
	return errtext_set(e, IMS_E_ORIGIN,
			   "this database is of %.*s, and no roster in it has opened %s: start with the key of "
			   "the former until that has come",
			   (int)was.n, (const char *)was.p, c->o.origin);
}

int incarnation_note_origin(struct commit *c)
{
	struct bytes was;
	bool known = meta_get(c->txn, META_ORIGIN, &was) == 0;

	return known && !incarnation_begins(c) ? 0 : meta_put(c->txn, META_ORIGIN, bytes_of(c->o.origin));
}

/* Does a former log begin with all that the roster kept of it? */
static int holds_what_was_kept(struct commit *c, const struct ledger_log *log, bool *ret)
{
	const struct roster_incarnation *inc;
	int err;

	*ret = false;
	if (!roster_origin(c->roster, bytes_of(log->origin), &inc) || ledger_size(log) < inc->kept_size)
		return 0;
	if (inc->kept_size == 0) {
		*ret = true;
		return 0;
	}
	err = ledger_check_root(c->txn, log, inc->kept_size, &inc->kept_root);
	*ret = !err;
	return err == IMS_E_ROOT ? 0 : err;
}

/* What was acknowledged above the kept size is in no log that counts. Where the log went another way before, or
 * ends before, what was never signed makes room for what peers have: nobody has seen it. */
static int set_aside(struct commit *c, struct ledger_log *log, bool *ret_cut)
{
	uint64_t from = log->kept_size;
	struct hash root;
	bool kept;
	int err = holds_what_was_kept(c, log, &kept);

	if (!err && !kept)
		err = recover_last_signed(c, log, &from, &root);
	if (!err)
		err = aside_put_log(c->txn, log->origin, from < log->kept_size ? from : log->kept_size);
	if (err || kept || from == ledger_size(log))
		return err;
	*ret_cut = true;
	return ledger_truncate(c->txn, log, from, &root);
}

/* What is in no log that counts goes on here, by new indexes. */
static int orphans_aside(struct commit *c)
{
	bool cut = false;
	int err = commit_flush_logs(c);

	if (!err)
		err = recover_set_aside_ring(c);
	for (size_t i = 0; !err && i < c->n_logs; i++)
		if (c->logs[i]->kept_size != UINT64_MAX && incarnation_is_before(c->logs[i], c->own))
			err = set_aside(c, c->logs[i], &cut);
	return err || !cut ? err : incarnation_fold_all(c);
}

/* Another life of this region has written it, and a peer has shown so before this start. */
static int look_at_heads(struct commit *c)
{
	struct head_row head;
	int err = heads_newest(c->txn, c->own->origin, UINT64_MAX, &head);

	if (err || head.size <= ledger_size(c->own))
		return err == IMS_E_NOT_FOUND ? 0 : err;
	commit_set_state(c, COMMIT_ROLLED_BACK,
			 "a head of %s at %" PRIu64 " is known, its entries are not here", c->own->origin,
			 head.size);
	return meta_put(c->txn, META_ROLLED_BACK, bytes_of(c->reason));
}

/* In this order: a record of this incarnation in the commit log says that the database has begun it. */
static int begin_and_mark(struct commit *c)
{
	int err = incarnation_note_origin(c);

	c->dirty = true;
	if (!err)
		err = meta_put_u64(c->txn, META_RING_MARK, c->ring_applied);
	if (!err)
		err = commit_database(c);
	if (!err)
		err = commit_ensure_txn(c);
	return err ? err : group_mark(c);
}

/* And perhaps signed, which peers have: that is fetched back before what is set aside follows it. */
static int begun_elsewhere(struct commit *c)
{
	int err = meta_del(c->txn, META_RECOVERING); /* of the one before */

	commit_set_state(c, COMMIT_ROLLED_BACK, "the commit log is of %s, which this database has not begun",
			 c->own->origin);
	return err ? err : meta_put(c->txn, META_ROLLED_BACK, bytes_of(c->reason));
}

int incarnation_begin(struct commit *c)
{
	struct again_counts n;
	bool begun = false;
	int err = orphans_aside(c);

	if (!err)
		err = group_newest_is_own(c, &begun);
	c->ring_applied = ring_last(c->o.ring);
	c->signed_size = 0;
	if (err)
		return err;
	if (begun)
		return begun_elsewhere(c);
	if (!incarnation_waits_for(c, c->own)) /* else tick.c does it, when the former logs are whole */
		err = again_append_all(c, &n);
	if (!err)
		err = recover_clear_marks(c);
	if (!err)
		err = look_at_heads(c);
	return err ? err : begin_and_mark(c);
}

int incarnation_mark(struct commit *c)
{
	bool own = true;
	int err = ring_last(c->o.ring) ? group_newest_is_own(c, &own) : 0;

	return err || own ? err : group_mark(c);
}

int incarnation_record_log(const struct commit *c, struct bytes origin, struct ledger_log **ret)
{
	for (size_t i = 0; i < c->n_logs; i++) {
		struct ledger_log *log = c->logs[i];

		if (bytes_eq_text(origin, log->origin) && incarnation_is_own(c, log)) {
			*ret = log;
			return 0;
		}
	}
	return IMS_E_CORRUPT;
}
