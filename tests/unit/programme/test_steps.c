/* SPDX-License-Identifier: Apache-2.0 */
/* The five steps of a case that is written down here: what meets each, what is missing, who is late, what is
 * waived. */
#include "unit/programme/bench.h"

static void check(struct bench *b, int64_t day)
{
	assert_int_equal(steps_check(&b->c, b->ref, DAY_0 + day * DAY_MS, &b->arena, &b->s), 0);
}

static bool says(const struct bench *b, size_t step, enum step_line_kind kind, const char *text)
{
	for (const struct step_line *l = b->s.step[step].lines; l; l = l->next)
		if (l->kind == kind && strcmp(l->text, text) == 0)
			return true;
	return false;
}

static void expect_says(const struct bench *b, size_t step, enum step_line_kind kind, const char *text)
{
	if (says(b, step - 1, kind, text))
		return;
	for (const struct step_line *l = b->s.step[step - 1].lines; l; l = l->next)
		print_error("%s: %s\n", step_line_kind_name(l->kind), l->text);
	fail_msg("step %zu does not say: %s", step, text);
}

#define INITIATIVE(more) "{'title':[{'lang':'en','text':'X'}],'state':'coached'" more "}"

static void test_manufacturing(void **state)
{
	struct bench *b = *state;

	bench_add(b, "eu", "eu-i-1", "initiative", INITIATIVE(",'platform':'P3','domains':['T01']"));
	check(b, 0);
	assert_int_equal(b->s.step[0].verdict, STEP_NOT);
	expect_says(b, 1, STEP_EVIDENCE, "platform P3, Key Technologies");
	expect_says(b, 1, STEP_MISSING, "a coach's confirmation");
	expect_says(b, 1, STEP_NEXT, "a coach of eu writes a note on the topic 'manufacturing'");
	bench_add(b, "eu", "eu-cn-1", "note",
		  "{'initiative':'eu-i-1','day':'2024-03-04','topic':'funding','text':[]}");
	bench_add(b, "mx", "mx-cn-1", "note",
		  "{'initiative':'eu-i-1','day':'2024-03-04','topic':'manufacturing','text':[]}");
	check(b, 0); /* another topic, and another region */
	assert_int_equal(b->s.step[0].verdict, STEP_NOT);
	expect_says(b, 1, STEP_REMARK, "mx thinks so too");
	b->entries[1].is_newest = false;
	bench_add(b, "eu", "eu-cn-2", "note",
		  "{'initiative':'eu-i-1','day':'2024-03-05','topic':'manufacturing','text':[]}");
	check(b, 0);
	assert_int_equal(b->s.step[0].verdict, STEP_MET);
	expect_says(b, 1, STEP_EVIDENCE, "confirmed by a coach on 2024-03-05");
}

static void test_critical_mass(void **state)
{
	struct bench *b = *state;

	bench_add(
		b, "eu", "eu-i-1", "initiative",
		INITIATIVE(
			",'budget_hundredths':99999900,'currency':'USD','start':'2024-01-01','end':'2025-12-"
			"30'"));
	check(b, 0);
	assert_int_equal(b->s.step[1].verdict, STEP_NOT);
	expect_says(b, 2, STEP_MISSING, "a budget of USD 999999; some USD 1,000,000 are expected");
	expect_says(b, 2, STEP_MISSING, "a runtime of 23 months, 2024-01-01 to 2025-12-30; 24 are expected");
	expect_says(b, 2, STEP_NEXT, "or a coach of eu waives it, with the reason");
	bench_add(b, "eu", "eu-w-1", "waiver",
		  "{'initiative':'eu-i-1','step':'critical-mass','reason':[{'lang':'en','text':'It is nearly "
		  "enough.'}]}");
	check(b, 0);
	assert_int_equal(b->s.step[1].verdict, STEP_WAIVED);
	expect_says(b, 2, STEP_EVIDENCE, "waived: It is nearly enough.");
	b->entries[1].region = "mx"; /* who is not its coach */
	check(b, 0);
	assert_int_equal(b->s.step[1].verdict, STEP_NOT);
}

/* The newest rate not after the start, or of today when the start lies ahead; no rate: not met, and why. */
static void test_other_currencies(void **state)
{
	struct bench *b = *state;
	struct case_entry *e =
		bench_add(b, "eu", "eu-i-1", "initiative",
			  INITIATIVE(",'budget_hundredths':200000000,'currency':'EUR','start':'2022-"
				     "09-01','end':'2024-08-31'"));

	check(b, 0);
	assert_int_equal(b->s.step[1].verdict, STEP_MET);
	assert_non_null(strstr(b->s.step[1].lines->text, "EUR on 2022-07-01"));
	b->c.n = 0;
	bench_add(
		b, "eu", "eu-i-1", "initiative",
		INITIATIVE(
			",'budget_hundredths':200000000,'currency':'EUR','start':'2034-01-01','end':'2036-12-"
			"31'"));
	check(b, -700); /* 2022-05-02 */
	assert_non_null(strstr(b->s.step[1].lines->text, "EUR on 2021-07-01"));
	b->c.n = 0;
	bench_add(
		b, "eu", "eu-i-1", "initiative",
		INITIATIVE(
			",'budget_hundredths':200000000,'currency':'XTS','start':'2022-01-01','end':'2024-12-"
			"31'"));
	check(b, 0);
	assert_int_equal(b->s.step[1].verdict, STEP_NOT);
	expect_says(b, 2, STEP_MISSING,
		    "/currency: no reference rate of 'XTS' on or before 2022-01-01 in exchange-rates.csv");
	assert_ptr_equal(e, b->entries);
}

/* Notice on 2024-04-01, 30 days: who has not acknowledged is late from the 31st on. */
static void test_marketing(void **state)
{
	struct bench *b = *state;

	bench_add(b, "eu", "eu-i-1", "initiative", INITIATIVE(""));
	bench_add(b, "eu", "eu-a-1", "assignment",
		  "{'initiative':'eu-i-1','coach':'anna','start':'2024-01-01','end':'2024-05-15'}");
	check(b, 0);
	expect_says(b, 5, STEP_MISSING, "a notice of the IRS to all regions");
	bench_add(b, "irs", "irs-mn-1", "notice",
		  "{'initiative':{'record':'eu-i-1'},'text':[],'published':'2024-04-01'}");
	bench_add(b, "mx", "mx-ma-1", "acknowledgement",
		  "{'notice':{'record':'irs-mn-1'},'published':'2024-04-05','reach':400}");
	check(b, 30);
	assert_int_equal(b->s.step[4].verdict, STEP_NOT);
	expect_says(b, 5, STEP_EVIDENCE, "made known in mx on 2024-04-05, to 400");
	expect_says(b, 5, STEP_MISSING, "made known in us: due on 2024-05-01");
	expect_says(b, 5, STEP_MISSING,
		    "made known in za: due on 2024-05-01"); /* an Associate is asked too */
	check(b, 31);
	expect_says(b, 5, STEP_MISSING, "made known in us: late by 1 days, it was due on 2024-05-01");
	expect_says(b, 5, STEP_NEXT,
		    "the secretariat of us makes it known, then: 'ims acknowledge irs-mn-1'");
	for (size_t i = 0; i < 3; i++) {
		static const char *const others[] = {"eu", "us", "za"};

		bench_add(b, others[i], "x-ma-1", "acknowledgement",
			  "{'notice':{'record':'irs-mn-1'},'published':'2024-06-01','reach':1}");
	}
	check(b, 31);
	assert_int_equal(b->s.step[4].verdict, STEP_MET);
	check(b, 45); /* the coach's time is over */
	assert_int_equal(b->s.step[4].verdict, STEP_NOT);
	expect_says(b, 5, STEP_REMARK, "anna coaches it, until 2024-05-15");
}

/* A notice that another region puts into its log asks nobody. */
static void test_notice_of_a_region(void **state)
{
	struct bench *b = *state;

	bench_add(b, "eu", "eu-i-1", "initiative", INITIATIVE(""));
	bench_add(b, "mx", "mx-mn-1", "notice",
		  "{'initiative':{'record':'eu-i-1'},'text':[],'published':'2024-04-01'}");
	check(b, 0);
	expect_says(b, 5, STEP_MISSING, "a notice of the IRS to all regions");
}

static void test_nothing_to_check(void **state)
{
	struct bench *b = *state;

	check(b, 0);
	assert_false(b->s.all);
	assert_string_equal(b->s.state_why, "the initiative is not here");
	bench_add(b, "eu", "eu-i-1", "initiative", INITIATIVE(""))->state = CASE_WANTED;
	check(b, 0);
	assert_string_equal(b->s.state_why, "its payload has not come yet");
	for (size_t i = 0; i < STEPS_COUNT; i++)
		assert_int_equal(b->s.step[i].verdict, STEP_NOT);
}

/* The rows are those of the list that waivers are checked by. */
static void test_ids(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < STEPS_COUNT; i++) {
		struct bytes waivable =
			reference_get(b->ref, "mtp-steps", bytes_of(step_infos[i].id), "waivable");

		assert_true(bytes_eq_text(waivable, step_infos[i].may_be_waived ? "yes" : "no"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_manufacturing, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_critical_mass, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_other_currencies, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_marketing, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_notice_of_a_region, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_check, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(test_ids, bench_setup, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
