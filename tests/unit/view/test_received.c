/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the journal about packages that were stored: a live log has one a second. */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

static struct foreign *three_orgs(void)
{
	struct foreign *f = foreign_new("mx");

	foreign_org(f, "mx-o-1", 1, "One");
	foreign_org(f, "mx-o-2", 2, "Two");
	foreign_org(f, "mx-o-3", 3, "Three");
	return f;
}

static void give(struct node *n, struct foreign *f, uint64_t from, uint64_t to)
{
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, from, to, false)), 0);
}

static void assert_rows(struct node *n, unsigned rows, uint64_t from, uint64_t to)
{
	struct look_rows l = look_journal(n, "received");

	assert_int_equal(l.n, rows);
	assert_int_equal(l.from, from);
	assert_int_equal(l.to, to);
}

static int setup(void **state)
{
	node_setup(state);
	return node_start(*state);
}

static void who_asks_for_the_journal_has_all_of_it(void **state)
{
	struct node *n = *state;
	struct foreign *f = three_orgs();

	give(n, f, 0, 1);
	give(n, f, 1, 2);
	assert_rows(n, 0, 0, 0);
	node_sync(n);
	assert_rows(n, 1, 0, 2);
	give(n, f, 2, 3);
	node_sync(n);
	assert_rows(n, 2, 2, 3);
	foreign_free(f);
}

static void a_row_comes_by_itself(void **state)
{
	struct node *n = *state;
	struct foreign *f = three_orgs();

	give(n, f, 0, 1);
	give(n, f, 1, 3);
	node_advance(n, 999);
	commit_tick(n->commit);
	assert_rows(n, 0, 0, 0);
	node_advance(n, 1);
	commit_tick(n->commit);
	node_advance(n, 1000);
	commit_tick(n->commit);
	assert_rows(n, 1, 0, 3);
	foreign_free(f);
}

static void another_peer_has_a_row_of_its_own(void **state)
{
	struct node *n = *state;
	struct foreign *f = three_orgs();
	struct commit_job *j = foreign_job(f, COMMIT_PACKAGE, 2, 3, false);

	give(n, f, 0, 2);
	j->u.package.peer = "irs";
	assert_int_equal(node_run(n, j), 0);
	assert_rows(n, 1, 0, 2);
	node_sync(n);
	assert_rows(n, 2, 2, 3);
	foreign_free(f);
}

/* A transaction that is lost takes no row with it of what an earlier one stored. */
static void a_lost_transaction_loses_no_row(void **state)
{
	struct node *n = *state;
	struct foreign *f = three_orgs();
	bool grew;

	give(n, f, 0, 2);
	assert_int_equal(commit_ensure_txn(n->commit), 0);
	assert_int_equal(received_flush(n->commit), 0);
	assert_int_equal(commit_undo(n->commit, IMS_E_NOMEM, &grew), 0);
	give(n, f, 2, 3);
	node_sync(n);
	assert_rows(n, 1, 0, 3);
	foreign_free(f);
}

static void a_stop_leaves_none_out(void **state)
{
	struct node *n = *state;
	struct foreign *f = three_orgs();

	give(n, f, 0, 3);
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	assert_rows(n, 1, 0, 3);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_asks_for_the_journal_has_all_of_it, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_row_comes_by_itself, setup, node_teardown),
		cmocka_unit_test_setup_teardown(another_peer_has_a_row_of_its_own, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_lost_transaction_loses_no_row, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_stop_leaves_none_out, setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
