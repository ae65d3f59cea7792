/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/bridge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/evidence.h"
#include "ledger/heads.h"
#include "wire/pack.h"
#include "peer/bridge_int.h"
#include "registry/registry.h"
#include "store/key.h"

/* ---- the writer's jobs */
static void finished(struct commit_job *job)
{
	commit_job_free(job);
}

void bridge_submit(struct bridge *b, struct commit_job *job)
{
	if (!job->done)
		job->done = finished;
	b->o.ops.submit(b->o.ops.ctx, job);
}

struct batch_job {
	struct bridge *b;
	struct sync_batch *batch;
};

static void batch_done(struct commit_job *job)
{
	struct batch_job *bj = job->ctx;
	struct bridge *b = bj->b;
	uint64_t time_s = (uint64_t)(b->o.ops.wall(b->o.ops.ctx).ms / 1000);
	struct bytes line = BYTES_NONE;

	if ((job->type == COMMIT_PACKAGE || job->type == COMMIT_HEAD) && !job->err &&
	    job->u.package.ret_cosigned_size)
		line = buf_bytes(&job->u.package.ret_cosignature);
	if (job->type == COMMIT_PACKAGE && !job->err)
		sync_note_disk(b->sync, bj->batch->origin, job->u.package.ret_disk_bytes);
	if (job->type == COMMIT_PACKAGE && !job->err && job->u.package.ret_ring_seq)
		tails_add_package(b->tails, &job->u.package);
	if (job->type == COMMIT_BLOB)
		bridge_blob_done(job, &bj->batch->piece);
	if (job->err == IMS_E_FROZEN)
		sync_frozen(b->sync, bj->batch->origin);
	sync_stored(b->sync, bj->batch, job->err, time_s, line, b->o.ops.mono(b->o.ops.ctx));
	free(bj);
	commit_job_free(job);
}

static enum ledger_payload state_to_ledger(enum msg_payload_state s)
{
	switch (s) {
	case MSG_PAYLOAD_NONE:
		return LEDGER_PAYLOAD_NONE;
	case MSG_PAYLOAD_HERE:
		return LEDGER_PAYLOAD_HERE;
	case MSG_PAYLOAD_NOT_FOR_YOU:
		return LEDGER_PAYLOAD_NOT_FOR_ME;
	case MSG_PAYLOAD_ERASED:
		return LEDGER_PAYLOAD_ERASED;
	default:
		return LEDGER_PAYLOAD_WANTED;
	}
}

/* The writer is what a replica that catches up waits for, and has this to do for no payload that comes packed: as
 * its origin packed it, or, from a peer that does not send so, packed here. In the job's memory, which is at most as
 * much again as the batch's: else the writer packs. */
static struct bytes packed_of(const struct sync_entry *e, struct buf *work, struct arena *a)
{
	if (e->packed.n)
		return e->packed;
	buf_clear(work);
	return payload_pack(e->payload, work) ? arena_dup(a, buf_bytes(work)) : BYTES_NONE;
}

/* Whose job it is, and then its answer's. */
static void submit_batch(struct bridge *b, struct sync_batch *batch, struct commit_job *job)
{
	struct batch_job *bj = mem_new(struct batch_job);

	*bj = (struct batch_job){b, batch};
	job->ctx = bj;
	job->done = batch_done;
	bridge_submit(b, job);
}

static void op_store(void *ctx, struct sync_batch *batch)
{
	static const enum commit_job_type types[] = {
		[SYNC_PACKAGE] = COMMIT_PACKAGE,
		[SYNC_HEAD] = COMMIT_HEAD,
		[SYNC_PAYLOADS] = COMMIT_PAYLOADS,
		[SYNC_BLOB] = COMMIT_BLOB,
	};
	struct commit_job *job = commit_job_new(types[batch->type]);
	struct commit_package *p = &job->u.package;
	struct buf work = {0};

	if (batch->type == SYNC_BLOB) {
		bridge_blob_job(batch, &job->u.blob);
		submit_batch(ctx, batch, job);
		return;
	}
	arena_init(&p->arena, (1u << 20) + batch->wire_bytes);
	p->origin = batch->origin;
	p->peer = batch->peer;
	p->from = batch->from;
	p->n = batch->n;
	p->items = batch->n ? arena_array(&p->arena, batch->n, sizeof(*p->items)) : NULL;
	mem_must(batch->n == 0 || p->items);
	for (size_t i = 0; i < batch->n; i++) {
		const struct sync_entry *e = &batch->entries[i];

		p->items[i] = (struct ledger_item){
			e->index, e->entry,   e->leaf,	   state_to_ledger(e->payload_state),
			e->salt,  e->payload, e->erased_by, packed_of(e, &work, &p->arena)};
	}
	buf_fini(&work);
	p->note = batch->note;
	p->head_size = batch->head_size;
	p->head_root = batch->head_root;
	p->named = batch->named;
	p->awaited = batch->awaited;
	p->wire_bytes = batch->wire_bytes;
	submit_batch(ctx, batch, job);
}

static void op_cosignature(void *ctx, const char *origin, uint64_t size, const char *region, uint64_t time_s,
			   struct bytes line)
{
	struct bridge *b = ctx;
	struct commit_job *job = commit_job_new(COMMIT_COSIGNATURE);
	struct commit_cosignature *k = &job->u.cosignature;

	k->origin = mem_strdup(origin);
	k->region = mem_strdup(region);
	k->size = size;
	k->time_s = time_s;
	buf_put(&k->line, line);
	bridge_submit(b, job);
	if (strcmp(origin, b->o.own_origin) == 0)
		b->o.ops.cosigned(b->o.ops.ctx);
}

static void op_evidence(void *ctx, const char *origin, struct bytes note_a, struct bytes note_b,
			struct bytes nodes, enum sync_conflict what)
{
	static const char *const texts[] = {
		[SYNC_OF_NO_ACCOUNT] = "a second history was shown, which is of no account: recorded",
		[SYNC_FORK] = "the evidence is kept, the log is frozen here",
		[SYNC_NOT_KEPT] = "what is stored is not what the roster kept, the log is frozen here",
	};
	struct bridge *b = ctx;
	struct commit_job *job = commit_job_new(COMMIT_EVIDENCE);
	struct commit_evidence *e = &job->u.evidence;

	e->origin = mem_strdup(origin);
	buf_put(&e->note_a, note_a);
	buf_put(&e->note_b, note_b);
	buf_put(&e->nodes, nodes);
	e->freezes = what != SYNC_OF_NO_ACCOUNT;
	e->by_roster = what == SYNC_NOT_KEPT;
	b->o.ops.alarm(b->o.ops.ctx, origin, IMS_E_CONFLICT, texts[what]);
	bridge_submit(b, job);
}

static void op_ahead(void *ctx, const char *origin, uint64_t size, const char *peer)
{
	bridge_ahead(ctx, origin, size, peer);
}

void bridge_note(struct bridge *b, enum journal_event ev, const char *peer, const char *origin, uint64_t from,
		 uint64_t to, uint64_t bytes, int err, const char *detail, const char *session)
{
	struct commit_job *job = commit_job_new(COMMIT_JOURNAL);
	struct commit_rows *r = &job->u.rows;

	arena_init(&r->arena, 8192);
	r->rows = arena_array(&r->arena, 1, sizeof(*r->rows));
	r->n = 1;
	mem_must(r->rows != NULL);
	r->rows[0] = (struct journal_row){
		.time_ms = b->o.ops.wall(b->o.ops.ctx).ms,
		.event = bytes_of(journal_event_name(ev)),
		.peer = arena_dup(&r->arena, bytes_of(peer)),
		.origin = arena_dup(&r->arena, bytes_of(origin)),
		.from = from,
		.to = to,
		.bytes = bytes,
		.outcome = -err,
		.detail = arena_dup(&r->arena, bytes_of(detail)),
		.session = arena_dup(&r->arena, bytes_of(session)),
	};
	bridge_submit(b, job);
}

/* ---- passing on */
static int op_send(void *ctx, void *session, const struct msg *m)
{
	struct bridge *b = ctx;

	return b->o.ops.send(b->o.ops.ctx, session, m);
}

static void op_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	struct bridge *b = ctx;

	b->o.ops.misbehaved(b->o.ops.ctx, session, origin, err, text);
}

static void op_roster_behind(void *ctx, void *session, uint64_t their_version)
{
	struct bridge *b = ctx;

	b->o.ops.roster_behind(b->o.ops.ctx, session, their_version);
}

static void op_over(void *ctx, const char *origin, enum sync_over over)
{
	struct bridge *b = ctx;

	b->o.ops.alarm(b->o.ops.ctx, origin, IMS_E_LIMIT,
		       over == SYNC_OVER_DISK
			       ? "it fills its quota of the disk and is not fetched any more"
			       : "it grows faster than its quota and is fetched as fast as that");
}

static void sent_flush(struct bridge *b, struct sent_range *r)
{
	bridge_note(b, JOURNAL_SENT, r->peer, r->origin, r->from, r->to, r->bytes, 0, "", "");
	*r = b->sent[--b->n_sent];
}

/* A live log is sent in hundreds of small answers a second: one row a second for each peer. */
static void op_sent(void *ctx, const char *peer, const char *origin, uint64_t from, uint64_t to,
		    uint64_t bytes)
{
	struct bridge *b = ctx;
	struct sent_range *r = b->sent, *end = b->sent + b->n_sent;

	while (r < end && (strcmp(r->peer, peer) != 0 || strcmp(r->origin, origin) != 0))
		r++;
	if (r < end && r->to == from) {
		r->to = to;
		r->bytes += bytes;
		return;
	}
	if (r < end)
		sent_flush(b, r);
	else if (b->n_sent == SENT_RANGES_MAX)
		sent_flush(b, b->sent);
	r = &b->sent[b->n_sent++];
	*r = (struct sent_range){
		.from = from, .to = to, .bytes = bytes, .since = b->o.ops.mono(b->o.ops.ctx)};
	snprintf(r->peer, sizeof(r->peer), "%s", peer);
	snprintf(r->origin, sizeof(r->origin), "%s", origin);
}

void bridge_tick(struct bridge *b, struct mono now)
{
	sync_tick(b->sync, now);
	bridge_recover_tick(b);
	for (size_t i = 0; i < b->n_sent;)
		if (mono_ms_between(b->sent[i].since, now) >= SENT_ROW_MS)
			sent_flush(b, &b->sent[i]);
		else
			i++;
}

/* ---- life */
/* Of a frozen log: it is told again to every peer. A row that is damaged is no reason not to start. */
static void start_evidence(struct bridge_start *st, struct sync_start *s)
{
	struct evidence_row row;

	if (evidence_newest(st->txn, s->origin, &row) == 0)
		s->evidence = (struct evidence){arena_dup(&st->arena, row.note_a),
						arena_dup(&st->arena, row.note_b),
						arena_dup(&st->arena, row.nodes)};
}

int bridge_start_log(struct bridge_start *st, const char *origin)
{
	struct sync_start *s = &st->logs[st->n++];
	struct ledger_reader r;
	struct head_row head;
	struct buf note;
	int err;

	*s = (struct sync_start){.origin = arena_text(&st->arena, bytes_of(origin))};
	err = ledger_read_open(st->txn, origin, &r);
	if (err)
		return err;
	s->frozen = r.frozen;
	s->disk_bytes = ledger_disk_bytes(st->txn, r.entries, r.payloads, r.tiles);
	if (s->frozen)
		start_evidence(st, s);
	err = heads_newest(st->txn, origin, UINT64_MAX, &head);
	if (!err && head.size > r.size && !s->frozen) {
		s->target_note = arena_dup(&st->arena, head.note);
		s->target_named = head.named;
	}
	if (!err)
		err = heads_newest(st->txn, origin, ledger_counted(&r), &head);
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	note = (struct buf){0};
	buf_put(&note, head.note);
	s->head_note = arena_dup(&st->arena, buf_bytes(&note));
	while (!err && !head.named && head.size)
		err = heads_newest(st->txn, origin, head.size - 1, &head);
	if (!err && head.named)
		s->named_note = arena_dup(&st->arena, head.note);
	buf_fini(&note);
	return 0;
}

static int start_one(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	(void)slot;
	(void)size;
	return bridge_start_log(ctx, origin);
}

struct cosig_start {
	struct sync *sync;
	const char *origin;
	uint64_t size;
};

static void start_cosig(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	struct cosig_start *c = ctx;
	char name[16];

	if (region.n >= sizeof(name))
		return;
	memcpy(name, region.p, region.n);
	name[region.n] = '\0';
	sync_start_cosignature(c->sync, c->origin, c->size, name, time_s, line);
}

void bridge_start_cosigs(struct bridge *b, struct bridge_start *st, const char *origin,
			 struct bytes note_bytes)
{
	struct note n;
	struct checkpoint c;
	struct cosig_start cs = {b->sync, origin, 0};

	if (!note_bytes.n || note_parse(note_bytes, &n) || checkpoint_parse(n.text, &c))
		return;
	cs.size = c.size;
	cosigs_each(st->txn, origin, c.size, start_cosig, &cs);
}

static int start_logs(struct bridge *b)
{
	struct bridge_start *st = mem_new(struct bridge_start);
	int err = store_begin_read(b->o.store, &st->txn);

	arena_init(&st->arena, 64u << 20);
	if (!err)
		err = ledger_each(st->txn, start_one, st);
	if (!err && arena_failed(&st->arena))
		err = IMS_E_NOMEM;
	for (size_t i = 0; !err && i < st->n; i++) {
		err = sync_start_log(b->sync, &st->logs[i]);
		if (err)
			break;
		bridge_start_cosigs(b, st, st->logs[i].origin, st->logs[i].head_note);
		bridge_start_cosigs(b, st, st->logs[i].origin, st->logs[i].named_note);
		if (strcmp(st->logs[i].origin, b->o.own_origin) == 0) {
			struct ledger_reader r;

			err = ledger_read_open(st->txn, b->o.own_origin, &r);
			b->durable = b->committed = err ? 0 : r.size;
		}
	}
	if (st->txn)
		store_abort(st->txn);
	arena_fini(&st->arena);
	free(st);
	return err;
}

int bridge_new(const struct bridge_opts *o, const struct roster *r, struct bridge **ret)
{
	struct bridge *b = mem_new(struct bridge);
	struct sync_opts so = {
		.own_region = o->own_region,
		.own_origin = o->own_origin,
		.software = o->software,
		.run = o->run,
		.window_bytes = o->window_bytes,
		.quota = o->quota,
		.ops = {op_send, op_store, op_cosignature, op_evidence, op_ahead, op_misbehaved, bridge_read,
			bridge_node, bridge_edge, bridge_wanted, op_roster_behind, op_sent, op_over,
			bridge_blobs_wanted, bridge_blob_is_for, bridge_blob_read, b},
	};
	int err;

	b->o = *o;
	b->needs_all_heads = o->needs_all_heads;
	b->heads_since = o->ops.mono(o->ops.ctx);
	memcpy(so.instance, o->instance, sizeof(so.instance));
	b->tails = tails_new();
	b->sync = sync_new(&so, r, o->ops.mono(o->ops.ctx));
	err = start_logs(b);
	if (err) {
		bridge_free(b);
		return err;
	}
	*ret = b;
	return 0;
}

void bridge_free(struct bridge *b)
{
	if (!b)
		return;
	sync_free(b->sync);
	tails_free(b->tails);
	free(b);
}

struct sync *bridge_sync(struct bridge *b)
{
	return b->sync;
}

void bridge_published(struct bridge *b, struct commit_group *g)
{
	struct hash *leaves = g->n ? mem_zalloc(g->n * sizeof(*leaves)) : NULL;

	for (size_t i = 0; i < g->n; i++)
		leaves[i] = g->items[i].leaf;
	if (g->n) {
		tails_add_group(b->tails, b->o.own_origin, g);
		bridge_acknowledged(b, b->o.own_origin, g->size); /* or restart_own() has seen it in the store */
	}
	sync_published(b->sync, g->from, leaves, g->n, buf_bytes(&g->note), g->named,
		       b->o.ops.mono(b->o.ops.ctx));
	free(leaves);
	commit_group_unref(g);
	b->o.ops.cosigned(b->o.ops.ctx);
}

void bridge_committed(struct bridge *b, uint64_t own_size, uint64_t ring_seq)
{
	b->committed = own_size;
	tails_committed(b->tails, b->o.own_origin, own_size, ring_seq);
}

void bridge_acknowledged(struct bridge *b, const char *origin, uint64_t size)
{
	if (size > b->durable && strcmp(origin, b->o.own_origin) == 0)
		b->durable = size;
}

uint64_t bridge_durable_size(const struct bridge *b)
{
	return b->durable;
}

bool bridge_is_ahead(const struct bridge *b)
{
	return b->durable > b->committed || tails_has_packages(b->tails);
}

uint64_t bridge_committed_size(const struct bridge *b, const char *origin, uint64_t stored)
{
	uint64_t from, end;

	if (strcmp(origin, b->o.own_origin) == 0)
		return b->committed < stored ? b->committed : stored;
	return tails_range(b->tails, origin, &from, &end) && from < stored ? from : stored;
}
