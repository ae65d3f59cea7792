/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that are a sync object and a store in memory (sync_store.h), wired back to back: what one
 * sends waits in a queue as a frame until net_run() delivers it.
 */
#ifndef TESTS_UNIT_SYNC_NET_H
#define TESTS_UNIT_SYNC_NET_H

#include "unit/replication/sync_batches.h"

/* ---- what the sync object tells */
static inline void net_on_cosignature(void *ctx, const char *origin, uint64_t size, const char *region,
				      uint64_t time_s, struct bytes line)
{
	struct net_node *n = ctx;

	(void)origin;
	assert_true(time_s == 77 && line.n > 0);
	n->n_cosignatures++;
	n->cosignature_size = size;
	snprintf(n->cosignature_region, sizeof(n->cosignature_region), "%s", region);
}

static inline void net_on_evidence(void *ctx, const char *origin, struct bytes note_a, struct bytes note_b,
				   struct bytes nodes, enum sync_conflict what)
{
	struct net_node *n = ctx;

	*(what ? &n->n_evidence : &n->n_recorded) += 1;
	n->logs[net_number(origin)].frozen |= what != SYNC_OF_NO_ACCOUNT;
	net_copy(&n->note_a, note_a);
	net_copy(&n->note_b, note_b);
	net_copy(&n->nodes, nodes);
}

static inline void net_on_ahead(void *ctx, const char *origin, uint64_t size, const char *peer)
{
	struct net_node *n = ctx;

	(void)origin;
	(void)peer;
	n->n_ahead++;
	n->ahead_size = size;
}

static inline void net_on_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	struct net_node *n = ctx;

	(void)session;
	(void)origin;
	(void)text;
	n->n_misbehaved++;
	n->closed_err = err;
}

/* ---- the network */
static inline int net_send(void *ctx, void *session, const struct msg *m)
{
	struct net_node *n = ctx;
	struct net_link *link = session;
	struct net_frame *f = mem_new(struct net_frame);

	assert_true(link->up);
	link->n_sent++;
	link->n_fetches += m->type == MSG_FETCH;
	link->n_entries += m->type == MSG_ENTRIES;
	link->n_evidence += m->type == MSG_EVIDENCE;
	net_count_blobs(link, m);
	if (m->type == MSG_FETCH && m->u.fetch.from > link->max_from)
		link->max_from = m->u.fetch.from;
	f->link = link;
	assert_int_equal(msg_encode(m, &f->bytes), 0); /* what is sent is within the limits */
	*n->net->last = f;
	n->net->last = &f->next;
	return 0;
}

static inline void net_disconnect(struct net *net, unsigned a, unsigned b)
{
	struct net_link *ab = net_link_between(net, a, b), *ba = net_link_between(net, b, a);

	if (!ab->up)
		return;
	ab->up = ba->up = false;
	sync_peer_down(net->node[a].sync, ab->peer);
	sync_peer_down(net->node[b].sync, ba->peer);
}

static inline void net_deliver(struct net *net, struct net_frame *f)
{
	struct net_link *link = f->link;
	struct net_node *to = link->to;
	struct errtext why = {""};
	struct arena a;
	struct msg m;
	int err;

	net->delivered++;
	if (link->up) {
		arena_init(&a, codec_budget(f->bytes.n));
		assert_int_equal(
			msg_decode(f->bytes.p[4], BYTES(f->bytes.p + 5, f->bytes.n - 5), &a, &m, &why), 0);
		if (link->tamper)
			link->tamper(&m);
		err = sync_on_message(to->sync, link->back->peer, &m, net->now, &why);
		arena_fini(&a);
		if (err) {
			to->closed_err = err;
			to->n_misbehaved++;
			net_disconnect(net, link->from->number, to->number);
		}
	}
	buf_fini(&f->bytes);
	free(f);
}

/* Until nobody has anything to say. */
static inline void net_run(struct net *net)
{
	unsigned bound = net->delivered + 20000;

	while (net->first) {
		struct net_frame *f = net->first;

		net->first = f->next;
		if (!net->first)
			net->last = &net->first;
		net_deliver(net, f);
		assert_true(net->delivered < bound); /* they go round in circles */
	}
}

/* Time passes in steps of a tenth of a second. */
static inline void net_pass(struct net *net, int64_t ms)
{
	for (; ms > 0; ms -= 100) {
		net->now = mono_plus_ms(net->now, 100);
		for (unsigned i = 0; i < NET_NODES; i++)
			if (net->node[i].sync)
				sync_tick(net->node[i].sync, net->now);
		net_run(net);
	}
}

/* A session with both hellos. */
static inline void net_connect(struct net *net, unsigned a, unsigned b)
{
	struct net_link *ab = net_link_between(net, a, b), *ba = net_link_between(net, b, a);
	struct msg_hello ha, hb;
	struct arena arena;

	ab->up = ba->up = true;
	ab->peer = sync_peer_up(net->node[a].sync, ab, net_regions[b], net->now);
	ba->peer = sync_peer_up(net->node[b].sync, ba, net_regions[a], net->now);
	arena_init(&arena, 1u << 20);
	sync_hello(net->node[a].sync, net_regions[b], &arena, &ha);
	sync_hello(net->node[b].sync, net_regions[a], &arena, &hb);
	sync_on_hello(net->node[b].sync, ba->peer, &ha, net->now);
	sync_on_hello(net->node[a].sync, ab->peer, &hb, net->now);
	arena_fini(&arena);
}

/* ---- life */
static inline void net_node_start(struct net *net, unsigned number)
{
	struct net_node *n = &net->node[number];
	struct sync_opts o = {.own_region = net_regions[number],
			      .own_origin = n->own_origin ? n->own_origin : net_origins[number],
			      .software = "test",
			      .window_bytes = 256u << 10,
			      .ops = {net_send, net_store, net_on_cosignature, net_on_evidence, net_on_ahead,
				      net_on_misbehaved, net_read, net_node_hash, net_edge, net_wanted,
				      net_on_roster_behind, net_on_sent, NULL, net_blobs_wanted, net_blob_is_for,
				      net_blob_read, n}};

	n->net = net;
	n->number = number;
	n->sync = sync_new(&o, net->roster, net->now);
	for (unsigned i = 0; i < NET_NODES; i++) {
		struct sync_start st = {.origin = net_origins[i]};

		n->links[i].from = n;
		n->links[i].to = &net->node[i];
		n->links[i].back = &net->node[i].links[number];
		assert_int_equal(sync_start_log(n->sync, &st), 0);
	}
}

static inline int net_setup(void **state)
{
	struct net *net = mem_new(struct net);

	arena_init(&net->arena, 256u << 20);
	net->last = &net->first;
	net->now.ns = 1000000000;
	net->roster = world_roster(NET_ROSTER, "eu/da mx/da us/da");
	for (unsigned i = 0; i < NET_NODES; i++)
		net_node_start(net, i);
	*state = net;
	return 0;
}

static inline int net_teardown(void **state)
{
	struct net *net = *state;

	for (unsigned a = 0; a < NET_NODES; a++)
		for (unsigned b = 0; b < NET_NODES; b++)
			net_disconnect(net, a, b);
	while (net->first) {
		struct net_frame *f = net->first;

		net->first = f->next;
		buf_fini(&f->bytes);
		free(f);
	}
	for (unsigned i = 0; i < NET_NODES; i++) {
		struct net_node *n = &net->node[i];

		sync_free(n->sync);
		buf_fini(&n->note_a);
		buf_fini(&n->note_b);
		buf_fini(&n->nodes);
		for (unsigned k = 0; k < NET_NODES; k++)
			for (unsigned lv = 0; lv < 13; lv++)
				free(n->logs[k].level[lv]);
	}
	roster_unref(net->roster);
	arena_fini(&net->arena);
	free(net);
	return 0;
}

#endif
