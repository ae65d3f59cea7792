/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages of a live log: small ones, which a peer sends as their origin writes. An LMDB commit for each
 * writes some sixty pages and flushes twice; the commit log flushes once. So those of a turn become one
 * record of it, and count as stored, cosigned and shown, when that is flushed (C3); the database commits them
 * later, with others, and a start that finds them in the commit log alone folds them again, as it does local
 * writes.
 *
 *   record   big-endian: u8 2, span own origin, u64 version of the roster in force, u32 n, n x package,
 *            u64 own size, own root[32]
 *   package  span origin, span peer, span note, u64 head size, u8 named, u64 from, u64 bytes on the wire,
 *            u32 n, n x item, root[32] of the log behind it
 *   item     the entry as in group.c, u8 payload state, u64 erased by
 *
 * A record of whatever kind says last how long the own log is and which root it has: the newest one is the
 * signer's memory, also where it is of another's packages (group.c).
 *
 *  V1. Every entry before a package of the record is in the commit log or committed: a turn in which anything
 *      waits for the database's commit has no such record.
 *  V2. No commit comes between the folding of such a package and its record (see C2).
 *  V3. Who loses the commit log alone loses what only it had, as with local writes: of other logs what came in
 *      the last TXN_LIVE_MAX_MS, which is fetched again. It is without memory of its cosignatures of that.
 */
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/mem.h"
#include "ledger/heads.h"
#include "view/commit_int.h"
#include "view/live_int.h"

#define LIVE_ENTRIES_MAX 32	     /* of a package: with more of them somebody catches up */
#define LIVE_BYTES_MAX (256u << 10)  /* of all packages of a turn */
#define LIVE_ENTRY_BYTES (3 * 4 + 9) /* of an entry beside its bytes */
#define LIVE_HEAD_BYTES 1024	     /* of a record beside its packages */

static uint64_t package_bytes(const struct commit_package *p)
{
	uint64_t bytes = 2 * ORIGIN_MAX_BYTES + p->note.n;

	for (size_t i = 0; i < p->n; i++)
		bytes += ledger_item_bytes(&p->items[i]) + LIVE_ENTRY_BYTES;
	return bytes;
}

/* What is wanted is looked for in the database, and what waits for another log is not folded yet. */
static bool is_live(struct commit *c, const struct commit_package *p)
{
	struct ledger_log *log;

	if (p->in_parts || p->n == 0 || p->n > LIVE_ENTRIES_MAX || commit_log(c, p->origin, false, &log) ||
	    log == c->journal || incarnation_is_own(c, log) || log->kept_size != UINT64_MAX ||
	    incarnation_waits_for(c, log))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].payload_state == LEDGER_PAYLOAD_WANTED)
			return false;
	return true;
}

/* The gate's turn too, though nobody waits for that: what it notes (recover_note_ring()) is in no record. */
static bool needs_commit(const struct commit_job *job)
{
	return apply_waits_for_commit(job) || job->type == COMMIT_OPEN_GATE;
}

bool live_takes(struct commit *c, const struct commit_job *job, uint64_t *bytes)
{
	uint64_t quarter = ring_size_bytes(c->o.ring) / 4;

	if (c->state != COMMIT_READY || (needs_commit(job) && job->type != COMMIT_PACKAGE))
		return false;
	if (job->type != COMMIT_PACKAGE)
		return true;
	*bytes += package_bytes(&job->u.package);
	return is_live(c, &job->u.package) && *bytes <= LIVE_BYTES_MAX && *bytes + LIVE_HEAD_BYTES <= quarter;
}

/* ---- writing */
static void put_package(struct buf *out, const struct commit_package *p)
{
	buf_put_span(out, bytes_of(p->origin));
	buf_put_span(out, bytes_of(p->peer));
	buf_put_span(out, p->note);
	buf_put_u64(out, p->head_size);
	buf_put_u8(out, p->named);
	buf_put_u64(out, p->from);
	buf_put_u64(out, p->wire_bytes);
	buf_put_u32(out, (uint32_t)p->n);
	for (size_t i = 0; i < p->n; i++) {
		group_put_item(out, &p->items[i]);
		buf_put_u8(out, (uint8_t)p->items[i].payload_state);
		buf_put_u64(out, p->items[i].erased_by);
	}
	buf_put(out, bytes_of_hash(&p->ret_root));
}

int live_to_ring(struct commit *c, struct commit_job *const *jobs, size_t n)
{
	struct buf body = {0};
	struct hash root;
	int err;

	buf_put_u8(&body, GROUP_FORMAT_LIVE);
	buf_put_span(&body, bytes_of(c->own->origin));
	buf_put_u64(&body, c->roster->version);
	buf_put_u32(&body, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_package(&body, &jobs[i]->u.package);
	tile_edge_root(&c->own->edge, &root);
	buf_put_u64(&body, ledger_size(c->own));
	buf_put(&body, bytes_of_hash(&root));
	err = body.failed ? IMS_E_NOMEM : 0;
	if (!err)
		err = ring_append(c->o.ring, (struct bytes[]){buf_bytes(&body)}, 1, &c->ring_applied);
	buf_fini(&body);
	if (err)
		return err;
	FAILPOINT(PACKAGES_IN_RING);
	c->has_live = true;
	for (size_t i = 0; i < n; i++)
		jobs[i]->u.package.ret_ring_seq = c->ring_applied;
	return 0;
}

/* ---- reading */
static bool take_item(struct rd *r, uint64_t index, struct ledger_item *ret)
{
	uint8_t state;

	if (!group_take_item(r, index, ret))
		return false;
	state = rd_u8(r);
	ret->erased_by = rd_u64(r);
	ret->payload_state = (enum ledger_payload)state;
	return !r->failed && state <= LEDGER_PAYLOAD_ERASED;
}

/* Into the package's arena; its spans are the record's. ret_root: what the record says. */
static int take_package(struct rd *r, struct commit_package *ret)
{
	uint32_t n;

	ret->origin = arena_text(&ret->arena, rd_span(r));
	ret->peer = arena_text(&ret->arena, rd_span(r));
	ret->note = rd_span(r);
	ret->head_size = rd_u64(r);
	ret->named = rd_u8(r) != 0;
	ret->from = rd_u64(r);
	ret->wire_bytes = rd_u64(r);
	n = rd_u32(r);
	if (r->failed || n > LIVE_ENTRIES_MAX)
		return IMS_E_CORRUPT;
	ret->items = arena_array(&ret->arena, n, sizeof(*ret->items));
	if (arena_failed(&ret->arena))
		return IMS_E_NOMEM;
	for (; ret->n < n; ret->n++)
		if (!take_item(r, ret->from + ret->n, &ret->items[ret->n]))
			return IMS_E_CORRUPT;
	ret->ret_root = rd_hash(r);
	return r->failed ? IMS_E_CORRUPT : 0;
}

static int replay_package(struct commit *c, struct commit_package *p)
{
	struct ledger_log *log;
	struct hash root;
	int err;

	if (commit_log(c, p->origin, false, &log) || log == c->journal || incarnation_is_own(c, log) ||
	    p->from != ledger_size(log))
		return IMS_E_CORRUPT;
	c->has_live = true;
	err = apply_entries(c, log, p);
	if (err)
		return err;
	tile_edge_root(&log->edge, &root);
	return hash_eq(&root, &p->ret_root) ? 0 : IMS_E_CORRUPT;
}

/* Every package of the record, and the own log as it was. A roster is committed before it is in force: a database
 * without it is older than the record, and could not tell whose the heads are. */
int live_replay(struct commit *c, struct bytes body)
{
	struct rd r = rd_of(body);
	uint32_t n;
	int err;

	rd_u8(&r);
	rd_span(&r);
	err = rd_u64(&r) > c->roster->version ? IMS_E_CORRUPT : 0;
	n = rd_u32(&r);
	for (uint32_t i = 0; !err && !r.failed && i < n; i++) {
		struct commit_package p = {0};

		arena_init(&p.arena, 65536);
		err = take_package(&r, &p);
		if (!err)
			err = replay_package(c, &p);
		arena_fini(&p.arena);
	}
	return !err && (r.failed || !group_ends_here(c, body)) ? IMS_E_CORRUPT : err;
}
