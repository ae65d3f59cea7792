/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incarnations that the roster closes and opens: the view is a function of what is stored, whatever
 * came first (inv. 7), and the own log ends and goes on without a number given out twice.
 */
#include "unit/view/closing.h"
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#define MX1 "ims.example/mx/1"
#define MX2 "ims.example/mx/2"
#define KEPT 6

/* ---- mx's two incarnations */
struct mx {
	struct foreign *first, *kept, *second; /* all that mx/1 ever had, what was kept of it, mx/2 */
	struct hash root;
};

static void first_entries(struct foreign *f, unsigned n)
{
	static const struct {
		const char *id;
		uint64_t revision;
	} rows[] = {{"mx-o-1", 1}, {"mx-o-2", 1}, {"mx-o-1", 2}, {"mx-o-3", 1},
		    {"mx-o-2", 2}, {"mx-o-4", 1}, {"mx-o-1", 3}, {"mx-o-5", 1}};
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "First %u", i);
		foreign_org(f, rows[i].id, rows[i].revision, name);
	}
}

static struct mx mx_make(void)
{
	struct mx m = {foreign_of("mx", 1), foreign_of("mx", 1), foreign_of("mx", 2), {{0}}};

	first_entries(m.first, 8);
	first_entries(m.kept, KEPT);
	tile_edge_root(&m.kept->edge, &m.root);
	foreign_org(m.second, "mx-o-1", 3, "Second, of what was kept"); /* revisions go on */
	foreign_org(m.second, "mx-o-6", 1, "Second, new");
	foreign_org(m.second, "mx-o-6", 2, "Second, new again");
	foreign_org(m.second, "mx-o-4", 2, "Second, of the last that was kept");
	return m;
}

static void mx_free(struct mx *m)
{
	foreign_free(m->first);
	foreign_free(m->kept);
	foreign_free(m->second);
}

static void expect_rebuild_is_same(struct node *n, const struct hash *digest)
{
	struct hash again;

	assert_int_equal(node_run(n, commit_job_new(COMMIT_REBUILD)), 0);
	again = look_digest(n);
	assert_true(hash_eq(&again, digest));
}

static void expect_mx(struct node *n)
{
	assert_string_equal(look_record(n, "mx-o-1"), "live 3");
	assert_string_equal(look_record(n, "mx-o-4"), "live 2");
	assert_string_equal(look_record(n, "mx-o-5"), "none"); /* of the orphaned tail */
	assert_string_equal(look_record(n, "mx-o-6"), "live 2");
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(look_problem(n, MX2, i), 0);
}

/* One step of a delivery, by its letter: R the roster, a b c pairs of entries of what was kept, x y of mx/2,
 * O all eight of mx/1 (before the roster). */
static void step(struct node *n, struct mx *m, char letter)
{
	switch (letter) {
	case 'R':
		assert_int_equal(node_run(n, closing_job(n, "mx", KEPT, &m->root, true)), 0);
		break;
	case 'O':
		assert_int_equal(node_run(n, foreign_job(m->first, COMMIT_PACKAGE, 0, 8, true)), 0);
		break;
	case 'x':
	case 'y':
		assert_int_equal(node_run(n, foreign_job(m->second, COMMIT_PACKAGE, letter == 'x' ? 0 : 2,
							 letter == 'x' ? 2 : 4, true)),
				 0);
		break;
	default:
		assert_int_equal(
			node_run(n, foreign_job(m->kept, COMMIT_PACKAGE, (uint64_t)(letter - 'a') * 2,
						(uint64_t)(letter - 'a') * 2 + 2, true)),
			0);
	}
}

/* Every order in which packages and roster can come gives one digest, and a view made again the same. */
static void test_orders(void **state)
{
	static const char *const orders[] = {"abcRxy", "abRcxy", "abRxcy",  "abRxyc", "aRbxcy",
					     "aRxbyc", "aRxybc", "Rabcxy",  "Rabxcy", "Raxbyc",
					     "Rxaybc", "Rxyabc", "RxabcyX", "ORxy"};
	struct mx m = mx_make();
	struct hash first = {{0}};
	unsigned checked = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct hash now;
		struct node *n;
		void *s;

		node_setup(&s);
		n = s;
		assert_int_equal(node_start(n), 0);
		for (const char *at = orders[i]; *at && *at != 'X'; at++) {
			step(n, &m, *at);
			if (*at == 'x' && !strchr("Xc", at[-1]) && look_log(n, MX1, NULL) < KEPT)
				assert_string_equal(look_record(n, "mx-o-6"), "none"); /* it waits */
		}
		if (strchr(orders[i], 'X')) { /* a start in between changes nothing */
			node_crash(n);
			assert_int_equal(node_start(n), 0);
		}
		expect_mx(n);
		now = look_digest(n);
		if (i == 0)
			first = now;
		assert_true(hash_eq(&now, &first));
		expect_rebuild_is_same(n, &first);
		assert_int_equal(look_log(n, MX1, NULL), orders[i][0] == 'O' ? 8 : KEPT); /* bytes are kept */
		checked++;
		node_teardown(&s);
	}
	assert_int_equal(checked, sizeof(orders) / sizeof(orders[0]));
	mx_free(&m);
}

/* What was verified before the log was closed and reaches beyond is refused; the rest of it is fetched. */
static void test_package_beyond_the_end(void **state)
{
	struct node *n = *state;
	struct mx m = mx_make();

	assert_int_equal(node_start(n), 0);
	step(n, &m, 'R');
	assert_int_equal(node_run(n, foreign_job(m.first, COMMIT_PACKAGE, 0, 8, true)), IMS_E_STALE);
	assert_int_equal(node_run(n, foreign_job(m.kept, COMMIT_PACKAGE, 0, KEPT, true)), 0);
	assert_int_equal(node_run(n, foreign_job(m.first, COMMIT_PACKAGE, KEPT, 8, true)), IMS_E_STALE);
	step(n, &m, 'x');
	assert_string_equal(look_record(n, "mx-o-6"), "live 1");
	mx_free(&m);
}

static struct commit_job *frozen_job(bool by_roster)
{
	struct commit_job *j = commit_job_new(COMMIT_EVIDENCE);

	j->u.evidence.origin = mem_strdup(MX1);
	buf_put_text(&j->u.evidence.note_a, "note a");
	j->u.evidence.freezes = true;
	j->u.evidence.by_roster = by_roster;
	return j;
}

/* Frozen by evidence, then closed: it goes on to what was kept, and the next one after it. */
static void test_frozen_then_closed(void **state)
{
	struct node *n = *state;
	struct mx m = mx_make();

	assert_int_equal(node_start(n), 0);
	step(n, &m, 'a');
	assert_int_equal(node_run(n, frozen_job(false)), 0);
	assert_int_equal(node_run(n, foreign_job(m.kept, COMMIT_PACKAGE, 2, 4, false)), IMS_E_FROZEN);
	step(n, &m, 'R');
	step(n, &m, 'x');
	step(n, &m, 'b');
	step(n, &m, 'c');
	step(n, &m, 'y');
	expect_mx(n);
	mx_free(&m);
}

/* Evidence that was on its way when the roster closed the log came after it, and froze it for ever. */
static void test_evidence_from_before_the_end(void **state)
{
	struct node *n = *state;
	struct mx m = mx_make();

	assert_int_equal(node_start(n), 0);
	step(n, &m, 'a');
	step(n, &m, 'R');
	assert_int_equal(node_run(n, frozen_job(false)), 0);
	assert_int_equal(look_count(n, TABLE_EVIDENCE), 1);
	step(n, &m, 'b');
	step(n, &m, 'c');
	step(n, &m, 'x');
	step(n, &m, 'y');
	expect_mx(n);
	mx_free(&m);
}

/* What is here is not what was kept: that log stands still, the next one does not wait for it. */
static void test_mismatch_stops_nothing_else(void **state)
{
	struct node *n = *state;
	struct mx m = mx_make();
	struct hash digest;

	assert_int_equal(node_start(n), 0);
	step(n, &m, 'a');
	step(n, &m, 'R');
	step(n, &m, 'x');
	assert_string_equal(look_record(n, "mx-o-6"), "none");
	assert_int_equal(node_run(n, frozen_job(true)), 0); /* replication has seen it */
	assert_string_equal(look_record(n, "mx-o-6"), "live 1");
	step(n, &m, 'y');
	assert_string_equal(look_record(n, "mx-o-6"), "live 2");
	assert_int_equal(node_run(n, foreign_job(m.kept, COMMIT_PACKAGE, 2, 4, false)), IMS_E_FROZEN);
	digest = look_digest(n);
	expect_rebuild_is_same(n, &digest);
	mx_free(&m);
}

/* ---- the own log */

/* Five entries, three of which are kept; the last two are in the commit log only. */
static void write_five(struct node *n, struct hash *ret_root)
{
	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Kept");
	node_sync(n);
	look_log(n, FIXTURE_ORIGIN, ret_root);
	node_fill(n, 2, "Orphan");
}

static void test_own_log_closed_while_running(void **state)
{
	struct node *n = *state;
	struct commit_job *put;
	struct hash root;
	uint64_t published;

	write_five(n, &root);
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, false)), 0);
	assert_int_equal(n->state, COMMIT_CLOSED);
	assert_non_null(strstr(n->reason, "no next incarnation"));
	assert_int_equal(node_run(n, org_job("Too late", "Bonn")), IMS_E_READ_ONLY);
	assert_string_equal(look_record(n, "eu-o-3"), "live 1");
	assert_string_equal(look_record(n, "eu-o-4"), "none");
	published = n->n_published;
	for (int i = 0; i < 5; i++) {
		node_advance(n, 1000);
		commit_tick(n->commit);
	}
	assert_int_equal(n->n_published, published); /* nothing is signed any more */
	assert_int_equal(n->state, COMMIT_CLOSED);
	node_stop(n);
	assert_int_equal(node_start(n), 0); /* it serves what it has */
	assert_int_equal(n->state, COMMIT_CLOSED);
	put = org_job("Too late", "Bonn");
	assert_int_equal(node_do(n, put), IMS_E_READ_ONLY);
	assert_non_null(strstr(put->why.text, "has closed ims.example/eu/1 at size 3"));
	commit_job_free(put);
}

/* The records in the commit log that the database lacks are of the first incarnation: they go there, and
 * the second begins with what was not kept, and with numbers and revisions that go on. */
static void test_own_second_incarnation(void **state)
{
	struct node *n = *state;
	struct commit_job *put;
	struct hash root;

	write_five(n, &root);
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, true)), 0);
	assert_non_null(strstr(n->reason, "opened incarnation 2"));
	node_stop(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 5);
	assert_int_equal(look_log(n, EU2, NULL), 2); /* what was acknowledged above the kept size */
	assert_string_equal(look_record(n, "eu-o-4"), "live 1");
	assert_string_equal(look_record(n, "eu-o-5"), "live 1");
	put = org_job("After", "Bonn");
	assert_int_equal(node_do(n, put), 0);
	assert_string_equal(put->u.put.ret_id, "eu-o-6"); /* not 4: that number was told to somebody */
	assert_string_equal(put->u.put.ret_origin, EU2);
	assert_int_equal(put->u.put.ret_index, 2);
	commit_job_free(put);
	assert_int_equal(node_run(n, org_job("Kept 0", "Ulm")), 0);
	node_sync(n);
	assert_string_equal(look_record(n, "eu-o-1"), "live 2");
	node_fill(n, 2, "In the ring");
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(look_log(n, EU2, NULL), 6);
	assert_int_equal(n->state, COMMIT_READY);
	assert_string_equal(look_record(n, "eu-o-8"), "live 1");
}

/* What changes nothing is answered with the entry that made the record what it is: it named the log that is
 * written now, with the index of the one before. Found by the simulator. */
static void test_unchanged_since_the_first(void **state)
{
	struct node *n = *state;
	struct commit_job *put = withdraw_job("eu-o-2");
	struct hash root;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "Kept");
	assert_int_equal(node_run(n, put), 0);
	node_sync(n);
	look_log(n, FIXTURE_ORIGIN, &root);
	assert_int_equal(node_run(n, closing_job(n, "eu", 4, &root, true)), 0);
	node_stop(n);
	go_on_in_second(n);
	put = withdraw_job("eu-o-2");
	assert_int_equal(node_do(n, put), 0);
	assert_string_equal(put->u.put.ret_outcome, "unchanged");
	assert_string_equal(put->u.put.ret_origin, FIXTURE_ORIGIN);
	assert_int_equal(put->u.put.ret_index, 3);
	commit_job_free(put);
}

/* Killed before the database held the last group, and the roster came from the peers meanwhile. */
static void test_tail_of_the_first(void **state)
{
	struct node *n = *state;
	struct hash root, digest;

	write_five(n, &root);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 3);
	node_crash(n);
	assert_int_equal(node_start(n), 0); /* the tail is folded */
	assert_string_equal(look_record(n, "eu-o-5"), "live 1");
	node_fill(n, 1, "Orphan, too");
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, true)), 0);
	node_crash(n);
	go_on_in_second(n);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 6);
	assert_int_equal(look_log(n, EU2, NULL), 3);
	assert_string_equal(look_record(n, "eu-o-6"), "live 1");
	digest = look_digest(n);
	expect_rebuild_is_same(n, &digest);
}

/* The machine is gone: what was kept comes from the peers before anything is written. */
static void test_nothing_left(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_of("eu", 1);
	struct hash root;
	struct commit_job *put;

	for (unsigned i = 0; i < 4; i++) {
		char id[16];

		snprintf(id, sizeof(id), "eu-o-%u", i + 1);
		foreign_org(f, id, 1, id);
	}
	tile_edge_root(&f->edge, &root);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, closing_job(n, "eu", 4, &root, true)), 0);
	node_stop(n);
	go_on_in_second(n);
	put = org_job("Too early", "Bonn");
	assert_int_equal(node_do(n, put), IMS_E_READ_ONLY);
	assert_non_null(strstr(put->why.text, "ims.example/eu/1 comes from the peers first: 0 of 4"));
	commit_job_free(put);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 4, false)), 0);
	put = org_job("Now", "Bonn");
	assert_int_equal(node_do(n, put), 0);
	assert_string_equal(put->u.put.ret_id, "eu-o-5");
	commit_job_free(put);
	foreign_free(f);
}

/* Rolled back in the first incarnation: the second begins all the same, that is what it is for. */
static void test_rolled_back_then_second(void **state)
{
	struct node *n = *state;
	struct commit_job *back = roll_back_job("a peer shows more");
	struct hash root;

	write_five(n, &root);
	assert_int_equal(node_run(n, back), 0);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	assert_int_equal(node_run(n, closing_job(n, "eu", 3, &root, true)), 0);
	assert_int_equal(n->state, COMMIT_ROLLED_BACK);
	node_stop(n);
	go_on_in_second(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_int_equal(node_run(n, org_job("Goes on", "Bonn")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test_setup_teardown(test_package_beyond_the_end, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_frozen_then_closed, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_evidence_from_before_the_end, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_mismatch_stops_nothing_else, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_own_log_closed_while_running, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_unchanged_since_the_first, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_own_second_incarnation, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_tail_of_the_first, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_left, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_rolled_back_then_second, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
