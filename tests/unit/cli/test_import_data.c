/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The importers over real exports: IMS_DATA names a directory that holds
 * projects/cordis_intl/{project,organization}.csv (383 CORDIS projects) and
 * projects/nsf2017/nsf_awards_2017_manufacturing_redacted.tar.xz (1,128 NSF awards).
 * Skipped when it is not set.
 */
#include "unit/cli/import_sink.h"

static char file[3][1024];

static bool have_data(void)
{
	const char *dir = getenv("IMS_DATA");

	if (!dir || !dir[0]) {
		print_message("skipped: IMS_DATA is not set\n");
		return false;
	}
	snprintf(file[0], sizeof(file[0]), "%s/projects/cordis_intl/project.csv", dir);
	snprintf(file[1], sizeof(file[1]), "%s/projects/cordis_intl/organization.csv", dir);
	snprintf(file[2], sizeof(file[2]),
		 "%s/projects/nsf2017/nsf_awards_2017_manufacturing_redacted.tar.xz", dir);
	return true;
}

static void import_all(struct keeper *k, bool backwards)
{
	const char *cordis[] = {file[backwards], file[!backwards]};

	assert_int_equal(import_cordis(&k->opts, cordis, 2, &k->sink, &k->report), 0);
	assert_string_equal(buf_text(&k->problems), "");
}

static void test_cordis(void **state)
{
	struct hash one, two;
	struct keeper k;

	(void)state;
	if (!have_data())
		skip();
	for (int backwards = 0; backwards < 2; backwards++) {
		keeper_init(&k);
		import_all(&k, backwards);
		assert_int_equal(k.report.projects, 383);
		assert_int_equal(k.report.initiatives, 383);
		assert_int_equal(keeper_count(&k, "initiative"), 383);
		assert_int_equal(k.report.organisations, keeper_count(&k, "organisation"));
		assert_true(k.progress_calls > 0);
		*(backwards ? &two : &one) = keeper_hash(&k);
		print_message("cordis: %zu organisations, %zu participations merged\n",
			      k.report.organisations, k.report.merged);
		keeper_fini(&k);
	}
	assert_memory_equal(&one, &two, sizeof(one)); /* whatever the order of the files */
}

/* Each project goes to exactly one region. */
static void test_cordis_by_region(void **state)
{
	static const struct {
		const char *region;
		size_t projects;
	} want[] = {{"mx", 9}, {"us", 105}, {"eu", 269}};

	(void)state;
	if (!have_data())
		skip();
	for (size_t i = 0; i < 3; i++) {
		struct keeper k;

		keeper_init(&k);
		k.opts.assign = "mx,us,eu";
		k.opts.region = want[i].region;
		import_all(&k, false);
		assert_int_equal(k.report.initiatives, want[i].projects);
		assert_int_equal(k.report.elsewhere, 383 - want[i].projects);
		keeper_fini(&k);
	}
}

static void test_nsf(void **state)
{
	const char *files[1];
	struct keeper k;

	(void)state;
	if (!have_data())
		skip();
	files[0] = file[2];
	keeper_init(&k);
	assert_int_equal(import_nsf(&k.opts, files, 1, &k.sink, &k.report), 0);
	assert_string_equal(buf_text(&k.problems), "");
	assert_int_equal(k.report.initiatives, 1128);
	assert_int_equal(keeper_count(&k, "initiative"), 1128);
	print_message("nsf: %zu organisations\n", k.report.organisations);
	keeper_fini(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cordis),
		cmocka_unit_test(test_cordis_by_region),
		cmocka_unit_test(test_nsf),
	};

	return cmocka_run_group_tests_name("import_data", tests, NULL, NULL);
}
