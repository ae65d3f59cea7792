/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a batch in the store of sync_store.h: entries, payloads, heads, or bytes of documents. */
#ifndef TESTS_UNIT_SYNC_BATCHES_H
#define TESTS_UNIT_SYNC_BATCHES_H

#include "unit/replication/sync_store.h"

/* My line on a named head that was reached. */
static inline void net_cosign(struct net_node *n, const struct sync_batch *b, struct buf *line)
{
	char words[8];
	struct note_signer s;
	struct note parsed;

	if (!b->named || b->head_size != n->logs[net_number(b->origin)].n || n->no_cosigning)
		return;
	snprintf(words, sizeof(words), "%s/ca", net_regions[n->number]);
	s = world_signer(bytes_of(words), false);
	assert_int_equal(note_parse(b->note, &parsed), 0);
	assert_int_equal(note_sign_line(parsed.text, &s, 77, line), 0);
	note_signer_fini(&s);
	n->n_own_cosigned++;
}

static inline int net_keep_batch(struct net_node *n, struct net_log *l, const struct sync_batch *b)
{
	if (n->store_err)
		return n->store_err;
	if (l->frozen)
		return IMS_E_FROZEN;
	if (b->type == SYNC_PACKAGE)
		assert_int_equal(b->from, l->n);
	for (size_t i = 0; i < b->n; i++) {
		const struct sync_entry *e = &b->entries[i];
		struct msg_item it = {
			.entry = e->entry, .state = e->payload_state, .salt = e->salt, .payload = e->payload};

		if (b->type == SYNC_PACKAGE) {
			net_keep(n->net, l, &it, &e->leaf);
			continue;
		}
		assert_true(e->index < l->n);
		l->item[e->index].state = e->payload_state;
		l->item[e->index].salt = arena_dup(&n->net->arena, e->salt);
		l->item[e->index].payload = arena_dup(&n->net->arena, e->payload);
	}
	if (b->note.n && b->head_size == l->n) {
		l->head_size = b->head_size;
		l->named_size = b->named ? b->head_size : l->named_size;
	}
	return 0;
}

/* ---- documents */
static inline struct net_blob *net_blob(struct net_node *n, const char *origin, const struct hash *sha256)
{
	for (unsigned i = 0; i < NET_BLOBS; i++)
		if (n->blobs[i].used && hash_eq(&n->blobs[i].sha256, sha256) &&
		    strcmp(net_origins[n->blobs[i].home], origin) == 0)
			return &n->blobs[i];
	return NULL;
}

static inline size_t net_blobs_wanted(void *ctx, const char *origin, const struct hash *after,
				      struct sync_blob *ret, size_t max)
{
	struct net_node *n = ctx;
	size_t k = 0;

	for (unsigned i = 0; i < NET_BLOBS && k < max; i++) {
		const struct net_blob *b = &n->blobs[i];

		if (!b->used || b->whole || strcmp(net_origins[b->home], origin) != 0 ||
		    (after && memcmp(b->sha256.b, after->b, 32) <= 0))
			continue;
		ret[k] = (struct sync_blob){
			b->sha256, b->bytes, b->have, .pure = b->pure, .no_room = b->no_room};
		memcpy(ret[k++].from, b->from, sizeof(b->from));
	}
	return k;
}

static inline bool net_blob_is_for(void *ctx, const char *origin, const struct hash *sha256, const char *region)
{
	const struct net_blob *b = net_blob(ctx, origin, sha256);

	((struct net_node *)ctx)->n_questions++;

	for (unsigned i = 0; b && i < NET_NODES; i++)
		if (strcmp(net_regions[i], region) == 0)
			return b->audience >> i & 1;
	return false;
}

static inline int net_blob_read(void *ctx, const char *origin, const struct hash *sha256, uint64_t offset, size_t max,
				const char *for_region, struct arena *a, uint64_t *ret_total, struct bytes *ret)
{
	const struct net_blob *b = net_blob(ctx, origin, sha256);
	size_t n;

	(void)a;
	if (!b || !b->whole || offset >= b->bytes || !net_blob_is_for(ctx, origin, sha256, for_region))
		return IMS_E_NOT_FOUND;
	n = b->bytes - offset < max ? (size_t)(b->bytes - offset) : max / NET_PART * NET_PART;
	*ret_total = b->bytes;
	*ret = BYTES(b->b + offset, n);
	return 0;
}

/* As ledger/blobs.c does. */
static inline int net_keep_piece(struct net_node *n, struct sync_batch *batch)
{
	struct sync_piece *p = &batch->piece;
	struct net_blob *b = net_blob(n, batch->origin, &p->sha256);
	struct hash have;

	n->n_blob_jobs++;
	if (!b || n->store_err)
		return n->store_err ? n->store_err : IMS_E_NOT_FOUND;
	if (!p->offset) {
		b->mixed = false;
		snprintf(b->from, sizeof(b->from), "%s", batch->peer);
	} else if (p->offset != b->have) {
		p->have = b->have;
		return 0;
	}
	b->mixed |= strcmp(b->from, batch->peer) != 0;
	memcpy(b->b + p->offset, p->data.p, p->data.n);
	p->have = b->have = p->offset + p->data.n;
	if (b->have < p->total)
		return 0;
	crypto_sha256(BYTES(b->b, b->have), &have);
	p->whole = b->whole = hash_eq(&have, &b->sha256);
	p->mixed = b->mixed;
	if (b->whole)
		return 0;
	b->pure |= b->mixed;
	b->have = 0;
	return IMS_E_HASH;
}

static inline void net_store_entries(struct net_node *n, struct sync_batch *b)
{
	struct buf line = {0};
	int err = net_keep_batch(n, &n->logs[net_number(b->origin)], b);

	if (!err && b->type != SYNC_PAYLOADS)
		net_cosign(n, b, &line);
	sync_stored(n->sync, b, err, 77, buf_bytes(&line), n->net->now);
	buf_fini(&line);
}

static inline void net_store(void *ctx, struct sync_batch *b)
{
	struct net_node *n = ctx;

	if (b->type == SYNC_BLOB) {
		sync_stored(n->sync, b, net_keep_piece(n, b), 77, BYTES_NONE, n->net->now);
		return;
	}
	net_store_entries(n, b);
}

/* ---- what is told and nobody here wants to know */
static inline void net_on_roster_behind(void *ctx, void *session, uint64_t their_version)
{
	(void)ctx;
	(void)session;
	(void)their_version;
}

static inline void net_on_sent(void *ctx, const char *peer, const char *origin, uint64_t from, uint64_t to,
			       uint64_t bytes)
{
	(void)ctx;
	(void)peer;
	(void)origin;
	(void)bytes;
	assert_true(from < to);
}

static inline void net_count_blobs(struct net_link *link, const struct msg *m)
{
	link->n_blob_fetches += m->type == MSG_BLOB_FETCH;
	link->blob_bytes += m->type == MSG_BLOBS ? m->u.blobs.data.n : 0;
}

#endif
