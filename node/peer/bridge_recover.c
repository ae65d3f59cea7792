/* SPDX-License-Identifier: Apache-2.0 */
/* When signing may begin, and the own log fetched back from peers: bridge.h, DESIGN section 6. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "peer/bridge_int.h"

#define FINISH_PAUSE_MIN_MS 1000
#define FINISH_PAUSE_MAX_MS 60000

void bridge_ahead(struct bridge *b, const char *origin, uint64_t size, const char *peer)
{
	struct commit_job *job;

	if (b->rolled_back)
		return;
	b->rolled_back = true;
	job = commit_job_new(COMMIT_ROLL_BACK);
	snprintf(job->u.text, sizeof(job->u.text),
		 "%s%s shows %s at %llu, signed by this node, which is not in its store",
		 *peer ? "peer " : "a peer", peer, origin, (unsigned long long)size);
	b->o.ops.alarm(b->o.ops.ctx, origin, IMS_E_ROLLED_BACK, job->u.text);
	bridge_submit(b, job);
}

/* ---- signing */
static bool enough_are_heard(struct bridge *b, const struct sync_heard *h)
{
	const size_t away = h->n_unheard - h->n_suspended;

	if (h->n_unheard == 0 || (away == 0 && !b->needs_all_heads))
		return true;
	return !b->needs_all_heads && 2 * (h->n_regions - away) > h->n_regions &&
	       mono_ms_between(b->heads_since, b->o.ops.mono(b->o.ops.ctx)) >= BRIDGE_GATE_WAIT_MS;
}

static void opened(struct commit_job *job)
{
	struct bridge *b = job->ctx;

	if (!job->err)
		sync_may_sign(b->sync);
	commit_job_free(job);
}

void bridge_heads_shown(struct bridge *b)
{
	struct sync_heard h;
	struct commit_job *job;

	if (b->rolled_back || b->gate_asked || b->overriding)
		return;
	sync_heard(b->sync, &h);
	if (!enough_are_heard(b, &h))
		return;
	b->gate_asked = true;
	job = commit_job_new(COMMIT_OPEN_GATE);
	job->u.all_shown = h.n_unheard == 0;
	job->ctx = b;
	job->done = opened;
	b->needs_all_heads &= !job->u.all_shown;
	bridge_submit(b, job);
}

/* ---- the own log anew */
static int reload(struct bridge *b, struct bridge_start *st, bool recovering)
{
	struct ledger_reader r;
	int err = ledger_read_open(st->txn, b->o.own_origin, &r);

	if (!err)
		err = bridge_start_log(st, b->o.own_origin);
	if (!err)
		err = sync_restart_own(b->sync, &st->logs[0], recovering);
	if (err)
		return err;
	bridge_start_cosigs(b, st, st->logs[0].origin, st->logs[0].head_note);
	bridge_start_cosigs(b, st, st->logs[0].origin, st->logs[0].named_note);
	b->durable = b->committed = r.size;
	return 0;
}

/* The writer has changed the own log other than by appending to it. */
static void restart_own(struct bridge *b, bool recovering)
{
	struct bridge_start *st = mem_new(struct bridge_start);
	int err = store_begin_read(b->o.store, &st->txn);

	tails_drop(b->tails, b->o.own_origin);
	arena_init(&st->arena, 4u << 20);
	if (!err)
		err = reload(b, st, recovering);
	if (st->txn)
		store_abort(st->txn);
	arena_fini(&st->arena);
	free(st);
	if (err)
		b->o.ops.alarm(b->o.ops.ctx, b->o.own_origin, err,
			       "reading the own log anew; restart the node");
}

void bridge_set_state(struct bridge *b, enum commit_state s)
{
	bool was_recovering = b->state == COMMIT_RECOVERING;

	if (s == COMMIT_RECOVERING || was_recovering)
		restart_own(b, s == COMMIT_RECOVERING);
	if (b->rolled_back && !commit_is_behind(s))
		b->gate_asked = false; /* the writer opens it, or peers' heads do once more (inv. 5) */
	b->rolled_back = commit_is_behind(s);
	if (s == COMMIT_READY && b->state != COMMIT_READY)
		sync_may_sign(b->sync);
	b->state = s;
}

/* ---- coming back */
static void finished(struct commit_job *job)
{
	struct bridge *b = job->ctx;

	b->finishing = false; /* what failed is asked again, ever later */
	if (job->err) {
		b->o.ops.alarm(b->o.ops.ctx, b->o.own_origin, job->err,
			       job->why.text[0] ? job->why.text
						: "going on after the own log was fetched back");
		b->finish_pause_ms = b->finish_pause_ms == 0			    ? FINISH_PAUSE_MIN_MS
				     : b->finish_pause_ms < FINISH_PAUSE_MAX_MS / 2 ? b->finish_pause_ms * 2
										    : FINISH_PAUSE_MAX_MS;
		b->finish_at = mono_plus_ms(b->o.ops.mono(b->o.ops.ctx), b->finish_pause_ms);
	} else {
		b->finish_pause_ms = 0;
		b->finish_at = (struct mono){0};
	}
	commit_job_free(job);
}

void bridge_recover_tick(struct bridge *b)
{
	struct commit_job *job;
	struct sync_heard h;
	uint64_t size, known;

	bridge_heads_shown(b); /* a peer that had nothing of this log has fetched some by now */
	if (b->state != COMMIT_RECOVERING || b->finishing || b->overriding ||
	    b->o.ops.mono(b->o.ops.ctx).ns < b->finish_at.ns)
		return;
	sync_heard(b->sync, &h);
	if ((h.n_unheard && !sync_own_is_over(b->sync)) ||
	    (!sync_own_is_whole(b->sync, &size, &known) && !sync_own_lacks_what_nobody_has(b->sync)))
		return;
	b->finishing = true;
	job = commit_job_new(COMMIT_RECOVERED);
	job->ctx = b;
	job->done = finished;
	bridge_submit(b, job);
}

void bridge_override(struct bridge *b, struct commit_job *job)
{
	CHECK(job->type == COMMIT_OVERRIDE);
	b->overriding = true;
	bridge_submit(b, job);
}

void bridge_overridden(struct bridge *b, int err)
{
	b->overriding = false;
	if (err)
		return;
	b->gate_asked = b->needs_all_heads = false;
	b->heads_since = b->o.ops.mono(b->o.ops.ctx);
	sync_forget_heard(b->sync);
}

void bridge_recovery(struct bridge *b, struct bridge_recovery *ret)
{
	*ret = (struct bridge_recovery){.signing = b->gate_asked, .needs_all_heads = b->needs_all_heads};
	sync_heard(b->sync, &ret->heard);
	sync_own_is_whole(b->sync, &ret->size, &ret->known_size);
}
