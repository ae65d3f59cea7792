/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that are not local writes. What a peer sent was verified before it came here (C3); this
 * file appends, folds and keeps.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "ledger/evidence.h"
#include "ledger/heads.h"
#include "ledger/meta.h"
#include "replication/evidence.h"
#include "store/key.h"
#include "view/commit_int.h"

static int append_and_fold(struct commit *c, struct ledger_log *log, const struct commit_package *p)
{
	uint64_t extent = incarnation_extent(c, log);
	int err = 0;

	for (size_t i = 0; !err && i < p->n; i++) {
		err = ledger_append(c->txn, log, &p->items[i]);
		if (!err && p->items[i].index < extent)
			err = quarantine_fold(c, log, &p->items[i], fold_entry);
		c->dirty_bytes += p->items[i].entry.n + p->items[i].payload.n;
	}
	if (err || ledger_size(log) != log->kept_size)
		return err;
	return incarnation_completed(c, log);
}

int apply_entries(struct commit *c, struct ledger_log *log, const struct commit_package *p)
{
	int err = 0;

	c->dirty = true;
	if (p->note.n) /* the target is kept before, or with, its first package */
		err = heads_put(c->txn, p->origin, p->head_size, p->note, p->named);
	if (!err)
		err = FAILPOINT_ERR(PACKAGE_HEAD_STORED);
	if (!err)
		err = append_and_fold(c, log, p);
	FAILPOINT(PACKAGE_APPENDED);
	return err ? err : received_note(c, p);
}

/* The log that packages and heads go on with. The own one takes them only while it is fetched back. */
static int log_to_fill(struct commit *c, const char *origin, struct ledger_log **ret)
{
	int err = commit_log(c, origin, false, ret);

	if (err)
		return err;
	if ((*ret)->frozen)
		return IMS_E_FROZEN;
	return *ret == c->own && c->state != COMMIT_RECOVERING ? IMS_E_STALE : 0;
}

static int apply_package(struct commit *c, struct commit_package *p)
{
	struct ledger_log *log;
	int err = log_to_fill(c, p->origin, &log);

	if (err)
		return err;
	if (p->from != ledger_size(log) || log == c->journal ||
	    p->from + p->n > log->kept_size) /* verified before it was closed */
		return IMS_E_STALE;
	err = apply_entries(c, log, p);
	if (err)
		return err;
	if (log == c->own && p->n)
		commit_note_time(c, p->items[p->n - 1].entry);
	p->ret_size = ledger_size(log);
	p->ret_disk_bytes = ledger_disk_bytes(c->txn, log->entries, log->payloads, log->tiles);
	p->ret_ring_seq = 0;
	tile_edge_root(&log->edge, &p->ret_root);
	if (p->ret_size == p->head_size)
		CHECK(hash_eq(&p->ret_root, &p->head_root)); /* inv. 4: it was verified before it came */
	return 0;
}

static int apply_head(struct commit *c, struct commit_package *p)
{
	struct ledger_log *log;
	int err = log_to_fill(c, p->origin, &log);

	if (err)
		return err;
	if (p->head_size < ledger_size(log))
		return IMS_E_STALE;
	c->dirty = true;
	p->ret_size = ledger_size(log);
	return heads_put(c->txn, p->origin, p->head_size, p->note, p->named);
}

static int apply_payloads(struct commit *c, struct commit_package *p)
{
	struct ledger_log *log;
	int err = commit_log(c, p->origin, false, &log);
	uint64_t extent = err ? 0 : incarnation_extent(c, log);

	for (size_t i = 0; !err && i < p->n; i++) {
		struct store_key k;
		struct bytes wanted;

		err = store_get(c->txn, TABLE_WANTED, store_key(&k, "IL", log->slot, p->items[i].index),
				&wanted);
		if (err == IMS_E_NOT_FOUND) { /* somebody was faster: what is here stays */
			err = 0;
			continue;
		}
		if (!err && p->items[i].index < extent)
			err = quarantine_fold(c, log, &p->items[i], fold_payload);
		if (!err)
			err = ledger_set_payload(c->txn, log->payloads, log->slot, &p->items[i]);
	}
	if (!err)
		err = FAILPOINT_ERR(PAYLOADS_STORED);
	if (err)
		return err;
	c->dirty = true;
	return commit_note(c, JOURNAL_PAYLOADS, p->peer, p->origin, p->n ? p->items[0].index : 0,
			   p->n ? p->items[p->n - 1].index + 1 : 0, p->wire_bytes, 0, "");
}

static int apply_cosignature(struct commit *c, struct commit_cosignature *k)
{
	int err = cosigs_put(c->txn, k->origin, k->size, k->region, k->time_s, buf_bytes(&k->line));

	if (!err)
		err = FAILPOINT_ERR(COSIGNATURE_STORED);
	c->dirty = true;
	return err ? err : commit_note(c, JOURNAL_COSIGNATURE, k->region, k->origin, 0, k->size, 0, 0, "");
}

static int apply_roster(struct commit *c, const struct buf *note, struct errtext *why)
{
	struct store_key k;
	struct roster *r;
	char detail[32];
	bool shrinks = false;
	int err = roster_parse(buf_bytes(note), &r, why);

	if (err)
		return err;
	if (r->version == c->roster->version + 1)
		err = roster_check_successor(c->roster, r, why);
	else if (r->version != c->roster->version || !hash_eq(&r->hash, &c->roster->hash))
		err = IMS_E_STALE; /* the one in force is kept again: its transaction may have been lost */
	if (!err)
		err = store_put(c->txn, TABLE_ROSTER, store_key(&k, "L", r->version), buf_bytes(note));
	if (!err)
		err = FAILPOINT_ERR(ROSTER_STORED);
	if (!err)
		err = incarnation_take_roster(c, r, &shrinks);
	if (!err && shrinks)
		err = incarnation_fold_all(c);
	snprintf(detail, sizeof(detail), "version %llu", (unsigned long long)r->version);
	if (!err)
		err = commit_note(c, JOURNAL_ROSTER, "", "", 0, r->version, 0, 0, detail);
	if (err) {
		roster_unref(r);
		return err;
	}
	roster_unref(c->roster);
	c->roster = r;
	c->dirty = true;
	if (c->state == COMMIT_READY || c->state == COMMIT_CLOSED)
		incarnation_set_ready(c);
	return 0;
}

/* What freezes nothing must not take the place of what does. */
static int keep_evidence(struct commit *c, const struct commit_evidence *e, const struct evidence_row *row)
{
	struct evidence_row kept;
	int err = e->freezes ? IMS_E_NOT_FOUND : evidence_newest(c->txn, e->origin, &kept);

	if (err != IMS_E_NOT_FOUND)
		return err == IMS_E_CORRUPT ? 0 : err;
	return evidence_put(c->txn, e->origin, (uint64_t)c->o.ops.wall(c->o.ops.ctx).ms, row);
}

static const char *evidence_outcome(const struct commit_evidence *e, const struct evidence *shown)
{
	if (!e->freezes)
		return "recorded: it freezes nothing";
	if (e->by_roster)
		return "what is stored is not what the roster kept, the log is frozen";
	return evidence_is_portable(shown) ? "the evidence is kept, the log is frozen"
					   : "both notes are kept, not portable, the log is frozen";
}

static int apply_evidence(struct commit *c, struct commit_evidence *e)
{
	const struct evidence_row row = {buf_bytes(&e->note_a), buf_bytes(&e->note_b), buf_bytes(&e->nodes)};
	const struct evidence shown = {row.note_a, row.note_b, row.nodes};
	struct ledger_log *log;
	int err = commit_log(c, e->origin, false, &log);

	if (err)
		return err;
	e->freezes &= e->by_roster || log->kept_size == UINT64_MAX; /* it may have been closed since */
	err = keep_evidence(c, e, &row);
	if (!err)
		err = FAILPOINT_ERR(EVIDENCE_STORED);
	if (!err && e->freezes && !log->frozen) {
		bool was_waited_for = ledger_size(log) < log->kept_size;

		err = ledger_freeze(c->txn, log);
		if (!err && was_waited_for)
			err = incarnation_completed(c, log);
	}
	FAILPOINT(LOG_FROZEN);
	c->dirty = true;
	return err ? err
		   : commit_note(c, JOURNAL_CONFLICT, "", e->origin, 0, ledger_size(log), 0, IMS_E_CONFLICT,
				 evidence_outcome(e, &shown));
}

static int apply_rows(struct commit *c, struct commit_rows *rows)
{
	int err = 0;

	c->dirty = true;
	for (size_t i = 0; !err && i < rows->n; i++)
		err = journal_append(c->txn, c->journal, &rows->rows[i]);
	return err;
}

static int apply_roll_back(struct commit *c, const char *why)
{
	struct bytes known;
	int err;

	if (commit_is_behind(c->state) && meta_get(c->txn, META_ROLLED_BACK, &known) == 0)
		return 0; /* and it stands in the database: the transaction that said so may have been lost */
	err = meta_put(c->txn, META_ROLLED_BACK, bytes_of(why));
	if (!err)
		err = FAILPOINT_ERR(ROLL_BACK_NOTED);
	if (!err)
		err = commit_note(c, JOURNAL_ROLLED_BACK, "", c->own->origin, 0, ledger_size(c->own), 0,
				  IMS_E_ROLLED_BACK, why);
	c->dirty = true;
	c->gate_open = false;
	commit_set_state(c, COMMIT_ROLLED_BACK, "%s", why);
	return err;
}

static int apply_open_gate(struct commit *c, bool all_shown)
{
	int err = 0;

	if (commit_is_behind(c->state) || (c->needs_all_heads && !all_shown))
		return 0;
	if (all_shown)
		err = recover_note_ring(c);
	c->gate_open = true;
	return !err && ledger_size(c->own) > c->signed_size ? head_publish(c) : err;
}

/* Readers look at what is flushed. */
static int apply_read(struct commit *c, const struct commit_read *r)
{
	int err = commit_flush_logs(c);

	if (!err)
		r->fn(r->ctx, c->txn);
	return err;
}

int apply_rebuild(struct commit *c)
{
	int err = commit_database(c);

	if (!err)
		err = commit_ensure_txn(c);
	return err ? err : incarnation_fold_all(c);
}

bool apply_waits_for_commit(const struct commit_job *job)
{
	switch (job->type) {
	case COMMIT_PUT: /* for its group's record */
	case COMMIT_OPEN_GATE:
	case COMMIT_READ:
	case COMMIT_COSIGNATURE:
	case COMMIT_JOURNAL:
		return false;
	default:
		return true;
	}
}

int apply_job(struct commit *c, struct commit_job *job)
{
	if (room_refuses(c, job))
		return IMS_E_READ_ONLY;
	switch (job->type) {
	case COMMIT_PACKAGE:
		return apply_package(c, &job->u.package);
	case COMMIT_HEAD:
		return apply_head(c, &job->u.head);
	case COMMIT_PAYLOADS:
		return apply_payloads(c, &job->u.package);
	case COMMIT_BLOB:
		return blobs_apply(c, job);
	case COMMIT_ROSTER:
		return apply_roster(c, &job->u.roster, &job->why);
	case COMMIT_EVIDENCE:
		return apply_evidence(c, &job->u.evidence);
	case COMMIT_SYNC:
		return received_flush(c);
	case COMMIT_REBUILD:
		return apply_rebuild(c);
	case COMMIT_RECOVER:
		return recover_begin(c, &job->why);
	case COMMIT_RECOVERED:
		return recover_finish(c, true, &job->why);
	case COMMIT_OVERRIDE:
		return recover_override(c, &job->why);
	case COMMIT_ROLL_BACK:
		return apply_roll_back(c, job->u.text);
	case COMMIT_OPEN_GATE:
		return apply_open_gate(c, job->u.all_shown);
	case COMMIT_READ:
		return apply_read(c, &job->u.read);
	case COMMIT_COSIGNATURE:
		return apply_cosignature(c, &job->u.cosignature);
	case COMMIT_JOURNAL:
		return apply_rows(c, &job->u.rows);
	case COMMIT_PUT:
		break;
	}
	return IMS_E_BUG;
}

void apply_after_commit(struct commit *c, struct commit_job *job)
{
	struct commit_package *p = &job->u.package;

	if (job->type == COMMIT_PACKAGE)
		FAILPOINT(PACKAGE_STORED);
	if ((job->type != COMMIT_PACKAGE && job->type != COMMIT_HEAD) || !p->named || !p->note.n ||
	    p->ret_size != p->head_size)
		return;
	if (head_cosign(c, p->origin, p->head_size, p->note, &p->ret_cosignature) == 0 &&
	    p->ret_cosignature.n)
		p->ret_cosigned_size = p->head_size;
}

struct commit_job *commit_job_new(enum commit_job_type type)
{
	struct commit_job *j = mem_new(struct commit_job);

	j->type = type;
	return j;
}

struct commit_job *commit_job_split(struct commit_job *j, size_t n)
{
	struct commit_job *first = commit_job_new(COMMIT_PACKAGE);
	struct commit_package *p = &j->u.package, *f = &first->u.package;

	CHECK(j->type == COMMIT_PACKAGE && n > 0 && n < p->n);
	first->done = commit_job_free;
	p->in_parts = true;
	*f = *p;
	f->arena = (struct arena){0};
	f->n = n;
	f->wire_bytes = 0;
	for (size_t i = 0; i < n; i++)
		f->wire_bytes += ledger_item_bytes(&p->items[i]);
	p->from += n;
	p->items += n;
	p->n -= n;
	p->wire_bytes -= f->wire_bytes < p->wire_bytes ? f->wire_bytes : p->wire_bytes;
	return first;
}

static void put_fini(struct commit_put *p)
{
	free(p->operator_name);
	free(p->kind);
	free(p->id);
	free(p->named);
	free(p->act);
	free(p->owner);
	free((void *)(uintptr_t)p->payload.p);
	buf_fini(&p->problems);
	buf_fini(&p->packed);
}

void commit_job_free(struct commit_job *j)
{
	if (!j)
		return;
	switch (j->type) {
	case COMMIT_PUT:
		put_fini(&j->u.put);
		break;
	case COMMIT_PACKAGE:
	case COMMIT_HEAD:
	case COMMIT_PAYLOADS:
		arena_fini(&j->u.package.arena);
		buf_fini(&j->u.package.ret_cosignature);
		break;
	case COMMIT_COSIGNATURE:
		free(j->u.cosignature.origin);
		free(j->u.cosignature.region);
		buf_fini(&j->u.cosignature.line);
		break;
	case COMMIT_EVIDENCE:
		free(j->u.evidence.origin);
		buf_fini(&j->u.evidence.note_a);
		buf_fini(&j->u.evidence.note_b);
		buf_fini(&j->u.evidence.nodes);
		break;
	case COMMIT_BLOB:
		free(j->u.blob.origin);
		free(j->u.blob.peer);
		free((void *)(uintptr_t)j->u.blob.data.p);
		break;
	case COMMIT_JOURNAL:
		arena_fini(&j->u.rows.arena);
		break;
	case COMMIT_ROSTER:
		buf_fini(&j->u.roster);
		break;
	default:
		break;
	}
	free(j);
}
