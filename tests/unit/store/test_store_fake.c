/* SPDX-License-Identifier: Apache-2.0 */
#include "set_contract.h"

#include "sim/fake_tree.c"
#include "sim/store_fake.c"
#include "sim/store_fake_access.c"

static void a_crash_loses_what_was_not_committed(void **state)
{
	struct store *s = contract_open("node"), *again;
	struct store_txn *w, *r;

	(void)state;
	put_commit(s, "a", "1");
	w = begin_write(s);
	r = begin_read(s);
	put_text(w, ONE, "a", "2");
	store_fake_crash(s);
	again = contract_open("node"); /* while the dead one is still being cleared away */
	assert_int_equal(store_put(w, ONE, bytes_of("b"), bytes_of("2")), IMS_E_IO);
	assert_int_equal(store_commit(w), IMS_E_IO);
	assert_int_equal(store_begin_write(s, &w), IMS_E_IO);
	assert_int_equal(store_begin_read(s, &w), IMS_E_IO);
	(void)r; /* nobody ends it */
	store_close(s);
	r = begin_read(again);
	expect_text(r, ONE, "a", "1");
	expect_text(r, ONE, "b", NULL);
	store_abort(r);
	put_commit(again, "a", "3");
	store_close(again);
}

static int commit_one(struct store *s, const char *value)
{
	struct store_txn *t;
	int err = store_begin_write(s, &t);

	if (err)
		return err;
	store_put(t, ONE, bytes_of("a"), bytes_of(value));
	return store_commit(t);
}

static void expect_a(struct store *s, const char *value)
{
	struct store_txn *t = begin_read(s);

	expect_text(t, ONE, "a", value);
	store_abort(t);
}

static void the_nth_commit_fails(void **state)
{
	struct store *s;

	(void)state;
	store_fake_fail_commit("node", 2, IMS_E_NO_SPACE, false);
	s = contract_open("node");
	assert_int_equal(commit_one(s, "1"), 0);
	assert_int_equal(commit_one(s, "2"), IMS_E_NO_SPACE);
	expect_a(s, "1");
	assert_int_equal(commit_one(s, "3"), 0);
	store_fake_fail_commit("node", 1, IMS_E_IO, true);
	assert_int_equal(commit_one(s, "4"), IMS_E_IO);
	assert_int_equal(commit_one(s, "5"), IMS_E_IO);
	expect_a(s, "4");
	store_close(s);
	s = contract_open("node");
	expect_a(s, "4");
	assert_int_equal(commit_one(s, "5"), 0);
	assert_int_equal(store_fake_commits("node"), 4);
	store_fake_fail_commit("node", 1, IMS_E_MAP_FULL, false);
	store_fake_fail_commit("node", 0, 0, false);
	assert_int_equal(commit_one(s, "6"), 0);
	store_close(s);
}

static void a_node_goes_back_to_a_backup(void **state)
{
	struct store *s = contract_open("node");

	(void)state;
	assert_int_equal(commit_one(s, "1"), 0);
	store_fake_copy("node", "backup");
	assert_int_equal(commit_one(s, "2"), 0);
	store_close(s);
	store_fake_copy("backup", "node");
	s = contract_open("node");
	expect_a(s, "1");
	store_close(s);
	store_fake_remove("backup");
}

/* Snapshots share the tree: thousands of commits over thousands of keys stay cheap. */
static void many_commits_over_many_keys(void **state)
{
	struct store *s = contract_open("node");
	struct store_txn *old = NULL;
	struct store_key k;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct store_txn *t = begin_write(s);

		store_key(&k, "I", i % 5000);
		assert_int_equal(store_put(t, ONE, BYTES(k.b, k.n), BYTES(k.b, k.n)), 0);
		assert_int_equal(store_commit(t), 0);
		if (i == 2000)
			old = begin_read(s);
	}
	assert_int_equal(store_count(old, ONE), 2001);
	store_abort(old);
	store_close(s);
}

static int forget_all(void **state)
{
	(void)state;
	store_fake_reset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TESTS,
		SET_CONTRACT_TESTS,
		cmocka_unit_test_teardown(a_crash_loses_what_was_not_committed, forget_all),
		cmocka_unit_test_teardown(the_nth_commit_fails, forget_all),
		cmocka_unit_test_teardown(a_node_goes_back_to_a_backup, forget_all),
		cmocka_unit_test_teardown(many_commits_over_many_keys, forget_all),
	};

	return cmocka_run_group_tests(tests, NULL, forget_all);
}
