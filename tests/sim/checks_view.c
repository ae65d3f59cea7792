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
#include "view/key_cursor.h"
#include "view/record.h"

#define CHECK_ARENA_BYTES ((4u << 20) + LEDGER_ITEM_BYTES)

struct view_walk {
	struct host *host;
	struct series_list list;
	struct store_txn *txn;
	struct ledger_reader *reader;
	uint64_t keys; /* that the records account for */
};

static void count_key(struct view_walk *w, const char *name, struct bytes value, const struct series_id *at)
{
	struct store_key k;
	struct key_cursor c;

	if (value.n == 0 || memchr(value.p, 0, value.n))
		return;
	w->keys++;
	key_seek(&c, w->txn, store_key(&k, "SSIL", value, bytes_of(name), at->series, at->number), BYTES_NONE);
	if (!key_cursor_ok(&c))
		sim_fail(w->host->sim, "inv. 7", "%s has no key %s for number %llu of series %u",
			 w->host->who->code, name, (unsigned long long)at->number, at->series);
	key_cursor_fini(&c);
}

static uint64_t count_keys(struct store_txn *t)
{
	struct key_cursor c;
	uint64_t n = 0;

	for (key_seek(&c, t, BYTES_NONE, BYTES_NONE); key_cursor_ok(&c); key_next(&c))
		n++;
	key_cursor_fini(&c);
	return n;
}

static void check_live(struct view_walk *w, const char *id, const struct series_id *at,
		       const struct record *r)
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
		err = ledger_read_item(w->reader, r->index, &a, &item);
	if (!err)
		err = registry_check(kind, item.payload, &a, NULL);
	if (!err)
		err = registry_keys_of(kind, item.payload, &a, &keys);
	if (err)
		sim_fail(w->host->sim, "inv. 7", "%s holds %s to be live: %s", w->host->who->code, id,
			 ims_error(err)->name);
	for (size_t i = 0; !err && i < keys.n; i++)
		count_key(w, keys.key[i].name, keys.key[i].value, at);
	arena_fini(&a);
}

static int check_record(void *ctx, const char *code, uint64_t number, struct bytes row)
{
	struct view_walk *w = ctx;
	char id[RECORD_ID_MAX_BYTES + 1];
	struct series_id at;
	struct record r, again;

	series_id_text(code, number, id);
	if (record_decode(row, code, &r) || record_get(w->txn, bytes_of(id), &again, &at)) {
		sim_fail(w->host->sim, "inv. 7", "%s has a damaged record %s", w->host->who->code, id);
		return 1;
	}
	if (r.state != RECORD_SEALED)
		count_key(w, "kind", bytes_of(r.kind), &at);
	if (r.state == RECORD_LIVE)
		check_live(w, id, &at, &r);
	return w->host->sim->failed;
}

void checks_view(struct host *h, struct store_txn *t)
{
	struct view_walk w = {.host = h, .txn = t, .reader = mem_new(struct ledger_reader)};
	int err = series_list_load(t, &w.list);

	if (!err)
		err = series_walk(t, &(struct series_walk){.list = &w.list, .table = TABLE_RECORDS},
				  check_record, &w);
	if (err && !h->sim->failed)
		sim_fail(h->sim, "inv. 7", "%s has damaged records: %s", h->who->code, ims_error(err)->name);
	if (!h->sim->failed && w.keys != count_keys(t))
		sim_fail(h->sim, "inv. 7", "%s has %llu keys, its records have %llu", h->who->code,
			 (unsigned long long)count_keys(t), (unsigned long long)w.keys);
	if (!err)
		series_list_fini(&w.list);
	free(w.reader);
}
