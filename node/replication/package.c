/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package: entries [from, end) inside one tile of 256, and the subtree proof of [256k, end) to
 * a signed checkpoint. We hold [0, from), so more can be asked of it than that the proof fits:
 * its left nodes must be our own history, or the checkpoint tells another one.
 */
#include "replication/package.h"
#include "wire/entry.h"
#include "wire/pack.h"

static uint64_t pow2_below(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static unsigned log2_of(uint64_t k)
{
	return (unsigned)__builtin_ctzll(k);
}

/* Walk from the root of D[0:n] down to [start, end); proof hashes are consumed from the end. */
static int left_nodes_are_ours(const struct tile_edge *edge, uint64_t start, uint64_t end, uint64_t n,
			       const struct hash *proof, size_t n_proof)
{
	uint64_t offset = 0;

	while (start != 0 || end != n) {
		uint64_t k = pow2_below(n);
		struct hash mine;

		if (n_proof == 0)
			return IMS_E_PROOF;
		n_proof--;
		if (end <= k) {
			n = k;
			continue;
		}
		if (k <= start) {
			unsigned level = log2_of(k);
			int err = tile_edge_node((void *)(uintptr_t)edge, level, offset >> level, &mine);

			if (err)
				return IMS_E_BUG; /* peaks of our own tree */
			if (!hash_eq(&mine, &proof[n_proof]))
				return IMS_E_CONFLICT;
			start -= k;
		} else {
			start = 0; /* [start, end) reaches over k, so start was the subtree's own 0 */
		}
		offset += k;
		end -= k;
		n -= k;
	}
	return 0;
}

int package_verify(const struct tile_edge *edge, const struct msg_entries *e, const struct checkpoint *c,
		   struct hash leaf[TILE_WIDTH])
{
	const struct hash *proof = (const struct hash *)(const void *)e->proof.p;
	uint64_t start = e->from - e->from % TILE_WIDTH, end = e->from + e->n_items;
	struct hash block[TILE_WIDTH], subtree;
	size_t held = (size_t)(e->from - start), n_proof = e->proof.n / sizeof(struct hash);
	int err;

	if (e->from != edge->size || e->n_items == 0 || held + e->n_items > TILE_WIDTH || end > c->size)
		return IMS_E_RANGE;
	memcpy(block, edge->hash[0], held * sizeof(struct hash));
	for (size_t i = 0; i < e->n_items; i++) {
		if (e->items[i].entry.n == 0 || e->items[i].entry.n > ENTRY_MAX_BYTES)
			return IMS_E_LIMIT;
		merkle_leaf(e->items[i].entry, &leaf[i]);
	}
	memcpy(block + held, leaf, e->n_items * sizeof(struct hash));
	tile_root(block, (unsigned)(held + e->n_items), &subtree);
	err = merkle_verify_subtree(start, end, c->size, &subtree, proof, n_proof, &c->root);
	return err ? err : left_nodes_are_ours(edge, start, end, c->size, proof, n_proof);
}

/* ---- what a package tells of its tree */

/* The parts of the tree that the proof's hashes are of, as left_nodes_are_ours() walks. */
static void find_parts(struct package_view *v, const struct hash *proof, size_t n_proof)
{
	uint64_t lo = 0, hi = v->size, at = v->start;

	while (n_proof && v->n_parts < MERKLE_LEVELS && (at != lo || v->end != hi)) {
		uint64_t mid = lo + pow2_below(hi - lo);

		n_proof--;
		if (v->end <= mid) {
			v->part[v->n_parts++] = (struct package_part){mid, hi, proof[n_proof]};
			hi = mid;
		} else if (mid <= at) {
			v->part[v->n_parts++] = (struct package_part){lo, mid, proof[n_proof]};
			lo = mid;
		} else { /* of the package itself, whose leaves are here */
			lo = at = mid;
		}
	}
}

void package_view(struct package_view *v, const struct log_nodes *own, const struct msg_entries *e, uint64_t size)
{
	size_t held = (size_t)(e->from % TILE_WIDTH);

	*v = (struct package_view){
		.start = e->from - held, .end = e->from + e->n_items, .size = size, .own = *own};
	memcpy(v->leaf, own->log->edge->hash[0], held * sizeof(struct hash));
	for (size_t i = 0; i < e->n_items; i++)
		merkle_leaf(e->items[i].entry, &v->leaf[held + i]);
	find_parts(v, (const struct hash *)(const void *)e->proof.p, e->proof.n / sizeof(struct hash));
}

/* Within a part on the left whose hash is ours, the tree is ours. */
static int span_of_ours(struct package_view *v, const struct package_part *part, uint64_t lo, uint64_t hi,
			struct hash *ret)
{
	struct hash mine;
	int err = IMS_E_NOT_FOUND;

	if (part->hi <= v->start)
		err = merkle_subtree_root(sync_node, &v->own, part->lo, part->hi, &mine);
	if (!err && !hash_eq(&mine, &part->hash))
		err = IMS_E_NOT_FOUND;
	return err ? err : merkle_subtree_root(sync_node, &v->own, lo, hi, ret);
}

int package_span(void *package_view, uint64_t lo, uint64_t hi, struct hash *ret)
{
	struct package_view *v = package_view;
	struct hash left, right;
	uint64_t mid;
	int err;

	if (v->start <= lo && hi <= v->end) {
		tile_root(&v->leaf[lo - v->start], (unsigned)(hi - lo), ret);
		return 0;
	}
	for (size_t i = 0; i < v->n_parts; i++) {
		const struct package_part *part = &v->part[i];

		if (lo < part->lo || hi > part->hi)
			continue;
		if (lo != part->lo || hi != part->hi)
			return span_of_ours(v, part, lo, hi, ret);
		*ret = part->hash;
		return 0;
	}
	if (hi - lo < 2)
		return IMS_E_NOT_FOUND;
	/* Over several parts: of the two halves at most one is cut by a border of each, so this is short. */
	mid = lo + pow2_below(hi - lo);
	err = package_span(v, lo, mid, &left);
	if (!err)
		err = package_span(v, mid, hi, &right);
	if (!err)
		merkle_node(&left, &right, ret);
	return err;
}

/* ---- payloads
 *
 * A packed one is judged by what it unpacks to; what does not unpack is as a wrong one. */
static int take_payload(const struct msg_item *it, const struct hash *commitment, struct arena *a, struct bytes *ret)
{
	struct bytes payload = it->payload;
	struct hash h;
	int err = it->packed.n ? payload_unpack(it->packed, a, &payload) : 0;

	if (err)
		return err == IMS_E_CORRUPT ? IMS_E_COMMITMENT : err;
	merkle_commitment(it->salt, payload, &h);
	if (!hash_eq(&h, commitment))
		return IMS_E_COMMITMENT;
	*ret = it->packed.n ? payload : arena_dup(a, payload);
	return arena_error(a);
}

int package_judge_payload(struct msg_item *it, bool from_home, struct arena *a, struct bytes *ret_payload)
{
	struct arena of_entry;
	struct entry en;
	int err;

	*ret_payload = BYTES_NONE;
	arena_init(&of_entry, 65536);
	err = entry_decode(it->entry, &of_entry, &en, NULL);
	if (err == IMS_E_NOMEM) {
		arena_fini(&of_entry);
		return err;
	}
	if (err || !en.has_commitment) { /* nothing to hold a payload against (S3) */
		it->state = MSG_PAYLOAD_NONE;
		it->payload = it->packed = it->salt = BYTES_NONE;
		arena_fini(&of_entry);
		return 0;
	}
	if (it->state == MSG_PAYLOAD_HERE) {
		err = take_payload(it, &en.commitment, a, ret_payload);
	} else if (it->state != MSG_PAYLOAD_NOT_FOR_YOU || !from_home || en.audience == ENTRY_PUBLIC ||
		   en.audience == ENTRY_FEDERATION) {
		/* What all may see is wanted whatever the peer says; whom the rest is for, only its home
		 * may say, also of audiences of the future, which are no reason to wait (inv. 6). */
		it->state = MSG_PAYLOAD_ABSENT;
	}
	arena_fini(&of_entry);
	return err;
}
