/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answering fetches: a peer's open fetches are served in turn, a package at a time, as long as
 * its output has room; one with nothing to send waits. Packages do not cross a named head, so
 * that it can be cosigned when it is reached.
 */
#include "replication/own.h"

/* The checkpoint that entries from `next` on are proven to. */
static const struct head *serve_target(const struct sync_log *l, uint64_t next)
{
	return next < l->named.size ? &l->named : &l->head;
}

static bool has_something(const struct serve *v)
{
	if (v->log->closed && !v->log->ended) /* what is here cannot be proven to be what was kept */
		return false;
	return serve_target(v->log, v->next)->size > v->next && (v->to == 0 || v->next < v->to);
}

static void serve_end(struct sync *s, struct sync_peer *p, size_t i)
{
	struct serve *v = &p->serves[i];

	if (v->next > v->first)
		s->o.ops.sent(s->o.ops.ctx, p->region, v->log->origin, v->first, v->next, v->bytes);
	p->n_serves--;
	memmove(v, v + 1, (p->n_serves - i) * sizeof(*v));
}

/* An answer without entries: the newest head, so that the asker knows where things stand. */
static void send_empty(struct sync *s, struct sync_peer *p, const struct serve *v)
{
	struct msg m = {.type = MSG_ENTRIES};
	struct buf note = {0};

	if (v->log->head.size)
		head_put_note(&v->log->head, &note);
	m.u.entries = (struct msg_entries){.id = v->id,
					   .origin = bytes_of(v->log->origin),
					   .from = v->next,
					   .checkpoint = buf_bytes(&note),
					   .last = true,
					   .named = v->log->named.size == v->log->head.size};
	sync_send(s, p, &m);
	buf_fini(&note);
}

/* Of a package: the asker has said how much it wants to take at once. */
static size_t most_bytes(const struct serve *v)
{
	size_t left = v->budget - v->bytes;

	return left < SYNC_FRAME_BYTES ? left : SYNC_FRAME_BYTES;
}

/* One package of serve i. Returns false when the fetch is answered. */
static bool send_package(struct sync *s, struct sync_peer *p, struct serve *v)
{
	const struct head *target = serve_target(v->log, v->next);
	struct log_nodes nodes = {s, v->log};
	struct msg m = {.type = MSG_ENTRIES};
	struct msg_entries *e = &m.u.entries;
	struct msg_item items[TILE_WIDTH];
	struct merkle_proof proof;
	struct buf note = {0};
	struct arena a;
	uint64_t start = v->next - v->next % TILE_WIDTH, end = start + TILE_WIDTH;
	bool more = false;
	int err;

	end = end < target->size ? end : target->size;
	end = v->to && v->to < end ? v->to : end;
	*e = (struct msg_entries){
		.id = v->id, .origin = bytes_of(v->log->origin), .from = v->next, .items = items};
	arena_init(&a, 4u << 20);
	err = s->o.ops.read(s->o.ops.ctx, v->log->origin, v->next, end, most_bytes(v), p->region,
			    p->takes_packed, &a, items, TILE_WIDTH, &e->n_items);
	if (!err && e->n_items == 0)
		err = IMS_E_NOT_FOUND;
	if (!err)
		err = merkle_prove_subtree(sync_node, &nodes, start, v->next + e->n_items, target->size,
					   &proof);
	if (err) { /* damaged or not readable now: nothing wrong is served, the asker goes elsewhere */
		arena_fini(&a);
		send_empty(s, p, v);
		return false;
	}
	for (size_t i = 0; i < e->n_items; i++)
		v->bytes += msg_item_bytes(&items[i]) + 16;
	v->next += e->n_items;
	head_put_note(target, &note);
	e->proof = BYTES(proof.hash, proof.n * sizeof(struct hash));
	e->checkpoint = buf_bytes(&note);
	e->named = target == &v->log->named || v->log->named.size == target->size;
	more = has_something(v) && v->bytes < v->budget;
	e->last = !more;
	sync_send(s, p, &m);
	buf_fini(&note);
	arena_fini(&a);
	return more;
}

/* The asker takes the entries of a log in order only: its fetches of one log are answered one after
 * the other, and logs take turns. */
static bool waits_its_turn(const struct sync_peer *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (p->serves[k].log == p->serves[i].log && has_something(&p->serves[k]))
			return true;
	return false;
}

void serve_pump(struct sync *s, struct sync_peer *p)
{
	size_t idle = 0;

	while (!p->blocked && idle < p->n_serves) {
		size_t i = p->turn % p->n_serves;

		if (!has_something(&p->serves[i]) || waits_its_turn(p, i)) {
			idle++;
			p->turn++;
			continue;
		}
		idle = 0;
		if (send_package(s, p, &p->serves[i]))
			p->turn++;
		else
			serve_end(s, p, i);
	}
}

int serve_on_fetch(struct sync *s, struct sync_peer *p, const struct msg_fetch *f)
{
	struct sync_log *l = sync_find(s, f->origin);
	struct peer_log *pl;
	struct serve *v;

	if (!l)
		return 0; /* of a roster version that I lack: the asker's fetch times out or waits */
	if (p->n_serves == SYNC_SERVES_MAX)
		return IMS_E_LIMIT;
	/* It holds what it does not ask for; of what I do not hold myself only a head is believed. */
	pl = sync_peer_log(s, p, l);
	if (f->from > pl->holds && f->from <= l->stored)
		pl->holds = f->from;
	if (l->own && f->from &&
	    f->from <= l->stored) /* as good as a head: it has verified that much, and no more */
		own_note_shown(s, l, p->region, f->from);
	v = &p->serves[p->n_serves++];
	*v = (struct serve){.log = l,
			    .id = f->id,
			    .next = f->from,
			    .first = f->from,
			    .to = f->to,
			    .budget = f->budget_bytes ? f->budget_bytes : 1,
			    .wait_until = mono_plus_ms(s->now, f->wait_ms > 60000 ? 60000 : f->wait_ms)};
	serve_pump(s, p);
	serve_tick(s, p);
	return 0;
}

void serve_advanced(struct sync *s, struct sync_log *l)
{
	for (struct sync_peer *p = s->peers; p; p = p->next)
		for (size_t i = 0; i < p->n_serves; i++)
			if (p->serves[i].log == l) {
				serve_pump(s, p);
				break;
			}
}

void serve_tick(struct sync *s, struct sync_peer *p)
{
	for (size_t i = 0; i < p->n_serves && !p->blocked;) {
		struct serve *v = &p->serves[i];

		if (!has_something(v) && s->now.ns >= v->wait_until.ns) {
			send_empty(s, p, v);
			serve_end(s, p, i);
		} else {
			i++;
		}
	}
}

/* Of the own log nobody can want what no head covers: what is asked for is then of another life's entry. */
static uint64_t wanted_end(const struct sync_log *l)
{
	uint64_t end = l->own ? l->head.size : l->stored;

	return end < sync_end_of(l) ? end : sync_end_of(l);
}

int serve_on_want(struct sync *s, struct sync_peer *p, const struct msg_want *w)
{
	struct sync_log *l = sync_find(s, w->origin);
	struct msg m = {.type = MSG_PAYLOADS};
	struct msg_item items[64];
	struct arena a;
	size_t n = 0, bytes = 0;

	if (!l || p->blocked) /* it has not read what was sent: it may ask again */
		return 0;
	arena_init(&a, 4u << 20);
	for (size_t i = 0; i < w->n_indexes && n < 64 && bytes < SYNC_FRAME_BYTES; i++) {
		size_t got = 0;

		if (w->indexes[i] >= wanted_end(l) ||
		    s->o.ops.read(s->o.ops.ctx, l->origin, w->indexes[i], w->indexes[i] + 1, SYNC_FRAME_BYTES,
				  p->region, p->takes_packed, &a, &items[n], 1, &got) ||
		    got != 1)
			continue;
		items[n].index = w->indexes[i];
		items[n].entry = BYTES_NONE;
		items[n].salt = arena_dup(&a, items[n].salt); /* the next read may move what this one lent */
		items[n].payload = arena_dup(&a, items[n].payload);
		items[n].packed = arena_dup(&a, items[n].packed);
		bytes += msg_item_bytes(&items[n++]) + 32;
	}
	m.u.payloads = (struct msg_payloads){
		.id = w->id, .origin = w->origin, .items = items, .n_items = n, .last = true};
	if (!arena_failed(&a))
		sync_send(s, p, &m);
	arena_fini(&a);
	return 0;
}
