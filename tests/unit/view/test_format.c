/* SPDX-License-Identifier: Apache-2.0 */
/* The number of the store's form: who may write what it holds. */
#include "unit/view/files.h"
#include "unit/view/look.h"

static uint64_t format_now(struct node *n)
{
	struct store_txn *t = look_begin(n);
	uint64_t ret;

	assert_int_equal(meta_get_u64(t, META_FORMAT, &ret), 0);
	store_abort(t);
	return ret;
}

/* Of a stopped node. */
static void set_format(struct node *n, uint64_t format)
{
	struct store_txn *t;

	node_open_files(n);
	assert_int_equal(store_begin_write(n->store, &t), 0);
	assert_int_equal(meta_put_u64(t, META_FORMAT, format), 0);
	assert_int_equal(store_commit(t), 0);
	node_close_files(n);
}

static void begin(struct node *n, uint64_t format)
{
	assert_int_equal(node_start(n), 0);
	assert_int_equal(format_now(n), LEDGER_STORE_FORMAT);
	node_fill(n, 3, "Before");
	node_stop(n);
	set_format(n, format);
}

/* Of before: it goes on, and is of the new form before anything of that is in it, even when the node is killed at
 * once. A program that knows the old number only refuses it from here on. */
static void expect_taken(struct node *n, uint64_t format)
{
	begin(n, format);
	assert_int_equal(node_start(n), 0);
	node_crash(n);
	node_open_files(n);
	assert_int_equal(format_now(n), LEDGER_STORE_FORMAT);
	node_close_files(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
}

static void test_unpacked_is_taken(void **state)
{
	expect_taken(*state, LEDGER_STORE_FORMAT_OLDEST);
}

static void test_packed_without_a_sum_is_taken(void **state)
{
	expect_taken(*state, LEDGER_STORE_FORMAT - 1);
}

static void expect_refused(struct node *n, uint64_t format)
{
	char text[40];

	begin(n, format);
	snprintf(text, sizeof(text), "store format %llu,", (unsigned long long)format);
	assert_int_equal(node_start(n), IMS_E_UNSUPPORTED);
	assert_non_null(strstr(n->why.text, text));
	node_close_files(n);
	set_format(n, LEDGER_STORE_FORMAT);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
}

static void test_a_later_one_is_refused(void **state)
{
	expect_refused(*state, LEDGER_STORE_FORMAT + 1);
}

static void test_an_earlier_one_is_refused(void **state)
{
	expect_refused(*state, LEDGER_STORE_FORMAT_OLDEST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unpacked_is_taken, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_packed_without_a_sum_is_taken, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_a_later_one_is_refused, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_an_earlier_one_is_refused, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
