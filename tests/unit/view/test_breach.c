/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DESIGN section 6: a commit log that does not continue the database means that this node may be
 * behind what it published. Then nothing is written or signed (inv. 5) until an operator says so.
 */
#include "unit/view/files.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#include "crypto/random.h"
#include "ledger/backup.h"
#include "view/group.h"

/* Rolled back: writes refused with the reason, nothing signed, other regions' logs go on. */
static void expect_rolled_back(struct node *n, const char *why)
{
	struct foreign *f = foreign_new("us");
	struct commit_job *j;
	unsigned published;

	assert_int_equal(node_start(n), 0);
	published = n->n_published;
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_non_null(strstr(n->reason, why));
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_ROLLED_BACK);
	assert_int_equal(node_open_gate(n, false), 0);
	node_advance(n, 10000);
	commit_tick(n->commit);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	assert_int_equal(n->n_published, published);
	foreign_org(f, "us-o-1", 1, "One");
	j = foreign_job(f, COMMIT_PACKAGE, 0, 1, true);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	assert_int_equal(j->u.package.ret_cosignature.n, 0);
	commit_job_free(j);
	assert_string_equal(look_record(n, "us-o-1"), "live 1");
	assert_int_equal(n->fatal, 0);
	foreign_free(f);
}

static int count_item(void *ctx, const struct ledger_item *item)
{
	uint64_t *n = ctx;

	(void)item;
	++*n;
	return 0;
}

/* Entries in the commit log's records. */
static uint64_t entries_in_ring(struct node *n)
{
	uint64_t count = 0;

	for (uint64_t seq = ring_first(n->ring); seq && seq <= ring_last(n->ring); seq++) {
		struct bytes body;

		assert_int_equal(ring_read(n->ring, seq, &body), 0);
		assert_int_equal(group_each_item(body, FIXTURE_ORIGIN, count_item, &count), 0);
	}
	return count;
}

/* The state survives restarts; the operator's override ends it, for this ring and this database. What was
 * acknowledged and only the commit log has comes back into the log. */
static void expect_override_with(struct node *n, uint64_t only_in_ring)
{
	uint64_t size = ledger_size(n->commit->own);

	node_stop(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	size += only_in_ring;
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), size);
	assert_int_equal(node_run(n, org_job("Yes", "Bonn")), 0);
	assert_int_equal(n->published_size, size + 1);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), size + 1);
}

static void expect_override(struct node *n)
{
	expect_override_with(n, 0);
}

static void begin(struct node *n)
{
	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Begin");
	node_stop(n);
}

static const uint8_t other_life[RING_INSTANCE_BYTES] = "other life";

static void test_ring_missing(void **state)
{
	struct node *n = *state;

	begin(n);
	file_remove(n, "ring");
	n->new_instance = other_life;
	expect_rolled_back(n, "another life");
	expect_override(n);
}

/* A new ring that was given the database's own name: empty, where the database has records. */
static void test_ring_behind(void **state)
{
	struct node *n = *state;

	begin(n);
	file_remove(n, "ring");
	expect_rolled_back(n, "ends before");
	expect_override(n);
}

static void test_ring_of_an_older_day(void **state)
{
	struct node *n = *state;

	begin(n);
	file_copy(n, "ring", "ring.old");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "More");
	node_stop(n);
	file_copy(n, "ring.old", "ring");
	expect_rolled_back(n, "ends before");
	expect_override(n);
}

static void test_database_new(void **state)
{
	struct node *n = *state;

	begin(n);
	file_remove(n, "data.mdb");
	expect_rolled_back(n, "older than this database");
	expect_override_with(n, 3);
}

/* The database restored from a backup that the ring's oldest record does not reach. */
static void test_gap(void **state)
{
	struct node *n = *state;
	char name[32];

	n->ring_bytes = 1; /* the smallest */
	begin(n);
	file_copy(n, "data.mdb", "data.old");
	assert_int_equal(node_start(n), 0);
	for (int i = 0; i < 20 && ring_first(n->ring) <= 4; i++) {
		snprintf(name, sizeof(name), "Round %d", i);
		node_fill_at_once(n, 60, name);
		node_sync(n);
	}
	assert_true(ring_first(n->ring) > 4);
	node_stop(n);
	file_copy(n, "data.old", "data.mdb");
	expect_rolled_back(n, "gap");
	expect_override_with(n, entries_in_ring(n));
}

/* Restored from a backup that the ring does reach: it is simply folded again. */
static void test_backup_within_ring(void **state)
{
	struct node *n = *state;
	struct hash before, after;

	begin(n);
	file_copy(n, "data.mdb", "data.old");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 5, "More");
	node_sync(n);
	before = look_digest(n);
	node_stop(n);
	file_copy(n, "data.old", "data.mdb");
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	after = look_digest(n);
	assert_true(hash_eq(&before, &after));
}

/* The database becomes a backup of itself. */
static void restore_backup(struct node *n)
{
	char *dir = tmpdir_path(n->dir, "backup"), *data = tmpdir_path(dir, "data");
	struct backup_facts f;

	assert_int_equal(node_start(n), 0);
	node_sync(n);
	assert_int_equal(backup_make(n->store, dir, FIXTURE_ORIGIN, (struct wall){n->wall_ms}, &f, &n->why), 0);
	assert_int_equal(f.head_size, ledger_size(n->commit->own));
	node_stop(n);
	file_copy(n, "backup/data/data.mdb", "data.mdb");
	tmpdir_free(data);
	tmpdir_free(dir);
}

/* Elsewhere, without the commit log; and a start in between changes nothing. */
static void test_restored_without_ring(void **state)
{
	struct node *n = *state;

	begin(n);
	restore_backup(n);
	file_remove(n, "ring");
	n->new_instance = other_life;
	expect_rolled_back(n, "restored from a backup of 2023-11-14T22:13:20");
	assert_int_equal(ledger_size(n->commit->own), 3);
	expect_override(n);
}

/* A copy is a copy beside the very ring that it was made with: the original may have gone on. */
static void test_restored_beside_its_ring(void **state)
{
	struct node *n = *state;

	begin(n);
	restore_backup(n);
	expect_rolled_back(n, "restored from a backup of ");
	expect_override(n);
}

/* Same life, another history from the fourth record on, which the database has of this one. */
static void fork_ring(struct node *n)
{
	begin(n);
	file_copy(n, "data.mdb", "data.base");
	file_copy(n, "ring", "ring.base");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "This way");
	node_stop(n);
	file_copy(n, "data.mdb", "data.this");
	file_copy(n, "data.base", "data.mdb");
	file_copy(n, "ring.base", "ring");
	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "That way");
}

/* Same length, another root. */
static void test_ring_of_another_history(void **state)
{
	struct node *n = *state;

	fork_ring(n);
	node_stop(n);
	file_copy(n, "data.this", "data.mdb");
	expect_rolled_back(n, "another history");
	expect_override_with(n, 1);
}

/* Longer: nothing of it stays in the database. */
static void test_longer_ring_of_another_history(void **state)
{
	struct node *n = *state;

	fork_ring(n);
	node_fill(n, 2, "And on");
	node_stop(n);
	file_copy(n, "data.this", "data.mdb");
	expect_rolled_back(n, "another history");
	assert_int_equal(ledger_size(n->commit->own), 4);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 4);
	expect_override_with(n, 3);
}

/* A record that is whole and does not fit the log that it continues. */
static void test_record_does_not_fit(void **state)
{
	struct node *n = *state;
	struct commit_group *g;
	struct buf body = {0};
	uint64_t seq;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 4, "A");
	node_sync(n);
	g = group_new(4);
	g->n = 0;
	assert_int_equal(group_encode(n->commit, g, &body), 0); /* its root is zeros */
	assert_int_equal(ring_append(n->ring, (struct bytes[]){buf_bytes(&body)}, 1, &seq), 0);
	buf_fini(&body);
	commit_group_unref(g);
	node_crash(n);
	expect_rolled_back(n, "does not continue");
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 4);
	expect_override(n);
}

/* A peer shows a head of mine that I do not contain: at once, and for good. */
static void test_roll_back_job(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("peer mx shows more");

	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "A");
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(look_journal(n, "rolled-back").n, 1);
	node_stop(n);
	expect_rolled_back(n, "peer mx shows more");
	expect_override(n);
}

/* A full map is no way out of being rolled back. */
static void test_map_full_stays_rolled_back(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("because");
	struct foreign *f = foreign_new("us");
	struct bytes big = {mem_zalloc(65000), 65000};
	uint64_t at = 0;
	char id[32];
	int err = 0;

	n->map_bytes = n->map_max_bytes = 2u << 20;
	n->map_low_percent = 100;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, j), 0);
	crypto_random((void *)(uintptr_t)big.p, big.n);
	while (!err && at < 64) {
		snprintf(id, sizeof(id), "us-o-%llu", (unsigned long long)at + 1);
		foreign_add(f, foreign_entry(f, "organisation", id, 1), &big);
		err = node_run(n, foreign_job(f, COMMIT_PACKAGE, at, at + 1, false));
		at++;
	}
	assert_int_equal(err, IMS_E_MAP_FULL);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	node_advance(n, 2000);
	commit_tick(n->commit);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_ROLLED_BACK);
	assert_int_equal(n->fatal, 0);
	free((void *)(uintptr_t)big.p);
	foreign_free(f);
}

/* What a peer had shown was not kept when the transaction that said so was lost, however often it was said. */
static void test_told_while_the_map_is_full(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("us");
	struct bytes big = {mem_zalloc(65000), 65000};
	struct commit_job *jobs[2] = {roll_back_job("peer mx shows more")};
	struct commit_job *again = roll_back_job("peer mx shows more");
	char id[32];

	n->map_bytes = n->map_max_bytes = 2u << 20;
	n->map_low_percent = 100;
	assert_int_equal(node_start(n), 0);
	crypto_random((void *)(uintptr_t)big.p, big.n);
	for (unsigned i = 0; i < 40; i++) { /* more than the map holds */
		snprintf(id, sizeof(id), "us-o-%u", i + 1);
		foreign_add(f, foreign_entry(f, "organisation", id, 1), &big);
	}
	jobs[1] = foreign_job(f, COMMIT_PACKAGE, 0, 40, false);
	commit_run(n->commit, jobs, 2); /* in one transaction */
	assert_int_equal(jobs[0]->err, IMS_E_MAP_FULL);
	assert_int_equal(jobs[1]->err, IMS_E_MAP_FULL);
	assert_int_equal(commit_state_of(n->commit), COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, again), 0);
	node_crash(n);
	expect_rolled_back(n, "peer mx shows more");
	assert_int_equal(n->fatal, 0);
	commit_job_free(jobs[0]);
	commit_job_free(jobs[1]);
	free((void *)(uintptr_t)big.p);
	foreign_free(f);
}

/* inv. 5: after the override a head was signed with the next write, before any peer had shown what it had
 * of this log. */
static void test_override_waits_for_the_gate(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("peer mx shows more");
	struct foreign *f = foreign_new("us");

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_open_gate(n, true), 0);
	node_fill(n, 2, "A");
	assert_string_not_equal(n->published_note, "");
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	node_fill(n, 1, "B");
	assert_int_equal(n->published_size, 3); /* acknowledged, not signed */
	assert_string_equal(n->published_note, "");
	node_advance(n, 10000);
	commit_tick(n->commit);
	assert_string_equal(n->published_note, "");
	foreign_org(f, "us-o-1", 1, "One");
	j = foreign_job(f, COMMIT_PACKAGE, 0, 1, true);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.package.ret_cosignature.n, 0);
	commit_job_free(j);
	assert_int_equal(node_open_gate(n, false), 0);
	assert_int_equal(n->published_size, 3);
	assert_string_not_equal(n->published_note, "");
	foreign_free(f);
}

/* The only region of its federation has nobody to wait for. */
static void test_override_alone_signs_at_once(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roll_back_job("because");

	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, j), 0);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_OVERRIDE)), 0);
	node_fill(n, 1, "B");
	assert_int_equal(n->published_size, 1);
	assert_string_not_equal(n->published_note, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ring_missing, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_ring_behind, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_ring_of_an_older_day, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_database_new, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_gap, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_backup_within_ring, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_restored_without_ring, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_restored_beside_its_ring, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_ring_of_another_history, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_longer_ring_of_another_history, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(test_record_does_not_fit, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_roll_back_job, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_full_stays_rolled_back, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_told_while_the_map_is_full, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_override_waits_for_the_gate, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_override_alone_signs_at_once, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
