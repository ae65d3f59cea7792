/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of the own log that peers have shown stand in the store before what they cover (inv. 5). One of
 * another history than the entries that are here was taken for the last signed head: the entries below it
 * stayed, and the node waited for ever for those that it had, or froze its own log. Found by restoring old
 * copies under load (tests/faults, C4).
 */
#include "unit/view/closing.h"
#include "unit/view/held.h"

#include "ledger/heads.h"
#include "view/commit_int.h"

static int show_head(struct node *n, const struct held *h)
{
	struct commit_job *j = commit_job_new(COMMIT_HEAD);
	struct commit_package *p = &j->u.head;
	int err;

	arena_init(&p->arena, 65536);
	p->origin = FIXTURE_ORIGIN;
	p->note = h->note;
	p->head_size = h->size;
	p->head_root = h->root;
	p->peer = "mx";
	err = node_do(n, j);
	commit_job_free(j);
	return err;
}

/* One that was on its way to the store when an operator's override ended the recovering. */
static void test_a_head_that_comes_late_is_not_kept(void **state)
{
	struct node *n = *state;
	struct held h;

	begin_restored(n, &h);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(show_head(n, &h), IMS_E_STALE);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(show_head(n, &h), 0);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	expect_same_leaves(n, &h);
	expect_sound(n, 7);
	arena_fini(&h.arena);
}

/* What is cut goes down to the newest head of these entries. */
static void test_a_head_of_other_entries_keeps_none(void **state)
{
	struct node *n = *state;
	struct held h;

	begin_restored(n, &h);
	node_fill(n, 5, "Unseen");
	assert_int_equal(commit_ensure_txn(n->commit), 0);
	assert_int_equal(heads_put(n->commit->txn, FIXTURE_ORIGIN, h.size, h.note, false), 0);
	n->commit->dirty = true;
	node_sync(n);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
	assert_int_equal(look_count(n, TABLE_ASIDE), 5);
	assert_int_equal(give_back(n, &h, 3, 7), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	expect_same_leaves(n, &h);
	expect_sound(n, 12);
	arena_fini(&h.arena);
}

/* A peer had shown more of the log than the roster then kept: the node did not start again. And recovered it
 * is, also when that is asked once more because the store failed in the same turn. Both found by the
 * simulator. */
static void test_a_head_above_what_was_kept(void **state)
{
	struct node *n = *state;
	struct hash empty;
	struct held h;

	begin_restored(n, &h);
	roll_back(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), IMS_E_STATE);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(show_head(n, &h), 0);
	merkle_empty_root(&empty);
	assert_int_equal(node_run(n, closing_job(n, "eu", 0, &empty, true)), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_CLOSED);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_CLOSED);
	arena_fini(&h.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_head_that_comes_late_is_not_kept, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(test_a_head_of_other_entries_keeps_none, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(test_a_head_above_what_was_kept, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
