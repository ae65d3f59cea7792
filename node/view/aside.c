/* SPDX-License-Identifier: Apache-2.0 */
#include "view/aside.h"

#include "base/buf.h"
#include "store/key.h"
#include "view/group.h"

int aside_put(struct store_txn *t, const char *origin, const struct ledger_item *item)
{
	struct store_key k;
	struct buf row = {0};
	int err;

	buf_put_span(&row, item->entry);
	buf_put_span(&row, item->salt);
	buf_put_span(&row, item->payload);
	err = row.failed ? IMS_E_NOMEM
			 : store_put(t, TABLE_ASIDE,
				     store_key(&k, "SLD", bytes_of(origin), item->index,
					       bytes_of_hash(&item->leaf)),
				     buf_bytes(&row));
	buf_fini(&row);
	return err;
}

static int put_stored(struct store_txn *t, struct ledger_reader *r, const char *origin, uint64_t index)
{
	struct ledger_item item;
	struct arena a;
	int err;

	arena_init(&a, LEDGER_ITEM_BYTES);
	err = ledger_read_item(r, index, &a, &item);
	if (err == IMS_E_COMMITMENT || err == IMS_E_CORRUPT)
		err = ledger_read_entry(r, index, &item);
	if (!err)
		err = aside_put(t, origin, &item);
	else if (err == IMS_E_LEAF) /* the commit log may have it whole */
		err = 0;
	arena_fini(&a);
	return err;
}

int aside_put_log(struct store_txn *t, const char *origin, uint64_t from)
{
	struct ledger_reader r;
	int err = ledger_read_open(t, origin, &r);

	for (uint64_t i = from; !err && i < r.size; i++)
		err = put_stored(t, &r, origin, i);
	return err;
}

struct ring_walk {
	struct store_txn *t;
	struct ledger_reader reader;
	const char *origin;
};

static int put_unknown(void *ctx, const struct ledger_item *item)
{
	struct ring_walk *w = ctx;
	struct ledger_item held;

	if (ledger_read_entry(&w->reader, item->index, &held) == 0 && hash_eq(&held.leaf, &item->leaf))
		return 0;
	return aside_put(w->t, w->origin, item);
}

int aside_put_ring(struct store_txn *t, const char *origin, struct ring *ring, uint64_t seq)
{
	struct ring_walk w = {.t = t, .origin = origin};
	int err = ledger_read_open(t, origin, &w.reader);

	if (seq < ring_first(ring))
		seq = ring_first(ring);
	for (; !err && seq && seq <= ring_last(ring); seq++) {
		struct bytes body;

		if (ring_read(ring, seq, &body) == 0)
			err = group_each_item(body, origin, put_unknown, &w);
	}
	return err;
}

int aside_first(struct store_txn *t, struct arena *a, struct aside_row *ret)
{
	struct store_cursor c;
	struct bytes key, origin, leaf;
	struct hash commitment;
	struct rd r;

	store_seek(&c, t, TABLE_ASIDE, BYTES_NONE, BYTES_NONE, false);
	if (!store_cursor_ok(&c)) {
		store_cursor_fini(&c);
		return store_txn_error(t) ? store_txn_error(t) : IMS_E_NOT_FOUND;
	}
	*ret = (struct aside_row){0};
	key = arena_dup(a, c.key);
	r = rd_of(arena_dup(a, c.value));
	store_cursor_fini(&c);
	if (arena_failed(a))
		return IMS_E_NOMEM;
	if (store_key_parse(key, "SLD", &origin, &ret->item.index, &leaf))
		return IMS_E_CORRUPT;
	ret->origin = arena_text(a, origin);
	ret->item.entry = rd_span(&r);
	ret->item.salt = rd_span(&r);
	ret->item.payload = rd_span(&r);
	merkle_leaf(ret->item.entry, &ret->item.leaf);
	ret->item.payload_state = ret->item.salt.n ? LEDGER_PAYLOAD_HERE
				  : ledger_entry_commitment(ret->item.entry, &commitment) == 0
					  ? LEDGER_PAYLOAD_WANTED
					  : LEDGER_PAYLOAD_NONE;
	return !ret->origin || !rd_done(&r) || !bytes_eq(leaf, bytes_of_hash(&ret->item.leaf)) ? IMS_E_CORRUPT
											       : 0;
}

int aside_drop(struct store_txn *t, const struct aside_row *row)
{
	struct store_key k;

	return store_del(
		t, TABLE_ASIDE,
		store_key(&k, "SLD", bytes_of(row->origin), row->item.index, bytes_of_hash(&row->item.leaf)));
}
