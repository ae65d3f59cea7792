/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of BLOBS:
 *
 *   B state, I slot, hash[32] -> L bytes, L have, L time_ms, B flags, region that gave the first bytes
 *   B 'q', I slot             -> L bytes here of that log
 *
 * Of PARTS: I slot, hash[32], I number -> hash of the bytes, bytes
 */
#include "ledger/blobs.h"

#include <stdio.h>

#include "base/buf.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "store/key.h"

#define FLAG_MIXED 1
#define FLAG_PURE 2
#define ROW_BYTES (8 + 8 + 8 + 1)
#define KEY_BYTES (1 + 4 + sizeof(struct hash))

/* ---- rows */
static struct bytes row_key(struct store_key *k, enum blob_state state, const struct blob_ref *of)
{
	return store_key(k, "BID", (unsigned)state, of->slot, bytes_of_hash(&of->sha256));
}

static int row_decode(struct bytes v, enum blob_state state, struct blob *ret)
{
	struct rd r = rd_of(v);
	uint8_t flags;

	*ret = (struct blob){.state = state};
	ret->bytes = rd_u64(&r);
	ret->have = rd_u64(&r);
	ret->time_ms = rd_u64(&r);
	flags = rd_u8(&r);
	ret->mixed = flags & FLAG_MIXED;
	ret->pure = flags & FLAG_PURE;
	if (r.failed || r.rest.n >= sizeof(ret->from) || ret->have > ret->bytes ||
	    ret->bytes > BLOB_MAX_BYTES)
		return IMS_E_CORRUPT;
	if (r.rest.n)
		memcpy(ret->from, r.rest.p, r.rest.n);
	return 0;
}

int blob_find(struct store_txn *t, const struct blob_ref *of, struct blob *ret)
{
	static const enum blob_state states[] = {BLOB_HERE, BLOB_WANTED, BLOB_UPLOADED};
	int err = IMS_E_NOT_FOUND;

	for (size_t i = 0; err == IMS_E_NOT_FOUND && i < sizeof(states) / sizeof(states[0]); i++) {
		struct store_key k;
		struct bytes v;

		err = store_get(t, TABLE_BLOBS, row_key(&k, states[i], of), &v);
		if (!err)
			return row_decode(v, states[i], ret);
	}
	return err;
}

static int row_put(struct store_txn *t, const struct blob_ref *of, const struct blob *b)
{
	struct store_key k;
	size_t from = strlen(b->from);
	uint8_t *p = store_reserve(t, TABLE_BLOBS, row_key(&k, b->state, of), ROW_BYTES + from);

	if (!p)
		return store_txn_error(t);
	be64_put(p, b->bytes);
	be64_put(p + 8, b->have);
	be64_put(p + 16, b->time_ms);
	p[24] = (uint8_t)((b->mixed ? FLAG_MIXED : 0) | (b->pure ? FLAG_PURE : 0));
	memcpy(p + ROW_BYTES, b->from, from);
	return 0;
}

static int row_del(struct store_txn *t, const struct blob_ref *of, enum blob_state state)
{
	struct store_key k;

	return store_del(t, TABLE_BLOBS, row_key(&k, state, of));
}

/* ---- what a log's take */
uint64_t blob_bytes_of(struct store_txn *t, uint32_t slot)
{
	struct store_key k;
	struct bytes v;

	return store_get(t, TABLE_BLOBS, store_key(&k, "BI", (unsigned)'q', slot), &v) == 0 && v.n == 8
		       ? be64_get(v.p)
		       : 0;
}

static int bytes_change(struct store_txn *t, uint32_t slot, uint64_t more, uint64_t less)
{
	uint64_t now = blob_bytes_of(t, slot) + more;
	struct store_key k;
	uint8_t v[8];

	if (more == less)
		return 0;
	be64_put(v, now > less ? now - less : 0);
	return store_put(t, TABLE_BLOBS, store_key(&k, "BI", (unsigned)'q', slot), BYTES(v, sizeof(v)));
}

/* ---- parts */
static struct bytes part_key(struct store_key *k, const struct blob_ref *of, uint64_t n)
{
	uint8_t b[sizeof(struct hash) + 4];

	memcpy(b, of->sha256.b, sizeof(of->sha256.b));
	be32_put(b + sizeof(of->sha256.b), (uint32_t)n);
	return store_key(k, "ID", of->slot, BYTES(b, sizeof(b)));
}

static uint64_t part_count(uint64_t bytes)
{
	return (bytes + BLOB_PART_BYTES - 1) / BLOB_PART_BYTES;
}

static int parts_put(struct store_txn *t, const struct blob_piece *p)
{
	for (size_t at = 0; at < p->data.n; at += BLOB_PART_BYTES) {
		size_t n = p->data.n - at < BLOB_PART_BYTES ? p->data.n - at : BLOB_PART_BYTES;
		struct hash h;
		struct store_key k;
		uint8_t *to = store_reserve(t, TABLE_PARTS,
					    part_key(&k, &p->of, (p->offset + at) / BLOB_PART_BYTES),
					    sizeof(h.b) + n);

		if (!to)
			return store_txn_error(t);
		crypto_sha256(BYTES(p->data.p + at, n), &h);
		memcpy(to, h.b, sizeof(h.b));
		memcpy(to + sizeof(h.b), p->data.p + at, n);
	}
	return 0;
}

static int parts_drop(struct store_txn *t, const struct blob_ref *of, uint64_t have)
{
	int err = 0;

	for (uint64_t n = part_count(have); !err && n > 0; n--) {
		struct store_key k;

		err = store_del(t, TABLE_PARTS, part_key(&k, of, n - 1));
		if (err == IMS_E_NOT_FOUND)
			err = 0;
	}
	return err;
}

/* B2 */
static int part_read(struct store_txn *t, const struct blob_ref *of, const struct blob *b, uint64_t n,
		     struct bytes *ret)
{
	uint64_t from = n * BLOB_PART_BYTES;
	struct store_key k;
	struct bytes v;
	struct hash h;
	size_t size;
	int err;

	if (n >= part_count(b->have))
		return IMS_E_NOT_FOUND;
	size = b->have - from < BLOB_PART_BYTES ? (size_t)(b->have - from) : BLOB_PART_BYTES;
	err = store_get(t, TABLE_PARTS, part_key(&k, of, n), &v);
	if (err || v.n != sizeof(h.b) + size)
		return err && err != IMS_E_NOT_FOUND ? err : IMS_E_CORRUPT;
	*ret = BYTES(v.p + sizeof(h.b), size);
	crypto_sha256(*ret, &h);
	return memcmp(h.b, v.p, sizeof(h.b)) == 0 ? 0 : IMS_E_CORRUPT;
}

int blob_part(struct store_txn *t, const struct blob_ref *of, uint64_t n, struct bytes *ret)
{
	struct blob b;
	int err = blob_find(t, of, &b);

	if (!err && b.state != BLOB_HERE)
		err = IMS_E_NOT_FOUND;
	return err ? err : part_read(t, of, &b, n, ret);
}

static int hash_all(struct store_txn *t, const struct blob_ref *of, const struct blob *b)
{
	struct crypto_hasher *h = crypto_hasher_new();
	struct bytes part;
	struct hash have;
	int err = 0;

	for (uint64_t n = 0; !err && n < part_count(b->have); n++) {
		err = part_read(t, of, b, n, &part);
		if (!err)
			crypto_hasher_add(h, part);
	}
	crypto_hasher_finish(h, &have);
	return err ? err : hash_eq(&have, &of->sha256) ? 0 : IMS_E_HASH;
}

int blob_verify(struct store_txn *t, const struct blob_ref *of)
{
	struct blob b;
	int err = blob_find(t, of, &b);

	return err ? err : hash_all(t, of, &b);
}

/* ---- what cites it */
static int row_move(struct store_txn *t, const struct blob_ref *of, struct blob *b, enum blob_state to)
{
	int err = row_del(t, of, b->state);

	b->state = to;
	return err ? err : row_put(t, of, b);
}

int blob_cite(struct store_txn *t, const struct blob_ref *of, uint64_t bytes)
{
	struct blob b;
	int err = blob_find(t, of, &b);

	if (err == IMS_E_NOT_FOUND) {
		b = (struct blob){.state = BLOB_WANTED, .bytes = bytes};
		return row_put(t, of, &b);
	}
	if (err || b.state == BLOB_HERE || (b.state == BLOB_WANTED && b.bytes >= bytes))
		return err;
	if (b.state == BLOB_UPLOADED && blob_is_whole(&b))
		return row_move(t, of, &b, BLOB_HERE);
	b.bytes = b.bytes > bytes ? b.bytes : bytes;
	return b.state == BLOB_WANTED ? row_put(t, of, &b) : row_move(t, of, &b, BLOB_WANTED);
}

int blob_release(struct store_txn *t, const struct blob_ref *of)
{
	struct blob b;
	int err = blob_find(t, of, &b);

	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = parts_drop(t, of, b.have);
	if (!err)
		err = bytes_change(t, of->slot, 0, b.have);
	return err ? err : row_del(t, of, b.state);
}

int blob_set_loose(struct store_txn *t, const struct blob_ref *of)
{
	struct blob b;
	int err = blob_find(t, of, &b);

	if (err || b.state == BLOB_UPLOADED)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	return b.have ? row_move(t, of, &b, BLOB_UPLOADED) : row_del(t, of, b.state);
}

/* ---- what comes */
static bool is_piece(const struct blob_piece *p)
{
	return p->total > 0 && p->total <= BLOB_MAX_BYTES && p->offset % BLOB_PART_BYTES == 0 &&
	       p->offset <= p->total && p->data.n > 0 && p->data.n <= p->total - p->offset &&
	       (p->data.n % BLOB_PART_BYTES == 0 || p->offset + p->data.n == p->total);
}

static int row_for(struct store_txn *t, const struct blob_piece *p, struct blob *ret)
{
	int err = blob_find(t, &p->of, ret);

	if (err == IMS_E_NOT_FOUND && !*p->from) {
		*ret = (struct blob){.state = BLOB_UPLOADED, .bytes = p->total};
		return 0;
	}
	if (!err && *p->from && ret->state == BLOB_UPLOADED)
		return IMS_E_NOT_FOUND;
	if (!err && ret->state == BLOB_UPLOADED && ret->bytes != p->total && p->offset)
		return IMS_E_STALE;
	if (!err && ret->state == BLOB_WANTED && p->total > ret->bytes) /* what its documents say bounds it */
		return IMS_E_INVALID;
	return err;
}

/* All of it has come: is it what it was to be? */
static int judge(struct store_txn *t, const struct blob_piece *p, struct blob *b, enum blob_outcome *ret)
{
	int err = hash_all(t, &p->of, b);

	*ret = err ? BLOB_WRONG : BLOB_WHOLE;
	if (err != IMS_E_HASH)
		return err;
	err = parts_drop(t, &p->of, b->have);
	if (err || b->state == BLOB_WANTED)
		return err;
	err = row_del(t, &p->of, b->state); /* which there is none of, if it was one piece */
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* The row after the piece. */
static int settle(struct store_txn *t, const struct blob_piece *p, uint64_t had, uint64_t wanted,
		  enum blob_outcome outcome, struct blob *b)
{
	struct blob after = *b;
	int err;

	if (outcome == BLOB_WRONG) { /* *b says whose they were */
		after = (struct blob){.state = b->state, .bytes = wanted, .pure = b->pure || b->mixed};
	} else if (outcome == BLOB_MORE && b->state == BLOB_WANTED) {
		after.bytes = wanted; /* a peer's word of how long it is counts when it is whole */
	}
	err = bytes_change(t, p->of.slot, after.have, had);
	if (!err && outcome == BLOB_WRONG && b->state == BLOB_UPLOADED)
		return 0; /* its row is gone */
	if (!err && outcome == BLOB_WHOLE && b->state == BLOB_WANTED)
		err = row_move(t, &p->of, &after, BLOB_HERE);
	else if (!err)
		err = row_put(t, &p->of, &after);
	if (outcome != BLOB_WRONG)
		*b = after;
	return err;
}

/* After wrong bytes of several: on with another one's only from the start. */
static bool is_mixing(const struct blob_piece *p, const struct blob *b)
{
	return b->pure && strcmp(b->from, p->from) != 0;
}

int blob_append(struct store_txn *t, const struct blob_piece *p, enum blob_outcome *ret_outcome,
		struct blob *ret)
{
	uint64_t had, wanted;
	int err = is_piece(p) ? row_for(t, p, ret) : IMS_E_INVALID;

	if (err)
		return err;
	had = ret->have;
	wanted = ret->bytes;
	*ret_outcome = ret->state == BLOB_HERE || blob_is_whole(ret) ? BLOB_WHOLE : BLOB_MORE;
	if (*ret_outcome == BLOB_WHOLE || (p->offset && (p->offset != had || is_mixing(p, ret))))
		return 0;
	if (!p->offset) {
		err = parts_drop(t, &p->of, had);
		ret->mixed = false;
		snprintf(ret->from, sizeof(ret->from), "%s", p->from);
	}
	ret->mixed |= strcmp(ret->from, p->from) != 0;
	ret->have = p->offset + p->data.n;
	ret->bytes = p->total;
	ret->time_ms = p->now_ms;
	if (!err)
		err = parts_put(t, p);
	if (!err && ret->have == p->total)
		err = judge(t, p, ret, ret_outcome);
	return err ? err : settle(t, p, had, wanted, *ret_outcome, ret);
}

/* ---- all of them */
int blob_each(struct store_txn *t, enum blob_state state, uint32_t slot, const struct hash *after,
	      blob_each_fn *fn, void *ctx)
{
	struct blob_ref start = {.slot = slot};
	struct store_key prefix, from;
	struct store_cursor c;
	int err = 0;

	if (after)
		start.sha256 = *after;
	store_seek(&c, t, TABLE_BLOBS,
		   slot ? store_key(&prefix, "BI", (unsigned)state, slot)
			: store_key(&prefix, "B", (unsigned)state),
		   after ? row_key(&from, state, &start) : BYTES_NONE, false);
	for (; !err && store_cursor_ok(&c); store_next(&c)) {
		struct blob_ref of;
		struct blob b;

		if (c.key.n != KEY_BYTES) {
			err = IMS_E_CORRUPT;
			break;
		}
		of.slot = be32_get(c.key.p + 1);
		memcpy(of.sha256.b, c.key.p + 5, sizeof(of.sha256.b));
		if (after && hash_eq(&of.sha256, after))
			continue;
		err = row_decode(c.value, state, &b);
		if (!err)
			err = fn(ctx, &of, &b);
	}
	store_cursor_fini(&c);
	return err ? err : store_txn_error(t);
}
