/* SPDX-License-Identifier: Apache-2.0 */
/* What store/store.h promises of sets, for any implementation: see store_contract.h. */
#ifndef TEST_SET_CONTRACT_H
#define TEST_SET_CONTRACT_H

#include <stdio.h>

#include "set_model.h"

static struct bytes member_key(struct store_key *k, const char *name, uint64_t member)
{
	return store_key(k, "SL", bytes_of(name), member);
}

static void add_member(struct store_txn *t, const char *name, uint64_t member)
{
	struct store_key k;

	assert_int_equal(store_put(t, SET, member_key(&k, name, member), BYTES_NONE), 0);
}

/* "a1,a2,b7," */
static const char *walk_set(struct store_txn *t, struct bytes prefix, struct bytes from)
{
	static char out[400];
	struct store_cursor c;
	size_t at = 0;

	out[0] = '\0';
	for (store_seek(&c, t, SET, prefix, from, false); store_cursor_ok(&c); store_next(&c)) {
		struct bytes name;
		uint64_t member;

		assert_int_equal(store_key_parse(c.key, "SL", &name, &member), 0);
		assert_int_equal(c.value.n, 0);
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%.*s%llu,", (int)name.n,
				       (const char *)name.p, (unsigned long long)member);
	}
	store_cursor_fini(&c);
	return out;
}

/* From a key that is cut after so many bytes of its member. */
static const char *walk_from(struct store_txn *t, const char *name, uint64_t member, size_t n)
{
	struct store_key k;
	struct bytes from = member_key(&k, name, member);

	return walk_set(t, BYTES_NONE, BYTES(from.p, from.n - MEMBER_BYTES + n));
}

static void a_set_holds_each_key_once(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct store_key k;
	struct bytes v;

	(void)state;
	add_member(t, "b", 7);
	add_member(t, "a", 300);
	add_member(t, "a", 2);
	add_member(t, "a", 300);
	add_member(t, "a", 1);
	assert_int_equal(store_count(t, SET), 4);
	assert_string_equal(walk_set(t, BYTES_NONE, BYTES_NONE), "a1,a2,a300,b7,");
	assert_int_equal(store_get(t, SET, member_key(&k, "a", 2), &v), 0);
	assert_int_equal(v.n, 0);
	assert_int_equal(store_get(t, SET, member_key(&k, "a", 3), &v), IMS_E_NOT_FOUND);
	assert_int_equal(store_get(t, SET, member_key(&k, "c", 2), &v), IMS_E_NOT_FOUND);
	assert_int_equal(store_del(t, SET, member_key(&k, "a", 2)), 0);
	assert_int_equal(store_del(t, SET, member_key(&k, "a", 2)), IMS_E_NOT_FOUND);
	assert_int_equal(store_del(t, SET, member_key(&k, "b", 7)), 0);
	assert_int_equal(store_del(t, SET, member_key(&k, "b", 7)), IMS_E_NOT_FOUND);
	assert_int_equal(store_commit(t), 0);
	t = begin_write(s);
	assert_string_equal(walk_set(t, BYTES_NONE, BYTES_NONE), "a1,a300,");
	assert_int_equal(store_clear(t, SET), 0);
	assert_int_equal(store_count(t, SET), 0);
	assert_string_equal(walk_set(t, BYTES_NONE, BYTES_NONE), "");
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
}

static void a_set_is_walked_from_anywhere(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct store_key k;
	struct bytes key;

	(void)state;
	assert_string_equal(walk_set(t, BYTES_NONE, bytes_of("a")), "");
	add_member(t, "b", 5);
	assert_string_equal(walk_from(t, "b", 6, 8), "");
	add_member(t, "b", 0x105);
	add_member(t, "b", 0x20005);
	add_member(t, "bc", 1);
	add_member(t, "d", 9);
	assert_string_equal(walk_set(t, BYTES_NONE, bytes_of("a")), "b5,b261,b131077,bc1,d9,");
	assert_string_equal(walk_set(t, bytes_of("b"), BYTES_NONE), "b5,b261,b131077,bc1,");
	assert_string_equal(walk_set(t, BYTES_LIT("b\0"), BYTES_NONE), "b5,b261,b131077,");
	assert_string_equal(walk_set(t, bytes_of("d"), bytes_of("a")), "d9,");
	assert_string_equal(walk_set(t, bytes_of("c"), BYTES_NONE), "");
	assert_string_equal(walk_set(t, bytes_of("e"), BYTES_NONE), "");
	assert_string_equal(walk_from(t, "b", 5, 8), "b5,b261,b131077,bc1,d9,");
	assert_string_equal(walk_from(t, "b", 6, 8), "b261,b131077,bc1,d9,");
	assert_string_equal(walk_from(t, "b", 0x20000, 6), "b131077,bc1,d9,");
	assert_string_equal(walk_from(t, "b", 0x30000, 6), "bc1,d9,");
	assert_string_equal(walk_from(t, "b", 0, 0), "b5,b261,b131077,bc1,d9,");
	assert_string_equal(walk_from(t, "d", 9, 8), "d9,");
	assert_string_equal(walk_from(t, "d", 10, 8), "");
	assert_string_equal(walk_from(t, "c", 0, 8), "d9,");
	/* the prefix may end inside a member, and `from` behind one */
	key = member_key(&k, "b", 0x105);
	assert_string_equal(walk_set(t, BYTES(key.p, key.n - 1), BYTES_NONE), "b261,");
	k.b[k.n++] = 0;
	assert_string_equal(walk_set(t, BYTES_NONE, BYTES(k.b, k.n)), "b131077,bc1,d9,");
	assert_int_equal(store_commit(t), 0);
	store_close(s);
	tmpdir_free(dir);
}

static void members_are_deleted_behind_a_cursor(void **state)
{
	char *dir = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct store_cursor c;
	struct store_key k;
	uint64_t seen = 0;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++)
		add_member(t, i % 3 ? "many" : "others", i);
	store_seek(&c, t, SET, BYTES_NONE, BYTES_NONE, false);
	while (store_cursor_ok(&c)) {
		struct store_key own = {.n = c.key.n};

		memcpy(own.b, c.key.p, c.key.n);
		seen++;
		store_next(&c);
		if (seen % 500)
			assert_int_equal(store_del(t, SET, BYTES(own.b, own.n)), 0);
	}
	store_cursor_fini(&c);
	assert_int_equal(seen, 3000);
	assert_int_equal(store_count(t, SET), 6);
	assert_string_equal(walk_set(t, BYTES_NONE, BYTES_NONE),
			    "many749,many1499,many2249,many2999,others1497,others2997,");
	add_member(t, "many", 1);
	assert_int_equal(store_get(t, SET, member_key(&k, "many", 1), &(struct bytes){0}), 0);
	assert_int_equal(store_commit(t), 0);
	store_close(s);
	tmpdir_free(dir);
}

static void a_copy_holds_its_sets(void **state)
{
	char *dir = tmpdir_new(), *to = tmpdir_new();
	struct store *s = contract_open(dir);
	struct store_txn *t = begin_write(s);
	struct store_key k;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++)
		add_member(t, i % 100 ? "many" : "few", i);
	assert_int_equal(store_commit(t), 0);
	assert_int_equal(store_copy(s, to, NULL), 0);
	store_close(s);
	s = contract_open(to);
	t = begin_read(s);
	assert_int_equal(store_count(t, SET), 3000);
	for (uint64_t i = 0; i < 3000; i++)
		assert_int_equal(
			store_get(t, SET, member_key(&k, i % 100 ? "many" : "few", i), &(struct bytes){0}),
			0);
	store_abort(t);
	store_close(s);
	tmpdir_free(dir);
	tmpdir_free(to);
}

/* A database of before there was a table is read, not changed. */
static void a_table_that_is_not_there_is_empty_for_readers(void **state)
{
	char *dir = tmpdir_new();
	struct store_opts opts = contract_opts(dir);
	struct store_cursor c;
	struct store_txn *t;
	struct store *s;
	struct bytes v;

	(void)state;
	opts.n_tables = 1;
	assert_int_equal(store_open(&opts, &s, NULL), 0);
	put_commit(s, "a", "b");
	store_close(s);
	opts = contract_opts(dir);
	opts.read_only = true;
	assert_int_equal(store_open(&opts, &s, NULL), 0);
	t = begin_read(s);
	expect_text(t, ONE, "a", "b");
	assert_int_equal(store_get(t, TWO, bytes_of("a"), &v), IMS_E_NOT_FOUND);
	assert_int_equal(store_count(t, SET), 0);
	assert_int_equal(store_table_bytes(t, TWO), 0);
	store_seek(&c, t, SET, BYTES_NONE, BYTES_NONE, false);
	assert_false(store_cursor_ok(&c));
	store_cursor_fini(&c);
	assert_int_equal(store_txn_error(t), 0);
	store_abort(t);
	store_close(s);
	s = contract_open(dir); /* who writes makes it */
	t = begin_write(s);
	put_text(t, TWO, "c", "d");
	assert_int_equal(store_commit(t), 0);
	store_close(s);
	tmpdir_free(dir);
}

#define SET_CONTRACT_TESTS                                                                                   \
		cmocka_unit_test(a_table_that_is_not_there_is_empty_for_readers),                            \
	cmocka_unit_test(a_set_holds_each_key_once), cmocka_unit_test(a_set_is_walked_from_anywhere),        \
		cmocka_unit_test(members_are_deleted_behind_a_cursor),                                       \
		cmocka_unit_test(a_copy_holds_its_sets),                                                     \
		cmocka_unit_test(any_sequence_of_calls_of_a_set_equals_the_model)

#endif
