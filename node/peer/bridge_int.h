/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by bridge.c (jobs, life) and bridge_read.c (what replication reads). */
#ifndef PEER_BRIDGE_INT_H
#define PEER_BRIDGE_INT_H

#include "peer/bridge.h"

#define SENT_RANGES_MAX 64
#define SENT_ROW_MS 1000
#define DAMAGE_TOLD_MS 60000

/* What was sent to one peer of one log and is not in the journal yet. */
struct sent_range {
	char peer[16], origin[ORIGIN_MAX_BYTES + 1];
	uint64_t from, to, bytes;
	struct mono since;
};

struct bridge {
	struct bridge_opts o;
	struct sync *sync;
	struct commit_group **tail;	/* in the ring, not yet known to be in LMDB */
	size_t n_tail, tail_capacity;
	uint64_t durable, committed;
	bool gate_asked, rolled_back, damage_told;
	struct mono damage_told_at;
	struct sent_range sent[SENT_RANGES_MAX];
	size_t n_sent;
};

struct bridge_start {
	struct store_txn *txn;
	struct arena arena;
	struct sync_start logs[LEDGER_LOGS_MAX];
	size_t n;
};

/* Implementations of struct sync_ops; ctx is the bridge. */
int bridge_read(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
		const char *for_region, struct arena *a, struct msg_item *items, size_t max, size_t *ret_n);
int bridge_node(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret);
int bridge_edge(void *ctx, const char *origin, struct tile_edge *ret);
size_t bridge_wanted(void *ctx, const char *origin, uint64_t from, uint64_t *indexes, size_t max);

#endif
