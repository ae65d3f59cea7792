/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replication of eu with one peer, mx, that need not be honest: what it says, and what replication
 * made of it. Nothing is on a disk: whatever is to be stored counts as stored at once.
 */
#ifndef TESTS_UNIT_REPLICATION_LIAR_H
#define TESTS_UNIT_REPLICATION_LIAR_H

#include "unit/replication/liar_log.h"

#include "replication/sync.h"

#define LIAR_EU "ims.example/eu/1"
#define LIAR_FETCHES_MAX 32

struct liar {
	struct arena arena; /* of logs, notes and messages */
	struct roster *roster;
	struct sync *sync;
	struct sync_peer *peer;
	struct msg_fetch fetch[LIAR_FETCHES_MAX]; /* what replication asked for */
	size_t n_fetches;
	/* and what it did */
	size_t n_stored, n_wanted, n_packed, n_heads; /* entries; of them without payload; packed; heads alone */
	unsigned n_evidence, n_proven, n_ahead, n_cosignatures; /* proven: with the roster alone */
	int misbehaved;
};

/* ---- what replication is given */
static inline int liar_on_send(void *ctx, void *session, const struct msg *m)
{
	struct liar *l = ctx;

	(void)session;
	if (m->type == MSG_FETCH && bytes_eq_text(m->u.fetch.origin, LIAR_MX)) {
		assert_true(l->n_fetches < LIAR_FETCHES_MAX);
		l->fetch[l->n_fetches++] = m->u.fetch;
	}
	return 0;
}

static inline void liar_on_store(void *ctx, struct sync_batch *b)
{
	struct liar *l = ctx;

	assert_string_equal(b->origin, LIAR_MX);
	if (b->type == SYNC_PACKAGE) {
		assert_int_equal(b->from, l->n_stored);
		l->n_stored += b->n;
		for (size_t i = 0; i < b->n; i++) {
			l->n_wanted += b->entries[i].payload_state != MSG_PAYLOAD_HERE;
			l->n_packed += b->entries[i].packed.n > 0;
		}
	}
	l->n_heads += b->type == SYNC_HEAD;
	sync_stored(l->sync, b, 0, 0, BYTES_NONE, (struct mono){0});
}

static inline void liar_on_cosignature(void *ctx, const char *origin, uint64_t size, const char *region,
				       uint64_t time_s, struct bytes line)
{
	(void)origin;
	(void)size;
	(void)region;
	(void)time_s;
	(void)line;
	((struct liar *)ctx)->n_cosignatures++;
}

static inline void liar_on_evidence(void *ctx, const char *origin, struct bytes a, struct bytes b,
				    struct bytes nodes, enum sync_conflict what)
{
	struct liar *l = ctx;
	struct evidence_verdict v;

	assert_string_equal(origin, LIAR_MX);
	assert_true(a.n && b.n && what == SYNC_FORK);
	l->n_evidence++;
	l->n_proven += evidence_verify(&(struct evidence){a, b, nodes}, l->roster, &v, NULL) == 0;
}

static inline void liar_on_ahead(void *ctx, const char *origin, uint64_t size, const char *peer)
{
	(void)origin;
	(void)size;
	(void)peer;
	((struct liar *)ctx)->n_ahead++;
}

static inline void liar_on_misbehaved(void *ctx, void *session, const char *origin, int err, const char *text)
{
	(void)session;
	(void)origin;
	(void)text;
	((struct liar *)ctx)->misbehaved = err;
}

static inline int liar_on_node(void *ctx, const char *origin, unsigned level, uint64_t index,
			       struct hash *ret)
{
	(void)ctx;
	(void)origin;
	(void)level;
	(void)index;
	(void)ret;
	return IMS_E_NOT_FOUND;
}

static inline int liar_on_edge(void *ctx, const char *origin, struct tile_edge *ret)
{
	(void)ctx;
	(void)origin;
	tile_edge_init(ret);
	return 0;
}

/* ---- life */
static inline int liar_setup(void **state)
{
	struct liar *l = mem_new(struct liar);
	struct sync_opts o = {
		.own_region = "eu",
		.own_origin = LIAR_EU,
		.software = "test",
		.window_bytes = 1u << 20,
		/* the others belong to timers and to what peers ask for */
		.ops = {.send = liar_on_send,
			.store = liar_on_store,
			.cosignature = liar_on_cosignature,
			.evidence = liar_on_evidence,
			.ahead = liar_on_ahead,
			.misbehaved = liar_on_misbehaved,
			.node = liar_on_node,
			.edge = liar_on_edge,
			.ctx = l},
	};
	struct msg_hello hello = {.version = 1, .roster_version = 1};

	arena_init(&l->arena, 64u << 20);
	l->roster = world_roster(WORLD, NULL);
	l->sync = sync_new(&o, l->roster, (struct mono){0});
	for (const char *const *origin = (const char *const[]){LIAR_EU, LIAR_MX, NULL}; *origin; origin++)
		assert_int_equal(sync_start_log(l->sync, &(struct sync_start){.origin = *origin}), 0);
	l->peer = sync_peer_up(l->sync, l, "mx", (struct mono){0});
	sync_on_hello(l->sync, l->peer, &hello, (struct mono){0});
	*state = l;
	return 0;
}

static inline int liar_teardown(void **state)
{
	struct liar *l = *state;

	sync_free(l->sync);
	roster_unref(l->roster);
	arena_fini(&l->arena);
	free(l);
	return 0;
}

/* ---- what the peer says */
static inline struct liar_log *liar_log(struct liar *l, size_t n, const char *word)
{
	return liar_log_new(&l->arena, n, word);
}

static inline int liar_say(struct liar *l, const struct msg *m)
{
	return sync_on_message(l->sync, l->peer, m, (struct mono){0}, NULL);
}

static inline int liar_show(struct liar *l, struct bytes note)
{
	struct msg_head h = {note, true, false};

	return liar_say(l, &(struct msg){.type = MSG_HEADS, .u.heads = {&h, 1}});
}

/* The newest fetch that entries from here on would answer. */
static inline const struct msg_fetch *liar_fetch(struct liar *l, uint64_t from)
{
	for (size_t i = l->n_fetches; i-- > 0;)
		if (from >= l->fetch[i].from && (l->fetch[i].to == 0 || from < l->fetch[i].to))
			return &l->fetch[i];
	fail_msg("nobody asked for entry %" PRIu64, from);
	return NULL;
}

/* Entries [from, to) of a log, proven to its head: an answer, or a part of it. */
static inline int liar_answer(struct liar *l, struct liar_log *log, uint64_t from, uint64_t to)
{
	const struct msg_fetch *f = liar_fetch(l, from);
	struct msg m = {.type = MSG_ENTRIES};
	struct merkle_proof proof;

	assert_int_equal(merkle_prove_subtree(liar_node, log, from - from % TILE_WIDTH, to, log->n, &proof),
			 0);
	m.u.entries = (struct msg_entries){.id = f->id,
					   .origin = BYTES_LIT(LIAR_MX),
					   .from = from,
					   .items = &log->item[from],
					   .n_items = to - from,
					   .proof = BYTES(proof.hash, proof.n * sizeof(struct hash)),
					   .checkpoint = liar_head(log, LIAR_MX, "mx/l1a"),
					   .last = to == f->to || to == log->n,
					   .named = true};
	return liar_say(l, &m);
}

/* What is known of mx's log. */
static inline struct sync_log_info liar_info(struct liar *l, const char *origin)
{
	struct sync_log_info info = {0};

	for (size_t i = 0; i < sync_log_count(l->sync); i++) {
		sync_log_at(l->sync, i, &info);
		if (strcmp(info.origin, origin) == 0)
			return info;
	}
	fail_msg("%s is not known", origin);
	return info;
}

#endif
