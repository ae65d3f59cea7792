/* SPDX-License-Identifier: Apache-2.0 */
#include "view/key_cursor.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/ledger.h"

/* The run with the least key, of several the newest: what it says counts. NULL: all are at their ends. */
static struct run_cursor *least(struct run_cursor *run, size_t n)
{
	struct run_cursor *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (run[i].ok && (!ret || bytes_cmp(run[i].key, ret->key) <= 0))
			ret = &run[i];
	return ret;
}

/* All runs that stand on the key of this one, and it. */
static void pass(struct run_cursor *run, size_t n, struct run_cursor *at)
{
	for (size_t i = 0; i < n; i++)
		if (&run[i] != at && run[i].ok && bytes_eq(run[i].key, at->key))
			run_next(&run[i]);
	run_next(at);
}

static bool is_in(const struct key_cursor *c, struct bytes key)
{
	return bytes_has_prefix(key, BYTES(c->prefix, c->prefix_bytes));
}

/* To the next key that is there, from where the set and the runs stand. */
static void settle(struct key_cursor *c)
{
	for (;;) {
		struct run_cursor *r = least(c->run, c->n);
		bool set = store_cursor_ok(&c->set);
		int order;

		if (r && !is_in(c, r->key))
			r = NULL; /* they are sorted, and began at the prefix */
		c->ok = set || r;
		if (!c->ok)
			return;
		order = !r ? -1 : !set ? 1 : bytes_cmp(c->set.key, r->key);
		c->key = order < 0 ? c->set.key : r->key;
		if (order < 0 || r->put)
			return;
		if (order == 0)
			store_next(&c->set);
		pass(c->run, c->n, r);
	}
}

void key_seek(struct key_cursor *c, struct store_txn *t, struct bytes prefix, struct bytes from)
{
	uint64_t number[RUNS_MAX];
	int err = runs_list(t, number, &c->n);

	c->txn = t;
	c->ok = false;
	c->key = BYTES_NONE;
	c->run = NULL;
	memcpy(c->prefix, prefix.p ? (const void *)prefix.p : "", prefix.n);
	c->prefix_bytes = prefix.n;
	store_seek(&c->set, t, TABLE_KEYS, prefix, from, false);
	if (err) {
		store_txn_fail(t, err);
		c->n = 0;
		return;
	}
	if (c->n)
		c->run = mem_zalloc(c->n * sizeof(*c->run));
	if (bytes_cmp(from, prefix) < 0)
		from = BYTES(c->prefix, prefix.n);
	for (size_t i = 0; i < c->n; i++)
		run_seek(&c->run[i], t, number[i], from);
	settle(c);
}

void key_next(struct key_cursor *c)
{
	struct run_cursor *r = least(c->run, c->n);
	bool set = store_cursor_ok(&c->set) && (!r || bytes_cmp(c->set.key, r->key) <= 0);

	if (r && is_in(c, r->key) && (!set || bytes_eq(c->set.key, r->key)))
		pass(c->run, c->n, r);
	if (set)
		store_next(&c->set);
	settle(c);
}

void key_cursor_fini(struct key_cursor *c)
{
	for (size_t i = 0; i < c->n; i++)
		run_cursor_fini(&c->run[i]);
	free(c->run);
	store_cursor_fini(&c->set);
}

/* ---- runs alone: a heap of them, the one whose change is next at the top */
static bool is_before(const struct run_cursor *a, const struct run_cursor *b)
{
	int order = bytes_cmp(a->key, b->key);

	return order < 0 ||
	       (order == 0 && a > b); /* of one key the newest, which stands behind in its array */
}

static void sink(struct run_cursor **heap, size_t n, size_t at)
{
	struct run_cursor *r = n ? heap[at] : NULL;

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && is_before(heap[child + 1], heap[child]))
			child++;
		if (is_before(r, heap[child]))
			break;
		heap[at] = heap[child];
	}
	if (n)
		heap[at] = r;
}

static int walk(struct run_cursor **heap, size_t n, struct bytes after, run_change_fn *fn, void *ctx)
{
	uint8_t last[RUN_KEY_MAX_BYTES];
	size_t last_bytes = after.n;
	int ret = 0;

	if (after.n)
		memcpy(last, after.p, after.n);
	for (size_t i = n; i-- > 0;)
		sink(heap, n, i);
	while (!ret && n) {
		struct run_cursor *r = heap[0];

		if (!bytes_eq(r->key, BYTES(last, last_bytes))) {
			memcpy(last, r->key.p, r->key.n);
			last_bytes = r->key.n;
			ret = fn(ctx, r->key, r->put);
		}
		run_next(r);
		if (!r->ok)
			heap[0] = heap[--n];
		sink(heap, n, 0);
	}
	return ret;
}

int runs_walk(struct store_txn *t, const uint64_t *numbers, size_t n, struct bytes after, run_change_fn *fn,
	      void *ctx)
{
	struct run_cursor *run = mem_zalloc((n + 1) * sizeof(*run)), *heap[RUNS_MAX];
	size_t there = 0;
	int ret;

	for (size_t i = 0; i < n; i++) {
		run_seek(&run[i], t, numbers[i], after);
		if (run[i].ok)
			heap[there++] = &run[i];
	}
	ret = walk(heap, there, after, fn, ctx);
	for (size_t i = 0; i < n; i++)
		run_cursor_fini(&run[i]);
	free(run);
	return ret ? ret : store_txn_error(t);
}
