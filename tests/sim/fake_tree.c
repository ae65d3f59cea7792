/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fake_tree.h"

#include <stdlib.h>

#include "base/mem.h"

struct fake_node {
	unsigned refs; /* parents and trees that hold it; 1 on a path of own()ed nodes: ours alone */
	uint32_t priority;
	struct fake_node *left, *right;
	struct fake_item *item;
};

/* ---- items --------------------------------------------------------------------------------- */

struct fake_item *fake_item_new(struct bytes key, size_t value_n)
{
	struct fake_item *i = mem_zalloc(sizeof(*i) + key.n + value_n);

	i->refs = 1;
	i->key_n = key.n;
	i->value_n = value_n;
	memcpy(i->b, key.p, key.n);
	return i;
}

struct fake_item *fake_item_ref(struct fake_item *i)
{
	i->refs++;
	return i;
}

void fake_item_unref(struct fake_item *i)
{
	if (i && --i->refs == 0)
		free(i);
}

static uint64_t item_bytes(const struct fake_item *i)
{
	return i->key_n + i->value_n + 16;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static struct fake_node *node_ref(struct fake_node *n)
{
	if (n)
		n->refs++;
	return n;
}

static void node_unref(struct fake_node *n)
{
	if (!n || --n->refs)
		return;
	node_unref(n->left);
	node_unref(n->right);
	fake_item_unref(n->item);
	free(n);
}

/* FNV-1a, its bits mixed: neighbouring keys need priorities that are far apart. */
static uint32_t priority_of(struct bytes key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0x9fb21c651e98df25u;
	return (uint32_t)(h >> 32);
}

/* A node that may be changed, in place of a reference to one that perhaps may not. */
static struct fake_node *own(struct fake_node *n)
{
	struct fake_node *copy;

	if (n->refs == 1)
		return n;
	copy = mem_dup(n, sizeof(*n));
	copy->refs = 1;
	node_ref(copy->left);
	node_ref(copy->right);
	fake_item_ref(copy->item);
	n->refs--;
	return copy;
}

/* The functions below take a reference to a subtree and give one back. */

static struct fake_node *node_put(struct fake_node *n, struct fake_item *item, uint32_t priority)
{
	struct fake_node *child;
	int order;

	if (!n) {
		n = mem_new(struct fake_node);
		*n = (struct fake_node){.refs = 1, .priority = priority, .item = item};
		return n;
	}
	n = own(n);
	order = bytes_cmp(fake_item_key(item), fake_item_key(n->item));
	if (order == 0) {
		fake_item_unref(n->item);
		n->item = item;
	} else if (order < 0) {
		child = n->left = node_put(n->left, item, priority);
		if (child->priority > n->priority) {
			n->left = child->right;
			child->right = n;
			return child;
		}
	} else {
		child = n->right = node_put(n->right, item, priority);
		if (child->priority > n->priority) {
			n->right = child->left;
			child->left = n;
			return child;
		}
	}
	return n;
}

/* All keys of `a` are below those of `b`. */
static struct fake_node *merge(struct fake_node *a, struct fake_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (a->priority > b->priority) {
		a = own(a);
		a->right = merge(a->right, b);
		return a;
	}
	b = own(b);
	b->left = merge(a, b->left);
	return b;
}

/* The key is there. */
static struct fake_node *node_del(struct fake_node *n, struct bytes key)
{
	struct fake_node *rest;
	int order;

	n = own(n);
	order = bytes_cmp(key, fake_item_key(n->item));
	if (order < 0) {
		n->left = node_del(n->left, key);
		return n;
	}
	if (order > 0) {
		n->right = node_del(n->right, key);
		return n;
	}
	rest = merge(n->left, n->right);
	fake_item_unref(n->item);
	free(n);
	return rest;
}

/* ---- trees --------------------------------------------------------------------------------- */

struct fake_tree fake_tree_copy(const struct fake_tree *t)
{
	node_ref(t->root);
	return *t;
}

void fake_tree_clear(struct fake_tree *t)
{
	node_unref(t->root);
	*t = (struct fake_tree){0};
}

struct fake_item *fake_tree_get(const struct fake_tree *t, struct bytes key)
{
	struct fake_node *n = t->root;
	int order;

	while (n && (order = bytes_cmp(key, fake_item_key(n->item))) != 0)
		n = order < 0 ? n->left : n->right;
	return n ? n->item : NULL;
}

struct fake_item *fake_tree_after(const struct fake_tree *t, struct bytes key, bool or_equal)
{
	struct fake_item *best = NULL;

	for (struct fake_node *n = t->root; n;) {
		int order = bytes_cmp(fake_item_key(n->item), key);

		if (order > 0 || (order == 0 && or_equal)) {
			best = n->item;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

struct fake_item *fake_tree_before(const struct fake_tree *t, struct bytes key, bool or_equal)
{
	struct fake_item *best = NULL;

	for (struct fake_node *n = t->root; n;) {
		int order = bytes_cmp(fake_item_key(n->item), key);

		if (order < 0 || (order == 0 && or_equal)) {
			best = n->item;
			n = n->right;
		} else {
			n = n->left;
		}
	}
	return best;
}

struct fake_item *fake_tree_last(const struct fake_tree *t)
{
	struct fake_node *n = t->root;

	while (n && n->right)
		n = n->right;
	return n ? n->item : NULL;
}

void fake_tree_put(struct fake_tree *t, struct fake_item *item)
{
	struct bytes key = fake_item_key(item);
	struct fake_item *old = fake_tree_get(t, key);

	if (old)
		t->bytes -= item_bytes(old);
	else
		t->count++;
	t->bytes += item_bytes(item);
	t->root = node_put(t->root, item, priority_of(key));
}

bool fake_tree_del(struct fake_tree *t, struct bytes key)
{
	struct fake_item *old = fake_tree_get(t, key);

	if (!old)
		return false;
	t->bytes -= item_bytes(old);
	t->count--;
	t->root = node_del(t->root, key);
	return true;
}
