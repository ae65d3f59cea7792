/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's side of a log. State of a struct ledger_log within a transaction:
 *
 *   clean --ledger_append()--> grown --ledger_flush()--> clean
 *   grown --store_abort(), ledger_reload()--> clean, at the committed size
 */
#include "ledger/ledger_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/mem.h"
#include "ledger/payload_int.h"
#include "store/key.h"

const struct store_spec ledger_tables[TABLE_COUNT] = {
#define TABLE(NAME, name, member, key, value) [TABLE_##NAME] = {name, member},
#include "ledger/tables.def"
#undef TABLE
};

#define LOG_ROW_BYTES (4 + 8 + 32 + 1)
#define KEPT_BYTES 8

static int tables_open(struct store_txn *t, struct ledger_log *l)
{
	char name[180];
	store_table *const at[] = {&l->entries, &l->payloads, &l->tiles};

	for (int i = 0; i < 3; i++) {
		int err, n = snprintf(name, sizeof(name), "%c/%s", "ept"[i], l -> origin);

		if (n < 0 || (size_t)n >= sizeof(name))
			return IMS_E_LIMIT;
		err = store_table_open(t, name, at[i]);
		if (err)
			return err;
	}
	return 0;
}

/* The log in a transaction, for callbacks over its tiles. */
struct tiled {
	struct store_txn *t;
	struct ledger_log *l;
};

static int tile_stored(void *ctx, unsigned level, uint64_t n, struct tile *ret)
{
	const struct tiled *c = ctx;

	return ledger_tile_get(c->t, c->l->tiles, level, n, ret);
}

static int tile_write(void *ctx, unsigned level, uint64_t n, const struct hash hash[TILE_WIDTH])
{
	const struct tiled *c = ctx;

	return ledger_tile_put(c->t, c->l->tiles, level, n, hash, TILE_WIDTH);
}

static bool edge_is(const struct ledger_log *l, uint64_t size, const struct hash *root)
{
	struct hash now;

	tile_edge_root(&l->edge, &now);
	return l->edge.size == size && hash_eq(&now, root);
}

/* The edge from the entries themselves. */
static int edge_regrow(struct store_txn *t, struct ledger_log *l, uint64_t size, const struct hash *root)
{
	int err = 0;

	tile_edge_init(&l->edge);
	for (uint64_t i = 0; !err && i < size; i++) {
		struct store_key k;
		struct bytes entry;
		struct hash leaf;

		err = store_get(t, l->entries, store_key(&k, "L", i), &entry);
		if (err)
			break;
		merkle_leaf(entry, &leaf);
		err = tile_edge_append(&l->edge, &leaf, NULL, NULL);
	}
	return err == IMS_E_NOT_FOUND || (!err && !edge_is(l, size, root)) ? IMS_E_CORRUPT : err;
}

/* A damaged tile must not become the tree that is grown from here on (inv. 5): the row says which
 * root it has. */
int ledger_edge_load(struct store_txn *t, struct ledger_log *l, uint64_t size, const struct hash *root)
{
	struct tiled c = {t, l};
	int err = tile_edge_load(&l->edge, size, tile_stored, &c);

	l->flushed_size = UINT64_MAX;
	if (err == IMS_E_NOT_FOUND || err == IMS_E_CORRUPT || (!err && !edge_is(l, size, root)))
		return edge_regrow(t, l, size, root);
	return err;
}

static int row_read(struct bytes v, struct ledger_log *l, uint64_t *ret_size, struct hash *ret_root)
{
	struct rd r = rd_of(v);

	l->slot = rd_u32(&r);
	*ret_size = rd_u64(&r);
	*ret_root = rd_hash(&r);
	l->frozen = rd_u8(&r) != 0;
	l->kept_size = r.rest.n ? rd_u64(&r) : UINT64_MAX;
	return rd_done(&r) ? 0 : IMS_E_CORRUPT;
}

static int row_write(struct store_txn *t, const struct ledger_log *l)
{
	struct store_key k;
	struct hash root;
	bool closed = l->kept_size != UINT64_MAX;
	uint8_t *p = store_reserve(t, TABLE_LOGS, store_key(&k, "S", bytes_of(l->origin)),
				   LOG_ROW_BYTES + (closed ? KEPT_BYTES : 0));

	if (!p)
		return store_txn_error(t);
	tile_edge_root(&l->edge, &root);
	be32_put(p, l->slot);
	be64_put(p + 4, l->edge.size);
	memcpy(p + 12, root.b, sizeof(root.b));
	p[44] = l->frozen;
	if (closed)
		be64_put(p + LOG_ROW_BYTES, l->kept_size);
	return 0;
}

int ledger_open(struct store_txn *t, const char *origin, struct ledger_log **ret)
{
	struct ledger_log *l = mem_new(struct ledger_log);
	struct store_key k;
	struct bytes v;
	struct hash root;
	uint64_t size = 0;
	int err;

	l->origin = mem_strdup(origin);
	l->kept_size = UINT64_MAX;
	tile_edge_init(&l->edge);
	err = tables_open(t, l);
	if (err)
		goto out;
	err = store_get(t, TABLE_LOGS, store_key(&k, "S", bytes_of(origin)), &v);
	if (err == IMS_E_NOT_FOUND) {
		l->slot = (uint32_t)store_count(t, TABLE_LOGS) + 1;
		err = l->slot > LEDGER_LOGS_MAX ? IMS_E_LIMIT : row_write(t, l);
	} else if (err == 0) {
		err = row_read(v, l, &size, &root);
		if (!err)
			err = ledger_edge_load(t, l, size, &root);
	}
out:
	if (err) {
		ledger_close(l);
		return err;
	}
	*ret = l;
	return 0;
}

void ledger_close(struct ledger_log *l)
{
	if (!l)
		return;
	free(l->origin);
	free(l);
}

int ledger_reload(struct store_txn *t, struct ledger_log *l)
{
	struct store_key k;
	struct bytes v;
	struct hash root;
	uint64_t size;
	int err = store_get(t, TABLE_LOGS, store_key(&k, "S", bytes_of(l->origin)), &v);

	if (!err)
		err = row_read(v, l, &size, &root);
	return err ? err : ledger_edge_load(t, l, size, &root);
}

static int wanted_note(struct store_txn *t, uint32_t slot, const struct ledger_item *item)
{
	struct store_key k;

	return item->payload_state == LEDGER_PAYLOAD_WANTED
		       ? store_put(t, TABLE_WANTED, store_key(&k, "IL", slot, item->index), BYTES_LIT("w"))
		       : 0;
}

int ledger_append(struct store_txn *t, struct ledger_log *l, const struct ledger_item *item)
{
	struct store_key k;
	struct tiled c = {t, l};
	int err;

	if (BUG(item->index != l->edge.size)) /* L1 */
		return IMS_E_BUG;
	err = store_append(t, l->entries, store_key(&k, "L", item->index), item->entry);
	if (!err)
		err = ledger_payload_put(t, l->payloads, item, &item->leaf, true);
	if (!err)
		err = wanted_note(t, l->slot, item);
	return err ? err : tile_edge_append(&l->edge, &item->leaf, tile_write, &c);
}

static bool level_has_grown(const struct ledger_log *l, unsigned level)
{
	return l->flushed_size == UINT64_MAX ||
	       tile_level_count(level, l->flushed_size) != tile_level_count(level, l->edge.size);
}

int ledger_flush(struct store_txn *t, struct ledger_log *l)
{
	int err = 0;

	if (l->flushed_size == l->edge.size)
		return 0;
	for (unsigned level = 0; !err && level < TILE_LEVELS; level++)
		if (l->edge.count[level] && level_has_grown(l, level))
			err = ledger_tile_put(t, l->tiles, level,
					      tile_level_count(level, l->edge.size) / TILE_WIDTH,
					      l->edge.hash[level], l->edge.count[level]);
	if (!err)
		err = row_write(t, l);
	if (!err)
		l->flushed_size = l->edge.size;
	return err;
}

int ledger_set_payload(struct store_txn *t, store_table payloads, uint32_t slot,
		       const struct ledger_item *item)
{
	struct store_key k;
	struct hash leaf;
	int err;

	merkle_leaf(item->entry, &leaf);
	err = ledger_payload_put(t, payloads, item, &leaf, false);
	if (err || item->payload_state == LEDGER_PAYLOAD_WANTED)
		return err;
	err = store_del(t, TABLE_WANTED, store_key(&k, "IL", slot, item->index));
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

int ledger_freeze(struct store_txn *t, struct ledger_log *l)
{
	l->frozen = true;
	return row_write(t, l);
}

int ledger_close_at(struct store_txn *t, struct ledger_log *l, uint64_t kept_size)
{
	l->kept_size = kept_size;
	l->frozen = false;
	return row_write(t, l);
}

int ledger_peek_payload(struct store_txn *t, const struct ledger_log *l, uint64_t index, struct arena *a,
			struct bytes *ret)
{
	struct ledger_item item = {0};
	struct bytes v;
	int err = ledger_payload_row(t, l->payloads, index, a, &v);

	if (!err)
		err = ledger_payload_take(v, a, &item);
	if (err == IMS_E_CORRUPT || err == IMS_E_COMMITMENT || (!err && item.payload_state != LEDGER_PAYLOAD_HERE))
		return IMS_E_NOT_FOUND;
	if (err)
		return err;
	*ret = item.payload;
	return 0;
}

uint64_t ledger_disk_bytes(struct store_txn *t, store_table entries, store_table payloads, store_table tiles)
{
	return store_table_bytes(t, entries) + store_table_bytes(t, payloads) + store_table_bytes(t, tiles);
}
