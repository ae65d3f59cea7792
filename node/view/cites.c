/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of CITES, both ways:
 *
 *   'h', I slot, L L L L hash, L index              -> "c"
 *   'r', I series, L number, I slot, L index        -> hash[32]
 *   'w', I series, L number                         -> L revision that withdrew the record the last time
 */
#include "view/cites.h"

#include <stdlib.h>

#include "base/mem.h"
#include "registry/document.h"
#include "store/key.h"
#include "view/record.h"
#include "wire/codec.h"

#define RECORD_ENTRIES_MAX 256 /* taken away at a time */

static struct bytes hash_key(struct store_key *k, const struct blob_ref *of, const uint64_t *index)
{
	const uint8_t *h = of->sha256.b;

	return index ? store_key(k, "BILLLLL", (unsigned)'h', of->slot, be64_get(h), be64_get(h + 8),
				 be64_get(h + 16), be64_get(h + 24), *index)
		     : store_key(k, "BILLLL", (unsigned)'h', of->slot, be64_get(h), be64_get(h + 8),
				 be64_get(h + 16), be64_get(h + 24));
}

static struct bytes record_key(struct store_key *k, const struct series_id *at, uint32_t slot, uint64_t index)
{
	return store_key(k, "BILIL", (unsigned)'r', at->series, at->number, slot, index);
}

int cites_add(struct store_txn *t, const struct ledger_log *log, const struct ledger_item *item,
	      struct bytes kind, const struct series_id *at)
{
	struct blob_ref of = {.slot = log->slot};
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
	of.sha256 = d.sha256;
	err = store_put(t, TABLE_CITES, hash_key(&k, &of, &item->index), BYTES_LIT("c"));
	if (!err)
		err = store_put(t, TABLE_CITES, record_key(&k, at, log->slot, item->index),
				bytes_of_hash(&d.sha256));
	return err ? err : blob_cite(t, &of, d.bytes);
}

size_t cites_of(struct store_txn *t, const struct blob_ref *of, uint64_t *ret, size_t max)
{
	struct store_cursor c;
	struct store_key k;
	struct bytes prefix = hash_key(&k, of, NULL);
	size_t n = 0;

	for (store_seek(&c, t, TABLE_CITES, prefix, BYTES_NONE, false); store_cursor_ok(&c) && n < max;
	     store_next(&c))
		if (c.key.n == prefix.n + 8)
			ret[n++] = be64_get(c.key.p + prefix.n);
	store_cursor_fini(&c);
	return n;
}

/* One citation of a record. */
struct ending {
	struct blob_ref of;
	uint64_t index;
};

static int end_one(struct store_txn *t, const struct series_id *at, const struct ending *e, bool anew)
{
	struct store_key k;
	uint64_t other;
	int err = store_del(t, TABLE_CITES, record_key(&k, at, e->of.slot, e->index));

	if (!err)
		err = store_del(t, TABLE_CITES, hash_key(&k, &e->of, &e->index));
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	return anew || cites_of(t, &e->of, &other, 1) ? 0 : blob_release(t, &e->of);
}

/* The next of a record's citations. */
static size_t next_endings(struct store_txn *t, const struct series_id *at, struct ending *ret, size_t max)
{
	struct store_cursor c;
	struct store_key k;
	struct bytes prefix = store_key(&k, "BIL", (unsigned)'r', at->series, at->number);
	size_t n = 0;

	for (store_seek(&c, t, TABLE_CITES, prefix, BYTES_NONE, false); store_cursor_ok(&c) && n < max;
	     store_next(&c))
		if (c.key.n == prefix.n + 12 && c.value.n == sizeof(ret[n].of.sha256.b)) {
			ret[n].of.slot = be32_get(c.key.p + prefix.n);
			ret[n].index = be64_get(c.key.p + prefix.n + 4);
			memcpy(ret[n++].of.sha256.b, c.value.p, sizeof(ret[0].of.sha256.b));
		}
	store_cursor_fini(&c);
	return n;
}

static struct bytes ended_key(struct store_key *k, const struct series_id *at)
{
	return store_key(k, "BIL", (unsigned)'w', at->series, at->number);
}

int cites_ended_after(struct store_txn *t, const struct series_id *at, uint64_t revision, bool *ret)
{
	struct store_key k;
	struct bytes v;
	int err = store_get(t, TABLE_CITES, ended_key(&k, at), &v);

	if (!err && v.n != 8)
		err = IMS_E_CORRUPT;
	*ret = !err && be64_get(v.p) > revision;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

int cites_end(struct store_txn *t, const struct series_id *at, uint64_t revision, bool anew)
{
	struct ending *e = mem_zalloc(RECORD_ENTRIES_MAX * sizeof(*e));
	size_t n = RECORD_ENTRIES_MAX;
	struct store_key k;
	uint8_t v[8];
	int err;

	be64_put(v, revision);
	err = store_put(t, TABLE_CITES, ended_key(&k, at), BYTES(v, sizeof(v)));
	while (!err && n == RECORD_ENTRIES_MAX) {
		n = next_endings(t, at, e, RECORD_ENTRIES_MAX);
		for (size_t i = 0; !err && i < n; i++)
			err = end_one(t, at, &e[i], anew);
	}
	free(e);
	return err ? err : store_txn_error(t);
}

/* ---- what names a document */
const char *named_words(enum named_record r)
{
	static const char *const words[] = {
		[NAMED_LIVE] = "it says what its bytes are",
		[NAMED_WITHDRAWN] = "the document is withdrawn",
		[NAMED_UNREAD] = "what the document's record says has not come yet, or breaks a rule",
		[NAMED_NONE] = "no such document is here (yet)",
	};

	return words[r];
}

static enum named_record record_named(const struct record *r)
{
	if (strcmp(r->kind, DOCUMENT_KIND) != 0)
		return NAMED_NONE;
	return r->state == RECORD_LIVE ? NAMED_LIVE : r->state == RECORD_WITHDRAWN ? NAMED_WITHDRAWN : NAMED_UNREAD;
}

static int look_at(struct store_txn *t, const struct ending *e, struct named *ret)
{
	struct blob b;
	int err = blob_find(t, &e->of, &b);

	ret->is_once = true;
	if (!err && ret->bytes != NAMED_HERE) {
		ret->bytes = b.state == BLOB_HERE ? NAMED_HERE : NAMED_WANTED;
		ret->slot = e->of.slot;
		ret->index = e->index;
	}
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* Its newest revision, and the first ones of all that cite. */
static int look_through(struct store_txn *t, const struct series_id *at, const struct record *r,
			const struct hash *sha256, struct named *ret)
{
	struct ending *e = mem_zalloc(RECORD_ENTRIES_MAX * sizeof(*e));
	size_t n = next_endings(t, at, e, RECORD_ENTRIES_MAX - 1);
	struct store_key k;
	struct bytes v;
	int err = store_get(t, TABLE_CITES, record_key(&k, at, r->slot, r->index), &v);

	if (!err && v.n == sizeof(ret->sha256.b)) {
		memcpy(ret->sha256.b, v.p, v.n);
		ret->is_now = hash_eq(&ret->sha256, sha256);
		e[n++] = (struct ending){{r->slot, ret->sha256}, r->index};
	}
	err = err == IMS_E_NOT_FOUND ? 0 : err;
	for (size_t i = 0; !err && i < n; i++)
		if (hash_eq(&e[i].of.sha256, sha256))
			err = look_at(t, &e[i], ret);
	free(e);
	return err;
}

int cites_named(struct store_txn *t, struct bytes record, const struct hash *sha256, struct named *ret)
{
	struct series_id at;
	struct record r;
	int err = record_get(t, record, &r, &at);

	*ret = (struct named){.record = NAMED_NONE, .bytes = NAMED_NO_BYTES};
	if (err)
		return err == IMS_E_NOT_FOUND || err == IMS_E_SYNTAX ? 0 : err;
	ret->record = record_named(&r);
	return ret->record == NAMED_LIVE ? look_through(t, &at, &r, sha256, ret) : 0;
}

/* ---- after a rebuild */
struct loose {
	struct store_txn *txn;
	struct blob_ref *ref;
	size_t n, capacity;
};

static int note_loose(void *ctx, const struct blob_ref *of, const struct blob *b)
{
	struct loose *l = ctx;
	uint64_t index;

	(void)b;
	if (cites_of(l->txn, of, &index, 1) == 0) {
		l->ref = mem_grow(l->ref, &l->capacity, l->n + 1, sizeof(*l->ref));
		l->ref[l->n++] = *of;
	}
	return 0;
}

int cites_settle(struct store_txn *t)
{
	struct loose l = {.txn = t};
	int err = blob_each(t, BLOB_HERE, 0, NULL, note_loose, &l);

	if (!err)
		err = blob_each(t, BLOB_WANTED, 0, NULL, note_loose, &l);
	for (size_t i = 0; !err && i < l.n; i++)
		err = blob_set_loose(t, &l.ref[i]);
	free(l.ref);
	return err;
}
