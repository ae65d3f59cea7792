/* SPDX-License-Identifier: Apache-2.0 */
/* The readers' side: nothing leaves unchecked (L3). */
#include <stdio.h>

#include "ledger/ledger_int.h"
#include "ledger/payload_int.h"
#include "store/key.h"
#include "wire/entry.h"

static int table_find(struct store_txn *t, char letter, const char *origin, store_table *ret)
{
	char name[180];
	int n = snprintf(name, sizeof(name), "%c/%s", letter, origin);

	return n < 0 || (size_t)n >= sizeof(name) ? IMS_E_NOT_FOUND : store_table_open(t, name, ret);
}

int ledger_read_open(struct store_txn *t, const char *origin, struct ledger_reader *ret)
{
	struct store_key k;
	struct bytes v;
	struct rd r;
	int err;

	if (strlen(origin) > 160)
		return IMS_E_NOT_FOUND;
	err = store_get(t, TABLE_LOGS, store_key(&k, "S", bytes_of(origin)), &v);
	if (err)
		return err;
	r = rd_of(v);
	ret->txn = t;
	ret->slot = rd_u32(&r);
	ret->size = rd_u64(&r);
	ret->root = rd_hash(&r);
	ret->frozen = rd_u8(&r) != 0;
	ret->kept_size = r.rest.n ? rd_u64(&r) : UINT64_MAX;
	if (!rd_done(&r))
		return IMS_E_CORRUPT;
	err = table_find(t, 'e', origin, &ret->entries);
	if (!err)
		err = table_find(t, 'p', origin, &ret->payloads);
	if (!err)
		err = table_find(t, 't', origin, &ret->tiles);
	return err;
}

int ledger_tile(void *reader, unsigned tile_level, uint64_t n, struct tile *ret)
{
	const struct ledger_reader *r = reader;

	return ledger_tile_get(r->txn, r->tiles, tile_level, n, ret);
}

int ledger_node(void *reader, unsigned level, uint64_t index, struct hash *ret)
{
	struct tile_source src = {ledger_tile, reader};

	return tile_node(&src, level, index, ret);
}

static int bare_tile(void *reader, unsigned tile_level, uint64_t n, struct tile *ret)
{
	int err = ledger_tile(reader, tile_level, n, ret);

	ret->inner = NULL;
	return err;
}

static int bare_node(void *reader, unsigned level, uint64_t index, struct hash *ret)
{
	struct tile_source src = {bare_tile, reader};

	return tile_node(&src, level, index, ret);
}

int ledger_root(struct ledger_reader *r, uint64_t size, struct hash *ret)
{
	return size > r->size ? IMS_E_RANGE : merkle_subtree_root(bare_node, r, 0, size, ret);
}

int ledger_entry_commitment(struct bytes entry, struct hash *ret)
{
	struct arena a;
	struct entry en;
	int err;

	arena_init(&a, 65536);
	err = entry_decode(entry, &a, &en, NULL);
	if (!err && !en.has_commitment)
		err = IMS_E_NOT_FOUND;
	if (!err)
		*ret = en.commitment;
	arena_fini(&a);
	return err;
}

int ledger_leaf(struct ledger_reader *r, uint64_t index, struct hash *ret)
{
	struct tile tile;
	int err;

	if (index >= r->size)
		return IMS_E_NOT_FOUND;
	err = ledger_tile(r, 0, index / TILE_WIDTH, &tile);
	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	if (index % TILE_WIDTH >= tile.count)
		return IMS_E_CORRUPT;
	*ret = tile.hash[index % TILE_WIDTH];
	return 0;
}

int ledger_read_entry(struct ledger_reader *r, uint64_t index, struct ledger_item *ret)
{
	struct store_key k;
	struct hash leaf;
	int err;

	if (index >= r->size)
		return IMS_E_NOT_FOUND;
	*ret = (struct ledger_item){.index = index};
	err = store_get(r->txn, r->entries, store_key(&k, "L", index), &ret->entry);
	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	merkle_leaf(ret->entry, &ret->leaf);
	err = ledger_leaf(r, index, &leaf);
	if (err)
		return err;
	return hash_eq(&leaf, &ret->leaf) ? 0 : IMS_E_LEAF;
}

static int payload_check(struct ledger_item *it)
{
	struct hash want, have;
	int err = ledger_entry_commitment(it->entry, &want);

	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_COMMITMENT : err;
	merkle_commitment(it->salt, it->payload, &have);
	return hash_eq(&want, &have) ? 0 : IMS_E_COMMITMENT;
}

static int read_with_payload(struct ledger_reader *r, uint64_t index, bool packed, struct arena *a,
			     struct ledger_item *ret)
{
	struct bytes v;
	int err = ledger_read_entry(r, index, ret);

	if (err)
		return err;
	err = ledger_payload_row(r->txn, r->payloads, index, a, &v);
	if (err == IMS_E_NOT_FOUND) /* rightly so only when the entry commits to nothing */
		return ledger_entry_commitment(ret->entry, &(struct hash){{0}}) == 0 ? IMS_E_CORRUPT : 0;
	if (!err && packed && ledger_payload_take_packed(v, &ret->leaf, ret))
		return 0;
	if (!err)
		err = ledger_payload_take(v, a, ret);
	if (!err && ret->payload_state == LEDGER_PAYLOAD_HERE)
		err = payload_check(ret);
	return err;
}

int ledger_read_item(struct ledger_reader *r, uint64_t index, struct arena *a, struct ledger_item *ret)
{
	return read_with_payload(r, index, false, a, ret);
}

int ledger_read_packed(struct ledger_reader *r, uint64_t index, struct arena *a, struct ledger_item *ret)
{
	return read_with_payload(r, index, true, a, ret);
}

int ledger_each(struct store_txn *t, ledger_each_fn *fn, void *ctx)
{
	struct store_cursor c;
	int err = 0;

	for (store_seek(&c, t, TABLE_LOGS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !err;
	     store_next(&c)) {
		struct rd r = rd_of(c.value);
		uint32_t slot = rd_u32(&r);
		uint64_t size = rd_u64(&r);
		char origin[161];

		if (c.key.n < 2 || c.key.n > sizeof(origin)) {
			err = IMS_E_CORRUPT;
			break;
		}
		memcpy(origin, c.key.p, c.key.n); /* the key ends with its NUL */
		err = fn(ctx, origin, slot, size);
	}
	store_cursor_fini(&c);
	return err ? err : store_txn_error(t);
}

struct slot_find {
	uint32_t slot;
	char *out;
};

static int slot_match(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct slot_find *f = ctx;

	(void)size;
	if (slot != f->slot)
		return 0;
	strcpy(f->out, origin);
	return 1;
}

int ledger_origin_of(struct store_txn *t, uint32_t slot, char out[161])
{
	struct slot_find f = {slot, out};
	int r = ledger_each(t, slot_match, &f);

	return r == 1 ? 0 : r ? r : IMS_E_NOT_FOUND;
}

int ledger_read_at(struct store_txn *t, uint32_t slot, uint64_t index, struct arena *a, char origin[161],
		   struct ledger_item *ret)
{
	struct ledger_reader r;
	int err = ledger_origin_of(t, slot, origin);

	if (!err)
		err = ledger_read_open(t, origin, &r);
	return err ? err : ledger_read_item(&r, index, a, ret);
}
