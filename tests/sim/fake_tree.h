/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ordered maps that share their nodes: a copy of a whole map is one more reference, and a change
 * copies only the path to what it changes (a treap whose priorities are hashes of the keys, so
 * its shape depends on the keys alone and runs repeat exactly). One thread.
 */
#ifndef SIM_FAKE_TREE_H
#define SIM_FAKE_TREE_H

#include <stdbool.h>

#include "base/bytes.h"

/* A key and its value; never changed once others can see it. */
struct fake_item {
	unsigned refs;
	size_t key_n, value_n;
	uint8_t b[]; /* key, value */
};

struct fake_node;

struct fake_tree {
	struct fake_node *root;
	uint64_t count, bytes;
};

/* The value is not set yet. The caller has the reference. */
struct fake_item *fake_item_new(struct bytes key, size_t value_n);
struct fake_item *fake_item_ref(struct fake_item *i);
void fake_item_unref(struct fake_item *i);

static inline struct bytes fake_item_key(const struct fake_item *i)
{
	return BYTES(i->b, i->key_n);
}

static inline struct bytes fake_item_value(const struct fake_item *i)
{
	return BYTES(i->b + i->key_n, i->value_n);
}

struct fake_tree fake_tree_copy(const struct fake_tree *t);
void fake_tree_clear(struct fake_tree *t);

/* Items are borrowed from the tree; NULL: there is none. */
struct fake_item *fake_tree_get(const struct fake_tree *t, struct bytes key);
/* The first item with a key > `key` (>= if `or_equal`), the last with a key < `key` (<=). */
struct fake_item *fake_tree_after(const struct fake_tree *t, struct bytes key, bool or_equal);
struct fake_item *fake_tree_before(const struct fake_tree *t, struct bytes key, bool or_equal);
struct fake_item *fake_tree_last(const struct fake_tree *t);

/* Takes the reference; replaces an item of the same key. */
void fake_tree_put(struct fake_tree *t, struct fake_item *item);
/* False when there was none. */
bool fake_tree_del(struct fake_tree *t, struct bytes key);

#endif
