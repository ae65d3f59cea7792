/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets in LMDB: what stands before the member (the head) is the key, the members are its sorted
 * duplicates of one size (MDB_DUPFIXED), kept in a page of their own once there are many.
 */
#include <lmdb.h>
#include <string.h>

#include "base/check.h"
#include "store/lmdb_int.h"

#define VAL(b) ((MDB_val){(b).n, (void *)(uintptr_t)(b).p})

/* Head and member of a key, copied: LMDB moves what lies on a page before it copies what it was given. */
struct split {
	uint8_t copy[STORE_KEY_MAX_BYTES];
	MDB_val head, member;
};

static int split(struct store_txn *t, const struct table *table, struct bytes key, struct split *ret)
{
	size_t n = table->member_bytes;

	if (BUG(key.n <= n)) {
		store_txn_fail(t, IMS_E_BUG);
		return IMS_E_BUG;
	}
	memcpy(ret->copy, key.p, key.n);
	ret->head = (MDB_val){key.n - n, ret->copy};
	ret->member = (MDB_val){n, ret->copy + key.n - n};
	return 0;
}

int set_get(struct store_txn *t, const struct table *table, struct bytes key)
{
	MDB_cursor *c;
	struct split s;
	int err = split(t, table, key, &s);
	int rc;

	if (err)
		return err;
	rc = mdb_cursor_open(t->mdb, table->dbi, &c);
	if (!rc) {
		rc = mdb_cursor_get(c, &s.head, &s.member, MDB_GET_BOTH);
		mdb_cursor_close(c);
	}
	if (rc == MDB_NOTFOUND)
		return IMS_E_NOT_FOUND;
	return rc ? txn_fail_lmdb(t, rc) : 0;
}

/* Most come in ascending order, and LMDB fills the pages of a set only when it is told so. */
int set_put(struct store_txn *t, const struct table *table, struct bytes key)
{
	struct split s;
	int err = split(t, table, key, &s);
	int rc;

	if (err)
		return err;
	rc = mdb_put(t->mdb, table->dbi, &s.head, &s.member, MDB_APPENDDUP);
	if (rc == MDB_KEYEXIST)
		rc = mdb_put(t->mdb, table->dbi, &s.head, &s.member, 0);
	return rc ? txn_fail_lmdb(t, rc) : 0;
}

/* The same by a cursor, which need not search where it stands already. */
static int put_at(struct store_txn *t, const struct table *table, MDB_cursor **at, struct bytes key)
{
	struct split s;
	int err = split(t, table, key, &s);
	int rc = err || *at ? 0 : mdb_cursor_open(t->mdb, table->dbi, at);

	if (err)
		return err;
	if (!rc)
		rc = mdb_cursor_put(*at, &s.head, &s.member, MDB_APPENDDUP);
	if (rc == MDB_KEYEXIST)
		rc = mdb_cursor_put(*at, &s.head, &s.member, 0);
	return rc ? txn_fail_lmdb(t, rc) : 0;
}

int set_change(struct store_txn *t, const struct table *table, const struct store_change *change, size_t n)
{
	MDB_cursor *at = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		if (i + 1 < n && bytes_eq(change[i].key, change[i + 1].key))
			continue;
		if (change[i].put) {
			err = put_at(t, table, &at, change[i].key);
			continue;
		}
		if (at) /* what LMDB keeps of a position across a merge of pages is not relied on */
			mdb_cursor_close(at);
		at = NULL;
		err = set_del(t, table, change[i].key);
		err = err == IMS_E_NOT_FOUND ? 0 : err;
	}
	if (at)
		mdb_cursor_close(at);
	return err;
}

int set_del(struct store_txn *t, const struct table *table, struct bytes key)
{
	struct split s;
	int err = split(t, table, key, &s);
	int rc;

	if (err)
		return err;
	rc = mdb_del(t->mdb, table->dbi, &s.head, &s.member);
	if (rc == MDB_NOTFOUND)
		return IMS_E_NOT_FOUND;
	return rc ? txn_fail_lmdb(t, rc) : 0;
}

/* The first member >= rest of the head that the cursor stands on. */
static int seek_member(struct MDB_cursor *c, size_t member_bytes, struct bytes rest, MDB_val *head,
		       MDB_val *member)
{
	uint8_t least[STORE_KEY_MAX_BYTES] = {0};
	size_t n = rest.n < member_bytes ? rest.n : member_bytes;
	int rc;

	memcpy(least, rest.p, n);
	*member = (MDB_val){member_bytes, least};
	rc = mdb_cursor_get(c, head, member, MDB_GET_BOTH_RANGE);
	if (!rc && rest.n > member_bytes && memcmp(member->mv_data, rest.p, n) == 0)
		rc = mdb_cursor_get(c, head, member, MDB_NEXT_DUP); /* a member alone is less */
	return rc;
}

int set_seek(struct MDB_cursor *c, size_t member_bytes, struct bytes from, MDB_val *head, MDB_val *member)
{
	int rc, before;

	*head = VAL(from);
	rc = mdb_cursor_get(c, head, member, from.n ? MDB_SET_RANGE : MDB_FIRST);
	if (from.n == 0 || (rc && rc != MDB_NOTFOUND) ||
	    (!rc && bytes_has_prefix(BYTES(head->mv_data, head->mv_size), from)))
		return rc;
	/* `from` may end inside a member; no head begins like another, so only the one before can have it. */
	before = mdb_cursor_get(c, head, member, rc ? MDB_LAST : MDB_PREV_NODUP);
	if (!before && bytes_has_prefix(from, BYTES(head->mv_data, head->mv_size))) {
		struct bytes rest = BYTES(from.p + head->mv_size, from.n - head->mv_size);

		before = seek_member(c, member_bytes, rest, head, member);
		if (before != MDB_NOTFOUND)
			return before;
	}
	*head = VAL(from);
	return rc ? rc : mdb_cursor_get(c, head, member, MDB_SET_RANGE);
}

int set_seek_exact(struct MDB_cursor *c, size_t member_bytes, struct bytes key, MDB_val *head,
		   MDB_val *member)
{
	*head = (MDB_val){key.n - member_bytes, (void *)(uintptr_t)key.p};
	*member = (MDB_val){member_bytes, (void *)(uintptr_t)(key.p + key.n - member_bytes)};
	return mdb_cursor_get(c, head, member, MDB_GET_BOTH);
}
