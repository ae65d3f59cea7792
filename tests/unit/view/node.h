/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node without network: a commit object over a real store and ring in a fresh directory, with
 * a clock and randomness of the test's. The federation is eu (the node), mx and us.
 */
#ifndef TESTS_UNIT_VIEW_NODE_H
#define TESTS_UNIT_VIEW_NODE_H

#include "unit/registry/payload.h"
#include "unit/replication/roster_world.h"
#include "unit/store/tmpdir.h"

#include "ledger/heads.h"
#include "ledger/meta.h"
#include "store/key.h"
#include "view/commit_int.h"
#include "view/digest.h"
#include "view/record.h"

#define FIXTURE_ROSTER                                                                                       \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 1 mx\n" WORLD_REGION("eu", "participant", "") WORLD_REGION("mx", "participant", "")      \
		WORLD_REGION("us", "participant", "")

#define FIXTURE_ORIGIN "ims.example/eu/1"
#define FIXTURE_JOURNAL "ims.example/eu/journal/1"
#define FIXTURE_HEAD_MS 250

struct node {
	char *dir;
	/* of the next start */
	uint64_t map_bytes, map_max_bytes, ring_bytes;
	unsigned map_low_percent;
	uint64_t disk_low_bytes;
	const uint8_t *new_instance; /* of a ring that has to be made */
	bool gate_open;
	const char *origin;
	struct store *store;
	struct ring *ring;
	struct commit *commit;
	struct roster *roster;
	struct reference *reference;
	struct poison *poison; /* of the next start */
	struct note_signer log_signer, cosigner;
	int64_t wall_ms, mono_ms;
	uint64_t random;
	struct errtext why;

	/* what the commit object told */
	unsigned n_completed, n_published, n_states;
	int fatal;
	enum commit_state state;
	char reason[240];
	/* own log in the database; records of the ring: of the newest live package; in the database */
	uint64_t committed, live_seq, committed_seq, published_size;
	struct hash published_root;
	char published_note[2048]; /* the last, "" when it had none */
	bool published_named;
};

/* ---- what the commit object is given */
static inline void node_complete(void *ctx, struct commit_job *job)
{
	struct node *n = ctx;

	n->n_completed++;
	if (job->type == COMMIT_PACKAGE && job->u.package.ret_ring_seq)
		n->live_seq = job->u.package.ret_ring_seq;
}

static inline void node_published(void *ctx, struct commit_group *g)
{
	struct node *n = ctx;

	n->n_published++;
	n->published_size = g->size;
	n->published_root = g->root;
	n->published_named = g->named;
	snprintf(n->published_note, sizeof(n->published_note), "%.*s", (int)g->note.n,
		 (const char *)g->note.p);
	assert_int_equal(g->n, g->size - g->from);
	commit_group_unref(g);
}

static inline void node_committed(void *ctx, uint64_t own_size, uint64_t ring_seq)
{
	((struct node *)ctx)->committed = own_size;
	((struct node *)ctx)->committed_seq = ring_seq;
}

static inline void node_state(void *ctx, enum commit_state s, const char *reason)
{
	struct node *n = ctx;

	n->n_states++;
	n->state = s;
	snprintf(n->reason, sizeof(n->reason), "%s", reason);
}

static inline void node_fatal(void *ctx, int err, const char *why)
{
	struct node *n = ctx;

	(void)why;
	n->fatal = err;
}

static inline struct wall node_wall(void *ctx)
{
	return (struct wall){((struct node *)ctx)->wall_ms};
}

static inline struct mono node_mono(void *ctx)
{
	return (struct mono){((struct node *)ctx)->mono_ms * 1000000};
}

static inline void node_random(void *ctx, void *p, size_t n_bytes)
{
	struct node *n = ctx;
	struct hash h;

	while (n_bytes) {
		size_t k = n_bytes < sizeof(h) ? n_bytes : sizeof(h);

		n->random++;
		crypto_sha256(BYTES(&n->random, sizeof(n->random)), &h);
		memcpy(p, &h, k);
		p = (uint8_t *)p + k;
		n_bytes -= k;
	}
}

/* ---- life */
static inline void node_advance(struct node *n, int64_t ms)
{
	n->wall_ms += ms;
	n->mono_ms += ms;
}

static inline int node_setup(void **state)
{
	static const uint8_t first_life[RING_INSTANCE_BYTES] = "first life";
	struct node *n = mem_new(struct node);
	char *lists = mem_printf("%s/config/reference", top_dir());

	*n = (struct node){.dir = tmpdir_new(),
			   .map_bytes = 4u << 20,
			   .map_max_bytes = 64u << 20,
			   .ring_bytes = 8u << 20,
			   .map_low_percent = 90,
			   .new_instance = first_life,
			   .gate_open = true,
			   .origin = FIXTURE_ORIGIN,
			   .wall_ms = 1700000000000, .mono_ms = 1000};
	assert_int_equal(reference_load(lists, &n->reference, &n->why), 0);
	free(lists);
	n->roster = world_roster(FIXTURE_ROSTER, "eu/da mx/da us/da");
	n->log_signer = world_signer(bytes_of("eu/l1a"), false);
	n->cosigner = world_signer(bytes_of("eu/ca"), false);
	*state = n;
	return 0;
}

static inline void node_open_files(struct node *n)
{
	char *path = tmpdir_path(n->dir, "ring");
	struct store_opts so = {.dir = n->dir,
				.tables = ledger_tables,
				.n_tables = TABLE_COUNT,
				.max_extra_tables = 64,
				.map_bytes = n->map_bytes,
				.map_max_bytes = n->map_max_bytes};
	struct ring_opts ro = {
		.path = path, .size_bytes = n->ring_bytes, .instance = n->new_instance, .create = true};

	assert_int_equal(store_open(&so, &n->store, &n->why), 0);
	assert_int_equal(ring_open(&ro, &n->ring, &n->why), 0);
	free(path);
}

/* Open store, ring and commit. The error of commit_open(). */
static inline int node_start(struct node *n)
{
	struct commit_opts o = {.federation = "ims.example",
				.region = "eu",
				.origin = n->origin,
				.log_signer = &n->log_signer,
				.cosigner = &n->cosigner,
				.roster = n->roster,
				.reference = n->reference,
				.poison = n->poison,
				.quiet_ms = 20,
				.head_interval_ms = FIXTURE_HEAD_MS,
				.dirty_max_bytes = 64u << 20,
				.disk_low_bytes = n->disk_low_bytes,
				.map_low_percent = n->map_low_percent,
				.gate_open = n->gate_open,
				.ops = {node_complete, node_published, node_committed, node_state, node_fatal,
					node_wall, node_mono, node_random, n, NULL}};

	n->state = COMMIT_READY;
	n->reason[0] = '\0';
	node_open_files(n);
	o.store = n->store;
	o.ring = n->ring;
	return commit_open(&o, &n->commit, &n->why);
}

static inline void node_close_files(struct node *n)
{
	ring_close(n->ring);
	store_close(n->store);
	n->ring = NULL;
	n->store = NULL;
}

static inline void node_stop(struct node *n)
{
	assert_int_equal(commit_close(n->commit), 0);
	n->commit = NULL;
	node_close_files(n);
}

/* kill -9: what the open transaction holds is gone. */
static inline void node_crash(struct node *n)
{
	n->commit->dirty = false;
	n->commit->received = (struct received){0};
	node_stop(n);
}

static inline int node_teardown(void **state)
{
	struct node *n = *state;

	if (n->commit)
		node_crash(n);
	else if (n->store)
		node_close_files(n);
	roster_unref(n->roster);
	reference_free(n->reference);
	note_signer_fini(&n->log_signer);
	note_signer_fini(&n->cosigner);
	tmpdir_free(n->dir);
	free(n);
	return 0;
}

#endif
