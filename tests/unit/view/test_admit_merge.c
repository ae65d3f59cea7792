/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An initiative that goes on in another one: in one that goes on itself (at the origin, inv. 8), and, where two
 * regions say so of each other at one time, what is told of it is the same everywhere (inv. 7).
 */
#include "unit/view/acting.h"
#include "view/case.h"

#define MX "ims.example/mx/1"

/* `what` goes on in the record of that entry. */
static int merge(struct node *n, const char *what, const char *origin, uint64_t index, const char *record)
{
	char *before = mem_printf("{'initiative':'%s','into':", what);
	int err = put_about(n, "merge", before, cite(n, origin, index, record, false), "}");

	free(before);
	return err;
}

/* eu-i-1 to eu-i-4, submitted; the entry of eu-i-K is 2 K - 2. */
static struct node *begin_four(void **state)
{
	struct node *n = begin(state);
	char id[32];

	for (int i = 1; i <= 4; i++) {
		assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
		snprintf(id, sizeof(id), "eu-i-%d", i);
		assert_int_equal(act(n, id, "submit", 0), 0);
	}
	return n;
}

static void expect_onward(struct node *n, const char *id, const char *words)
{
	struct programme_case c;
	struct errtext why = {""};
	struct store_txn *t;
	struct arena a;

	node_sync(n);
	t = look_begin(n);
	arena_init(&a, CASE_ARENA_BYTES);
	assert_int_equal(case_load(t, bytes_of(id), NULL, &a, &c, &why), 0);
	assert_int_equal(case_goes_on(t, &c, NULL, &why), 0);
	assert_string_equal(why.text, words);
	arena_fini(&a);
	store_abort(t);
}

static void test_into_what_goes_on(void **state)
{
	struct node *n = begin_four(state);

	EXPECT_REFUSED(n, merge(n, "eu-i-1", FIXTURE_ORIGIN, 0, "eu-i-1"), IMS_E_INVALID,
		       "/into: the same initiative\n");
	assert_int_equal(act(n, "eu-i-3", "withdraw", 0), 0);
	EXPECT_REFUSED(n, merge(n, "eu-i-1", FIXTURE_ORIGIN, 4, "eu-i-3"), IMS_E_INVALID,
		       "/into/record: eu-i-3 is withdrawn: nothing goes on in it\n");
	assert_int_equal(act(n, "eu-i-4", "decline", 0), 0);
	EXPECT_REFUSED(n, merge(n, "eu-i-1", FIXTURE_ORIGIN, 6, "eu-i-4"), IMS_E_INVALID,
		       "/into/record: eu-i-4 is declined: nothing goes on in it\n");
	assert_int_equal(merge(n, "eu-i-1", FIXTURE_ORIGIN, 2, "eu-i-2"), 0);
	expect_onward(n, "eu-i-1", "it goes on in eu-i-2 (submitted)");
	expect_onward(n, "eu-i-2", "");
	EXPECT_REFUSED(n, merge(n, "eu-i-2", FIXTURE_ORIGIN, 0, "eu-i-1"), IMS_E_INVALID,
		       "/into/record: eu-i-1 goes on in this one already, by eu-mg-1\n");
	assert_int_equal(put(n, "initiative", draft, NULL, 0), 0);
	assert_int_equal(act(n, "eu-i-5", "submit", 0), 0);
	EXPECT_REFUSED(n, merge(n, "eu-i-5", FIXTURE_ORIGIN, 0, "eu-i-1"), IMS_E_INVALID,
		       "/into/record: eu-i-1 goes on in eu-i-2 itself: name that one\n");
	/* taken back, it is what it was */
	assert_int_equal(node_run(n, withdraw_job("eu-mg-1")), 0);
	expect_onward(n, "eu-i-1", "");
	assert_int_equal(merge(n, "eu-i-5", FIXTURE_ORIGIN, 0, "eu-i-1"), 0);
	assert_int_equal(merge(n, "eu-i-1", FIXTURE_ORIGIN, 2, "eu-i-2"), 0);
	assert_int_equal(act(n, "eu-i-2", "withdraw", 0), 0);
	expect_onward(n, "eu-i-5", "it goes on in eu-i-1, that in eu-i-2 (withdrawn)");
}

/* Neither region sees the other's record when it writes its own. */
static void test_round_in_a_circle(void **state)
{
	struct node *n = begin_four(state);
	struct foreign *f = foreign_new("mx");
	char *into = cite(n, FIXTURE_ORIGIN, 0, "eu-i-1", false);
	char *json = mem_printf("{'initiative':'mx-i-1','into':%s}", into);

	foreign_put_kind(f, foreign_entry(f, "initiative", "mx-i-1", 1), "initiative",
			 "{'title':[{'lang':'en','text':'Cells'}],'platform':'P1','domains':['T01'],'state':"
			 "'submitted'}");
	foreign_put_kind(f, foreign_entry(f, "merge", "mx-mg-1", 1), "merge", json);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 1, false)), 0);
	assert_int_equal(merge(n, "eu-i-1", MX, 0, "mx-i-1"), 0);
	expect_onward(n, "eu-i-1", "it goes on in mx-i-1 (submitted)");
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 1, 2, false)), 0);
	expect_onward(n, "eu-i-1",
		      "it goes on in mx-i-1, that in eu-i-1: round in a circle; one of their secretariats "
		      "withdraws its record of kind merge");
	expect_onward(n, "mx-i-1",
		      "it goes on in eu-i-1, that in mx-i-1: round in a circle; one of their secretariats "
		      "withdraws its record of kind merge");
	/* one of them takes its back: the other's stands, and nobody joins the circle meanwhile */
	EXPECT_REFUSED(n, merge(n, "eu-i-2", FIXTURE_ORIGIN, 0, "eu-i-1"), IMS_E_INVALID,
		       "/into/record: eu-i-1 goes on in mx-i-1 itself: name that one\n");
	assert_int_equal(node_run(n, withdraw_job("eu-mg-1")), 0);
	expect_onward(n, "eu-i-1", "");
	expect_onward(n, "mx-i-1", "it goes on in eu-i-1 (submitted)");
	free(into);
	free(json);
	foreign_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_into_what_goes_on, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_round_in_a_circle, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
