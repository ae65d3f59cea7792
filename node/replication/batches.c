/* SPDX-License-Identifier: Apache-2.0 */
/* What was verified, on its way to the store: copied out of the frame and its payloads judged, a batch a package.
 * Who waits for how much of it there is the writer's business (peer/turns.h). */
#include "replication/batches.h"

#include "base/check.h"
#include "base/mem.h"
#include "replication/package.h"

static struct sync_batch *batch_of(const struct sync_log *l, const struct sync_peer *p, const struct msg_entries *e)
{
	struct sync_batch *b = mem_new(struct sync_batch);

	b->type = SYNC_PACKAGE;
	arena_init(&b->arena, 4u << 20);
	b->origin = l->origin;
	b->peer = arena_text(&b->arena, bytes_of(p->region));
	b->from = e->from;
	b->n = e->n_items;
	b->entries = arena_array(&b->arena, b->n, sizeof(*b->entries));
	return b;
}

/* With its payload judged, which it gets unpacked into the batch at once. */
static int take_item(struct sync_batch *b, size_t i, struct msg_item *it, const struct hash *leaf, bool from_home)
{
	struct bytes payload;
	int err = package_judge_payload(it, from_home, &b->arena, &payload);

	if (err)
		return err;
	b->entries[i] = (struct sync_entry){
		.index = b->from + i,
		.entry = arena_dup(&b->arena, it->entry),
		.leaf = *leaf,
		.payload_state = it->state,
		.salt = arena_dup(&b->arena, it->salt),
		.payload = payload,
		.erased_by = it->erased_by,
		.packed = arena_dup(&b->arena, it->packed),
	};
	b->wire_bytes += it->entry.n + it->salt.n + payload.n;
	return 0;
}

static int take_items(struct sync_batch *b, struct sync_log *l, const struct sync_peer *p, const struct msg_entries *e,
		      const struct hash *leaf)
{
	const bool from_home = strcmp(p->region, l->region) == 0;
	int err = 0;

	for (size_t i = 0; b->entries && !err && i < b->n; i++) {
		err = take_item(b, i, &e->items[i], &leaf[i], from_home);
		l->wants |= e->items[i].state == MSG_PAYLOAD_ABSENT;
	}
	return err || !arena_failed(&b->arena) ? err : IMS_E_NOMEM;
}

/* The checkpoint that covers the package goes with it: the store keeps it as target or head. What covers a
 * closed log is in the roster, and needs no note. */
static int put_cover(struct sync *s, struct sync_batch *b, const struct msg_entries *e,
		     const struct checkpoint *c)
{
	struct buf log_note = {0};
	struct note n;
	int err;

	b->head_size = c->size;
	b->head_root = c->root;
	if (!e->checkpoint.n)
		return 0;
	err = note_parse(e->checkpoint, &n);
	if (err)
		return err;
	heads_put_log_note(s, &n, c->origin, &log_note);
	b->note = arena_dup(&b->arena, buf_bytes(&log_note));
	b->named = e->named;
	buf_fini(&log_note);
	return b->note.n && !arena_failed(&b->arena) ? 0 : IMS_E_NOMEM;
}

/* It counts before it goes: the store may answer, or refuse, from within. */
static void hand_over(struct sync *s, struct sync_log *l, struct sync_batch *b, const struct hash *leaf)
{
	double entry_bytes = (double)b->wire_bytes / (double)b->n;

	for (size_t i = 0; i < b->n; i++)
		CHECK(tile_edge_append(l->edge, &leaf[i], NULL, NULL) == 0);
	l->entry_bytes = l->entry_bytes > 0 ? l->entry_bytes * 0.9 + entry_bytes * 0.1 : entry_bytes;
	l->n_batches++;
	l->quota.batch_bytes += b->wire_bytes;
	quota_take(l, b->n, b->wire_bytes);
	s->o.ops.store(s->o.ops.ctx, b);
}

int batches_store(struct sync *s, struct sync_log *l, const struct sync_peer *p, const struct msg_entries *e,
		  const struct checkpoint *c, const struct hash *leaf, bool awaited)
{
	struct sync_batch *b = batch_of(l, p, e);
	int err = take_items(b, l, p, e, leaf);

	b->awaited = awaited;
	if (!err)
		err = put_cover(s, b, e, c);
	if (err)
		sync_batch_free(b);
	else
		hand_over(s, l, b, leaf);
	return err;
}
