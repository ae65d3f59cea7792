/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the view what it should be, and not only the same everywhere? The index keys are exactly
 * those that the records' own payloads give, and a live record's payload passes its checks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "store/key.h"
#include "view/record.h"

#define CHECK_ARENA_BYTES (4u << 20)

struct view_walk {
	struct host *host;
	struct store_txn *txn;
	struct ledger_reader *reader;
	uint64_t keys; /* that the records account for */
};

static void count_key(struct view_walk *w, const char *name, struct bytes value, struct bytes id)
{
	struct store_key k;
	struct bytes v;

	if (value.n == 0 || memchr(value.p, 0, value.n))
		return;
	w->keys++;
	if (store_get(w->txn, TABLE_KEYS, store_key(&k, "SSD", bytes_of(name), value, id), &v))
		sim_fail(w->host->sim, "inv. 7", "%s has no key %s for %.*s", w->host->who->code, name,
			 (int)id.n, (const char *)id.p);
}

static void check_live(struct view_walk *w, struct bytes id, const struct record *r)
{
	const struct kind *kind = kind_by_name(bytes_of(r->kind));
	struct registry_keys keys;
	struct ledger_item item;
	char origin[161];
	struct arena a;
	int err = ledger_origin_of(w->txn, r->slot, origin);

	arena_init(&a, CHECK_ARENA_BYTES);
	if (!err)
		err = ledger_read_open(w->txn, origin, w->reader);
	if (!err)
		err = ledger_read_item(w->reader, r->index, &item);
	if (!err)
		err = registry_check(kind, item.payload, &a, NULL);
	if (!err)
		err = registry_keys_of(kind, item.payload, &a, &keys);
	if (err)
		sim_fail(w->host->sim, "inv. 7", "%s holds %.*s to be live: %s", w->host->who->code,
			 (int)id.n, (const char *)id.p, ims_error(err)->name);
	for (size_t i = 0; !err && i < keys.n; i++)
		count_key(w, keys.key[i].name, keys.key[i].value, id);
	arena_fini(&a);
}

void checks_view(struct host *h, struct store_txn *t)
{
	struct view_walk w = {.host = h, .txn = t, .reader = mem_new(struct ledger_reader)};
	struct store_cursor c;
	struct record r;

	for (store_seek(&c, t, TABLE_RECORDS, BYTES_NONE, BYTES_NONE, false);
	     store_cursor_ok(&c) && !h->sim->failed; store_next(&c)) {
		if (record_decode(c.value, &r)) {
			sim_fail(h->sim, "inv. 7", "%s has a damaged record", h->who->code);
			break;
		}
		if (r.state != RECORD_SEALED)
			count_key(&w, "kind", bytes_of(r.kind), c.key);
		if (r.state == RECORD_LIVE)
			check_live(&w, c.key, &r);
	}
	store_cursor_fini(&c);
	if (!h->sim->failed && w.keys != store_count(t, TABLE_KEYS))
		sim_fail(h->sim, "inv. 7", "%s has %llu keys, its records have %llu", h->who->code,
			 (unsigned long long)store_count(t, TABLE_KEYS), (unsigned long long)w.keys);
	free(w.reader);
}
