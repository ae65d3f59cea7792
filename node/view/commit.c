/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's turn. commit_run() goes through its jobs once; if the store fails on the way, the
 * transaction is aborted, the ring's tail folded again, and the jobs that are not complete run
 * once more (with a larger map, if that was the reason) before they are refused.
 *
 *   run: jobs ─ admit_put() ─> draft ─ finish_draft(): ring_append, head_sign ─> complete, publish
 *             └ apply_job() ─> commit_database() ─> apply_after_commit() ─> complete
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/meta.h"
#include "view/commit_int.h"

int commit_ensure_txn(struct commit *c)
{
	if (c->txn)
		return 0;
	c->dirty = false;
	c->dirty_bytes = 0;
	c->txn_began = c->o.ops.mono(c->o.ops.ctx);
	return store_begin_write(c->o.store, &c->txn);
}

void commit_set_state(struct commit *c, enum commit_state s, const char *fmt, ...)
{
	char reason[sizeof(c->reason)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (c->state == s && strcmp(reason, c->reason) == 0)
		return;
	c->state = s;
	memcpy(c->reason, reason, sizeof(reason));
	c->o.ops.state(c->o.ops.ctx, s, c->reason);
}

/* Of a group of local writes: at the group's time, so that a replay makes the same row. */
int group_note(struct commit *c, uint64_t from, uint64_t to, uint64_t bytes)
{
	struct journal_row row = {
		.time_ms = c->last_time_ms,
		.event = bytes_of(journal_event_name(JOURNAL_WRITTEN)),
		.origin = bytes_of(c->own->origin),
		.from = from,
		.to = to,
		.bytes = bytes,
	};

	c->dirty = true;
	return journal_append(c->txn, c->journal, &row);
}

int commit_note(struct commit *c, enum journal_event ev, const char *peer, const char *origin, uint64_t from,
		uint64_t to, uint64_t bytes, int outcome, const char *detail)
{
	struct journal_row row = {
		.time_ms = c->o.ops.wall(c->o.ops.ctx).ms,
		.event = bytes_of(journal_event_name(ev)),
		.peer = bytes_of(peer),
		.origin = bytes_of(origin),
		.from = from,
		.to = to,
		.bytes = bytes,
		.outcome = -outcome,
		.detail = bytes_of(detail),
	};

	c->dirty = true;
	return journal_append(c->txn, c->journal, &row);
}

int commit_log(struct commit *c, const char *origin, bool create, struct ledger_log **ret)
{
	for (size_t i = 0; i < c->n_logs; i++)
		if (strcmp(c->logs[i]->origin, origin) == 0) {
			*ret = c->logs[i];
			return 0;
		}
	if (!create)
		return IMS_E_NOT_FOUND;
	if (c->n_logs == LEDGER_LOGS_MAX)
		return IMS_E_LIMIT;
	int err = ledger_open(c->txn, origin, &c->logs[c->n_logs]);
	if (err)
		return err;
	c->dirty = true;
	*ret = c->logs[c->n_logs++];
	return 0;
}

static int flush_logs(struct commit *c)
{
	int err = 0;

	for (size_t i = 0; !err && i < c->n_logs; i++)
		err = ledger_flush(c->txn, c->logs[i]);
	if (!err)
		err = meta_put_u64(c->txn, META_RING_SEQ, c->ring_applied);
	if (!err)
		err = meta_put_u64(c->txn, META_TIME, (uint64_t)c->last_time_ms);
	return err ? err : meta_put_u64(c->txn, META_SIGNED, c->signed_size);
}

int commit_database(struct commit *c)
{
	struct store_txn *t = c->txn;
	int err;

	if (BUG(c->draft.group != NULL)) /* C2 */
		return IMS_E_BUG;
	if (!t || !c->dirty)
		return 0;
	err = flush_logs(c);
	if (err)
		store_txn_fail(t, err);
	c->txn = NULL;
	c->dirty = false;
	err = store_commit(t);
	if (err)
		return err;
	ring_keep_from(c->o.ring, c->ring_applied);
	c->o.ops.committed(c->o.ops.ctx, ledger_size(c->own));
	return 0;
}

int commit_rewind(struct commit *c)
{
	uint64_t seq = 0;
	int err;

	if (c->txn)
		store_abort(c->txn);
	c->txn = NULL;
	err = commit_ensure_txn(c);
	if (!err)
		err = meta_get_u64(c->txn, META_RING_SEQ, &seq);
	c->ring_applied = seq;
	c->head_is_named = false; /* the head went with the transaction: it is signed and kept again */
	for (size_t i = 0; !err && i < c->n_logs; i++) {
		err = ledger_reload(c->txn, c->logs[i]);
		if (err == IMS_E_NOT_FOUND) { /* created in the lost transaction */
			ledger_close(c->logs[i]);
			c->logs[i--] = c->logs[--c->n_logs];
			err = 0;
		}
	}
	return err;
}

static void draft_drop(struct commit *c)
{
	commit_group_unref(c->draft.group);
	c->draft = (struct group_draft){.last = &c->draft.first};
}

/* C1: ring, then sign, then tell. *ret_told: the draft's jobs are complete, whatever follows. */
static int draft_finish(struct commit *c, bool *ret_told)
{
	struct commit_group *g = c->draft.group;
	struct commit_job *job = c->draft.first, *next;
	struct buf body = {0};
	size_t body_bytes;
	int err = 0;

	*ret_told = false;
	if (g && g->n == 0) { /* its only put was refused */
		commit_group_unref(g);
		c->draft.group = g = NULL;
	}
	if (g) {
		g->size = ledger_size(c->own);
		tile_edge_root(&c->own->edge, &g->root);
		err = group_encode(c, g, &body);
		if (!err)
			err = ring_append(c->o.ring, (struct bytes[]){buf_bytes(&body)}, 1, &c->ring_applied);
		body_bytes = body.n;
		buf_fini(&body);
		if (err)
			return err;
		c->draft.group = NULL;
		c->dirty_bytes += c->draft.bytes;
		err = head_sign(c, g);
		if (!err)
			err = group_note(c, g->from, g->size, body_bytes);
		c->o.ops.published(c->o.ops.ctx, commit_group_ref(g));
		commit_group_unref(g);
	}
	c->draft = (struct group_draft){.last = &c->draft.first};
	for (; job; job = next) {
		next = job->next;
		job->err = 0;
		c->o.ops.complete(c->o.ops.ctx, job);
	}
	*ret_told = true;
	return err; /* the writes are durable whatever became of the head's row */
}

enum job_stage { JOB_OPEN, JOB_IN_DRAFT, JOB_WAITS_FOR_COMMIT, JOB_DONE };

/* A completed job may be gone: after JOB_DONE its pointer is not looked at. */
struct turn {
	struct commit_job *const *jobs;
	size_t n;
	enum job_stage *stage;
};

static void complete_now(struct commit *c, struct turn *t, size_t i)
{
	t->stage[i] = JOB_DONE;
	c->o.ops.complete(c->o.ops.ctx, t->jobs[i]);
}

/* Commit, and complete the jobs that waited for it. */
static int commit_turn(struct commit *c, struct turn *t)
{
	int err = commit_database(c);

	for (size_t i = 0; !err && i < t->n; i++)
		if (t->stage[i] == JOB_WAITS_FOR_COMMIT) {
			apply_after_commit(c, t->jobs[i]);
			complete_now(c, t, i);
		}
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

static int finish_draft(struct commit *c, struct turn *t)
{
	bool told;
	int err = draft_finish(c, &told);

	for (size_t i = 0; told && i < t->n; i++)
		if (t->stage[i] == JOB_IN_DRAFT)
			t->stage[i] = JOB_DONE;
	if (!err && ring_is_half_full(c))
		err = commit_turn(c, t);
	return err ? err : commit_ensure_txn(c);
}

/* One job. Its own refusal is its answer; what is returned is a failure of the store. */
static int run_job(struct commit *c, struct turn *t, size_t i)
{
	struct commit_job *job = t->jobs[i];
	bool waits = false;
	int err = 0;

	job->why.text[0] = '\0';
	if (job->type == COMMIT_PUT) {
		if (c->draft.bytes >= group_max_bytes(c))
			err = finish_draft(c, t);
		if (!err) {
			job->err = admit_put(c, job);
			t->stage[i] = job->err ? JOB_OPEN : JOB_IN_DRAFT;
		}
	} else {
		err = finish_draft(c, t);
		if (!err) {
			job->err = apply_job(c, job, &waits);
			if (!c->txn) /* a commit of its own, which failed, or it goes on in a new one */
				err = job->err ? job->err : commit_ensure_txn(c);
			t->stage[i] = waits && !job->err ? JOB_WAITS_FOR_COMMIT : JOB_OPEN;
		}
	}
	if (!err && c->txn)
		err = store_txn_error(c->txn);
	if (!err && t->stage[i] == JOB_OPEN)
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

static int run_once(struct commit *c, struct turn *t)
{
	int err = commit_ensure_txn(c);

	for (size_t i = 0; !err && i < t->n; i++)
		if (t->stage[i] != JOB_DONE)
			err = run_job(c, t, i);
	if (!err)
		err = finish_draft(c, t);
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

/* Rolled back says more, and is left by the operator only. */
static void turn_read_only(struct commit *c, const char *why)
{
	if (c->state != COMMIT_ROLLED_BACK)
		commit_set_state(c, COMMIT_READ_ONLY, "%s", why);
}

/* C5: back to the committed state, then the ring's tail. The puts of the draft were not in the
 * ring, they run again. */
static int undo(struct commit *c, int cause, bool *ret_grew)
{
	int err;

	*ret_grew = false;
	draft_drop(c);
	if (cause == IMS_E_IO || cause == IMS_E_CORRUPT || cause == IMS_E_BUG) {
		c->o.ops.fatal(c->o.ops.ctx, cause, "the store or the commit log failed");
		return cause;
	}
	if (c->txn)
		store_abort(c->txn);
	c->txn = NULL;
	if (cause == IMS_E_MAP_FULL) {
		*ret_grew = store_grow(c->o.store) == 0;
		if (!*ret_grew)
			turn_read_only(c, "the database map has reached its maximum");
	}
	if (cause == IMS_E_NO_SPACE)
		turn_read_only(c, "no space left on the disk of the database");
	err = commit_rewind(c);
	if (!err)
		err = group_replay_tail(c);
	if (err && err != IMS_E_NO_SPACE && err != IMS_E_MAP_FULL)
		c->o.ops.fatal(c->o.ops.ctx, err, "folding the commit log's tail again failed");
	return err;
}

/* Once more after any failure, and again as often as a full map has grown in between. */
void commit_run(struct commit *c, struct commit_job *const *jobs, size_t n)
{
	struct turn t = {jobs, n, mem_zalloc(n * sizeof(*t.stage))};
	bool first = true, grew;
	int err;

	OBJ_CHECK(c, COMMIT_MAGIC);
	while ((err = run_once(c, &t)) != 0 && undo(c, err, &grew) == 0 && (first || grew)) {
		first = false;
		for (size_t i = 0; i < n; i++)
			if (t.stage[i] != JOB_DONE)
				t.stage[i] = JOB_OPEN;
	}
	if (err)
		refuse_rest(c, &t, err);
	free(t.stage);
}

static void watch(struct commit *c)
{
	struct store_usage u;
	uint64_t used;

	c->last_watch = c->o.ops.mono(c->o.ops.ctx);
	if (c->state == COMMIT_ROLLED_BACK || store_usage(c->o.store, &u))
		return;
	used = u.used_bytes + c->dirty_bytes;
	if (u.disk_free_bytes < c->o.disk_low_bytes)
		commit_set_state(c, COMMIT_READ_ONLY, "the disk has %llu MiB left, %llu are kept free",
				 (unsigned long long)(u.disk_free_bytes >> 20),
				 (unsigned long long)(c->o.disk_low_bytes >> 20));
	else if (used / 100 >= u.map_max_bytes / 100 * c->o.map_low_percent / 100)
		commit_set_state(c, COMMIT_READ_ONLY, "the database uses %llu of %llu MiB",
				 (unsigned long long)(used >> 20), (unsigned long long)(u.map_max_bytes >> 20));
	else
		commit_set_state(c, COMMIT_READY, "%s", "");
	store_check_readers(c->o.store);
	/* Growing needs that no transaction is open: do it between two, before it is needed. */
	if (!c->txn && u.map_bytes < u.map_max_bytes && used > u.map_bytes / 5 * 4 && store_grow(c->o.store))
		turn_read_only(c, "the database map cannot grow");
}

static bool head_is_due(const struct commit *c)
{
	return c->gate_open && c->state != COMMIT_ROLLED_BACK && ledger_size(c->own) > 0 &&
	       (c->signed_size != ledger_size(c->own) || !c->head_is_named);
}

void commit_tick(struct commit *c)
{
	struct mono now = c->o.ops.mono(c->o.ops.ctx);
	bool grew;
	int err = 0;

	OBJ_CHECK(c, COMMIT_MAGIC);
	if (head_is_due(c) && mono_ms_between(c->last_named, now) >= c->o.head_interval_ms)
		err = head_publish(c);
	if (!err && c->dirty && (mono_ms_between(c->last_write, now) >= c->o.quiet_ms ||
				 mono_ms_between(c->txn_began, now) >= TXN_OPEN_MAX_MS))
		err = commit_database(c);
	if (err)
		undo(c, err, &grew);
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
