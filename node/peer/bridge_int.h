/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by bridge.c (jobs, life) and bridge_read.c (what replication reads). */
#ifndef PEER_BRIDGE_INT_H
#define PEER_BRIDGE_INT_H

#include "peer/bridge.h"

struct bridge {
	struct bridge_opts o;
	struct sync *sync;
	struct commit_group **tail;	/* in the ring, not yet known to be in LMDB */
	size_t n_tail, tail_capacity;
	uint64_t durable, committed;
	bool gate_asked, rolled_back;
};

struct bridge_start {
	struct store_txn *txn;
	struct arena arena;
	const char *own_region;
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
