/* SPDX-License-Identifier: Apache-2.0 */
#include "view/runs.h"

#include <string.h>

#include "base/check.h"
#include "ledger/ledger.h"

#define ENTRY_HEAD_BYTES 4 /* both varints, of lengths below 2^13 */

static struct bytes row_key(struct store_key *k, uint64_t number, struct bytes first)
{
	return store_key(k, "LD", number, first);
}

/* ---- writing */
static void block_end(struct run_writer *w)
{
	if (w->block.n == 0)
		return;
	buf_put_span(&w->rows, BYTES(w->first, w->first_bytes));
	buf_put_span(&w->rows, buf_bytes(&w->block));
	buf_clear(&w->block);
	w->last_bytes = 0;
}

static size_t shared_bytes(const struct run_writer *w, struct bytes key)
{
	size_t most = w->last_bytes < key.n ? w->last_bytes : key.n, n = 0;

	while (n < most && w->last[n] == key.p[n])
		n++;
	return n;
}

int run_add(struct run_writer *w, struct bytes key, bool put)
{
	size_t shared;

	if (BUG(key.n == 0 || key.n > RUN_KEY_MAX_BYTES ||
		(w->last_bytes && bytes_cmp(BYTES(w->last, w->last_bytes), key) >= 0)))
		return IMS_E_BUG;
	if (w->block.n && w->first_bytes + w->block.n + key.n + ENTRY_HEAD_BYTES > RUN_ROW_BYTES)
		block_end(w);
	shared = shared_bytes(w, key);
	if (w->block.n == 0) {
		memcpy(w->first, key.p, key.n);
		w->first_bytes = key.n;
	}
	buf_put_varint(&w->block, shared);
	buf_put_varint(&w->block, (key.n - shared) << 1 | put);
	buf_put(&w->block, BYTES(key.p + shared, key.n - shared));
	memcpy(w->last + shared, key.p + shared, key.n - shared);
	w->last_bytes = key.n;
	return w->block.failed || w->rows.failed ? IMS_E_NOMEM : 0;
}

int run_store(struct run_writer *w, struct store_txn *t, uint64_t number, uint64_t *ret_bytes)
{
	struct rd r;
	int err;

	block_end(w);
	err = w->block.failed || w->rows.failed ? IMS_E_NOMEM : 0;
	*ret_bytes = 0;
	for (r = rd_of(buf_bytes(&w->rows)); !err && r.rest.n;) {
		struct bytes first = rd_span(&r), block = rd_span(&r);
		struct store_key k;

		*ret_bytes += block.n;
		err = store_append(t, TABLE_RUNS, row_key(&k, number, first), block);
	}
	run_writer_fini(w);
	return err;
}

void run_writer_fini(struct run_writer *w)
{
	buf_fini(&w->rows);
	buf_fini(&w->block);
}

int run_drop(struct store_txn *t, uint64_t number)
{
	struct store_key prefix, k = {0};
	struct bytes all = store_key(&prefix, "L", number);
	int err = 0;

	while (!err) {
		struct store_cursor c;

		store_seek(&c, t, TABLE_RUNS, all, BYTES_NONE, false);
		k.n = store_cursor_ok(&c) ? c.key.n : 0;
		if (k.n)
			memcpy(k.b, c.key.p, k.n);
		store_cursor_fini(&c);
		if (k.n == 0)
			return store_txn_error(t);
		err = store_del(t, TABLE_RUNS, BYTES(k.b, k.n));
	}
	return err;
}

/* ---- reading */
static void damaged(struct run_cursor *c)
{
	store_txn_fail(c->blocks.txn, IMS_E_CORRUPT);
	c->ok = false;
}

/* The block that the cursor stands on; none: the end. */
static void enter_block(struct run_cursor *c)
{
	c->ok = store_cursor_ok(&c->blocks);
	c->rest = rd_of(c->ok ? c->blocks.value : BYTES_NONE);
	c->key = BYTES_NONE;
	if (c->ok && c->rest.rest.n == 0)
		damaged(c);
}

void run_next(struct run_cursor *c)
{
	uint64_t shared, rest;
	struct bytes tail;

	if (c->ok && c->rest.rest.n == 0) {
		store_next(&c->blocks);
		enter_block(c);
	}
	if (!c->ok)
		return;
	shared = rd_varint(&c->rest);
	rest = rd_varint(&c->rest);
	c->put = rest & 1;
	if (shared > c->key.n || rest >> 1 > RUN_KEY_MAX_BYTES - shared || shared + (rest >> 1) == 0) {
		damaged(c);
		return;
	}
	tail = rd_take(&c->rest, rest >> 1);
	if (c->rest.failed) {
		damaged(c);
		return;
	}
	if (tail.n)
		memcpy(c->copy + shared, tail.p, tail.n);
	c->key = BYTES(c->copy, shared + tail.n);
}

/* The last block that begins at or before `from`, or the first one. */
void run_seek(struct run_cursor *c, struct store_txn *t, uint64_t number, struct bytes from)
{
	struct store_key prefix, k, start = {0};
	struct bytes all = store_key(&prefix, "L", number);
	struct store_cursor before;

	if (from.n) {
		store_seek(&before, t, TABLE_RUNS, all, row_key(&k, number, from), true);
		if (store_cursor_ok(&before)) {
			start.n = before.key.n;
			memcpy(start.b, before.key.p, start.n);
		}
		store_cursor_fini(&before);
	}
	store_seek(&c->blocks, t, TABLE_RUNS, all, BYTES(start.b, start.n), false);
	enter_block(c);
	do
		run_next(c);
	while (c->ok && from.n && bytes_cmp(c->key, from) < 0);
}

void run_cursor_fini(struct run_cursor *c)
{
	store_cursor_fini(&c->blocks);
}

int runs_list(struct store_txn *t, uint64_t ret[RUNS_MAX], size_t *ret_n)
{
	uint64_t number = 0;
	size_t n = 0;
	int err = 0;

	for (bool more = true; more && !err;) {
		struct store_cursor c;
		struct store_key k;

		store_seek(&c, t, TABLE_RUNS, BYTES_NONE, store_key(&k, "L", number), false);
		more = store_cursor_ok(&c);
		if (more && (c.key.n <= 8 || n == RUNS_MAX))
			err = IMS_E_CORRUPT;
		else if (more)
			ret[n++] = be64_get(c.key.p);
		store_cursor_fini(&c);
		more = more && !err && ret[n - 1] != UINT64_MAX;
		if (more)
			number = ret[n - 1] + 1;
	}
	*ret_n = n;
	return err ? err : store_txn_error(t);
}

uint64_t run_bytes(struct store_txn *t, uint64_t number)
{
	struct store_key k;
	struct store_cursor c;
	uint64_t bytes = 0;

	for (store_seek(&c, t, TABLE_RUNS, store_key(&k, "L", number), BYTES_NONE, false); store_cursor_ok(&c);
	     store_next(&c))
		bytes += c.value.n;
	store_cursor_fini(&c);
	return bytes;
}
