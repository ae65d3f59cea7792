/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing keys. */
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/lmdb_int.h"

#define VAL(b) ((MDB_val){(b).n, (void *)(uintptr_t)(b).p})

static const struct table *table_of(const struct store_txn *t, store_table table)
{
	return &t->store->tables[table];
}

static MDB_dbi dbi_of(const struct store_txn *t, store_table table)
{
	return table_of(t, table)->dbi;
}

static bool is_set(const struct store_txn *t, store_table table)
{
	return table_of(t, table)->member_bytes != 0;
}

static int ready(struct store_txn *t, store_table table, struct bytes key, bool write)
{
	int err = txn_ready(t, table, write);

	if (!err && (key.n == 0 || key.n > STORE_KEY_MAX_BYTES)) {
		store_txn_fail(t, IMS_E_BUG);
		err = IMS_E_BUG;
	}
	return err;
}

int store_get(struct store_txn *t, store_table table, struct bytes key, struct bytes *ret)
{
	MDB_val k = VAL(key), v;
	int err = ready(t, table, key, false);
	int rc;

	if (err)
		return err;
	if (txn_lacks_table(t, table))
		return IMS_E_NOT_FOUND;
	if (is_set(t, table)) {
		err = set_get(t, table_of(t, table), key);
		if (!err)
			*ret = BYTES_NONE;
		return err;
	}
	rc = mdb_get(t->mdb, dbi_of(t, table), &k, &v);
	if (rc == MDB_NOTFOUND)
		return IMS_E_NOT_FOUND;
	if (rc)
		return txn_fail_lmdb(t, rc);
	*ret = BYTES(v.mv_data, v.mv_size);
	return 0;
}

/* What a value may add to the map: its own pages when it is large; when it is small twice its
 * size, since a page is at least half full after a split. The pages that are copied on the way
 * to it mostly come back at commit and are not counted. */
static void count_dirty(struct store_txn *t, size_t n_bytes)
{
	size_t page = t->store->page_bytes;

	t->dirty_bytes += n_bytes > page / 2 ? (n_bytes + page - 1) / page * page : 2 * n_bytes;
	t->store->dirty_bytes = t->dirty_bytes;
}

static int put(struct store_txn *t, store_table table, struct bytes key, MDB_val *v, unsigned flags)
{
	int err = ready(t, table, key, true);
	uint8_t key_copy[STORE_KEY_MAX_BYTES];
	MDB_val k = {key.n, key_copy};
	int rc;

	if (!err && BUG(is_set(t, table))) {
		err = IMS_E_BUG;
		store_txn_fail(t, err);
	}
	if (err)
		return err;
	append_forget(&t->store->tables[table]);
	memcpy(key_copy, key.p, key.n);
	rc = mdb_put(t->mdb, dbi_of(t, table), &k, v, flags);
	if (rc)
		return txn_fail_lmdb(t, rc);
	count_dirty(t, key.n + v->mv_size + 16);
	return 0;
}

static int put_member(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	int err = ready(t, table, key, true);

	if (!err && BUG(value.n != 0)) {
		err = IMS_E_BUG;
		store_txn_fail(t, err);
	}
	if (!err)
		err = set_put(t, table_of(t, table), key);
	if (!err)
		count_dirty(t, key.n);
	return err;
}

/* Key and value may have been read from this transaction, and LMDB moves what lies on a page
 * before it copies what it was given: so it is given copies. */
static int put_copy(struct store_txn *t, store_table table, struct bytes key, struct bytes value,
		    unsigned flags)
{
	MDB_val v;

	if (!txn_ready(t, table, true) && is_set(t, table))
		return put_member(t, table, key, value);
	buf_clear(&t->value);
	buf_put(&t->value, value);
	if (t->value.failed)
		store_txn_fail(t, IMS_E_NOMEM);
	v = (MDB_val){t->value.n, t->value.p};
	return put(t, table, key, &v, flags);
}

int store_put(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	return put_copy(t, table, key, value, 0);
}

int put_append(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	return put_copy(t, table, key, value, MDB_APPEND);
}

uint8_t *store_reserve(struct store_txn *t, store_table table, struct bytes key, size_t n)
{
	MDB_val v = {n, NULL};

	return put(t, table, key, &v, MDB_RESERVE) ? NULL : v.mv_data;
}

int store_del(struct store_txn *t, store_table table, struct bytes key)
{
	MDB_val k = VAL(key);
	int err = ready(t, table, key, true);
	int rc;

	if (err)
		return err;
	if (is_set(t, table)) {
		err = set_del(t, table_of(t, table), key);
		if (err)
			return err;
	} else {
		rc = mdb_del(t->mdb, dbi_of(t, table), &k, NULL);
		if (rc == MDB_NOTFOUND)
			return IMS_E_NOT_FOUND;
		if (rc)
			return txn_fail_lmdb(t, rc);
	}
	append_forget(&t->store->tables[table]);
	cursors_settle(t, table);
	return t->err;
}

static int by_key(const void *a, const void *b)
{
	const struct store_change *x = a, *y = b;
	int order = bytes_cmp(x->key, y->key);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

int store_change_set(struct store_txn *t, store_table table, struct store_change *changes, size_t n)
{
	int err = txn_ready(t, table, true);
	bool ascends = true;

	if (!err && BUG(!is_set(t, table) || n > UINT32_MAX || t->cursors)) {
		store_txn_fail(t, IMS_E_BUG);
		err = IMS_E_BUG;
	}
	for (size_t i = 0; !err && i < n; i++) {
		changes[i].order = (uint32_t)i;
		ascends = ascends && (i == 0 || by_key(&changes[i - 1], &changes[i]) < 0);
		err = ready(t, table, changes[i].key, true);
		if (!err && changes[i].put)
			count_dirty(t, changes[i].key.n);
	}
	if (err)
		return err;
	if (!ascends)
		qsort(changes, n, sizeof(*changes), by_key);
	return set_change(t, table_of(t, table), changes, n);
}

int store_clear(struct store_txn *t, store_table table)
{
	int err = txn_ready(t, table, true);
	int rc;

	if (err)
		return err;
	append_forget(&t->store->tables[table]);
	rc = mdb_drop(t->mdb, dbi_of(t, table), 0);
	return rc ? txn_fail_lmdb(t, rc) : 0;
}

/* All zero when there is no such table, or the transaction has failed. */
static MDB_stat stat_of(struct store_txn *t, store_table table)
{
	MDB_stat stat = {0};
	int rc = 0;

	if (!txn_ready(t, table, false) && !txn_lacks_table(t, table))
		rc = mdb_stat(t->mdb, dbi_of(t, table), &stat);
	if (rc)
		txn_fail_lmdb(t, rc);
	return rc ? (MDB_stat){0} : stat;
}

uint64_t store_count(struct store_txn *t, store_table table)
{
	return stat_of(t, table).ms_entries;
}

uint64_t store_table_bytes(struct store_txn *t, store_table table)
{
	MDB_stat stat = stat_of(t, table);

	return (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
}
