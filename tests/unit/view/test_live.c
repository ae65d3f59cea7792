/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of live logs: stored when the commit log has them (C3), also for a start that finds them there
 * alone. */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#define MX "ims.example/mx/1"

static int setup(void **state)
{
	node_setup(state);
	return node_start(*state);
}

static struct foreign *orgs(unsigned n)
{
	struct foreign *f = foreign_new("mx");
	char id[16];

	for (unsigned i = 1; i <= n; i++) {
		snprintf(id, sizeof(id), "mx-o-%u", i);
		foreign_org(f, id, 1, id);
	}
	return f;
}

static bool is_live(struct node *n, struct commit_job *j)
{
	bool ret;

	assert_int_equal(node_do(n, j), 0);
	ret = j->u.package.ret_ring_seq != 0;
	assert_int_equal(n->commit->dirty, ret || j->u.package.ret_cosigned_size);
	if (ret)
		assert_int_equal(j->u.package.ret_ring_seq, ring_last(n->ring));
	commit_job_free(j);
	return ret;
}

static bool gives_live(struct node *n, struct foreign *f, uint64_t from, uint64_t to)
{
	return is_live(n, foreign_job(f, COMMIT_PACKAGE, from, to, false));
}

/* Killed before the database has committed: all of it is there, in the view and in the journal, once. */
static void a_kill_loses_no_package(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(3);
	struct commit_job *j = foreign_job(f, COMMIT_PACKAGE, 1, 3, true);
	struct look_rows rows;

	assert_int_equal(node_run(n, org_job("A", "Bonn")), 0);
	assert_true(gives_live(n, f, 0, 1));
	assert_int_equal(node_run(n, org_job("B", "Bonn")), 0);
	assert_int_equal(node_do(n, j), 0);
	assert_int_equal(j->u.package.ret_cosigned_size, 3); /* it has given its word */
	commit_job_free(j);
	node_crash(n);

	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, MX, NULL), 3);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 2);
	assert_string_equal(look_record(n, "mx-o-1"), "live 1");
	assert_string_equal(look_record(n, "mx-o-3"), "live 1");
	node_sync(n);
	rows = look_journal(n, "received");
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.to, 3);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, MX, NULL), 3);
	foreign_free(f);
}

/* And it is the view that it was, whichever way it came about (inv. 7). */
static void the_view_is_the_same(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(5);
	struct hash before;

	for (uint64_t i = 0; i < 5; i++)
		assert_true(gives_live(n, f, i, i + 1));
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	before = look_digest(n);
	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	assert_true(hash_eq(&before, &(struct hash[]){look_digest(n)}[0]));
	foreign_free(f);
}

/* C5 */
static void a_lost_transaction_loses_no_package(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(3);
	bool grew;

	assert_true(gives_live(n, f, 0, 2));
	assert_int_equal(commit_undo(n->commit, IMS_E_NOMEM, &grew), 0);
	assert_true(gives_live(n, f, 2, 3));
	assert_int_equal(look_log(n, MX, NULL), 3);
	foreign_free(f);
}

/* Who catches up is quicker with one commit; what is looked for in the database must be there; and what
 * follows upon what no commit has yet must not be in the commit log before it (V1). */
static void others_wait_for_the_database(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(40);
	struct commit_job *jobs[2], *first;
	const struct ledger_item *last = &f->items[39];

	assert_false(gives_live(n, f, 0, 33));
	jobs[0] = foreign_job(f, COMMIT_PACKAGE, 33, 34, false);
	jobs[1] = commit_job_new(COMMIT_SYNC);
	assert_int_equal(commit_run(n->commit, jobs, 2), 2);
	assert_int_equal(jobs[0]->u.package.ret_ring_seq, 0);
	commit_job_free(jobs[0]);
	commit_job_free(jobs[1]);
	jobs[0] = foreign_job(f, COMMIT_PACKAGE, 34, 36, false);
	first = commit_job_split(jobs[0], 1);
	assert_false(is_live(n, first));
	assert_false(is_live(n, jobs[0]));
	assert_true(gives_live(n, f, 36, 38));
	f->items[38].payload_state = LEDGER_PAYLOAD_WANTED;
	f->items[38].salt = f->items[38].payload = BYTES_NONE;
	assert_false(gives_live(n, f, 38, 39));
	assert_int_equal(last->index, 39);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, MX, NULL), 39);
	foreign_free(f);
}

/* The record of a package, with a bit of it another one. */
static void put_bent_record(struct node *n, struct bytes record, size_t at, uint8_t bit)
{
	uint8_t *body = mem_dup(record.p, record.n);
	uint64_t seq;

	body[at] ^= bit;
	node_open_files(n);
	assert_int_equal(ring_append(n->ring, (struct bytes[]){BYTES(body, record.n)}, 1, &seq), 0);
	node_close_files(n);
	free(body);
}

/* A node that has the first of two packages, and in its commit log a bent record of the second. */
static void expect_refused(struct node *n, bool of_root)
{
	struct node *other;
	struct foreign *f = orgs(2);
	struct bytes record;
	void *second;

	node_setup(&second);
	other = second;
	assert_int_equal(node_start(other), 0);
	assert_true(gives_live(other, f, 0, 1));
	assert_true(gives_live(other, f, 1, 2));
	assert_int_equal(ring_read(other->ring, ring_last(other->ring), &record), 0);
	assert_true(gives_live(n, f, 0, 1));
	node_stop(n);
	if (of_root) /* of the package, before the own size and root */
		put_bent_record(n, record, record.n - 8 - 32 - 1, 1);
	else /* the roster's version, behind format and own origin */
		put_bent_record(n, record, 1 + 4 + strlen(FIXTURE_ORIGIN) + 7, 128);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(look_log(n, MX, NULL), 1);
	foreign_free(f);
	node_teardown(&second);
}

static void a_record_that_does_not_fit_is_another_history(void **state)
{
	expect_refused(*state, true);
}

/* An old database was folded on with heads by keys that it did not know, showed them, and a peer that did not
 * know them either refused it (seed 531393). */
static void a_record_of_a_later_roster_is_not_folded(void **state)
{
	expect_refused(*state, false);
}

/* A node that is behind writes nothing into its commit log. */
static void who_is_rolled_back_waits_for_the_database(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(2);
	uint64_t last;

	assert_true(gives_live(n, f, 0, 1));
	assert_int_equal(node_run(n, roll_back_job("shown")), 0);
	last = ring_last(n->ring);
	assert_false(gives_live(n, f, 1, 2));
	assert_int_equal(ring_last(n->ring), last);
	foreign_free(f);
}

/* A record of another's packages is the newest: it says how long the own log was, all the same. */
static void the_newest_record_is_the_signers_memory(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(1);
	bool own = false;

	assert_int_equal(node_run(n, org_job("A", "Bonn")), 0);
	assert_true(gives_live(n, f, 0, 1));
	assert_int_equal(group_newest_is_own(n->commit, &own), 0);
	assert_true(own);
	node_stop(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->state, COMMIT_READY);
	foreign_free(f);
}

/* The commit log goes round many times: what it says of foreign logs is in the database by then. */
static void a_full_commit_log_is_committed_first(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(64);

	n->ring_bytes = 64u << 10;
	assert_int_equal(node_start(n), 0);
	for (uint64_t i = 0; i < 64; i++) {
		assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, i, i + 1, false)), 0);
		assert_true(ring_kept_bytes(n->ring) <= ring_size_bytes(n->ring) / 2);
	}
	assert_true(ring_first(n->ring) > 1);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, MX, NULL), 64);
	foreign_free(f);
}

/* ---- readers */
static void read_one(void *ctx, struct store_txn *t)
{
	struct ledger_reader r;
	struct ledger_item item;
	struct record rec;
	struct arena a;
	int *err = ctx;

	arena_init(&a, LEDGER_ITEM_BYTES);
	*err = record_get(t, BYTES_LIT("mx-o-2"), &rec, NULL);
	if (!*err)
		*err = ledger_read_open(t, MX, &r);
	if (!*err)
		*err = ledger_read_item(&r, rec.index, &a, &item);
	arena_fini(&a);
}

static void who_asks_the_writer_sees_what_is_not_committed(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(2);
	struct commit_job *j;
	int err = -1;

	for (uint64_t i = 0; i < 2; i++) {
		assert_true(gives_live(n, f, i, i + 1));
		j = commit_job_new(COMMIT_READ);
		j->u.read = (struct commit_read){read_one, &err};
		assert_int_equal(node_run(n, j), 0);
		assert_int_equal(err, i ? 0 : IMS_E_NOT_FOUND);
		assert_true(n->commit->dirty);
	}
	foreign_free(f);
}

static void read_damage(void *ctx, struct store_txn *t)
{
	(void)ctx;
	store_txn_fail(t, IMS_E_CORRUPT);
}

/* A damaged page is the reader's trouble: the node goes on, and what it has told of is there. */
static void a_reader_who_meets_damage_ends_nothing(void **state)
{
	struct node *n = *state;
	struct foreign *f = orgs(3);
	struct commit_job *jobs[3] = {org_job("A", "Bonn"), commit_job_new(COMMIT_READ),
				      foreign_job(f, COMMIT_PACKAGE, 2, 3, false)};

	assert_true(gives_live(n, f, 0, 2));
	jobs[1]->u.read = (struct commit_read){read_damage, NULL};
	assert_int_equal(commit_run(n->commit, jobs, 3), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(jobs[i]->err, 0);
		commit_job_free(jobs[i]);
	}
	assert_int_equal(n->fatal, 0);
	assert_int_equal(look_log(n, MX, NULL), 3);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 1);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_kill_loses_no_package, setup, node_teardown),
		cmocka_unit_test_setup_teardown(the_view_is_the_same, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_lost_transaction_loses_no_package, setup, node_teardown),
		cmocka_unit_test_setup_teardown(others_wait_for_the_database, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_record_of_a_later_roster_is_not_folded, setup, node_teardown),
		cmocka_unit_test_setup_teardown(a_record_that_does_not_fit_is_another_history, setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(who_is_rolled_back_waits_for_the_database, setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(the_newest_record_is_the_signers_memory, setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(a_full_commit_log_is_committed_first, node_setup,
						node_teardown),
		cmocka_unit_test_setup_teardown(a_reader_who_meets_damage_ends_nothing, setup, node_teardown),
		cmocka_unit_test_setup_teardown(who_asks_the_writer_sees_what_is_not_committed, setup,
						node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
