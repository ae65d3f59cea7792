/* SPDX-License-Identifier: Apache-2.0 */
/* The whole table of verbs against who may ask what (inv. 10: an auditor sees logs, roster and
 * journal, and nothing else), and what the dispatch needs of each row. */
#include "ctl/ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define OWNERS (ROLE_LOCAL | ROLE_OPERATOR)
#define EVERYBODY (OWNERS | ROLE_AUDITOR)

/* By hand, not from verbs.def: a verb that gets a role by mistake fails here. */
static const struct {
	const char *name;
	uint32_t id;
	unsigned roles;
} expected[] = {
	{"status", 1, OWNERS},		{"peer_list", 2, OWNERS},	   {"peer_ping", 3, OWNERS},
	{"recover", 4, OWNERS},		{"log_list", 10, EVERYBODY},	   {"log_show", 11, EVERYBODY},
	{"backup_create", 5, ROLE_LOCAL}, {"backup_verify", 6, ROLE_LOCAL},
	{"log_entries", 12, EVERYBODY}, {"log_checkpoint", 13, EVERYBODY}, {"log_proof", 14, EVERYBODY},
	{"log_evidence", 16, EVERYBODY}, {"log_sizes", 17, EVERYBODY},
	{"log_verify", 15, EVERYBODY},	{"roster_show", 20, EVERYBODY},	   {"roster_publish", 21, OWNERS},
	{"view_digest", 30, OWNERS},	{"view_rebuild", 31, OWNERS},	   {"journal_list", 40, EVERYBODY},
	{"record_put", 50, OWNERS},	{"record_get", 51, OWNERS},	   {"record_list", 52, OWNERS},
	{"record_history", 53, OWNERS}, {"record_withdraw", 54, OWNERS},
	{"initiative_check", 60, OWNERS}, {"initiative_step", 61, OWNERS}, {"moa_show", 62, OWNERS},
	{"overlap", 70, OWNERS},	{"match", 71, OWNERS},
	{"need_list", 63, OWNERS},	{"interest_list", 64, OWNERS},	   {"notice_list", 65, OWNERS},
	{"summary", 66, OWNERS},
	{"document_upload", 80, OWNERS}, {"document_read", 81, OWNERS}, {"document_list", 82, OWNERS},
};
#define EXPECTED_COUNT (sizeof(expected) / sizeof(expected[0]))

static const enum client_role roles[] = {ROLE_LOCAL, ROLE_OPERATOR, ROLE_AUDITOR};

static void test_who_may_ask_what(void **state)
{
	size_t n;
	const struct verb_info *all = verb_all(&n);

	(void)state;
	assert_int_equal(n, EXPECTED_COUNT);
	for (size_t i = 0; i < EXPECTED_COUNT; i++) {
		const struct verb_info *v = verb_find(expected[i].id);

		assert_non_null(v);
		assert_in_range(v - all, 0, n - 1);
		assert_string_equal(v->name, expected[i].name);
		for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
			if (verb_is_allowed(v, roles[r]) != ((expected[i].roles & roles[r]) != 0))
				fail_msg("%s for role %d", v->name, roles[r]);
	}
}

static void test_an_auditor_only_reads_logs_roster_and_journal(void **state)
{
	static const char *const nouns[] = {"log_", "roster_show", "journal_"};
	size_t n;
	const struct verb_info *all = verb_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool his = false;

		for (size_t k = 0; k < sizeof(nouns) / sizeof(nouns[0]); k++)
			his |= strncmp(all[i].name, nouns[k], strlen(nouns[k])) == 0;
		if (verb_is_allowed(&all[i], ROLE_AUDITOR) != his)
			fail_msg("%s", all[i].name);
	}
}

static void test_no_role_may_ask_nothing(void **state)
{
	size_t n;
	const struct verb_info *all = verb_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_false(verb_is_allowed(&all[i], 0));
		assert_false(verb_is_allowed(&all[i], 8));
		assert_true(verb_is_allowed(&all[i], ROLE_LOCAL));
	}
}

static void test_rows_are_whole_and_apart(void **state)
{
	size_t n;
	const struct verb_info *all = verb_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i].id > 0);
		assert_true(all[i].name[0] && all[i].help[0]);
		assert_ptr_equal(verb_find(all[i].id), &all[i]);
		for (size_t k = i + 1; k < n; k++) {
			assert_int_not_equal(all[i].id, all[k].id);
			assert_string_not_equal(all[i].name, all[k].name);
		}
	}
}

static void test_unknown_numbers_have_no_row(void **state)
{
	(void)state;
	assert_null(verb_find(0));
	assert_null(verb_find(999));
	assert_null(verb_find(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_ask_what),
		cmocka_unit_test(test_an_auditor_only_reads_logs_roster_and_journal),
		cmocka_unit_test(test_no_role_may_ask_nothing),
		cmocka_unit_test(test_rows_are_whole_and_apart),
		cmocka_unit_test(test_unknown_numbers_have_no_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
