/* SPDX-License-Identifier: Apache-2.0 */
/* Who has acknowledged a notice, who is late and by how much, as of a day. */
#include "programme/marketing.h"

#include "programme/days.h"
#include "unit/programme/bench.h"

#define NOTICE(more) "{'initiative':{'record':'eu-i-1'},'text':[]" more "}"
#define ACKNOWLEDGEMENT(notice, reach)                                                                       \
	"{'notice':{'record':'" notice "'},'published':'2024-04-05','reach':'" reach "'}"

static int64_t day(const char *text)
{
	return day_number(text);
}

static struct notice_now judge(struct bench *b, const struct case_entry *notice, const char *today)
{
	struct notice_now n;

	assert_int_equal(notice_judge(&b->c, notice, day(today), &b->arena, &n), 0);
	return n;
}

/* The last day is in time, the next one is not; who has acknowledged is never late. */
static void test_late(void **state)
{
	struct bench *b = *state;
	const struct case_entry *notice =
		bench_add(b, "irs", "irs-mn-1", "notice", NOTICE(",'published':'2024-04-01'"));
	struct notice_now n;

	bench_add(b, "mx", "mx-ma-1", "acknowledgement", ACKNOWLEDGEMENT("irs-mn-1", "400"));
	bench_add(b, "us", "us-ma-1", "acknowledgement", ACKNOWLEDGEMENT("irs-mn-2", "9")); /* of another */
	n = judge(b, notice, "2024-05-01");
	assert_int_equal(n.due, day("2024-05-01"));
	assert_int_equal(n.n, 4); /* the irs asks, and is not asked; an Associate is */
	assert_int_equal(n.n_acknowledged, 1);
	assert_int_equal(n.n_late, 0);
	n = judge(b, notice, "2024-05-03");
	assert_int_equal(n.n_late, 3);
	for (size_t i = 0; i < n.n; i++) {
		bool is_mx = strcmp(n.regions[i].code, "mx") == 0;

		assert_int_equal(n.regions[i].late_days, is_mx ? 0 : 2);
		assert_int_equal(n.regions[i].entry != NULL, is_mx);
	}
	assert_string_equal(n.regions[0].code, "eu"); /* in order of their codes */
	assert_string_equal(n.regions[3].code, "za");
}

/* A clock of its own; without a day that it names it runs from the entry's. */
static void test_clock(void **state)
{
	struct bench *b = *state;
	const struct case_entry *one =
		bench_add(b, "irs", "irs-mn-1", "notice", NOTICE(",'published':'2024-04-10','due_days':5"));
	const struct case_entry *two = bench_add(b, "irs", "irs-mn-2", "notice", NOTICE(""));

	assert_int_equal(judge(b, one, "2024-04-10").due, day("2024-04-15"));
	assert_int_equal(judge(b, two, "2024-04-10").published, day("2024-04-01"));
	assert_int_equal(judge(b, two, "2024-04-10").due, day("2024-05-01"));
}

/* What strangers say they reached adds up to no small number. */
static void test_reach(void **state)
{
	struct bench *b = *state;
	const struct case_entry *notice = bench_add(b, "irs", "irs-mn-1", "notice", NOTICE(""));
	static const char *const all[] = {"eu", "mx", "us"};

	for (size_t i = 0; i < 3; i++)
		bench_add(b, all[i], "x-ma-1", "acknowledgement",
			  ACKNOWLEDGEMENT("irs-mn-1", "9223372036854775807"));
	assert_true(judge(b, notice, "2024-04-02").reach == UINT64_MAX);
}

/* Before a roster has come nobody is asked, and nobody is late. */
static void test_no_roster(void **state)
{
	struct bench *b = *state;
	const struct case_entry *notice = bench_add(b, "irs", "irs-mn-1", "notice", NOTICE(""));

	b->c.n_rosters = 0;
	assert_int_equal(judge(b, notice, "2025-01-01").n, 0);
	assert_int_equal(judge(b, notice, "2025-01-01").n_late, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_late, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_clock, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_reach, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_no_roster, bench_setup, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
