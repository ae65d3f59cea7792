/* SPDX-License-Identifier: Apache-2.0 */
/* The fake store's keys, cursors and size. */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "sim/store_fake_int.h"
#include "store/key.h"

#define MIN_USED_BYTES 8192

/* 0 when the call may go on. A table newer than the snapshot is an empty one: its tree here is
 * all zero. */
static int ready(struct store_txn *t, store_table table, bool write)
{
	OBJ_CHECK(t, FAKE_TXN_MAGIC);
	if (!t->err && ((write && !t->write) || table >= (t->write ? t->n_tables : t->store->max_tables)))
		t->err = IMS_E_BUG;
	t->store->writes += write;
	return t->err;
}

static int ready_key(struct store_txn *t, store_table table, struct bytes key, bool write)
{
	if (!ready(t, table, write) && (key.n == 0 || key.n > STORE_KEY_MAX_BYTES))
		t->err = IMS_E_BUG;
	return t->err;
}

int store_get(struct store_txn *t, store_table table, struct bytes key, struct bytes *ret)
{
	struct fake_item *i;

	if (ready_key(t, table, key, false))
		return t->err;
	i = fake_tree_get(&t->trees[table], key);
	if (!i)
		return IMS_E_NOT_FOUND;
	*ret = fake_item_value(i);
	if (t->write) {
		struct scratch *copy = mem_zalloc(sizeof(*copy) + ret->n);

		memcpy(copy->b, ret->p, ret->n);
		ret->p = copy->b;
		copy->next = t->scratch;
		t->scratch = copy;
	}
	return 0;
}

static uint64_t used_bytes(const struct store *s)
{
	uint64_t n = MIN_USED_BYTES;

	for (size_t i = 0; s->writer && i < s->writer->n_tables; i++)
		n += s->writer->trees[i].bytes;
	for (size_t i = 0; !s->writer && i < s->disk->n_tables; i++)
		n += s->disk->trees[i].bytes;
	return n;
}

/* Space for the value. */
static uint8_t *put(struct store_txn *t, store_table table, struct bytes key, size_t n)
{
	struct fake_item *i;

	if (ready_key(t, table, key, true))
		return NULL;
	if (used_bytes(t->store) + key.n + n > t->store->disk->map_bytes) {
		t->err = IMS_E_MAP_FULL;
		return NULL;
	}
	i = fake_item_new(key, n);
	fake_tree_put(&t->trees[table], i);
	return i->b + i->key_n;
}

uint8_t *store_reserve(struct store_txn *t, store_table table, struct bytes key, size_t n)
{
	uint8_t *p = put(t, table, key, n);

	fake_txn_forget_scratch(t);
	return p;
}

int store_put(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	uint8_t *p = put(t, table, key, value.n);

	if (p && value.n)
		memcpy(p, value.p, value.n);
	fake_txn_forget_scratch(t); /* not before: the value may be one of them */
	return t->err;
}

int store_append(struct store_txn *t, store_table table, struct bytes key, struct bytes value)
{
	struct fake_item *last;

	if (ready(t, table, true))
		return t->err;
	last = fake_tree_last(&t->trees[table]);
	if (last && bytes_cmp(key, fake_item_key(last)) <= 0)
		t->err = IMS_E_BUG;
	return store_put(t, table, key, value);
}

/* Of pages, which are not here: but who cuts values is to find whatever room there may be. */
size_t store_append_room(struct store_txn *t, store_table table, size_t key_bytes)
{
	size_t n = ready(t, table, false) ? 0 : (size_t)t->trees[table].count;

	return (n * 193 + key_bytes) % (n % 3 ? STORE_SMALL_BYTES / 8 : 2 * STORE_SMALL_BYTES);
}

int store_del(struct store_txn *t, store_table table, struct bytes key)
{
	bool found;

	if (ready_key(t, table, key, true))
		return t->err;
	found = fake_tree_del(&t->trees[table], key);
	fake_txn_forget_scratch(t);
	return found ? 0 : IMS_E_NOT_FOUND;
}

int store_change_set(struct store_txn *t, store_table table, struct store_change *changes, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		err = changes[i].put ? store_put(t, table, changes[i].key, BYTES_NONE)
				     : store_del(t, table, changes[i].key);
		err = err == IMS_E_NOT_FOUND ? 0 : err;
	}
	return err;
}

int store_clear(struct store_txn *t, store_table table)
{
	if (!ready(t, table, true)) {
		fake_tree_clear(&t->trees[table]);
		fake_txn_forget_scratch(t);
	}
	return t->err;
}

uint64_t store_count(struct store_txn *t, store_table table)
{
	return ready(t, table, false) ? 0 : t->trees[table].count;
}

uint64_t store_table_bytes(struct store_txn *t, store_table table)
{
	return ready(t, table, false) ? 0 : t->trees[table].bytes;
}

/* ---- cursors ------------------------------------------------------------------------------- */

/* The item under a cursor, held so that key and value last until the cursor moves. */
struct place {
	struct fake_item *item;
	store_table table;
};

static void settle(struct store_cursor *c, struct fake_item *item)
{
	struct place *p = c->impl;

	c->ok = item && bytes_has_prefix(fake_item_key(item), c->prefix);
	if (c->ok)
		fake_item_ref(item);
	fake_item_unref(p->item);
	p->item = c->ok ? item : NULL;
	c->key = c->ok ? fake_item_key(item) : BYTES_NONE;
	c->value = c->ok ? fake_item_value(item) : BYTES_NONE;
}

static struct fake_item *find_start(const struct fake_tree *tree, struct bytes prefix, struct bytes from,
				    bool backwards)
{
	struct store_key end;

	if (!backwards)
		return fake_tree_after(tree, bytes_cmp(from, prefix) < 0 ? prefix : from, true);
	if (from.n && (bytes_cmp(from, prefix) < 0 || bytes_has_prefix(from, prefix)))
		return fake_tree_before(tree, from, true);
	if (store_key_after_prefix(&end, prefix))
		return fake_tree_before(tree, BYTES(end.b, end.n), false);
	return fake_tree_last(tree);
}

void store_seek(struct store_cursor *c, struct store_txn *t, store_table table, struct bytes prefix,
		struct bytes from, bool backwards)
{
	struct place *p;

	c->txn = t;
	c->impl = NULL;
	c->backwards = backwards;
	c->ok = false;
	c->key = c->value = BYTES_NONE;
	if (ready(t, table, false))
		return;
	if (prefix.n > STORE_KEY_MAX_BYTES || from.n > STORE_KEY_MAX_BYTES) {
		store_txn_fail(t, IMS_E_BUG);
		return;
	}
	if (prefix.n)
		memcpy(c->prefix_copy, prefix.p, prefix.n);
	c->prefix = BYTES(c->prefix_copy, prefix.n);
	p = mem_new(struct place);
	p->table = table;
	c->impl = p;
	t->cursors++;
	settle(c, find_start(&t->trees[table], c->prefix, from, backwards));
}

void store_next(struct store_cursor *c)
{
	struct place *p = c->impl;
	struct fake_tree *tree;

	if (!c->ok)
		return;
	if (store_txn_error(c->txn)) {
		c->ok = false;
		return;
	}
	tree = &c->txn->trees[p->table];
	settle(c,
	       c->backwards ? fake_tree_before(tree, c->key, false) : fake_tree_after(tree, c->key, false));
}

void store_cursor_fini(struct store_cursor *c)
{
	struct place *p = c->impl;

	c->ok = false;
	if (!p)
		return;
	fake_item_unref(p->item);
	free(p);
	c->impl = NULL;
	c->txn->cursors--;
}

/* ---- size ---------------------------------------------------------------------------------- */

int store_usage(struct store *s, struct store_usage *ret)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	*ret = (struct store_usage){
		.map_bytes = s->disk->map_bytes,
		.map_max_bytes = s->map_max_bytes,
		.used_bytes = used_bytes(s),
		.disk_free_bytes = 1ull << 40,
		.readers = s->readers,
		.max_readers = s->max_readers,
	};
	return 0;
}

int store_free_bytes(struct store *s, uint64_t *ret)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	*ret = 0; /* used_bytes() counts none */
	return 0;
}

int store_grow(struct store *s)
{
	uint64_t bytes;

	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	if (s->writer || s->readers) /* the real one would wait for the readers, here for ever */
		return IMS_E_BUG;
	if (s->read_only)
		return IMS_E_READ_ONLY;
	bytes = s->disk->map_bytes * 2 < s->map_max_bytes ? s->disk->map_bytes * 2 : s->map_max_bytes;
	if (s->disk->map_bytes >= s->map_max_bytes)
		return IMS_E_MAP_FULL;
	s->disk->map_bytes = bytes;
	return 0;
}

void store_check_readers(struct store *s)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
}
