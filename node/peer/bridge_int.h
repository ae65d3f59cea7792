/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by bridge.c (jobs, life), bridge_read.c (what replication reads), bridge_blobs.c (bytes of documents) and
 * bridge_recover.c. */
#ifndef PEER_BRIDGE_INT_H
#define PEER_BRIDGE_INT_H

#include "peer/bridge.h"
#include "peer/tails.h"

#define SENT_RANGES_MAX 64
#define SENT_ROW_MS 1000
#define SENT_BLOB_MS 60000
#define DAMAGE_TOLD_MS 60000

/* What was sent to one peer of one log and is not in the journal yet. */
struct sent_range {
	char peer[16], origin[ORIGIN_MAX_BYTES + 1];
	uint64_t from, to, bytes;
	struct mono since;
};

/* The document that was sent last. */
struct sent_blob {
	struct hash sha256;
	char peer[16];
	struct mono at;
};

struct bridge {
	struct bridge_opts o;
	struct sync *sync;
	struct tails *tails; /* in the ring, not yet known to be in LMDB */
	uint64_t durable, committed; /* of the own log */
	bool gate_asked, needs_all_heads; /* COMMIT_OPEN_GATE is on its way, or was */
	bool rolled_back, overriding, finishing;
	enum commit_state state;
	struct mono finish_at; /* not before: it has failed */
	int64_t finish_pause_ms;
	struct mono heads_since; /* what peers show counts from here on */
	bool damage_told;
	struct mono damage_told_at;
	struct sent_range sent[SENT_RANGES_MAX];
	size_t n_sent;
	struct sent_blob sent_blob;
};

struct bridge_start {
	struct store_txn *txn;
	struct arena arena;
	struct sync_start logs[LEDGER_LOGS_MAX];
	size_t n;
};

/* Give the writer a job; without a `done` of its own it is freed when it is complete. */
void bridge_submit(struct bridge *b, struct commit_job *job);
/* What the store holds of one log, for replication to start from; st->txn is open. */
IMS_MUST_CHECK int bridge_start_log(struct bridge_start *st, const char *origin);
void bridge_start_cosigs(struct bridge *b, struct bridge_start *st, const char *origin, struct bytes note);
/* bridge_recover.c: timers */
void bridge_recover_tick(struct bridge *b);
void bridge_ahead(struct bridge *b, const char *origin, uint64_t size, const char *peer);

/* Implementations of struct sync_ops; ctx is the bridge. */
int bridge_read(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
		const char *for_region, bool packed, struct arena *a, struct msg_item *items, size_t max,
		size_t *ret_n);
int bridge_node(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret);
int bridge_edge(void *ctx, const char *origin, struct tile_edge *ret);
size_t bridge_wanted(void *ctx, const char *origin, uint64_t from, uint64_t *indexes, size_t max);

/* May own damage be told of again? It is, once a minute. */
bool bridge_may_tell_damage(struct bridge *b);

/* bridge_blobs.c: the same of documents, a piece as the writer's job, and what came of it. */
size_t bridge_blobs_wanted(void *ctx, const char *origin, const struct hash *after, struct sync_blob *ret, size_t max);
bool bridge_blob_is_for(void *ctx, const char *origin, const struct hash *sha256, const char *region);
int bridge_blob_read(void *ctx, const char *origin, const struct hash *sha256, uint64_t offset, size_t max,
		     const char *for_region, struct arena *a, uint64_t *ret_total, struct bytes *ret);
void bridge_blob_job(const struct sync_batch *batch, struct commit_blob *ret);
void bridge_blob_done(struct commit_job *job, struct sync_piece *ret);

#endif
