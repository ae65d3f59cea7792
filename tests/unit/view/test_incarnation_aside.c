/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a region had acknowledged in an incarnation that was closed, and the roster has not kept: it is set aside
 * when the next one begins, and appended to that when the former is whole.
 */
#include "unit/view/closing.h"
#include "unit/view/files.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#include "view/aside.h"

static void four_entries(struct foreign *f)
{
	for (unsigned i = 0; i < 4; i++) {
		char id[16];

		snprintf(id, sizeof(id), "eu-o-%u", i + 1);
		foreign_org(f, id, 1, id);
	}
}

/* The entries of the own log, as peers would have them. */
static void copy_own(struct node *n, struct foreign *f)
{
	struct store_txn *t = look_begin(n);
	struct ledger_reader r;
	struct ledger_item item;

	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	for (uint64_t i = 0; i < r.size; i++) {
		struct ledger_item *it;

		assert_int_equal(ledger_read_item(&r, i, &f->arena, &item), 0);
		it = foreign_raw(f, item.entry);
		it->payload_state = item.payload_state;
		it->salt = arena_dup(&f->arena, item.salt);
		it->payload = arena_dup(&f->arena, item.payload);
	}
	store_abort(t);
}

static void expect_rebuild_is_same(struct node *n)
{
	struct hash before = look_digest(n), after;

	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	after = look_digest(n);
	assert_true(hash_eq(&before, &after));
}

/* Set aside before the first incarnation ended, and the machine's log gone: it follows what was kept as soon
 * as that is whole, without another start. */
static void test_set_aside_waits_for_the_first(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_of("eu", 1);
	struct commit_job *back = roll_back_job("a peer shows more");
	struct hash root;

	four_entries(f);
	tile_edge_root(&f->edge, &root);
	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "Nobody saw");
	assert_int_equal(node_run(n, back), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), 2);
	assert_int_equal(node_run(n, closing_job(n, "eu", 4, &root, true)), 0);
	node_stop(n);
	n->gate_open = true;
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	commit_tick(n->commit);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), 0);
	commit_tick(n->commit);
	assert_int_equal(look_count(n, TABLE_ASIDE), 2);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 2, 4, false)), 0);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(look_log(n, EU2, NULL), 2);
	assert_string_equal(look_record(n, "eu-o-6"), "live 1");
	assert_int_equal(look_journal(n, "appended-again").n, 2);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, EU2, NULL), 2);
	foreign_free(f);
}

/* It had lost its files, and wrote without knowing what it had published; nobody has seen a signature of that.
 * What was kept took no place beside it: the log stood still for ever. Found by the simulator. */
static void went_another_way(struct node *n, uint64_t kept, unsigned before)
{
	struct foreign *f = foreign_of("eu", 1);
	struct hash root;

	four_entries(f);
	tile_edge_root(&f->edge, &root);
	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	node_fill(n, before, "Nobody saw");
	assert_int_equal(node_run(n, closing_job(n, "eu", kept, &root, true)), 0);
	assert_int_equal(n->state, COMMIT_CLOSED);
	node_stop(n);
	n->gate_open = true;
	go_on_in_second(n);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), before);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, kept, false)), 0);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), kept);
	assert_int_equal(look_log(n, EU2, NULL), before);
	assert_int_equal(look_journal(n, "appended-again").n, before);
	expect_rebuild_is_same(n);
	foreign_free(f);
}

static void test_went_another_way_shorter(void **state)
{
	went_another_way(*state, 4, 2);
}

static void test_went_another_way_longer(void **state)
{
	went_another_way(*state, 4, 6);
}

/* What peers bring back of it is not appended once more. */
static void test_comes_back_from_peers(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_of("eu", 1);
	struct hash root;

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "Kept");
	node_sync(n);
	copy_own(n, f);
	foreign_org(f, "eu-o-77", 1, "By a life that is lost");
	tile_edge_root(&f->edge, &root);
	node_fill(n, 1, "Nobody saw");
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, true)), 0);
	node_stop(n);
	n->gate_open = true;
	go_on_in_second(n);
	assert_int_equal(look_count(n, TABLE_ASIDE), 3);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 3, false)), 0);
	commit_tick(n->commit);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(look_log(n, EU2, NULL), 1);
	assert_string_equal(look_record(n, "eu-o-1"), "live 1");
	expect_rebuild_is_same(n);
	foreign_free(f);
}

/* The database is lost, and the commit log of the first incarnation is there: what only that has goes on. */
static void test_in_the_commit_log_alone(void **state)
{
	struct node *n = *state;
	struct hash empty;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 5, "In the ring");
	node_stop(n);
	file_remove(n, "data.mdb");
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	merkle_empty_root(&empty);
	assert_int_equal(node_run(n, closing_job(n, "eu", 0, &empty, true)), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(look_count(n, TABLE_ASIDE), 5);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, EU2, NULL), 5);
	expect_rebuild_is_same(n);
}

/* Recovered before the roster had come that opens the second: what the commit log had of the first was
 * appended there, also what the roster had kept, which came twice then. Found by the simulator. */
static void test_recovered_before_the_roster(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_of("eu", 1);
	struct hash root;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "In the ring");
	node_sync(n);
	copy_own(n, f);
	tile_edge_root(&f->edge, &root);
	node_fill(n, 1, "And nowhere else");
	node_stop(n);
	file_remove(n, "data.mdb");
	go_on_in_second(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_CLOSED);
	assert_int_equal(look_count(n, TABLE_ASIDE), 4);
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, true)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 3, false)), 0);
	commit_tick(n->commit);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(look_log(n, EU2, NULL), 1);
	expect_rebuild_is_same(n);
	foreign_free(f);
}

/* An old database beside the commit log of the incarnation that it did not know: it began that once more,
 * with other entries under indexes that peers may have had. Found by the simulator. */
static void test_begun_by_a_life_that_is_lost(void **state)
{
	struct node *n = *state;
	struct hash empty;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "Acknowledged in the first");
	merkle_empty_root(&empty);
	assert_int_equal(node_run(n, closing_job(n, "eu", 0, &empty, true)), 0);
	node_stop(n);
	file_copy(n, "data.mdb", "old.mdb");
	go_on_in_second(n);
	assert_int_equal(look_log(n, EU2, NULL), 2);
	node_fill(n, 1, "And in the second");
	node_stop(n);
	file_copy(n, "old.mdb", "data.mdb");
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(look_log(n, EU2, NULL), 0);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVER)), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_RECOVERED)), 0);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, EU2, NULL), 3);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	expect_rebuild_is_same(n);
}

/* As if the first start with the next key had ended between its commit and its record in the commit log. */
static void forget_the_mark(struct node *n, uint64_t last)
{
	struct store_txn *t;

	node_stop(n);
	file_copy(n, "old-ring", "ring");
	node_open_files(n);
	assert_int_equal(ring_last(n->ring), last);
	assert_int_equal(store_begin_write(n->store, &t), 0);
	assert_int_equal(meta_put_u64(t, META_RING_SEQ, last), 0);
	assert_int_equal(meta_put_u64(t, META_RING_MARK, last), 0);
	assert_int_equal(store_commit(t), 0);
	node_close_files(n);
}

/* The next start writes that record: else an old database would find nothing that says it is one. */
static void test_begun_without_a_record(void **state)
{
	struct node *n = *state;
	struct hash empty;
	uint64_t last;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "Acknowledged in the first");
	merkle_empty_root(&empty);
	assert_int_equal(node_run(n, closing_job(n, "eu", 0, &empty, true)), 0);
	last = ring_last(n->ring);
	node_stop(n);
	file_copy(n, "data.mdb", "old.mdb");
	file_copy(n, "ring", "old-ring");
	go_on_in_second(n);
	forget_the_mark(n, last);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, EU2, NULL), 2);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	node_stop(n);
	file_copy(n, "old.mdb", "data.mdb");
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
}

static void put_unreadable(struct node *n, uint64_t index, struct bytes entry, const char *payload)
{
	uint8_t salt[SALT_BYTES] = {1};
	struct ledger_item item = {.index = index,
				   .entry = entry,
				   .salt = BYTES(salt, sizeof(salt)),
				   .payload = bytes_of(payload)};

	merkle_leaf(item.entry, &item.leaf);
	assert_int_equal(commit_ensure_txn(n->commit), 0);
	assert_int_equal(aside_put(n->commit->txn, FIXTURE_ORIGIN, &item), 0);
	n->commit->dirty = true;
}

/* One that this version cannot read kept the node from starting. Found by the simulator. */
static void test_unreadable_stops_nothing(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_of("eu", 1);
	struct hash empty;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "Readable");
	put_unreadable(n, 5, BYTES_LIT("this is no entry"), "nor this a payload");
	put_unreadable(n, 6, foreign_add(f, foreign_entry(f, "organisation", "eu-o-8", 1), NULL)->entry, "\x0f");
	merkle_empty_root(&empty);
	assert_int_equal(node_run(n, closing_job(n, "eu", 0, &empty, true)), 0);
	node_stop(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_count(n, TABLE_ASIDE), 0);
	assert_int_equal(look_log(n, EU2, NULL), 2);
	assert_int_equal(look_journal(n, "appended-again").n, 4);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set_aside_waits_for_the_first, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(test_went_another_way_shorter, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_went_another_way_longer, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_comes_back_from_peers, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_in_the_commit_log_alone, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_recovered_before_the_roster, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_begun_by_a_life_that_is_lost, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_begun_without_a_record, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_unreadable_stops_nothing, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
