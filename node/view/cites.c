/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of CITES, both ways:
 *
 *   'h', L L L L hash, I slot, L index              -> "c"
 *   'r', I series, L number, I slot, L index        -> hash[32]
 */
#include "view/cites.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ledger/blobs.h"
#include "registry/document.h"
#include "store/key.h"
#include "wire/codec.h"

#define HASH_KEY_BYTES (1 + sizeof(struct hash))
#define RECORD_ENTRIES_MAX 256 /* taken away at a time */

static struct bytes hash_key(struct store_key *k, const struct hash *h, const struct cite *c)
{
	return c ? store_key(k, "BLLLLIL", (unsigned)'h', be64_get(h->b), be64_get(h->b + 8),
			     be64_get(h->b + 16), be64_get(h->b + 24), c->slot, c->index)
		 : store_key(k, "BLLLL", (unsigned)'h', be64_get(h->b), be64_get(h->b + 8),
			     be64_get(h->b + 16), be64_get(h->b + 24));
}

static struct bytes record_key(struct store_key *k, const struct series_id *at, const struct cite *c)
{
	return c ? store_key(k, "BILIL", (unsigned)'r', at->series, at->number, c->slot, c->index)
		 : store_key(k, "BIL", (unsigned)'r', at->series, at->number);
}

int cites_add(struct store_txn *t, const struct ledger_log *log, const struct ledger_item *item,
	      struct bytes kind, const struct series_id *at)
{
	const struct cite c = {log->slot, item->index};
	struct document d;
	struct store_key k;
	struct arena a;
	int err;

	if (item->payload_state != LEDGER_PAYLOAD_HERE)
		return 0;
	arena_init(&a, 3 * codec_budget(item->payload.n));
	err = document_of(kind, item->payload, &a, &d);
	arena_fini(&a);
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = store_put(t, TABLE_CITES, hash_key(&k, &d.sha256, &c), BYTES_LIT("c"));
	if (!err)
		err = store_put(t, TABLE_CITES, record_key(&k, at, &c), bytes_of_hash(&d.sha256));
	return err ? err : blob_cite(t, &d.sha256, d.bytes, log->slot);
}

/* Of one log, from its slot on or a later one's: how many, and in *ret_slot whose. */
static size_t of_next_log(struct store_txn *t, const struct hash *sha256, uint32_t *slot, struct cite *ret,
			  size_t max)
{
	const struct cite from = {*slot, 0};
	struct store_cursor c;
	struct store_key k, start;
	size_t n = 0;

	for (store_seek(&c, t, TABLE_CITES, hash_key(&k, sha256, NULL), hash_key(&start, sha256, &from),
			false);
	     store_cursor_ok(&c) && n < max && n < CITES_PER_LOG; store_next(&c)) {
		if (c.key.n != HASH_KEY_BYTES + 12 || (n && be32_get(c.key.p + HASH_KEY_BYTES) != *slot))
			break;
		ret[n].slot = *slot = be32_get(c.key.p + HASH_KEY_BYTES);
		ret[n++].index = be64_get(c.key.p + HASH_KEY_BYTES + 4);
	}
	store_cursor_fini(&c);
	return n;
}

size_t cites_of(struct store_txn *t, const struct hash *sha256, struct cite *ret, size_t max)
{
	uint32_t slot = 0;
	size_t n = 0, more;

	while (n < max && (more = of_next_log(t, sha256, &slot, ret + n, max - n)) > 0) {
		n += more;
		slot++;
	}
	return n;
}

/* One citation of a record's entry. */
struct ending {
	struct cite cite;
	struct hash sha256;
};

static int end_one(struct store_txn *t, const struct series_id *at, const struct ending *e)
{
	struct store_key k;
	struct cite other;
	int err = store_del(t, TABLE_CITES, record_key(&k, at, &e->cite));

	if (!err)
		err = store_del(t, TABLE_CITES, hash_key(&k, &e->sha256, &e->cite));
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	return cites_of(t, &e->sha256, &other, 1) ? 0 : blob_release(t, &e->sha256);
}

/* The next of a record's citations. */
static size_t next_endings(struct store_txn *t, const struct series_id *at, struct ending *ret, size_t max)
{
	struct store_cursor c;
	struct store_key k;
	struct bytes prefix = record_key(&k, at, NULL);
	size_t n = 0;

	for (store_seek(&c, t, TABLE_CITES, prefix, BYTES_NONE, false); store_cursor_ok(&c) && n < max;
	     store_next(&c))
		if (c.key.n == prefix.n + 12 && c.value.n == sizeof(ret[n].sha256.b)) {
			ret[n].cite.slot = be32_get(c.key.p + prefix.n);
			ret[n].cite.index = be64_get(c.key.p + prefix.n + 4);
			memcpy(ret[n++].sha256.b, c.value.p, sizeof(ret[0].sha256.b));
		}
	store_cursor_fini(&c);
	return n;
}

int cites_end(struct store_txn *t, const struct series_id *at)
{
	struct ending *e = mem_zalloc(RECORD_ENTRIES_MAX * sizeof(*e));
	size_t n = RECORD_ENTRIES_MAX;
	int err = 0;

	while (!err && n == RECORD_ENTRIES_MAX) {
		n = next_endings(t, at, e, RECORD_ENTRIES_MAX);
		for (size_t i = 0; !err && i < n; i++)
			err = end_one(t, at, &e[i]);
	}
	free(e);
	return err ? err : store_txn_error(t);
}

/* ---- after a rebuild */
struct loose {
	struct store_txn *txn;
	struct hash *hash;
	size_t n, capacity;
};

static int note_loose(void *ctx, const struct hash *sha256, const struct blob *b)
{
	struct loose *l = ctx;
	struct cite c;

	(void)b;
	if (cites_of(l->txn, sha256, &c, 1) == 0) {
		l->hash = mem_grow(l->hash, &l->capacity, l->n + 1, sizeof(*l->hash));
		l->hash[l->n++] = *sha256;
	}
	return 0;
}

int cites_settle(struct store_txn *t)
{
	struct loose l = {.txn = t};
	int err = blob_each(t, BLOB_HERE, NULL, note_loose, &l);

	if (!err)
		err = blob_each(t, BLOB_WANTED, NULL, note_loose, &l);
	for (size_t i = 0; !err && i < l.n; i++)
		err = blob_set_loose(t, &l.hash[i]);
	free(l.hash);
	return err;
}
