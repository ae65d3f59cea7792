/* SPDX-License-Identifier: Apache-2.0 */
/* A node that has come back with an old copy of its files, and what peers hold of its log. */
#ifndef TESTS_UNIT_VIEW_HELD_H
#define TESTS_UNIT_VIEW_HELD_H

#include "unit/view/files.h"
#include "unit/view/look.h"

/* What peers hold of the node's log: its entries and its signed head of that moment. */
struct held {
	struct arena arena;
	struct ledger_item items[64];
	uint64_t size;
	struct hash root;
	struct bytes note;
};

static inline void hold(struct node *n, struct held *h)
{
	struct store_txn *t;
	struct ledger_reader r;

	node_sync(n);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	*h = (struct held){.size = r.size, .root = r.root};
	arena_init(&h->arena, 8u << 20);
	for (uint64_t i = 0; i < r.size; i++) {
		struct ledger_item *it = &h->items[i];

		assert_int_equal(ledger_read_item(&r, i, &h->arena, it), 0);
		it->entry = arena_dup(&h->arena, it->entry);
		it->salt = arena_dup(&h->arena, it->salt);
		it->payload = arena_dup(&h->arena, it->payload);
	}
	assert_int_equal(n->published_size, r.size);
	h->note = arena_dup(&h->arena, bytes_of(n->published_note));
	assert_true(h->note.n > 0);
	store_abort(t);
}

/* A package of the own log, as replication hands it over: [from, to) under the head of all. */
static inline int give_back(struct node *n, const struct held *h, uint64_t from, uint64_t to)
{
	struct commit_job *j = commit_job_new(COMMIT_PACKAGE);
	struct commit_package *p = &j->u.package;
	int err;

	arena_init(&p->arena, 1u << 20);
	p->origin = FIXTURE_ORIGIN;
	p->from = from;
	p->n = to - from;
	p->items = arena_array(&p->arena, p->n, sizeof(*p->items));
	memcpy(p->items, h->items + from, p->n * sizeof(*p->items));
	p->note = h->note;
	p->head_size = h->size;
	p->head_root = h->root;
	p->peer = "mx";
	err = node_do(n, j);
	assert_int_equal(p->ret_cosigned_size, 0);
	commit_job_free(j);
	return err;
}

static inline void roll_back(struct node *n)
{
	struct commit_job *j = roll_back_job("peer mx shows more");

	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
}

/* The view is what a fold from the start gives, and the log reads back whole. */
static inline void expect_sound(struct node *n, uint64_t size)
{
	struct hash before = look_digest(n), after;

	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), size);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	after = look_digest(n);
	assert_true(hash_eq(&before, &after));
	assert_int_equal(n->fatal, 0);
}

static inline void expect_same_leaves(struct node *n, const struct held *h)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct arena a;

	arena_init(&a, 8u << 20);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	for (uint64_t i = 0; i < h->size; i++) {
		struct ledger_item it;

		assert_int_equal(ledger_read_item(&r, i, &a, &it), 0);
		assert_true(hash_eq(&it.leaf, &h->items[i].leaf));
	}
	arena_fini(&a);
	store_abort(t);
}

/* Three entries, a copy of everything, four more that peers get; then the copy is put back. */
static inline void begin_restored(struct node *n, struct held *h)
{
	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Before");
	node_stop(n);
	file_copy(n, "data.mdb", "data.old");
	file_copy(n, "ring", "ring.old");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 4, "Published");
	hold(n, h);
	node_stop(n);
	file_copy(n, "data.old", "data.mdb");
	file_copy(n, "ring.old", "ring");
	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
}

#endif
