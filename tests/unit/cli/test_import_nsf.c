/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cli/import_sink.h"

static char path[7][512];

static int setup(void **state)
{
	static const char *const names[] = {"award.xml",	 "award_again.xml",	 "award_other.xml",
					    "award_nowhere.xml", "award_bad_amount.xml", "award_broken.xml",
					    "award_entity.xml"};

	(void)state;
	for (size_t i = 0; i < 7; i++)
		fixture(names[i], path[i], sizeof(path[i]));
	return 0;
}

static void run(struct keeper *k, size_t first, size_t n)
{
	const char *files[7];

	for (size_t i = 0; i < n; i++)
		files[i] = path[first + i];
	assert_int_equal(import_nsf(&k->opts, files, n, &k->sink, &k->report), 0);
}

static void test_award(void **state)
{
	struct keeper k;
	char *json;

	(void)state;
	keeper_init(&k);
	run(&k, 0, 1);
	assert_string_equal(buf_text(&k.problems), "");
	assert_int_equal(k.n, 2);
	json = keeper_json(&k, "initiative", 0);
	assert_string_equal(json,
			    "{\"header\":null,\"title\":[{\"lang\":\"en\",\"text\":\"Casting & Forging\"}],"
			    "\"abstract\":[{\"lang\":\"en\",\"text\":\"One.\\n\\nTwo \xe2\x80\x93 three\"}],"
			    "\"acronym\":\"\",\"platform\":\"\",\"domains\":[],\"budget_hundredths\":5000000,"
			    "\"currency\":\"USD\",\"start\":\"2017-07-01\",\"end\":\"2019-06-30\","
			    "\"state\":\"active\",\"participants\":[{\"organisation\":\"xx-o-1\","
			    "\"role\":\"awardee\",\"country\":\"US\",\"share_hundredths\":5000000}],"
			    "\"links\":[{\"rel\":\"source\",\"url\":"
			    "\"https://www.nsf.gov/awardsearch/showAward?AWD_ID=1799001\"}],"
			    "\"source\":{\"scheme\":\"nsf\",\"id\":\"1799001\"},\"keywords\":[],"
			    "\"programme\":\"Example Program\",\"originator\":\"\"}");
	free(json);
	keeper_fini(&k);
}

/* Inv. 9: an initiative holds no natural person. */
static void test_no_persons(void **state)
{
	struct keeper k;

	(void)state;
	keeper_init(&k);
	run(&k, 0, 1);
	for (size_t i = 0; i < k.n; i++) {
		struct bytes b = k.kept[i].payload;

		assert_null(memmem(b.p, b.n, "Ivy", 3));
		assert_null(memmem(b.p, b.n, "Investigator", 12));
		assert_null(memmem(b.p, b.n, "Olive", 5));
		assert_null(memmem(b.p, b.n, "5550100", 7));
	}
	keeper_fini(&k);
}

static void expect_said(struct keeper *k, const char *problem)
{
	if (!strstr(buf_text(&k->problems), problem))
		fail_msg("not said: %s", problem);
}

static void test_problems(void **state)
{
	struct keeper k;

	(void)state;
	keeper_init(&k);
	run(&k, 0, 7);
	expect_said(&k, "award_again.xml:0: award 1799001 stands twice\n");
	expect_said(&k, "award_nowhere.xml:0: institution Lost College: country not known\n");
	expect_said(&k, "award_bad_amount.xml:0: AwardAmount is not a number\n");
	expect_said(&k, "award_broken.xml:0: not an award: line ");
	expect_said(&k, "award_entity.xml:0: not an award: has a document type\n");
	assert_int_equal(k.report.problems, 5);
	assert_int_equal(k.report.initiatives, 3);   /* the one without institution, too */
	assert_int_equal(k.report.organisations, 1); /* spelled in two ways */
	keeper_fini(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_award),
		cmocka_unit_test(test_no_persons),
		cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests_name("import_nsf", tests, setup, NULL);
}
