/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shortening a log. Only what nobody else can have seen is ever taken away: entries of the own log
 * above its last signed head, when the node finds itself behind (DESIGN section 6).
 */
#include "ledger/ledger_int.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/key.h"

#define DROP_AT_ONCE 256

int ledger_drop_from(struct store_txn *t, store_table table, struct bytes prefix, struct bytes from)
{
	struct store_key doomed[DROP_AT_ONCE];
	size_t n;

	do {
		struct store_cursor c;

		n = 0;
		for (store_seek(&c, t, table, prefix, from, false); store_cursor_ok(&c) && n < DROP_AT_ONCE;
		     store_next(&c)) {
			memcpy(doomed[n].b, c.key.p, c.key.n);
			doomed[n++].n = c.key.n;
		}
		store_cursor_fini(&c);
		for (size_t i = 0; i < n; i++)
			store_del(t, table, BYTES(doomed[i].b, doomed[i].n));
	} while (n == DROP_AT_ONCE && !store_txn_error(t));
	return store_txn_error(t);
}

int ledger_check_root(struct store_txn *t, const struct ledger_log *l, uint64_t size, const struct hash *root)
{
	struct ledger_log *probe = mem_dup(l, sizeof(*l));
	int err = size > l->edge.size ? IMS_E_ROOT : ledger_edge_load(t, probe, size, root);

	free(probe);
	return err == IMS_E_CORRUPT ? IMS_E_ROOT : err;
}

int ledger_truncate(struct store_txn *t, struct ledger_log *l, uint64_t size, const struct hash *root)
{
	struct store_key k, from;
	int err;

	if (size >= l->edge.size)
		return size == l->edge.size ? 0 : IMS_E_RANGE;
	err = ledger_edge_load(t, l, size, root);
	if (!err)
		err = ledger_drop_from(t, l->entries, BYTES_NONE, store_key(&from, "L", size));
	if (!err)
		err = ledger_drop_from(t, l->payloads, BYTES_NONE, store_key(&from, "L", size));
	if (!err)
		err = ledger_drop_from(t, TABLE_WANTED, store_key(&k, "I", l->slot),
				       store_key(&from, "IL", l->slot, size));
	for (unsigned level = 0; !err && level < TILE_LEVELS; level++)
		err = ledger_drop_from(
			t, l->tiles, store_key(&k, "B", level),
			store_key(&from, "BL", level, tile_level_count(level, size) / TILE_WIDTH));
	return err ? err : ledger_flush(t, l);
}
