/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What store/store.h promises, as tests for any implementation of it: test_store_lmdb.c runs
 * them over the real one, test_store_fake.c over the simulator's.
 */
#ifndef TEST_STORE_CONTRACT_H
#define TEST_STORE_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/key.h"
#include "store/store.h"
#include "tmpdir.h"

enum { ONE, TWO, SET };
enum { MEMBER_BYTES = 8 };

static const struct store_spec contract_tables[] = {{"one", 0}, {"two", 0}, {"set", MEMBER_BYTES}};

static struct store_opts contract_opts(const char *dir)
{
	return (struct store_opts){
		.dir = dir,
		.tables = contract_tables,
		.n_tables = 3,
		.max_extra_tables = 2,
		.map_bytes = 4 << 20,
		.map_max_bytes = 16 << 20,
		.max_readers = 8,
	};
}

static struct store *contract_open(const char *dir)
{
	struct store_opts opts = contract_opts(dir);
	struct store *s;

	assert_int_equal(store_open(&opts, &s, NULL), 0);
	return s;
}

static struct store_txn *begin_write(struct store *s)
{
	struct store_txn *t;

	assert_int_equal(store_begin_write(s, &t), 0);
	return t;
}

static struct store_txn *begin_read(struct store *s)
{
	struct store_txn *t;

	assert_int_equal(store_begin_read(s, &t), 0);
	return t;
}

static void put_text(struct store_txn *t, store_table table, const char *key, const char *value)
{
	assert_int_equal(store_put(t, table, bytes_of(key), bytes_of(value)), 0);
}

static void expect_text(struct store_txn *t, store_table table, const char *key, const char *value)
{
	struct bytes v;

	assert_int_equal(store_get(t, table, bytes_of(key), &v), value ? 0 : IMS_E_NOT_FOUND);
	if (value)
		assert_true(bytes_eq_text(v, value));
}

static void put_commit(struct store *s, const char *key, const char *value)
{
	struct store_txn *t = begin_write(s);

	put_text(t, ONE, key, value);
	assert_int_equal(store_commit(t), 0);
}

static void a_writer_sees_its_own_and_a_reader_the_last_commit(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *w, *r, *later;

	(void)state;
	put_commit(s, "a", "1");
	w = begin_write(s);
	r = begin_read(s);
	put_text(w, ONE, "a", "2");
	put_text(w, ONE, "b", "");
	put_text(w, TWO, "a", "other table");
	expect_text(w, ONE, "a", "2");
	expect_text(w, ONE, "b", "");
	expect_text(r, ONE, "a", "1");
	expect_text(r, ONE, "b", NULL);
	assert_int_equal(store_count(w, ONE), 2);
	assert_int_equal(store_count(r, ONE), 1);
	assert_int_equal(store_commit(w), 0);
	expect_text(r, ONE, "a", "1");
	later = begin_read(s);
	expect_text(later, ONE, "a", "2");
	expect_text(later, TWO, "a", "other table");
	store_abort(r);
	store_abort(later);
	store_close(s);

	s = contract_open(dir);
	r = begin_read(s);
	expect_text(r, ONE, "a", "2");
	expect_text(r, ONE, "b", "");
	assert_int_equal(store_commit(r), 0);
	store_close(s);
	tmpdir_free(dir);
}

static void an_aborted_transaction_leaves_nothing(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t;

	(void)state;
	put_commit(s, "a", "1");
	t = begin_write(s);
	put_text(t, ONE, "a", "2");
	put_text(t, ONE, "b", "2");
	assert_int_equal(store_del(t, ONE, bytes_of("a")), 0);
	store_abort(t);
	t = begin_read(s);
	expect_text(t, ONE, "a", "1");
	expect_text(t, ONE, "b", NULL);
	store_abort(t);
	store_abort(NULL);
	store_close(s);
	store_close(NULL);
	tmpdir_free(dir);
}

static void errors_stick_but_not_found_does_not(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct store_cursor c;
	struct bytes v;

	(void)state;
	assert_int_equal(store_get(t, ONE, bytes_of("a"), &v), IMS_E_NOT_FOUND);
	assert_int_equal(store_del(t, ONE, bytes_of("a")), IMS_E_NOT_FOUND);
	assert_int_equal(store_txn_error(t), 0);
	put_text(t, ONE, "a", "1");
	store_txn_fail(t, IMS_E_LEAF);
	store_txn_fail(t, IMS_E_ROOT);
	assert_int_equal(store_txn_error(t), IMS_E_LEAF);
	assert_int_equal(store_put(t, ONE, bytes_of("b"), bytes_of("1")), IMS_E_LEAF);
	assert_int_equal(store_append(t, ONE, bytes_of("b"), bytes_of("1")), IMS_E_LEAF);
	assert_int_equal(store_get(t, ONE, bytes_of("a"), &v), IMS_E_LEAF);
	assert_int_equal(store_del(t, ONE, bytes_of("a")), IMS_E_LEAF);
	assert_int_equal(store_clear(t, ONE), IMS_E_LEAF);
	assert_null(store_reserve(t, ONE, bytes_of("b"), 3));
	assert_int_equal(store_count(t, ONE), 0);
	store_seek(&c, t, ONE, BYTES_NONE, BYTES_NONE, false);
	assert_false(store_cursor_ok(&c));
	store_cursor_fini(&c);
	assert_int_equal(store_commit(t), IMS_E_LEAF);
	t = begin_read(s);
	expect_text(t, ONE, "a", NULL);
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
}

/* Run one wrong call in a transaction of its own and see that it is our bug, and sticks. */
#define EXPECT_BUG(txn, call)                                                                                \
	do {                                                                                                 \
		struct store_txn *t = (txn);                                                                 \
		assert_int_equal(call, IMS_E_BUG);                                                           \
		assert_int_equal(store_txn_error(t), IMS_E_BUG);                                             \
		assert_int_equal(store_commit(t), IMS_E_BUG);                                                \
	} while (0)

static void wrong_use_is_a_bug(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	static const uint8_t longest[512] = {1};
	struct store_txn *w;
	struct bytes v;

	(void)state;
	put_commit(s, "m", "1");
	EXPECT_BUG(begin_write(s), store_put(t, ONE, BYTES_NONE, bytes_of("x")));
	EXPECT_BUG(begin_write(s), store_put(t, ONE, BYTES(longest, 512), bytes_of("x")));
	EXPECT_BUG(begin_read(s), store_get(t, ONE, BYTES(longest, 512), &v));
	EXPECT_BUG(begin_read(s), store_put(t, ONE, bytes_of("a"), bytes_of("x")));
	EXPECT_BUG(begin_read(s), store_get(t, 99, bytes_of("a"), &v));
	EXPECT_BUG(begin_write(s), store_put(t, 99, bytes_of("a"), bytes_of("x")));
	EXPECT_BUG(begin_write(s), store_append(t, ONE, bytes_of("m"), bytes_of("x")));
	EXPECT_BUG(begin_write(s), store_append(t, ONE, bytes_of("a"), bytes_of("x")));
	w = begin_write(s);
	assert_int_equal(store_put(w, ONE, BYTES(longest, 511), bytes_of("x")), 0);
	assert_int_equal(store_append(w, ONE, bytes_of("n"), bytes_of("x")), 0);
	assert_int_equal(store_begin_write(s, &(struct store_txn *){NULL}), IMS_E_BUG);
	assert_int_equal(store_grow(s), IMS_E_BUG);
	assert_int_equal(store_commit(w), 0);
	w = begin_read(s);
	assert_int_equal(store_grow(s), IMS_E_BUG);
	store_abort(w);
	store_close(s);
	tmpdir_free(dir);
}

static void reserved_space_is_filled_in_place(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct bytes v;
	uint8_t *p;

	(void)state;
	p = store_reserve(t, ONE, bytes_of("big"), 20000);
	assert_non_null(p);
	memset(p, 0x5a, 20000);
	p = store_reserve(t, ONE, bytes_of("small"), 3);
	assert_non_null(p);
	memcpy(p, "abc", 3);
	assert_int_equal(store_commit(t), 0);
	t = begin_read(s);
	expect_text(t, ONE, "small", "abc");
	assert_int_equal(store_get(t, ONE, bytes_of("big"), &v), 0);
	assert_int_equal(v.n, 20000);
	assert_true(v.p[0] == 0x5a && v.p[19999] == 0x5a);
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
}

/* What is given to a write may have been read in the same transaction. */
static void what_was_read_is_written_elsewhere(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct bytes v;

	(void)state;
	put_text(t, ONE, "a", "value of a, twenty-six bytes");
	for (char name[] = "b"; name[0] <= 'z'; name[0]++) {
		char before[] = {(char)(name[0] - 1), 0};

		put_text(t, ONE, name, "to be replaced");
		assert_int_equal(store_get(t, ONE, bytes_of(before), &v), 0);
		assert_int_equal(store_put(t, ONE, bytes_of(name), v), 0);
		assert_int_equal(store_get(t, ONE, bytes_of(name), &v), 0);
		assert_int_equal(store_append(t, TWO, bytes_of(name), v), 0);
		assert_int_equal(store_get(t, ONE, bytes_of(name), &v), 0);
		assert_int_equal(store_put(t, TWO, v, v), 0);
		assert_int_equal(store_del(t, TWO, bytes_of("value of a, twenty-six bytes")), 0);
	}
	expect_text(t, ONE, "z", "value of a, twenty-six bytes");
	expect_text(t, TWO, "z", "value of a, twenty-six bytes");
	assert_int_equal(store_commit(t), 0);
	store_close(s);
	tmpdir_free(dir);
}

/* The keys that a cursor gives, one after another with commas. */
static const char *walk(struct store_txn *t, const char *prefix, const char *from, bool backwards)
{
	static char out[200];
	struct store_cursor c;

	out[0] = '\0';
	for (store_seek(&c, t, ONE, bytes_of(prefix), bytes_of(from), backwards); store_cursor_ok(&c);
	     store_next(&c)) {
		assert_true(bytes_eq(c.key, c.value));
		strncat(out, (const char *)c.key.p, c.key.n);
		strcat(out, ",");
	}
	store_cursor_fini(&c);
	return out;
}

static void a_cursor_walks_a_prefix_both_ways(void **state)
{
	static const char *const keys[] = {"a", "b", "ba", "bb", "bc", "c", "\xff", "\xff\xff"};
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);

	(void)state;
	assert_string_equal(walk(t, "", "", false), "");
	assert_string_equal(walk(t, "", "", true), "");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		put_text(t, ONE, keys[i], keys[i]);
	assert_int_equal(store_commit(t), 0);
	t = begin_read(s);
	assert_string_equal(walk(t, "", "", false), "a,b,ba,bb,bc,c,\xff,\xff\xff,");
	assert_string_equal(walk(t, "", "", true), "\xff\xff,\xff,c,bc,bb,ba,b,a,");
	assert_string_equal(walk(t, "b", "", false), "b,ba,bb,bc,");
	assert_string_equal(walk(t, "b", "", true), "bc,bb,ba,b,");
	assert_string_equal(walk(t, "b", "ba1", false), "bb,bc,");
	assert_string_equal(walk(t, "b", "ba1", true), "ba,b,");
	assert_string_equal(walk(t, "b", "bb", true), "bb,ba,b,");
	assert_string_equal(walk(t, "b", "bb", false), "bb,bc,");
	assert_string_equal(walk(t, "b", "a", false), "b,ba,bb,bc,");
	assert_string_equal(walk(t, "b", "a", true), "");
	assert_string_equal(walk(t, "b", "c", false), "");
	assert_string_equal(walk(t, "b", "c", true), "bc,bb,ba,b,");
	assert_string_equal(walk(t, "\xff", "", true), "\xff\xff,\xff,");
	assert_string_equal(walk(t, "\xff", "\xff\xff", false), "\xff\xff,");
	assert_string_equal(walk(t, "bd", "", true), "");
	assert_string_equal(walk(t, "0", "", true), "");
	assert_string_equal(walk(t, "", "bz", true), "bc,bb,ba,b,a,");
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
}

static void keys_are_deleted_behind_a_cursor(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct store_txn *t = begin_write(s);
		struct store_cursor c;
		struct store_key k;
		uint32_t seen = 0;

		for (uint32_t i = 0; i < 2000; i++) {
			store_key(&k, "SI", bytes_of("x"), i);
			store_put(t, ONE, BYTES(k.b, k.n), BYTES(k.b, k.n));
		}
		put_text(t, ONE, "w", "before");
		put_text(t, ONE, "y", "after");
		store_seek(&c, t, ONE, bytes_of("x"), BYTES_NONE, backwards);
		while (store_cursor_ok(&c)) {
			struct store_key own = {.n = c.key.n};
			uint32_t i;

			memcpy(own.b, c.key.p, c.key.n);
			assert_int_equal(store_key_parse(c.key, "SI", &(struct bytes){0}, &i), 0);
			assert_int_equal(i, backwards ? 1999 - seen : seen);
			assert_true(bytes_eq(c.key, c.value));
			seen++;
			store_next(&c);
			if (i % 7)
				assert_int_equal(store_del(t, ONE, BYTES(own.b, own.n)), 0);
		}
		store_cursor_fini(&c);
		assert_int_equal(seen, 2000);
		assert_int_equal(store_count(t, ONE), 2 + 286);
		assert_int_equal(store_clear(t, ONE), 0);
		assert_int_equal(store_count(t, ONE), 0);
		expect_text(t, ONE, "w", NULL);
		assert_int_equal(store_commit(t), 0);
	}
	store_close(s);
	tmpdir_free(dir);
}

static void extra_tables_come_with_their_transaction(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *old = begin_read(s), *t;
	struct store_cursor c;
	store_table x, y, z;
	struct bytes v;

	(void)state;
	t = begin_write(s);
	assert_int_equal(store_table_open(t, "x", &x), 0);
	put_text(t, x, "k", "v");
	store_abort(t);
	t = begin_read(s);
	assert_int_equal(store_table_open(t, "x", &x), IMS_E_NOT_FOUND);
	assert_int_equal(store_table_open(t, "two", &x), 0);
	assert_int_equal(x, TWO);
	store_abort(t);

	t = begin_write(s);
	assert_int_equal(store_table_open(t, "x", &x), 0);
	assert_int_equal(store_table_open(t, "x", &y), 0);
	assert_int_equal(x, y);
	put_text(t, x, "k", "v");
	assert_int_equal(store_commit(t), 0);
	/* a snapshot from before sees it empty */
	assert_int_equal(store_get(old, x, bytes_of("k"), &v), IMS_E_NOT_FOUND);
	assert_int_equal(store_count(old, x), 0);
	store_seek(&c, old, x, BYTES_NONE, BYTES_NONE, false);
	assert_false(store_cursor_ok(&c));
	store_cursor_fini(&c);
	assert_int_equal(store_txn_error(old), 0);
	store_abort(old);
	store_close(s);

	s = contract_open(dir);
	t = begin_write(s);
	assert_int_equal(store_table_open(t, "x", &x), 0);
	expect_text(t, x, "k", "v");
	assert_int_equal(store_table_open(t, "y", &y), 0);
	assert_int_equal(store_table_open(t, "z", &z), IMS_E_LIMIT);
	assert_int_equal(store_commit(t), IMS_E_LIMIT);
	store_close(s);
	tmpdir_free(dir);
}

/* Fill until the map is full; how many values of 10,000 bytes fitted. */
static unsigned fill(struct store *s)
{
	struct store_txn *t = begin_write(s);
	struct store_usage before, after;
	static const uint8_t value[10000];
	struct store_key k;
	unsigned n = 0;

	assert_int_equal(store_usage(s, &before), 0);
	while (store_put(t, ONE, store_key(&k, "I", (uint32_t)n), BYTES(value, sizeof(value))) == 0)
		n++;
	assert_int_equal(store_usage(s, &after), 0);
	assert_true(after.used_bytes - before.used_bytes >= n * sizeof(value));
	assert_int_equal(store_commit(t), IMS_E_MAP_FULL);
	assert_int_equal(store_usage(s, &after), 0);
	assert_int_equal(after.used_bytes, before.used_bytes);
	return n;
}

static void a_full_map_grows_to_its_maximum(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_usage u;
	unsigned first, second;

	(void)state;
	put_commit(s, "a", "1");
	first = fill(s);
	assert_int_equal(store_grow(s), 0);
	second = fill(s);
	assert_in_range(second, first * 3 / 2, first * 3);
	put_commit(s, "b", "2");
	assert_int_equal(store_grow(s), 0);
	assert_int_equal(store_grow(s), IMS_E_MAP_FULL);
	assert_int_equal(store_usage(s, &u), 0);
	assert_int_equal(u.map_bytes, 16 << 20);
	assert_int_equal(u.map_max_bytes, 16 << 20);
	assert_int_equal(u.readers, 0);
	store_close(s);

	s = contract_open(dir);
	assert_int_equal(store_usage(s, &u), 0);
	assert_true(u.map_bytes >= 8 << 20 && u.used_bytes > 0 && u.disk_free_bytes > 0);
	store_check_readers(s);
	store_close(s);
	tmpdir_free(dir);
}

static void a_directory_is_opened_once(void **state)
{
	char *dir = tmpdir_new(), *dir2 = tmpdir_new();
	struct store *s = contract_open(dir), *other = contract_open(dir2), *again;
	struct store_opts opts = contract_opts(dir);
	struct store_txn *t, *u;

	(void)state;
	assert_int_equal(store_open(&opts, &again, NULL), IMS_E_EXISTS);
	t = begin_write(s);
	u = begin_write(other);
	put_text(t, ONE, "a", "s");
	put_text(u, ONE, "a", "other");
	assert_int_equal(store_commit(u), 0);
	assert_int_equal(store_commit(t), 0);
	t = begin_read(other);
	expect_text(t, ONE, "a", "other");
	store_abort(t);
	store_close(other);
	store_close(s);
	s = contract_open(dir);
	store_close(s);
	tmpdir_free(dir);
	tmpdir_free(dir2);
}

static void read_only_neither_creates_nor_writes(void **state)
{
	char *dir = tmpdir_new();
	struct store_opts opts = contract_opts(dir);
	struct store_txn *t;
	struct store *s;

	(void)state;
	opts.read_only = true;
	assert_int_equal(store_open(&opts, &s, NULL), IMS_E_NOT_FOUND);
	s = contract_open(dir);
	put_commit(s, "a", "1");
	store_close(s);
	assert_int_equal(store_open(&opts, &s, NULL), 0);
	assert_int_equal(store_begin_write(s, &t), IMS_E_READ_ONLY);
	assert_int_equal(store_grow(s), IMS_E_READ_ONLY);
	t = begin_read(s);
	expect_text(t, ONE, "a", "1");
	store_abort(t);
	store_close(s);
	opts.tables = (const struct store_spec[]){{"three", 0}, {"one", 0}};
	assert_int_equal(store_open(&opts, &s, NULL), IMS_E_NOT_FOUND);
	tmpdir_free(dir);
}

static void a_copy_holds_the_last_commit(void **state)
{
	char *dir = tmpdir_new(), *to = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t;

	(void)state;
	put_commit(s, "a", "1");
	t = begin_write(s);
	put_text(t, ONE, "b", "uncommitted");
	assert_int_equal(store_copy(s, to, NULL), 0);
	store_abort(t);
	put_commit(s, "a", "2");
	store_close(s);
	s = contract_open(to);
	t = begin_read(s);
	expect_text(t, ONE, "a", "1");
	expect_text(t, ONE, "b", NULL);
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
	tmpdir_free(to);
}

/* ---- any sequence of calls against a plain array ------------------------------------------- */

#define MODEL_KEYS 200

struct model {
	int32_t value[MODEL_KEYS]; /* -1: absent; else the first four bytes of the value */
};

static uint32_t model_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void model_expect(struct store_txn *t, const struct model *m)
{
	struct store_cursor c;
	struct store_key k;
	uint32_t i = 0;
	uint64_t n = 0;

	for (store_seek(&c, t, ONE, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c);
	     store_next(&c), i++) {
		while (i < MODEL_KEYS && m->value[i] < 0)
			i++;
		assert_true(i < MODEL_KEYS);
		assert_true(bytes_eq(c.key, store_key(&k, "I", i)));
		assert_int_equal(be32_get(c.value.p), m->value[i]);
		n++;
	}
	store_cursor_fini(&c);
	while (i < MODEL_KEYS)
		assert_int_equal(m->value[i++], -1);
	assert_int_equal(store_count(t, ONE), n);
}

static void model_step(struct store_txn *t, struct model *m, uint32_t *seed)
{
	uint32_t i = model_random(seed) % MODEL_KEYS;
	uint8_t value[3000] = {0};
	size_t n = 4 + model_random(seed) % (model_random(seed) % 10 ? 60 : 2900);
	struct store_key k;

	store_key(&k, "I", i);
	if (model_random(seed) % 3) {
		m->value[i] = (int32_t)(model_random(seed) & 0xffff);
		be32_put(value, (uint32_t)m->value[i]);
		assert_int_equal(store_put(t, ONE, BYTES(k.b, k.n), BYTES(value, n)), 0);
	} else {
		assert_int_equal(store_del(t, ONE, BYTES(k.b, k.n)), m->value[i] < 0 ? IMS_E_NOT_FOUND : 0);
		m->value[i] = -1;
	}
}

static void any_sequence_of_calls_equals_the_model(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct model committed, own, seen;
	struct store_txn *r, *t;
	uint32_t seed = 7;

	(void)state;
	memset(&committed, 0xff, sizeof(committed));
	for (int round = 0; round < 120; round++) {
		uint32_t steps = model_random(&seed) % 60;

		own = seen = committed;
		r = begin_read(s);
		t = begin_write(s);
		while (steps--)
			model_step(t, &own, &seed);
		model_expect(t, &own);
		if (model_random(&seed) % 4) {
			assert_int_equal(store_commit(t), 0);
			committed = own;
		} else {
			store_abort(t);
		}
		model_expect(r, &seen);
		store_abort(r);
		if (model_random(&seed) % 20 == 0) {
			store_close(s);
			s = contract_open(dir);
		}
	}
	store_close(s);
	tmpdir_free(dir);
}

#define CONTRACT_TESTS                                                                                       \
	cmocka_unit_test(a_writer_sees_its_own_and_a_reader_the_last_commit),                                \
		cmocka_unit_test(an_aborted_transaction_leaves_nothing),                                     \
		cmocka_unit_test(errors_stick_but_not_found_does_not), cmocka_unit_test(wrong_use_is_a_bug), \
		cmocka_unit_test(reserved_space_is_filled_in_place),                                         \
		cmocka_unit_test(what_was_read_is_written_elsewhere),                                        \
		cmocka_unit_test(a_cursor_walks_a_prefix_both_ways),                                         \
		cmocka_unit_test(keys_are_deleted_behind_a_cursor),                                          \
		cmocka_unit_test(extra_tables_come_with_their_transaction),                                  \
		cmocka_unit_test(a_full_map_grows_to_its_maximum),                                           \
		cmocka_unit_test(a_directory_is_opened_once),                                                \
		cmocka_unit_test(read_only_neither_creates_nor_writes),                                      \
		cmocka_unit_test(a_copy_holds_the_last_commit),                                              \
		cmocka_unit_test(any_sequence_of_calls_equals_the_model)

#endif
