/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge of eu over a store in a fresh directory: groups are published by hand, as the writer would
 * before and after it commits them; what goes out to a peer (mx) is kept as frames.
 */
#ifndef TESTS_UNIT_PEER_BRIDGE_WORLD_H
#define TESTS_UNIT_PEER_BRIDGE_WORLD_H

#include "unit/ledger/shelf.h"
#include "unit/replication/roster_world.h"

#include "peer/bridge_int.h"
#include "replication/sync_int.h"
#include "view/commit_int.h"
#include "wire/codec.h"
#include "wire/pack.h"

#define WORLD_ENTRIES_MAX 32

struct bridge_world {
	struct shelf shelf;
	struct roster *roster;
	struct bridge *bridge;
	struct sync_peer *peer;
	struct tile_edge edge; /* of what is published */
	struct arena arena;
	struct mono now;
	bool takes_packed, packs; /* mx takes packed payloads; the writer has them packed */
	/* what the bridge did */
	struct buf entries[WORLD_ENTRIES_MAX]; /* frames */
	size_t n_entries;
	unsigned n_alarms, n_rows, n_recovered;
	int recovered_err; /* of the next COMMIT_RECOVERED */
	int alarm_err;
	char alarm_text[200], row_detail[400];
};

/* ---- what the bridge is given */
static inline void world_submit(void *ctx, struct commit_job *job)
{
	struct bridge_world *w = ctx;

	if (job->type == COMMIT_JOURNAL) {
		struct bytes detail = job->u.rows.rows[0].detail;

		w->n_rows++;
		snprintf(w->row_detail, sizeof(w->row_detail), "%.*s", (int)detail.n, (const char *)detail.p);
	}
	if (job->type == COMMIT_RECOVERED) {
		w->n_recovered++;
		job->err = w->recovered_err;
	}
	job->done(job);
}

static inline int world_send(void *ctx, void *session, const struct msg *m)
{
	struct bridge_world *w = ctx;

	(void)session;
	if (m->type == MSG_ENTRIES) {
		assert_true(w->n_entries < WORLD_ENTRIES_MAX);
		assert_int_equal(msg_encode(m, &w->entries[w->n_entries++]), 0);
	}
	return 0;
}

static inline void world_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	(void)ctx;
	(void)session;
	(void)origin;
	fail_msg("%s: %s", ims_strerror(err), text);
}

static inline void world_roster_behind(void *ctx, void *session, uint64_t their_version)
{
	(void)ctx;
	(void)session;
	(void)their_version;
}

static inline void world_cosigned(void *ctx)
{
	(void)ctx;
}

static inline void world_alarm(void *ctx, const char *origin, int err, const char *text)
{
	struct bridge_world *w = ctx;

	assert_string_equal(origin, SHELF_ORIGIN);
	w->n_alarms++;
	w->alarm_err = err;
	snprintf(w->alarm_text, sizeof(w->alarm_text), "%s", text);
}

static inline struct mono world_mono(void *ctx)
{
	return ((struct bridge_world *)ctx)->now;
}

static inline struct wall world_wall(void *ctx)
{
	(void)ctx;
	return (struct wall){1700000000000};
}

/* ---- life */
static inline int world_setup(void **state)
{
	struct bridge_world *w = mem_new(struct bridge_world);

	w->shelf.dir = tmpdir_new();
	shelf_open(&w->shelf);
	w->roster = world_roster(WORLD, NULL);
	w->now.ns = 1000000000;
	arena_init(&w->arena, 64u << 20);
	tile_edge_init(&w->edge);
	*state = w;
	return 0;
}

/* The node starts, with `size` entries in its database, and has a session with mx. */
static inline void world_start(struct bridge_world *w, uint64_t size)
{
	struct bridge_opts o = {.store = w->shelf.store,
				.own_region = "eu",
				.own_origin = SHELF_ORIGIN,
				.software = "test",
				.window_bytes = 1u << 20,
				.ops = {world_submit, world_send, world_misbehaved, world_roster_behind,
					world_cosigned, world_alarm, world_mono, world_wall, w}};
	struct msg_hello hello = {.version = 1, .roster_version = 1, .takes_packed = w->takes_packed};
	struct tile_edge none;

	tile_edge_init(&none);
	assert_int_equal(bridge_new(&o, w->roster, &w->bridge), 0);
	assert_int_equal(bridge_committed_size(w->bridge, SHELF_ORIGIN, UINT64_MAX), size);
	for (uint64_t i = 0; i < size; i++) {
		struct ledger_item it = shelf_item(i, &w->arena);

		assert_int_equal(tile_edge_append(&w->edge, &it.leaf, NULL, NULL), 0);
	}
	w->peer = sync_peer_up(bridge_sync(w->bridge), w, "mx", w->now);
	sync_on_hello(bridge_sync(w->bridge), w->peer, &hello, w->now);
}

static inline int world_teardown(void **state)
{
	struct bridge_world *w = *state;

	if (w->peer)
		sync_peer_down(bridge_sync(w->bridge), w->peer);
	bridge_free(w->bridge);
	for (size_t i = 0; i < w->n_entries; i++)
		buf_fini(&w->entries[i]);
	roster_unref(w->roster);
	store_close(w->shelf.store);
	tmpdir_free(w->shelf.dir);
	arena_fini(&w->arena);
	free(w);
	return 0;
}

/* ---- the writer's part */
/* A group up to `to` is in the ring, with its signed head; with nothing new, the head alone. */
static inline void world_publish(struct bridge_world *w, uint64_t to)
{
	struct commit_group *g = group_new(w->edge.size);
	struct note_signer s = world_signer(BYTES_LIT("eu/l1a"), false);
	struct buf text = {0}, packed = {0};

	g->items = mem_zalloc((to - g->from + 1) * sizeof(*g->items));
	for (; g->size < to; g->size++) {
		struct ledger_item *it = &g->items[g->n++];

		*it = shelf_item(g->size, &g->arena);
		if (w->packs && payload_pack(it->payload, &packed))
			it->packed = arena_dup(&g->arena, buf_bytes(&packed));
		buf_clear(&packed);
		assert_int_equal(tile_edge_append(&w->edge, &it->leaf, NULL, NULL), 0);
	}
	tile_edge_root(&w->edge, &g->root);
	checkpoint_put(&text, BYTES_LIT(SHELF_ORIGIN), g->size, &g->root);
	assert_int_equal(note_sign(buf_bytes(&text), &s, &g->note), 0);
	bridge_published(w->bridge, g);
	buf_fini(&text);
	buf_fini(&packed);
	note_signer_fini(&s);
}

/* ---- the peer's part: it asks for [from, to); `to` 0: for all */
static inline void world_ask(struct bridge_world *w, uint64_t from, uint64_t to)
{
	struct msg m = {.type = MSG_FETCH};
	struct errtext why = {""};

	m.u.fetch = (struct msg_fetch){.id = 1,
				       .origin = BYTES_LIT(SHELF_ORIGIN),
				       .from = from,
				       .to = to,
				       .budget_bytes = 64u << 20};
	assert_int_equal(sync_on_message(bridge_sync(w->bridge), w->peer, &m, w->now, &why), 0);
}

/* The answer's message number i; memory is the world's. */
static inline struct msg_entries world_answer(struct bridge_world *w, size_t i)
{
	struct bytes frame = buf_bytes(&w->entries[i]);
	struct msg m;

	assert_true(i < w->n_entries);
	assert_int_equal(msg_decode(frame.p[4], BYTES(frame.p + 5, frame.n - 5), &w->arena, &m, NULL), 0);
	return m.u.entries;
}

#endif
