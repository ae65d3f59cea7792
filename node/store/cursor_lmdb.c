/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors. The key is copied out of the page at each step, and after a deletion every open
 * cursor of the table is looked up again by it: what LMDB keeps of a position across a merge
 * of pages is then never relied on.
 */
#include <lmdb.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/lmdb_int.h"

#define VAL(b) ((MDB_val){(b).n, (void *)(uintptr_t)(b).p})

/* Take over what LMDB answered. */
static void settle(struct cursor *i, int rc, const MDB_val *key, const MDB_val *value)
{
	struct store_cursor *c = i->owner;
	size_t n;

	c->ok = false;
	if (rc == MDB_NOTFOUND)
		return;
	if (rc) {
		txn_fail_lmdb(c->txn, rc);
		return;
	}
	n = key->mv_size + i->member_bytes;
	if (n > sizeof(i->key) || (i->member_bytes && value->mv_size != i->member_bytes)) {
		store_txn_fail(c->txn, IMS_E_CORRUPT);
		return;
	}
	memcpy(i->key, key->mv_data, key->mv_size);
	if (i->member_bytes)
		memcpy(i->key + key->mv_size, value->mv_data, i->member_bytes);
	c->key = BYTES(i->key, n);
	c->value = i->member_bytes ? BYTES_NONE : BYTES(value->mv_data, value->mv_size);
	c->ok = bytes_has_prefix(c->key, c->prefix);
}

static int seek_up(struct cursor *i, struct bytes from, MDB_val *key, MDB_val *value)
{
	struct bytes prefix = i->owner->prefix;

	if (bytes_cmp(from, prefix) < 0)
		from = prefix;
	if (i->member_bytes)
		return set_seek(i->mdb, i->member_bytes, from, key, value);
	*key = VAL(from);
	return mdb_cursor_get(i->mdb, key, value, from.n ? MDB_SET_RANGE : MDB_FIRST);
}

/* The last key <= from, or < from when `exclusive`. */
static int seek_before(struct cursor *i, struct bytes from, bool exclusive, MDB_val *key, MDB_val *value)
{
	int rc;

	*key = VAL(from);
	rc = mdb_cursor_get(i->mdb, key, value, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(i->mdb, key, value, MDB_LAST);
	if (rc == 0 && (exclusive || !bytes_eq(BYTES(key->mv_data, key->mv_size), from)))
		return mdb_cursor_get(i->mdb, key, value, MDB_PREV);
	return rc;
}

static int seek_down(struct cursor *i, struct bytes from, MDB_val *key, MDB_val *value)
{
	struct bytes prefix = i->owner->prefix;
	struct store_key end;

	if (from.n && (bytes_cmp(from, prefix) < 0 || bytes_has_prefix(from, prefix)))
		return seek_before(i, from, false, key, value);
	if (store_key_after_prefix(&end, prefix))
		return seek_before(i, BYTES(end.b, end.n), true, key, value);
	return mdb_cursor_get(i->mdb, key, value, MDB_LAST);
}

void store_seek(struct store_cursor *c, struct store_txn *t, store_table table, struct bytes prefix,
		struct bytes from, bool backwards)
{
	MDB_val key, value;
	struct cursor *i;
	int rc;

	c->txn = t;
	c->impl = NULL;
	c->backwards = backwards;
	c->ok = false;
	c->key = c->value = BYTES_NONE;
	if (txn_ready(t, table, false) || txn_lacks_table(t, table))
		return;
	if (prefix.n > STORE_KEY_MAX_BYTES || from.n > STORE_KEY_MAX_BYTES ||
	    BUG(backwards && t->store->tables[table].member_bytes)) {
		store_txn_fail(t, IMS_E_BUG);
		return;
	}
	if (prefix.n)
		memcpy(c->prefix_copy, prefix.p, prefix.n);
	c->prefix = BYTES(c->prefix_copy, prefix.n);
	i = mem_new(struct cursor);
	rc = mdb_cursor_open(t->mdb, t->store->tables[table].dbi, &i->mdb);
	if (rc) {
		free(i);
		txn_fail_lmdb(t, rc);
		return;
	}
	i->owner = c;
	i->table = table;
	i->member_bytes = t->store->tables[table].member_bytes;
	i->next = t->cursors;
	t->cursors = i;
	c->impl = i;
	rc = backwards ? seek_down(i, from, &key, &value) : seek_up(i, from, &key, &value);
	settle(i, rc, &key, &value);
}

void store_next(struct store_cursor *c)
{
	struct cursor *i = c->impl;
	MDB_val key, value;
	int rc;

	if (!c->ok)
		return;
	if (store_txn_error(c->txn)) {
		c->ok = false;
		return;
	}
	rc = mdb_cursor_get(i->mdb, &key, &value, c->backwards ? MDB_PREV : MDB_NEXT);
	settle(i, rc, &key, &value);
}

void store_cursor_fini(struct store_cursor *c)
{
	struct cursor *i = c->impl;

	c->ok = false;
	if (!i)
		return;
	for (struct cursor **p = &c->txn->cursors; *p; p = &(*p)->next)
		if (*p == i) {
			*p = i->next;
			break;
		}
	mdb_cursor_close(i->mdb);
	free(i);
	c->impl = NULL;
}

void cursors_settle(struct store_txn *t, store_table table)
{
	for (struct cursor *i = t->cursors; i; i = i->next) {
		MDB_val key, value;
		int rc;

		if (i->table != table || !i->owner->ok)
			continue;
		if (i->member_bytes) {
			rc = set_seek_exact(i->mdb, i->member_bytes, i->owner->key, &key, &value);
		} else {
			key = VAL(i->owner->key);
			rc = mdb_cursor_get(i->mdb, &key, &value, MDB_SET_KEY);
		}
		if (BUG(rc == MDB_NOTFOUND)) /* the caller deleted the key the cursor stands on */
			store_txn_fail(t, IMS_E_BUG);
		settle(i, rc, &key, &value);
	}
}
