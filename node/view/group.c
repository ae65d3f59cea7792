/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of local writes: one ring record each, replayed from it. Other records: live.c.
 *
 * Ring record, big-endian: u8 1, span origin, u64 from, u32 n, n x (span entry, span salt, span
 * payload), u64 size, root[32]. A span is u32 length and bytes. Salt and payload are empty for
 * an entry without payload.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/mem.h"
#include "ledger/meta.h"
#include "view/commit_int.h"
#include "view/group.h"
#include "view/live_int.h"

#define GROUP_END_BYTES (8 + 32)

struct commit_group *group_new(uint64_t from)
{
	struct commit_group *g = mem_new(struct commit_group);

	g->refs = 1;
	g->from = g->size = from;
	arena_init(&g->arena, 4 * GROUP_MAX_BYTES + (1u << 20));
	return g;
}

struct commit_group *commit_group_ref(struct commit_group *g)
{
	__atomic_add_fetch(&g->refs, 1, __ATOMIC_RELAXED);
	return g;
}

void commit_group_unref(struct commit_group *g)
{
	if (!g || __atomic_sub_fetch(&g->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_fini(&g->arena);
	buf_fini(&g->note);
	free(g->items);
	free(g);
}

void group_put_item(struct buf *out, const struct ledger_item *item)
{
	buf_put_span(out, item->entry);
	buf_put_span(out, item->salt);
	buf_put_span(out, item->payload);
}

int group_encode(const struct commit *c, const struct commit_group *g, struct buf *out)
{
	buf_put_u8(out, GROUP_FORMAT);
	buf_put_span(out, bytes_of(c->own->origin));
	buf_put_u64(out, g->from);
	buf_put_u32(out, (uint32_t)g->n);
	for (size_t i = 0; i < g->n; i++)
		group_put_item(out, &g->items[i]);
	buf_put_u64(out, g->size);
	buf_put(out, bytes_of_hash(&g->root));
	return out->failed ? IMS_E_NOMEM : 0;
}

/* ---- reading a record */
struct group_head {
	struct bytes origin;
	uint64_t from;
	uint32_t n;
};

static bool head_take(struct rd *r, struct group_head *ret)
{
	uint8_t format = rd_u8(r);

	ret->origin = rd_span(r);
	ret->from = rd_u64(r);
	ret->n = rd_u32(r);
	return !r->failed && format == GROUP_FORMAT;
}

bool group_take_item(struct rd *r, uint64_t index, struct ledger_item *ret)
{
	*ret = (struct ledger_item){.index = index};
	ret->entry = rd_span(r);
	ret->salt = rd_span(r);
	ret->payload = rd_span(r);
	if (r->failed)
		return false;
	ret->payload_state = ret->salt.n ? LEDGER_PAYLOAD_HERE : LEDGER_PAYLOAD_NONE;
	merkle_leaf(ret->entry, &ret->leaf);
	return true;
}

int group_each_item(struct bytes body, const char *origin,
		    int (*fn)(void *ctx, const struct ledger_item *item), void *ctx)
{
	struct rd r = rd_of(body);
	struct group_head head;
	struct ledger_item item;
	int err = 0;

	if (!head_take(&r, &head) || !bytes_eq_text(head.origin, origin))
		return 0;
	for (uint32_t i = 0; !err && i < head.n && group_take_item(&r, head.from + i, &item); i++)
		err = fn(ctx, &item);
	return err;
}

void commit_note_time(struct commit *c, struct bytes entry)
{
	struct arena a;
	struct entry en;

	arena_init(&a, 65536);
	if (entry_decode(entry, &a, &en, NULL) == 0 && en.time_ms > c->last_time_ms)
		c->last_time_ms = en.time_ms;
	arena_fini(&a);
}

/* ---- replay */
static int replay_items(struct commit *c, struct ledger_log *log, struct rd *r, const struct group_head *head)
{
	uint64_t extent = incarnation_extent(c, log);

	for (uint32_t i = 0; i < head->n; i++) {
		struct ledger_item item;
		int err;

		if (!group_take_item(r, head->from + i, &item))
			return IMS_E_CORRUPT;
		err = ledger_append(c->txn, log, &item);
		if (!err)
			err = quarantine_fold(c, log, &item, item.index < extent ? fold_entry : fold_orphan);
		if (err)
			return err;
		commit_note_time(c, item.entry);
		c->dirty_bytes += item.entry.n + item.payload.n;
	}
	return 0;
}

int group_replay(struct commit *c, struct bytes body)
{
	struct rd r = rd_of(body);
	struct group_head head;
	struct ledger_log *log;
	uint64_t size;
	struct hash root, have;
	int err;

	if (body.n && body.p[0] == GROUP_FORMAT_LIVE)
		return live_replay(c, body);
	if (!head_take(&r, &head) || incarnation_record_log(c, head.origin, &log) ||
	    head.from != ledger_size(log))
		return IMS_E_CORRUPT;
	err = replay_items(c, log, &r, &head);
	if (err)
		return err;
	size = rd_u64(&r);
	root = rd_hash(&r);
	tile_edge_root(&log->edge, &have);
	if (!rd_done(&r) || size != ledger_size(log) || !hash_eq(&root, &have))
		return IMS_E_CORRUPT;
	return group_note(c, log->origin, head.from, size, body.n);
}

bool group_ends_here(const struct commit *c, struct bytes body)
{
	struct rd r = rd_of(body), end;
	struct hash root, have;
	uint64_t size;
	struct bytes origin;

	rd_u8(&r);
	origin = rd_span(&r);
	if (r.failed || r.rest.n < GROUP_END_BYTES)
		return false;
	if (!bytes_eq_text(origin, c->own->origin))
		return true; /* of the incarnation before: says nothing of this log */
	end = rd_of(BYTES(r.rest.p + r.rest.n - GROUP_END_BYTES, GROUP_END_BYTES));
	size = rd_u64(&end);
	root = rd_hash(&end);
	tile_edge_root(&c->own->edge, &have);
	return size == ledger_size(c->own) && hash_eq(&root, &have);
}

int group_newest_is_own(struct commit *c, bool *ret)
{
	struct bytes body;
	struct rd r;
	int err;

	*ret = false;
	if (ring_last(c->o.ring) == 0)
		return 0;
	err = ring_read(c->o.ring, ring_last(c->o.ring), &body);
	if (err)
		return err;
	r = rd_of(body);
	rd_u8(&r);
	*ret = bytes_eq_text(rd_span(&r), c->own->origin);
	return 0;
}

int group_mark(struct commit *c)
{
	struct commit_group *g = group_new(ledger_size(c->own));
	struct buf body = {0};
	int err;

	tile_edge_root(&c->own->edge, &g->root);
	err = group_encode(c, g, &body);
	if (!err)
		err = ring_append(c->o.ring, (struct bytes[]){buf_bytes(&body)}, 1, &c->ring_applied);
	buf_fini(&body);
	commit_group_unref(g);
	return err ? err : meta_put_u64(c->txn, META_RING_MARK, c->ring_applied);
}

int group_replay_tail(struct commit *c)
{
	for (uint64_t seq = c->ring_applied + 1; seq <= ring_last(c->o.ring); seq++) {
		struct bytes body;
		int err = ring_read(c->o.ring, seq, &body);

		if (!err)
			err = group_replay(c, body);
		if (!err)
			err = FAILPOINT_ERR(START_REPLAYING);
		if (err)
			return err;
		c->ring_applied = seq;
	}
	return 0;
}
