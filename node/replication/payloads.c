/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads that did not come with their entries: asked for, a few at a time, of one ready peer
 * after the other, until somebody has them.
 */
#include "base/mem.h"
#include "replication/package.h"

#define WANT_MAX 32

static bool may_be_asked(const struct sync *s, struct sync_peer *p, const struct sync_log *l)
{
	const struct peer_log *pl = sync_peer_log(s, p, l);

	return p->ready && !p->blocked && (!pl->want_id || s->now.ns >= pl->want_until.ns);
}

static struct sync_peer *next_holder(struct sync *s, struct sync_log *l)
{
	unsigned n = 0, pick;

	for (struct sync_peer *p = s->peers; p; p = p->next)
		n += may_be_asked(s, p, l);
	if (!n)
		return NULL;
	pick = l->want_turn++ % n;
	for (struct sync_peer *p = s->peers; p; p = p->next)
		if (may_be_asked(s, p, l) && pick-- == 0)
			return p;
	return NULL;
}

void payloads_tick(struct sync *s, struct sync_log *l)
{
	uint64_t indexes[WANT_MAX];
	struct msg m = {.type = MSG_WANT};
	struct sync_peer *p;
	size_t n;

	if (!l->wants || l->n_batches || s->now.ns < l->want_at.ns)
		return;
	l->want_at = mono_plus_ms(s->now, SYNC_WANT_MS);
	p = next_holder(s, l);
	if (!p)
		return;
	n = s->o.ops.wanted(s->o.ops.ctx, l->origin, l->want_from, indexes, WANT_MAX);
	if (n == 0) {
		l->wants = l->want_from > 0; /* once more from the start, then rest */
		l->want_from = 0;
		return;
	}
	m.u.want = (struct msg_want){++s->next_id, bytes_of(l->origin), indexes, n};
	sync_peer_log(s, p, l)->want_id = m.u.want.id;
	sync_peer_log(s, p, l)->want_until = mono_plus_ms(s->now, SYNC_WANT_TIMEOUT_MS);
	sync_send(s, p, &m);
	/* Each peer is asked for a stretch before the next stretch begins. */
	if (l->want_turn % 8 == 0)
		l->want_from = n == WANT_MAX ? indexes[n - 1] + 1 : 0;
}

/* The entry as stored, to hold the payload against. */
static int judge(struct sync *s, const struct sync_log *l, struct arena *a, struct msg_item *it,
		 bool from_home, struct bytes *ret_payload)
{
	struct msg_item stored;
	size_t n = 0;
	int err = it->index >= l->stored ? IMS_E_RANGE
					 : s->o.ops.read(s->o.ops.ctx, l->origin, it->index, it->index + 1, 1,
							 s->o.own_region, true, a, &stored, 1, &n);

	if (err || n != 1)
		return err ? err : IMS_E_NOT_FOUND;
	it->entry = stored.entry;
	return package_judge_payload(it, from_home, a, ret_payload);
}

int payloads_on_payloads(struct sync *s, struct sync_peer *p, const struct msg_payloads *m)
{
	struct sync_log *l = sync_find(s, m->origin);
	struct sync_batch *b;
	int err = 0;

	/* Each Want is answered once: what nobody asked for would be a journal row and a commit. */
	if (!l || !m->id || m->id != sync_peer_log(s, p, l)->want_id)
		return 0;
	sync_peer_log(s, p, l)->want_id = 0;
	if (m->n_items == 0)
		return 0;
	b = mem_new(struct sync_batch);
	b->type = SYNC_PAYLOADS;
	arena_init(&b->arena, 4u << 20);
	b->origin = l->origin;
	b->peer = arena_text(&b->arena, bytes_of(p->region));
	b->entries = arena_array(&b->arena, m->n_items, sizeof(*b->entries));
	for (size_t i = 0; b->entries && !err && i < m->n_items; i++) {
		struct msg_item *it = &m->items[i];
		struct bytes payload;

		err = judge(s, l, &b->arena, it, strcmp(p->region, l->region) == 0, &payload);
		if (err || (it->state != MSG_PAYLOAD_HERE && it->state != MSG_PAYLOAD_NOT_FOR_YOU))
			continue;
		b->entries[b->n++] = (struct sync_entry){
			.index = it->index,
			.entry = arena_dup(&b->arena, it->entry),
			.payload_state = it->state,
			.salt = arena_dup(&b->arena, it->salt),
			.payload = payload,
			.packed = arena_dup(&b->arena, it->packed),
		};
		b->wire_bytes += payload.n;
	}
	if (!err && arena_failed(&b->arena))
		err = IMS_E_NOMEM;
	if (err || b->n == 0)
		sync_batch_free(b);
	else
		s->o.ops.store(s->o.ops.ctx, b);
	return err;
}

void payloads_stored(struct sync *s, struct sync_log *l)
{
	l->want_at = s->now; /* whoever had these may have the next ones */
	heads_cosign_again(s, l); /* if they were the last, what they held up can be cosigned */
}
