/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was verified, on its way to the store: copied out of the frame, in one batch while this log alone
 * grows, which is the fastest way to catch up. While another one trickles in, or the own one is written,
 * in several small ones: the writer takes turns between batches, and somebody waits for what is little.
 */
#include "replication/batches.h"

#include "base/check.h"
#include "base/mem.h"

#define SMALL_ENTRIES 32
#define SMALL_BYTES (32u << 10)
#define TRICKLE_MS 1000 /* a log does so this long after it last grew by a little */

static uint64_t item_bytes(const struct msg_item *it)
{
	return it->entry.n + it->salt.n + it->payload.n;
}

/* Where the small batch ends that starts with item `at`; it has one at least. */
static size_t small_end(const struct msg_entries *e, size_t at)
{
	uint64_t bytes = item_bytes(&e->items[at]);
	size_t i = at + 1;

	while (i < e->n_items && i - at < SMALL_ENTRIES && bytes + item_bytes(&e->items[i]) <= SMALL_BYTES)
		bytes += item_bytes(&e->items[i++]);
	return i;
}

static bool others_trickle(const struct sync *s, const struct sync_log *l)
{
	for (size_t i = 0; i < s->n_logs; i++)
		if (s->logs[i] != l && s->logs[i]->trickled_at.ns &&
		    mono_ms_between(s->logs[i]->trickled_at, s->now) < TRICKLE_MS)
			return true;
	return false;
}

/* The checkpoint that covers the package goes with each of its batches: the store keeps it as target or
 * head. What covers a closed log is in the roster, and needs no note. */
struct cover {
	struct bytes note; /* log signature only; may be empty */
	uint64_t size;
	struct hash root;
	bool named;
};

/* Items [at, end) and what covers them; NULL: no memory. */
static struct sync_batch *batch_of(const struct sync_log *l, const struct sync_peer *p,
				   const struct msg_entries *e, size_t at, size_t end,
				   const struct hash *leaf, const struct cover *k)
{
	struct sync_batch *b = mem_new(struct sync_batch);

	b->type = SYNC_PACKAGE;
	arena_init(&b->arena, 4u << 20);
	b->origin = l->origin;
	b->peer = arena_text(&b->arena, bytes_of(p->region));
	b->from = e->from + at;
	b->n = end - at;
	b->entries = arena_array(&b->arena, b->n, sizeof(*b->entries));
	for (size_t i = 0; b->entries && i < b->n; i++) {
		const struct msg_item *it = &e->items[at + i];

		b->entries[i] = (struct sync_entry){
			.index = b->from + i,
			.entry = arena_dup(&b->arena, it->entry),
			.leaf = leaf[at + i],
			.payload_state = it->state,
			.salt = arena_dup(&b->arena, it->salt),
			.payload = arena_dup(&b->arena, it->payload),
			.erased_by = it->erased_by,
		};
		b->wire_bytes += item_bytes(it);
	}
	b->head_size = k->size;
	b->head_root = k->root;
	b->note = arena_dup(&b->arena, k->note);
	b->named = k->named;
	if (arena_failed(&b->arena)) {
		sync_batch_free(b);
		return NULL;
	}
	return b;
}

static int make(const struct sync_log *l, const struct sync_peer *p, const struct msg_entries *e,
		const struct hash *leaf, const struct cover *k, bool small, struct sync_batch **made,
		size_t *n)
{
	for (size_t at = 0, end; at < e->n_items; at = end) {
		end = small ? small_end(e, at) : e->n_items;
		made[*n] = batch_of(l, p, e, at, end, leaf, k);
		if (!made[*n])
			return IMS_E_NOMEM;
		++*n;
	}
	return 0;
}

/* All of them count before the first one goes: the store may answer, or refuse, from within. */
static void hand_over(struct sync *s, struct sync_log *l, const struct msg_entries *e,
		      const struct hash *leaf, struct sync_batch *const *made, size_t n)
{
	uint64_t bytes = 0;
	double entry_bytes;

	for (size_t i = 0; i < n; i++)
		bytes += made[i]->wire_bytes;
	for (size_t i = 0; i < e->n_items; i++)
		CHECK(tile_edge_append(l->edge, &leaf[i], NULL, NULL) == 0);
	entry_bytes = (double)bytes / (double)e->n_items;
	l->entry_bytes = l->entry_bytes > 0 ? l->entry_bytes * 0.9 + entry_bytes * 0.1 : entry_bytes;
	l->n_batches += n;
	l->quota.batch_bytes += bytes;
	quota_take(l, e->n_items, bytes);
	for (size_t i = 0; i < n; i++)
		s->o.ops.store(s->o.ops.ctx, made[i]);
}

int batches_store(struct sync *s, struct sync_log *l, const struct sync_peer *p, const struct msg_entries *e,
		  const struct checkpoint *c, const struct hash *leaf)
{
	struct sync_batch *made[TILE_WIDTH];
	struct cover k = {.size = c->size, .root = c->root};
	struct buf log_note = {0};
	struct note n;
	size_t n_made = 0;
	int err = e->checkpoint.n ? note_parse(e->checkpoint, &n) : 0;

	if (!err && e->checkpoint.n) {
		heads_put_log_note(s, &n, c->origin, &log_note);
		k.note = buf_bytes(&log_note);
		k.named = e->named;
		err = k.note.n ? 0 : IMS_E_NOMEM;
	}
	if (!err && small_end(e, 0) == e->n_items)
		l->trickled_at = s->now;
	if (!err)
		err = make(l, p, e, leaf, &k, others_trickle(s, l), made, &n_made);
	buf_fini(&log_note);
	if (!err)
		hand_over(s, l, e, leaf, made, n_made);
	for (size_t i = 0; err && i < n_made; i++)
		sync_batch_free(made[i]);
	return err;
}
