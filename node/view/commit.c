/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's turn. commit_run() goes through its jobs once; if the store fails on the way, the
 * transaction is aborted, the ring's tail folded again, and the jobs that are not complete run
 * once more (with a larger map, if that was the reason) before they are refused.
 *
 *   run: jobs ─ admit_put() ─> draft ─ finish_draft(): ring_append, head_sign ─> complete, publish
 *             └ apply_job() ─> commit_database(), or finish_live() ─> apply_after_commit() ─> complete
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "view/commit_int.h"
#include "view/live_int.h"

static void draft_drop(struct commit *c)
{
	c->has_unrecorded = false;
	commit_group_unref(c->draft.group);
	c->draft = (struct group_draft){.last = &c->draft.first};
}

static int draft_to_ring(struct commit *c, struct commit_group *g, size_t *ret_bytes)
{
	struct buf body = {0};
	int err;

	g->size = ledger_size(c->own);
	tile_edge_root(&c->own->edge, &g->root);
	err = group_encode(c, g, &body);
	if (!err)
		err = ring_append(c->o.ring, (struct bytes[]){buf_bytes(&body)}, 1, &c->ring_applied);
	*ret_bytes = body.n;
	buf_fini(&body);
	return err;
}

static void draft_tell(struct commit *c)
{
	struct commit_job *job = c->draft.first, *next;

	c->draft = (struct group_draft){.last = &c->draft.first};
	for (; job; job = next) {
		next = job->next;
		job->err = 0;
		c->o.ops.complete(c->o.ops.ctx, job);
		FAILPOINT(GROUP_ACKNOWLEDGED);
	}
}

/* C1: ring, then tell, then sign. *ret_told: the draft's jobs are complete, whatever follows. */
static int draft_finish(struct commit *c, bool *ret_told)
{
	struct commit_group *g = c->draft.group;
	size_t body_bytes;
	int err = 0;

	*ret_told = false;
	if (g && g->n == 0) { /* its only put was refused */
		commit_group_unref(g);
		c->draft.group = g = NULL;
	}
	if (g) {
		err = draft_to_ring(c, g, &body_bytes);
		if (err)
			return err;
		FAILPOINT(GROUP_DURABLE);
		c->dirty_bytes += c->draft.bytes;
	}
	draft_tell(c);
	*ret_told = true;
	if (g) {
		err = head_sign(c, g);
		if (!err)
			err = group_note(c, c->own->origin, g->from, g->size, body_bytes);
		c->o.ops.published(c->o.ops.ctx, g);
		FAILPOINT(GROUP_PUBLISHED);
	}
	return err; /* the writes are durable whatever became of the head's row */
}

enum job_stage { JOB_OPEN, JOB_IN_DRAFT, JOB_UNRECORDED, JOB_WAITS_FOR_COMMIT, JOB_DONE };

/* A completed job may be gone: after JOB_DONE its pointer is not looked at. */
struct turn {
	struct commit_job *const *jobs;
	size_t n;
	enum job_stage *stage;
	bool live; /* its packages go into the commit log */
	bool reads_only;
	bool holds_half; /* the open transaction, of a job that has been answered */
	bool again;	 /* jobs may be complete behind the one that runs: it is not cut short any more */
};

static void complete_now(struct commit *c, struct turn *t, size_t i)
{
	t->stage[i] = JOB_DONE;
	c->o.ops.complete(c->o.ops.ctx, t->jobs[i]);
}

static void tell_stored(struct commit *c, struct turn *t, size_t i)
{
	apply_after_commit(c, t->jobs[i]);
	complete_now(c, t, i);
}

/* Commit, and complete the jobs that waited for it. */
static int commit_turn(struct commit *c, struct turn *t)
{
	int err = commit_database(c);

	for (size_t i = 0; !err && i < t->n; i++)
		if (t->stage[i] == JOB_WAITS_FOR_COMMIT)
			tell_stored(c, t, i);
	if (!err)
		err = settle_owed(c);
	if (!err)
		room_watch(c); /* as often as the database grows, or a fast writer runs past the watermark */
	return err;
}

static bool ring_is_half_full(const struct commit *c)
{
	return ring_kept_bytes(c->o.ring) > ring_size_bytes(c->o.ring) / 2;
}

/* A record takes a quarter of the ring at most, so that the next one has room at any time. */
static size_t group_max_bytes(const struct commit *c)
{
	uint64_t quarter = ring_size_bytes(c->o.ring) / 4;

	return quarter < GROUP_MAX_BYTES ? (size_t)quarter : GROUP_MAX_BYTES;
}

/* Live packages that the transaction holds, into the commit log; if that is half full the commit that follows
 * takes them. */
static int finish_live(struct commit *c, struct turn *t)
{
	struct commit_job **jobs;
	size_t n = 0;
	int err = 0;

	if (!c->has_unrecorded)
		return 0;
	jobs = mem_zalloc(t->n * sizeof(*jobs));
	for (size_t i = 0; i < t->n; i++)
		if (t->stage[i] == JOB_UNRECORDED)
			jobs[n++] = t->jobs[i];
	if (!ring_is_half_full(c))
		err = live_to_ring(c, jobs, n);
	free(jobs);
	if (err)
		return err;
	c->has_unrecorded = false;
	for (size_t i = 0; i < t->n; i++)
		if (t->stage[i] == JOB_UNRECORDED && t->jobs[i]->u.package.ret_ring_seq)
			tell_stored(c, t, i);
		else if (t->stage[i] == JOB_UNRECORDED)
			t->stage[i] = JOB_WAITS_FOR_COMMIT;
	return 0;
}

static int finish_draft(struct commit *c, struct turn *t)
{
	bool told;
	int err = draft_finish(c, &told);

	for (size_t i = 0; told && i < t->n; i++)
		if (t->stage[i] == JOB_IN_DRAFT)
			t->stage[i] = JOB_DONE;
	if (!err)
		err = finish_live(c, t);
	if (!err && ring_is_half_full(c))
		err = commit_turn(c, t);
	return err ? err : commit_ensure_txn(c);
}

static int do_job(struct commit *c, struct turn *t, size_t i)
{
	struct commit_job *job = t->jobs[i];

	if (job->type == COMMIT_PUT) {
		job->err = admit_put(c, job);
		t->stage[i] = job->err ? JOB_OPEN : JOB_IN_DRAFT;
		return 0;
	}
	job->err = apply_job(c, job);
	t->stage[i] = job->err || !apply_waits_for_commit(job) ? JOB_OPEN
		      : t->live && job->type == COMMIT_PACKAGE ? JOB_UNRECORDED
							       : JOB_WAITS_FOR_COMMIT;
	c->has_unrecorded |= t->stage[i] == JOB_UNRECORDED;
	if (c->txn)
		return 0;
	/* a commit of its own, which failed, or it goes on in a new one */
	return job->err ? job->err : commit_ensure_txn(c);
}

/* What a reader has met on a damaged page is in its answer, and the transaction of no use any more. */
static int after_job(struct commit *c, struct turn *t, const struct commit_job *job)
{
	int err = store_txn_error(c->txn);

	if (!err || job->type != COMMIT_READ || job->err)
		return err;
	t->holds_half = true;
	return IMS_E_AGAIN;
}

/* One job. Its own refusal is its answer; what is returned is a failure of the store, or that the
 * transaction holds half of it. */
static int run_job(struct commit *c, struct turn *t, size_t i)
{
	struct commit_job *job = t->jobs[i];
	uint64_t writes;
	int err = 0;

	job->why.text[0] = '\0';
	if ((job->type != COMMIT_PUT || c->draft.bytes >= group_max_bytes(c)))
		err = finish_draft(c, t);
	writes = keys_and_store_writes(c->keys);
	if (!err)
		err = do_job(c, t, i);
	if (!err && c->txn)
		err = after_job(c, t, job);
	if (!err && job->err && keys_and_store_writes(c->keys) != writes) {
		t->holds_half = true;
		err = IMS_E_AGAIN;
	}
	if ((!err || t->holds_half) && t->stage[i] == JOB_OPEN)
		complete_now(c, t, i);
	return err;
}

static bool wants_commit(const struct commit *c, const struct turn *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->stage[i] == JOB_WAITS_FOR_COMMIT)
			return true;
	return c->dirty_bytes > c->o.dirty_max_bytes || ring_is_half_full(c);
}

static void look_at(struct commit *c, struct turn *t)
{
	uint64_t bytes = 0;

	t->live = t->reads_only = true;
	for (size_t i = 0; i < t->n; i++) {
		if (t->stage[i] == JOB_DONE)
			continue;
		t->live = t->live && live_takes(c, t->jobs[i], &bytes);
		t->reads_only = t->reads_only && t->jobs[i]->type == COMMIT_READ;
	}
}

static int run_once(struct commit *c, struct turn *t)
{
	int err = commit_ensure_txn(c);

	look_at(c, t);
	for (size_t i = 0; !err && i < t->n; i++) {
		bool package = t->stage[i] != JOB_DONE && t->jobs[i]->type == COMMIT_PACKAGE;

		if (t->stage[i] != JOB_DONE)
			err = run_job(c, t, i);
		if (!err && package && !t->again && c->o.ops.pressed && c->o.ops.pressed(c->o.ops.ctx))
			t->n = i + 1;
	}
	if (!err)
		err = finish_draft(c, t);
	if (!t->reads_only)
		c->last_write = c->o.ops.mono(c->o.ops.ctx);
	return err || !wants_commit(c, t) ? err : commit_turn(c, t);
}

static void refuse_rest(struct commit *c, struct turn *t, int err)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->stage[i] != JOB_DONE) {
			t->jobs[i]->err = err;
			complete_now(c, t, i);
		}
}

void commit_turn_read_only(struct commit *c, const char *why)
{
	if (!commit_is_behind(c->state)) {
		commit_set_state(c, COMMIT_READ_ONLY, "%s", why);
	} else if (!c->starved) {
		c->starved = true;
		snprintf(c->reason_behind, sizeof(c->reason_behind), "%s", c->reason);
		commit_set_state(c, c->state, "%s; %s", why, c->reason_behind);
	}
}

/* C5 */
int commit_undo(struct commit *c, int cause, bool *ret_grew)
{
	int err;

	*ret_grew = false;
	draft_drop(c);
	if (cause == IMS_E_IO || cause == IMS_E_CORRUPT || cause == IMS_E_BUG) {
		c->o.ops.fatal(c->o.ops.ctx, cause, "the store or the commit log failed");
		return cause;
	}
	keys_drop(c->keys);
	if (c->txn)
		store_abort(c->txn);
	c->txn = NULL;
	if (cause == IMS_E_MAP_FULL) {
		*ret_grew = store_grow(c->o.store) == 0;
		if (!*ret_grew)
			room_was_full(c, "the database map has reached its maximum");
	}
	if (cause == IMS_E_NO_SPACE)
		room_was_full(c, "no space left on the disk of the database");
	err = commit_rewind(c);
	if (!err && c->state == COMMIT_RECOVERING)
		c->ring_applied =
			ring_last(c->o.ring); /* a mark may be there that the database does not hold */
	else if (!err)
		err = group_replay_tail(c);
	if (err && err != IMS_E_NO_SPACE && err != IMS_E_MAP_FULL)
		c->o.ops.fatal(c->o.ops.ctx, err, "folding the commit log's tail again failed");
	return err;
}

/* Once more after any failure, and again as often as a full map has grown in between, or a job that
 * had begun to write was answered. */
size_t commit_run(struct commit *c, struct commit_job *const *jobs, size_t n)
{
	struct turn t = {.jobs = jobs, .n = n, .stage = mem_zalloc(n * sizeof(*t.stage))};
	bool first = true, grew;
	int err;

	OBJ_CHECK(c, COMMIT_MAGIC);
	while ((err = run_once(c, &t)) != 0 && commit_undo(c, err, &grew) == 0 &&
	       (first || grew || t.holds_half)) {
		first &= t.holds_half;
		t.again = true;
		t.holds_half = false;
		for (size_t i = 0; i < t.n; i++)
			if (t.stage[i] != JOB_DONE)
				t.stage[i] = JOB_OPEN;
	}
	if (err)
		refuse_rest(c, &t, err);
	free(t.stage);
	return t.n;
}
