/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching one log. Behind: windows of entries from one source, several in flight, each answered
 * by packages in order. In sync: one fetch that waits at the source for what comes next. A source
 * that goes away, ends early or lies is replaced; where we stand is the edge alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "replication/batches.h"
#include "replication/conflict.h"
#include "replication/package.h"

#define SYNC_EARLY_MS 1000 /* nothing, before a waiting fetch's time is up by this much: a refusal */
#define SYNC_FRUITLESS_MAX 16
#define SYNC_SHARED_MS 1000	   /* others are about whose last news is not older */
#define SYNC_SHARED_BYTES (64u << 10) /* of a window beside them */
/* Of one log, on their way to the store or asked for: two turns of the writer. In memory it is less than twice as much:
 * what is on its way may lie packed beside itself. */
#define SYNC_BATCH_BYTES (8u << 20)

/* Who to ask: the origin when it has what anybody has, else whoever has most. */
static struct sync_peer *best_source(struct sync *s, struct sync_log *l)
{
	struct sync_peer *best = NULL;
	uint64_t best_size = 0;

	for (struct sync_peer *p = s->peers; p; p = p->next) {
		uint64_t size = sync_peer_log(s, p, l)->head_size;
		bool better;

		if (!p->ready || distrust_holds(l->distrusted, p->region, s->now))
			continue;
		better = !best || size > best_size ||
			 (size == best_size && strcmp(p->region, l->region) == 0) ||
			 (size == best_size && strcmp(best->region, l->region) != 0 &&
			  strcmp(p->region, "irs") == 0);
		if (better) {
			best = p;
			best_size = size;
		}
	}
	return best;
}

/* Do others trickle in meanwhile, or is written here? */
static bool is_shared(const struct sync *s, const struct sync_log *l)
{
	for (size_t i = 0; i < s->n_logs; i++) {
		const struct sync_log *k = s->logs[i];

		if (k != l && k->news_at.ns && mono_ms_between(k->news_at, s->now) < SYNC_SHARED_MS)
			return true;
	}
	return false;
}

/* What one fetch asks for at most. What comes at once is verified at once, and news of others waits: beside them
 * it is little. */
static size_t window_bytes(const struct sync *s, const struct sync_log *l)
{
	return is_shared(s, l) && s->o.window_bytes > SYNC_SHARED_BYTES ? SYNC_SHARED_BYTES : s->o.window_bytes;
}

static void send_fetch(struct sync *s, struct sync_log *l, uint64_t from, uint64_t to, uint32_t wait_ms)
{
	struct fetch *f = &l->in_flight[l->n_in_flight++];
	struct msg m = {.type = MSG_FETCH};

	*f = (struct fetch){++s->next_id, from, to, from,
			    mono_plus_ms(s->now, wait_ms + SYNC_FETCH_TIMEOUT_MS)};
	m.u.fetch = (struct msg_fetch){.id = f->id,
				       .origin = bytes_of(l->origin),
				       .from = from,
				       .to = to,
				       .budget_bytes = (uint32_t)window_bytes(s, l),
				       .wait_ms = wait_ms};
	s->o.ops.send(s->o.ops.ctx, l->source->session, &m);
}

/* Entries of one window: what the byte budget should hold, in whole tiles, or in a part of one that ends with it. */
static uint64_t window_entries(const struct sync *s, const struct sync_log *l)
{
	size_t bytes = window_bytes(s, l);
	double n = (double)bytes * 0.8 / (l->entry_bytes > 64 ? l->entry_bytes : 2048);
	uint64_t whole = (uint64_t)n / TILE_WIDTH * TILE_WIDTH, part = TILE_WIDTH;

	while (bytes <= SYNC_SHARED_BYTES && part > 1 && (double)part > n)
		part /= 2;
	return whole < part ? part : whole > 16384 ? 16384 : whole;
}

/* Another window, beside those in flight and what the store has not taken yet? One always. */
static bool has_room(const struct sync *s, const struct sync_log *l)
{
	uint64_t asked = (uint64_t)l->n_in_flight * s->o.window_bytes + l->quota.batch_bytes;

	return l->n_in_flight < SYNC_IN_FLIGHT &&
	       (asked == 0 || asked + s->o.window_bytes <= SYNC_BATCH_BYTES);
}

void pull_kick(struct sync *s, struct sync_log *l)
{
	uint64_t goal, from;

	if ((l->own && !l->recovering) || l->frozen || l->edge->size >= sync_end_of(l) || l->probing ||
	    l->n_batches >= SYNC_BATCHES_MAX || s->now.ns < l->retry_at.ns || quota_over(s, l) != SYNC_WITHIN)
		return;
	if (l->n_in_flight == 0) {
		l->source = best_source(s, l);
		l->next_from = l->edge->size;
	}
	if (!l->source)
		return;
	goal = l->closed ? l->end_size : sync_peer_log(s, l->source, l)->head_size;
	if (l->n_in_flight == 0 && goal <= l->edge->size) {
		send_fetch(s, l, l->edge->size, 0, SYNC_WAIT_MS);
		return;
	}
	while (has_room(s, l) && l->next_from < goal) {
		uint64_t n = window_entries(s, l), unit = n < TILE_WIDTH ? n : TILE_WIDTH;
		uint64_t to = l->next_from - l->next_from % unit + n;

		from = l->next_from;
		l->next_from = to < goal ? to : goal;
		send_fetch(s, l, from, l->next_from, 0);
	}
}

void pull_reset(struct sync *s, struct sync_log *l)
{
	(void)s;
	l->n_in_flight = 0;
	l->probing = false;
	l->source = NULL;
}

void pull_forget_peer(struct sync *s, struct sync_log *l, const struct sync_peer *p)
{
	if (l->source == p) {
		pull_reset(s, l);
		pull_kick(s, l);
	}
}

/* The fetch that a message answers, as it was before; gone with its last one. What was answered before is
 * no answer any more. */
static bool fetch_take(struct sync_log *l, const struct msg_entries *e, struct fetch *ret)
{
	for (size_t i = 0; i < l->n_in_flight; i++) {
		struct fetch *f = &l->in_flight[i];

		if (f->id != e->id)
			continue;
		if (e->from < f->next && e->from >= f->from)
			return false;
		*ret = *f;
		f->next = e->from + e->n_items;
		if (e->last) {
			l->n_in_flight--;
			memmove(f, f + 1, (l->n_in_flight - i) * sizeof(*f));
		}
		return true;
	}
	return false;
}

/* Did it wait at the source for what comes next? */
static bool is_waiting(const struct fetch *f)
{
	return f->to == 0;
}

static int take_items(struct sync *s, struct sync_peer *p, struct sync_log *l, const struct msg_entries *e,
		      const struct checkpoint *c, const struct fetch *f)
{
	struct hash leaf[TILE_WIDTH];
	int err = package_verify(l->edge, e, c, leaf);

	if (err == IMS_E_CONFLICT) {
		conflict_by_package(s, l, e, c);
		return 0;
	}
	return err ? err : batches_store(s, l, p, e, c, leaf, is_waiting(f));
}

/* Not asked for this log for a while, twice as long each time until it gives some of it; and nobody
 * is, for a moment, so that two bad sources in turn are no loop. */
static void distrust(struct sync *s, struct sync_log *l, const struct sync_peer *p)
{
	distrust_note(l->distrusted, p->region, s->now);
	l->retry_at = mono_plus_ms(s->now, SYNC_RETRY_MS);
	l->fruitless = 0;
	pull_reset(s, l);
}

/* Of a closed log one peer may have all and another nothing, and nothing they have shown tells: who has
 * nothing is passed over for a moment, which is no fault. */
static void pass_over(struct sync *s, struct sync_log *l, const struct sync_peer *p)
{
	distrust_pause(l->distrusted, p->region, s->now, SYNC_LACKS_MS);
	pull_reset(s, l);
}

/* It gives: what was held against it is forgotten, and enough gives all its fetches their time anew,
 * so that a slow link is no fault. */
static void note_progress(const struct sync *s, struct sync_log *l, const struct sync_peer *p,
			  const struct msg_entries *e)
{
	l->fruitless = 0;
	distrust_end(l->distrusted, p->region);
	for (size_t i = 0; i < e->n_items; i++)
		l->taken_bytes += msg_item_bytes(&e->items[i]);
	if (l->taken_bytes < SYNC_PROGRESS_BYTES)
		return;
	l->taken_bytes = 0;
	for (size_t i = 0; i < l->n_in_flight; i++)
		l->in_flight[i].deadline = mono_plus_ms(s->now, SYNC_FETCH_TIMEOUT_MS);
}

/* A source that answers without getting us on, although it shows a head beyond our edge or was asked
 * to wait: its store may be damaged, or it lies. */
static bool is_fruitless(const struct sync *s, struct sync_log *l, struct sync_peer *p,
			 const struct msg_entries *e, const struct fetch *f)
{
	int64_t left_ms = mono_ms_between(s->now, f->deadline) - SYNC_FETCH_TIMEOUT_MS;

	if (e->last && (sync_peer_log(s, p, l)->head_size > e->from || left_ms > SYNC_EARLY_MS))
		l->fruitless++;
	return l->fruitless > SYNC_FRUITLESS_MAX;
}

/* Entries that do not fit what we hold of their tile: either they are wrong, or the log has another
 * history in there. The whole tile tells which, so it is asked for. */
static bool probe_tile(struct sync *s, struct sync_log *l, int err)
{
	struct sync_peer *source = l->source;
	uint64_t start = l->edge->size - l->edge->size % TILE_WIDTH;

	if ((err != IMS_E_PROOF && err != IMS_E_ROOT) || start == l->edge->size || l->probing)
		return false;
	pull_reset(s, l);
	l->source = source;
	l->probing = true;
	send_fetch(s, l, start, start + TILE_WIDTH, 0);
	return true;
}

/* The tile's entries from its start, against a copy of the tree as it was there. Whoever proves them
 * now was wrong before, unless they are others than ours, and then the log is. */
static int judge_tile(struct sync *s, struct sync_log *l, const struct msg_entries *e,
		      const struct checkpoint *c)
{
	size_t held = (size_t)(l->edge->size % TILE_WIDTH);
	struct tile_edge *before = mem_dup(l->edge, sizeof(*before));
	struct hash leaf[TILE_WIDTH];
	int err;

	before->size -= held;
	before->count[0] = 0;
	err = package_verify(before, e, c, leaf);
	free(before);
	for (size_t i = 0; !err && i < e->n_items && i < held; i++)
		if (!hash_eq(&leaf[i], &l->edge->hash[0][i]))
			err = IMS_E_CONFLICT;
	if (err == IMS_E_CONFLICT) {
		conflict_by_package(s, l, e, c);
		return 0;
	}
	return err || e->n_items < held ? err : IMS_E_PROOF;
}

/* Entries that nothing covers, of a log that is open here: the sender's roster may have closed it, and
 * ours will, soon. Or it lies, which is why nobody asks it again for a while. */
static bool is_uncovered(const struct sync_log *l, const struct msg_entries *e)
{
	return e->n_items && !e->checkpoint.n && !l->closed;
}

/* The checkpoint that the entries of an answer are proven to. *ret_usable: they are to be looked at. */
static int checkpoint_of(struct sync *s, struct sync_peer *p, struct sync_log *l, const struct msg_entries *e,
			 struct checkpoint *ret, bool *ret_usable)
{
	struct checkpoint end;
	int err = 0;

	*ret_usable = e->n_items > 0;
	if (e->checkpoint.n) {
		err = heads_take(s, p, &(struct msg_head){e->checkpoint, e->named, false}, ret);
		if (heads_judge_by_another_roster(s, p, err)) {
			*ret_usable = false;
			return 0;
		}
		if (!err && !bytes_eq_text(ret->origin, l->origin))
			err = IMS_E_ORIGIN;
	}
	if (!l->closed || err)
		return err;
	closed_checkpoint(l, &end);
	if (e->checkpoint.n && (ret->size != end.size || !hash_eq(&ret->root, &end.root)))
		*ret_usable = false; /* by a roster that has not closed it yet */
	*ret = end;
	return 0;
}

/* After an answer: on with this source, or with another. */
static void go_on(struct sync *s, struct sync_peer *p, struct sync_log *l, const struct msg_entries *e,
		  const struct fetch *f, uint64_t edge_before, bool probed)
{
	if (is_waiting(f) && e->n_items && e->last)
		l->news_at = s->now;
	if (l->edge->size > edge_before)
		note_progress(s, l, p, e);
	else if (probed && !l->frozen) /* it told neither way */
		distrust(s, l, p);
	else if (l->closed && e->last)
		pass_over(s, l, p);
	else if (is_fruitless(s, l, p, e, f))
		distrust(s, l, p);
	pull_kick(s, l);
}

int pull_on_entries(struct sync *s, struct sync_peer *p, const struct msg_entries *e, struct errtext *why)
{
	struct sync_log *l = sync_find(s, e->origin);
	struct checkpoint c = {0};
	struct fetch f;
	uint64_t edge_before;
	bool probed = l && l->probing, usable;
	int err;

	if (!l || p != l->source || !fetch_take(l, e, &f))
		return 0; /* an answer to what is no longer asked */
	if (l->frozen)
		return 0;
	if (is_uncovered(l, e)) {
		distrust(s, l, p);
		return 0;
	}
	edge_before = l->edge->size;
	err = e->from != f.next ? IMS_E_INDEX : checkpoint_of(s, p, l, e, &c, &usable);
	/* Not at the edge: an earlier window ended early; it is asked for again. */
	if (!err && !l->frozen && usable && e->from == (probed ? f.from : l->edge->size)) {
		err = probed ? judge_tile(s, l, e, &c) : take_items(s, p, l, e, &c, &f);
		if (err && probe_tile(s, l, err))
			return 0;
	}
	if (err) {
		distrust(s, l, p);
		return errtext_set(why, err, "%s entries %llu..%llu", l->origin, (unsigned long long)e->from,
				   (unsigned long long)(e->from + e->n_items));
	}
	go_on(s, p, l, e, &f, edge_before, probed);
	return 0;
}

void pull_tick(struct sync *s, struct sync_log *l)
{
	for (size_t i = 0; i < l->n_in_flight; i++)
		if (s->now.ns > l->in_flight[i].deadline.ns) {
			if (l->source)
				distrust(s, l, l->source);
			pull_reset(s, l);
			break;
		}
	/* Waiting at one peer while another has more: ask that one. */
	if (l->n_in_flight == 1 && is_waiting(&l->in_flight[0]) && l->source &&
	    sync_peer_log(s, l->source, l)->head_size <= l->edge->size) {
		struct sync_peer *best = best_source(s, l);

		if (best && best != l->source &&
		    (sync_peer_log(s, best, l)->head_size > l->edge->size ||
		     strcmp(best->region, l->region) == 0))
			pull_reset(s, l);
	}
	pull_kick(s, l);
}
