/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node of sync_net.h is, and its store in memory, which keeps everything at once unless a
 * test tells it otherwise. The federation is eu, mx and us; every node may write its own log.
 */
#ifndef TESTS_UNIT_SYNC_STORE_H
#define TESTS_UNIT_SYNC_STORE_H

#include "unit/replication/roster_world.h"

#include "crypto/hash.h"
#include "replication/sync_int.h"
#include "wire/codec.h"
#include "wire/entry.h"

#define NET_NODES 3
#define NET_LOG_MAX 4096
#define NET_ROSTER                                                                                           \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 2 mx us\n" WORLD_REGION("eu", "participant", "") WORLD_REGION("mx", "participant", "")   \
		WORLD_REGION("us", "participant", "")

static const char *const net_regions[NET_NODES] = {"eu", "mx", "us"};
static const char *const net_origins[NET_NODES] = {"ims.example/eu/1", "ims.example/mx/1",
						   "ims.example/us/1"};

/* What a node has stored of one log. */
struct net_log {
	uint64_t n;
	struct msg_item item[NET_LOG_MAX]; /* spans in the net's arena */
	struct hash *level[13];		   /* perfect nodes, of leaves and up */
	uint64_t head_size, named_size;	   /* newest stored */
	bool frozen;
};

/* What a node has of a document: whole, or wanted. */
struct net_blob {
	bool used;
	struct hash sha256;
	unsigned audience; /* bit i: region i may have it */
	unsigned home;
	uint64_t bytes, have;
	uint8_t *b;	   /* `bytes` of them, in the net's arena */
	char from[13];
	bool mixed, pure, whole, no_room;
};
#define NET_BLOBS 602
#define NET_PART (64u << 10)

struct net_node;

/* One direction of a session. */
struct net_link {
	struct net_node *from, *to;
	struct net_link *back;
	struct sync_peer *peer; /* of `from`: the other side, as it knows it */
	bool up;
	void (*tamper)(struct msg *m); /* what a liar makes of its messages */
	unsigned n_sent, n_fetches, n_entries, n_evidence, n_blob_fetches;
	uint64_t blob_bytes;
	uint64_t max_from;
};

struct net_node {
	const char *own_origin; /* of the next start; NULL: the first incarnation */
	struct net *net;
	unsigned number;
	struct sync *sync;
	struct net_log logs[NET_NODES];
	struct net_link links[NET_NODES];
	struct net_blob blobs[NET_BLOBS];
	unsigned n_blob_jobs, n_questions;
	/* wishes of the test */
	int store_err;	     /* the store refuses with this */
	bool lacks_payloads; /* what it relays comes without */
	bool unreadable;     /* read fails */
	bool no_cosigning;
	/* what happened */
	unsigned n_evidence, n_recorded, n_ahead, n_misbehaved, n_cosignatures, n_own_cosigned;
	uint64_t ahead_size, cosignature_size;
	char cosignature_region[13];
	struct buf note_a, note_b, nodes; /* the last evidence */
	int closed_err; /* why it closed a session */
};

struct net_frame {
	struct net_frame *next;
	struct net_link *link;
	struct buf bytes;
};

struct net {
	struct net_node node[NET_NODES];
	struct roster *roster;
	struct arena arena;
	struct mono now;
	struct net_frame *first, **last;
	unsigned delivered;
};

static inline void net_copy(struct buf *to, struct bytes from)
{
	buf_clear(to);
	buf_put(to, from);
}

static inline unsigned net_number(const char *origin)
{
	for (unsigned i = 0; i < NET_NODES; i++)
		if (strcmp(net_origins[i], origin) == 0)
			return i;
	fail_msg("no log %s", origin);
	return 0;
}

static inline struct net_link *net_link_between(struct net *net, unsigned from, unsigned to)
{
	return &net->node[from].links[to];
}

/* ---- the store */
static inline void net_keep(struct net *net, struct net_log *l, const struct msg_item *it,
			    const struct hash *leaf)
{
	struct hash h = *leaf;

	assert_true(l->n < NET_LOG_MAX);
	l->item[l->n] = (struct msg_item){.index = l->n,
					  .entry = arena_dup(&net->arena, it->entry),
					  .state = it->state,
					  .salt = arena_dup(&net->arena, it->salt),
					  .payload = arena_dup(&net->arena, it->payload)};
	for (unsigned lv = 0;; lv++) {
		uint64_t at = l->n >> lv;

		if (!l->level[lv])
			l->level[lv] = mem_zalloc((NET_LOG_MAX >> lv) * sizeof(struct hash));
		l->level[lv][at] = h;
		if (!(at & 1))
			break;
		merkle_node(&l->level[lv][at - 1], &h, &h);
	}
	l->n++;
}

static inline int net_node_hash(void *ctx, const char *origin, unsigned level, uint64_t index,
				struct hash *ret)
{
	struct net_node *n = ctx;
	struct net_log *l = &n->logs[net_number(origin)];

	if (level > 12 || ((index + 1) << level) > l->n)
		return IMS_E_NOT_FOUND;
	*ret = l->level[level][index];
	return 0;
}

static inline int net_edge(void *ctx, const char *origin, struct tile_edge *ret)
{
	struct net_node *n = ctx;
	struct net_log *l = &n->logs[net_number(origin)];

	tile_edge_init(ret);
	for (uint64_t i = 0; i < l->n; i++)
		assert_int_equal(tile_edge_append(ret, &l->level[0][i], NULL, NULL), 0);
	return 0;
}

static inline int net_read(void *ctx, const char *origin, uint64_t from, uint64_t to, size_t budget_bytes,
			   const char *for_region, bool packed, struct arena *a, struct msg_item *items, size_t max,
			   size_t *ret_n)
{
	struct net_node *n = ctx;
	struct net_log *l = &n->logs[net_number(origin)];
	size_t bytes = 0;

	(void)for_region;
	(void)packed;
	(void)a;
	*ret_n = 0;
	if (n->unreadable)
		return IMS_E_LEAF;
	for (; from < to && from < l->n && *ret_n < max && (bytes == 0 || bytes < budget_bytes); from++) {
		struct msg_item *it = &items[(*ret_n)++];

		*it = l->item[from];
		if (n->lacks_payloads && it->state == MSG_PAYLOAD_HERE) {
			it->state = MSG_PAYLOAD_ABSENT;
			it->salt = it->payload = BYTES_NONE;
		}
		bytes += it->entry.n + it->payload.n + 64;
	}
	return 0;
}

static inline size_t net_wanted(void *ctx, const char *origin, uint64_t from, uint64_t *indexes, size_t max)
{
	struct net_node *n = ctx;
	struct net_log *l = &n->logs[net_number(origin)];
	size_t k = 0;

	for (; from < l->n && k < max; from++)
		if (l->item[from].state == MSG_PAYLOAD_ABSENT)
			indexes[k++] = from;
	return k;
}

#endif
