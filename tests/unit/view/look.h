/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at what a node has committed. */
#ifndef TESTS_UNIT_VIEW_LOOK_H
#define TESTS_UNIT_VIEW_LOOK_H

#include "unit/view/fixture.h"
#include "view/key_cursor.h"

static inline struct store_txn *look_begin(struct node *n)
{
	struct store_txn *t;

	if (n->commit && n->live_seq > n->committed_seq) /* of a live log: readers wait for it */
		assert_int_equal(commit_database(n->commit), 0);
	assert_int_equal(store_begin_read(n->store, &t), 0);
	return t;
}

/* The view's digest as committed now. */
static inline struct hash look_digest(struct node *n)
{
	struct store_txn *t = look_begin(n);
	struct digest d;
	struct hash h;

	assert_int_equal(digest_compute(t, 1, &d), 0);
	h = d.digest;
	digest_fini(&d);
	store_abort(t);
	return h;
}

/* "live 2" (state and revision); "none". Static memory. */
static inline const char *look_record(struct node *n, const char *id)
{
	static char text[64];
	struct store_txn *t = look_begin(n);
	struct record r;
	int err = record_get(t, bytes_of(id), &r, NULL);

	if (err)
		snprintf(text, sizeof(text), "%s", err == IMS_E_NOT_FOUND ? "none" : ims_strerror(err));
	else
		snprintf(text, sizeof(text), "%s %llu", record_state_name(r.state),
			 (unsigned long long)r.revision);
	store_abort(t);
	return text;
}

/* Why an entry has no effect: an error, 0 when it has one. */
static inline int look_problem(struct node *n, const char *origin, uint64_t index)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct store_key k;
	struct bytes v;
	int err;

	assert_int_equal(ledger_read_open(t, origin, &r), 0);
	err = store_get(t, TABLE_PROBLEMS, store_key(&k, "IL", r.slot, index), &v);
	err = err ? err : -be16_get(v.p);
	store_abort(t);
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

static inline uint64_t look_count(struct node *n, store_table table)
{
	struct store_txn *t = look_begin(n);
	uint64_t c = store_count(t, table);

	store_abort(t);
	return c;
}

/* Size of a log, with the root computed from its tiles and every item checked (inv. 4, L2). */
static inline uint64_t look_log(struct node *n, const char *origin, struct hash *ret_root)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct hash root;
	struct arena a;

	assert_int_equal(ledger_read_open(t, origin, &r), 0);
	assert_int_equal(ledger_root(&r, r.size, &root), 0);
	assert_true(hash_eq(&root, &r.root));
	for (uint64_t i = 0; i < r.size; i++) {
		arena_init(&a, LEDGER_ITEM_BYTES);
		assert_int_equal(ledger_read_item(&r, i, &a, &(struct ledger_item){0}), 0);
		arena_fini(&a);
	}
	store_abort(t);
	if (ret_root)
		*ret_root = root;
	return r.size;
}

static inline uint64_t look_key_count(struct store_txn *t)
{
	struct key_cursor c;
	uint64_t n = 0;

	for (key_seek(&c, t, BYTES_NONE, BYTES_NONE); key_cursor_ok(&c); key_next(&c))
		n++;
	key_cursor_fini(&c);
	return n;
}

/* All keys of an index, "value=id;…". Static memory. */
static inline const char *look_keys(struct node *n, const char *name)
{
	static char text[1024];
	struct store_txn *t = look_begin(n);
	struct series_list list;
	struct key_cursor c;
	size_t at = 0;

	text[0] = '\0';
	assert_int_equal(series_list_load(t, &list), 0);
	for (key_seek(&c, t, BYTES_NONE, BYTES_NONE); key_cursor_ok(&c); key_next(&c)) {
		struct bytes nm, value;
		struct series_id id;

		assert_int_equal(store_key_parse(c.key, "SSIL", &value, &nm, &id.series, &id.number), 0);
		if (!bytes_eq_text(nm, name))
			continue;
		assert_in_range(id.series, 1, list.n);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%.*s=%s-%llu;", (int)value.n,
				       (const char *)value.p, list.of[list.place[id.series - 1]].code,
				       (unsigned long long)id.number);
	}
	key_cursor_fini(&c);
	series_list_fini(&list);
	store_abort(t);
	return text;
}

struct look_rows {
	const char *event;
	unsigned n;
	uint64_t from, to;
	int32_t outcome;
};

static inline int look_row(void *ctx, const struct journal_row *row)
{
	struct look_rows *l = ctx;

	if (bytes_eq_text(row->event, l->event)) {
		l->n++;
		l->from = row->from;
		l->to = row->to;
		l->outcome = row->outcome;
	}
	return 0;
}

/* Rows of an event, and the last of them. */
static inline struct look_rows look_journal(struct node *n, const char *event)
{
	struct look_rows l = {.event = event};
	struct journal_filter f = {.outcome = -1, .from_start = true};
	struct store_txn *t = look_begin(n);
	uint64_t next;

	assert_int_equal(journal_each(t, FIXTURE_JOURNAL, &f, 100000, look_row, &l, &next), 0);
	assert_int_equal(next, 0);
	store_abort(t);
	return l;
}

#endif
