/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much room the last page of a table has left. LMDB does not say; but its arithmetic is known (mdb.c:
 * mdb_leaf_size(), PAGEHDRSZ, me_nodemax), and an append that made one page more of them stands alone on
 * that. A wrong figure would cost space and nothing else.
 */
#include <lmdb.h>

#include "store/lmdb_int.h"

#define PAGE_HEADER_BYTES 16
#define NODE_HEADER_BYTES 8
#define NODE_PLACE_BYTES 2
#define OWN_PAGE_BYTES 8 /* where the pages of a long value are */

static size_t page_room(const struct store *s)
{
	return s->page_bytes - PAGE_HEADER_BYTES;
}

/* The most that a pair may have beside its place, or its value gets pages of its own. */
static size_t pair_max(const struct store *s)
{
	return (page_room(s) / 2 & ~(size_t)1) - NODE_PLACE_BYTES;
}

/* What a pair takes of the page, its place in the page's index included; always even. */
static size_t pair_bytes(const struct store *s, size_t key_bytes, size_t value_bytes)
{
	size_t n = NODE_HEADER_BYTES + key_bytes + value_bytes;

	if (n > pair_max(s))
		n = NODE_HEADER_BYTES + key_bytes + OWN_PAGE_BYTES;
	return (n + NODE_PLACE_BYTES + 1) & ~(size_t)1;
}

static size_t leaf_pages(struct store_txn *t, const struct table *table)
{
	MDB_stat stat;

	return mdb_stat(t->mdb, table->dbi, &stat) == 0 ? stat.ms_leaf_pages : 0;
}

void append_forget(struct table *table)
{
	table->append_room = 0;
}

size_t store_append_room(struct store_txn *t, store_table table, size_t key_bytes)
{
	size_t room, beside = NODE_HEADER_BYTES + key_bytes, most;

	if (txn_ready(t, table, false) || !t->write)
		return 0;
	room = t->store->tables[table].append_room;
	most = pair_max(t->store) + NODE_PLACE_BYTES;
	if (room > most)
		room = most;
	return room > beside + NODE_PLACE_BYTES ? room - beside - NODE_PLACE_BYTES : 0;
}

int store_append(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	size_t need = pair_bytes(t->store, key.n, value.n), before, room;
	struct table *at;
	bool fits;
	int err = txn_ready(t, table, false);

	if (err)
		return err;
	at = &t->store->tables[table];
	room = at->append_room;
	fits = need <= room;
	before = fits ? 0 : leaf_pages(t, at);
	err = put_append(t, table, key, value);
	if (err)
		return err;
	if (fits)
		at->append_room = room - need;
	else if (leaf_pages(t, at) == before + 1)
		at->append_room = page_room(t->store) - need;
	return 0;
}
