/* SPDX-License-Identifier: Apache-2.0 */
#include "view/series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "view/key_cursor.h"

#define ROW_BYTES (4 + 8)

/* Region and letter of an id, which is what stands before its number. */
static struct bytes code_of(const struct record_id *rid)
{
	return BYTES(rid->region.p, rid->region.n + 1 + rid->letter.n);
}

int series_last(struct store_txn *t, struct bytes code, uint32_t *ret_series, uint64_t *ret_last)
{
	struct store_key k;
	struct bytes row;
	int err = store_get(t, TABLE_SERIALS, store_key(&k, "S", code), &row);

	if (err)
		return err;
	if (row.n != ROW_BYTES)
		return IMS_E_CORRUPT;
	*ret_series = be32_get(row.p);
	*ret_last = be64_get(row.p + 4);
	return 0;
}

int series_find(struct store_txn *t, const struct record_id *rid, struct series_id *ret)
{
	uint64_t last;
	int err = series_last(t, code_of(rid), &ret->series, &last);

	ret->number = rid->number;
	return err;
}

int series_use(struct store_txn *t, const struct record_id *rid, struct series_id *ret)
{
	struct store_key k;
	uint8_t row[ROW_BYTES];
	uint64_t last = 0;
	int err = series_last(t, code_of(rid), &ret->series, &last);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (err)
		ret->series = (uint32_t)store_count(t, TABLE_SERIALS) + 1;
	ret->number = rid->number;
	if (last >= rid->number)
		return 0;
	be32_put(row, ret->series);
	be64_put(row + 4, rid->number);
	return store_put(t, TABLE_SERIALS, store_key(&k, "S", code_of(rid)), BYTES(row, sizeof(row)));
}

struct bytes series_id_text(const char *code, uint64_t number, char *ret)
{
	int n = snprintf(ret, RECORD_ID_MAX_BYTES + 1, "%s-%" PRIu64, code, number);

	return BYTES(ret, (size_t)n);
}

/* ---- all of them */
static int list_add(struct series_list *l, size_t capacity, struct bytes key, struct bytes row)
{
	struct series_name *s = &l->of[l->n];
	struct bytes code;

	if (l->n == capacity || row.n != ROW_BYTES || store_key_parse(key, "S", &code) ||
	    code.n >= sizeof(s->code))
		return IMS_E_CORRUPT;
	s->series = be32_get(row.p);
	if (s->series == 0 || s->series > capacity || l->place[s->series - 1] != SIZE_MAX)
		return IMS_E_CORRUPT;
	memcpy(s->code, code.p, code.n);
	l->place[s->series - 1] = l->n++;
	return 0;
}

int series_list_load(struct store_txn *t, struct series_list *ret)
{
	size_t capacity = store_count(t, TABLE_SERIALS);
	struct series_list l = {.of = mem_zalloc((capacity + 1) * sizeof(*l.of)),
				.place = mem_zalloc((capacity + 1) * sizeof(*l.place))};
	struct store_cursor c;
	int err = 0;

	memset(l.place, 0xff, (capacity + 1) * sizeof(*l.place));
	for (store_seek(&c, t, TABLE_SERIALS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c) && !err;
	     store_next(&c))
		err = list_add(&l, capacity, c.key, c.value);
	store_cursor_fini(&c);
	if (!err)
		err = store_txn_error(t);
	if (err) {
		series_list_fini(&l);
		return err;
	}
	*ret = l;
	return 0;
}

void series_list_fini(struct series_list *l)
{
	free(l->of);
	free(l->place);
	*l = (struct series_list){0};
}

/* ---- along a table */
static struct bytes key_of(struct store_key *k, struct bytes prefix, uint32_t series, uint64_t number)
{
	CHECK(prefix.n <= sizeof(k->b) - SERIES_ID_BYTES);
	if (prefix.n)
		memcpy(k->b, prefix.p, prefix.n);
	be32_put(k->b + prefix.n, series);
	be64_put(k->b + prefix.n + 4, number);
	k->n = prefix.n + SERIES_ID_BYTES;
	return BYTES(k->b, k->n);
}

/* Along a table: index keys have a cursor of their own. */
struct way {
	bool of_keys;
	struct store_cursor rows;
	struct key_cursor keys;
	struct bytes key, value;
};

static bool way_ok(struct way *c)
{
	bool ok = c->of_keys ? key_cursor_ok(&c->keys) : store_cursor_ok(&c->rows);

	c->key = c->of_keys ? c->keys.key : c->rows.key;
	c->value = c->of_keys ? BYTES_NONE : c->rows.value;
	return ok;
}

static void way_begin(struct way *c, struct store_txn *t, const struct series_walk *w, struct bytes prefix,
		      struct bytes from)
{
	c->of_keys = w->table == TABLE_KEYS;
	if (c->of_keys)
		key_seek(&c->keys, t, prefix, from);
	else
		store_seek(&c->rows, t, w->table, prefix, from, false);
}

static void way_next(struct way *c)
{
	if (c->of_keys)
		key_next(&c->keys);
	else
		store_next(&c->rows);
}

static void way_end(struct way *c)
{
	if (c->of_keys)
		key_cursor_fini(&c->keys);
	else
		store_cursor_fini(&c->rows);
}

static int by_place(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The series that keys behind the prefix name: a look at the first key of each. */
static int places_of(struct store_txn *t, const struct series_walk *w, size_t *ret, size_t *ret_n)
{
	uint32_t series = 0;
	size_t n = 0;
	int err = 0;

	while (!err && n < w->list->n) {
		struct way c;
		struct store_key k;

		way_begin(&c, t, w, w->prefix, key_of(&k, w->prefix, series, 0));
		if (!way_ok(&c)) {
			way_end(&c);
			break;
		}
		if (c.key.n == w->prefix.n + SERIES_ID_BYTES)
			series = be32_get(c.key.p + w->prefix.n);
		else
			err = IMS_E_CORRUPT;
		way_end(&c);
		if (!err && (series == 0 || series > w->list->n))
			err = IMS_E_CORRUPT;
		if (!err)
			ret[n++] = w->list->place[series++ - 1];
	}
	qsort(ret, n, sizeof(*ret), by_place);
	*ret_n = n;
	return err ? err : store_txn_error(t);
}

static int walk_one(struct store_txn *t, const struct series_walk *w, const struct series_name *s,
		    uint64_t from, series_walk_fn *fn, void *ctx)
{
	struct store_key k;
	struct bytes start = key_of(&k, w->prefix, s->series, from);
	struct way c;
	int r = 0;

	for (way_begin(&c, t, w, BYTES(start.p, w->prefix.n + 4), start); way_ok(&c) && !r; way_next(&c))
		r = c.key.n == w->prefix.n + SERIES_ID_BYTES
			    ? fn(ctx, s->code, be64_get(c.key.p + w->prefix.n + 4), c.value)
			    : IMS_E_CORRUPT;
	way_end(&c);
	return r;
}

static bool is_of_region(const struct series_name *s, struct bytes region)
{
	return region.n == 0 || (bytes_has_prefix(bytes_of(s->code), region) && s->code[region.n] == '-');
}

int series_walk(struct store_txn *t, const struct series_walk *w, series_walk_fn *fn, void *ctx)
{
	size_t *place = mem_zalloc((w->list->n + 1) * sizeof(*place)), n;
	int r = places_of(t, w, place, &n);

	for (size_t i = 0; !r && i < n; i++) {
		const struct series_name *s = &w->list->of[place[i]];
		int after = w->after ? bytes_cmp(bytes_of(s->code), code_of(w->after)) : 1;

		if (after < 0 || (after == 0 && w->after->number == UINT64_MAX) ||
		    !is_of_region(s, w->region))
			continue;
		r = walk_one(t, w, s, after ? 0 : w->after->number + 1, fn, ctx);
	}
	free(place);
	return r ? r : store_txn_error(t);
}
