/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package: entries [from, end) inside one tile of 256, and the subtree proof of [256k, end) to
 * a signed checkpoint. We hold [0, from), so more can be asked of it than that the proof fits:
 * its left nodes must be our own history, or the checkpoint tells another one.
 */
#include "crypto/hash.h"
#include "replication/sync_int.h"
#include "wire/entry.h"

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

static void commitment_of(struct bytes salt, struct bytes payload, struct hash *ret)
{
	const uint8_t domain = 0x02;

	crypto_sha256_parts((struct bytes[]){BYTES(&domain, 1), salt, payload}, 3, ret);
}

int package_judge_payload(struct msg_item *it, bool from_home)
{
	struct arena a;
	struct entry en;
	struct hash h;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(it->entry, &a, &en, NULL);
	if (err || !en.has_commitment) { /* nothing to hold a payload against (S3) */
		it->state = MSG_PAYLOAD_NONE;
		it->payload = it->salt = BYTES_NONE;
		arena_fini(&a);
		return 0;
	}
	if (it->state == MSG_PAYLOAD_HERE) {
		commitment_of(it->salt, it->payload, &h);
		err = hash_eq(&h, &en.commitment) ? 0 : IMS_E_COMMITMENT;
	} else if (it->state != MSG_PAYLOAD_NOT_FOR_YOU || !from_home || en.audience == ENTRY_PUBLIC ||
		   en.audience == ENTRY_FEDERATION) {
		/* What all may see is wanted whatever the peer says; whom the rest is for, only its home
		 * may say, also of audiences of the future, which are no reason to wait (inv. 6). */
		it->state = MSG_PAYLOAD_ABSENT;
	}
	arena_fini(&a);
	return err;
}
