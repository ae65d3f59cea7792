/* SPDX-License-Identifier: Apache-2.0 */
/* What IMS_FAILPOINT says happens at the hit that it names, in a child: the rules are read once. */
#ifndef IMS_FAILPOINTS
#define IMS_FAILPOINTS
#endif
#include "base/failpoint.c"

#include <sys/wait.h>

#include "unit/hex.h"

/* The status of a child that hits a place `hits` times, and exits with the last answer. */
static int child(const char *rule, int hits, const char *origin)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int err = 0;

		setenv("IMS_FAILPOINT", rule, 1);
		for (int i = 0; i < hits; i++)
			err = failpoint_hit(FAILPOINT_FOLD_ENTRY, origin, 7);
		_exit(-err);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int exit_of(const char *rule, int hits, const char *origin)
{
	int status = child(rule, hits, origin);

	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_kills_at_the_nth_hit(void **state)
{
	(void)state;
	assert_int_equal(exit_of("fold-entry:3:kill", 2, NULL), 0);
	assert_int_equal(WTERMSIG(child("fold-entry:3:kill", 3, NULL)), SIGKILL);
	assert_int_equal(WTERMSIG(child("ring-written:1:kill,fold-entry:1:abort", 1, NULL)), SIGABRT);
}

static void test_reports_an_error_once_or_for_ever(void **state)
{
	(void)state;
	assert_int_equal(exit_of("fold-entry:2:error=NO_SPACE", 2, NULL), -IMS_E_NO_SPACE);
	assert_int_equal(exit_of("fold-entry:2:error=NO_SPACE", 3, NULL), 0);
	assert_int_equal(exit_of("fold-entry:2+:error=IO", 5, NULL), -IMS_E_IO);
}

static void test_only_where_it_says(void **state)
{
	(void)state;
	assert_int_equal(exit_of("fold-entry@ims.example/eu/1/7:1:error=IO", 1, "ims.example/eu/1"),
			 -IMS_E_IO);
	assert_int_equal(exit_of("fold-entry@ims.example/eu/1/8:1:error=IO", 1, "ims.example/eu/1"), 0);
	assert_int_equal(exit_of("fold-entry@ims.example/eu/1/7:1:error=IO", 1, NULL), 0);
}

static void test_what_cannot_be_read_ends_the_process(void **state)
{
	static const char *const wrong[] = {"fold-entry:",
					    "fold-entry",
					    "fold-entry:1",
					    "fold-entry:0:kill",
					    "fold-entry:x:kill",
					    "fold-entry:1:explode",
					    "fold-entry:1:error=NOTHING",
					    "ring-flushed:1:error=IO", /* cannot fail */
					    "nowhere:1:kill"};

	(void)state;
	assert_int_equal(exit_of("", 1, NULL), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(exit_of(wrong[i], 1, NULL), EXIT_BAD_RULE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kills_at_the_nth_hit),
		cmocka_unit_test(test_reports_an_error_once_or_for_ever),
		cmocka_unit_test(test_only_where_it_says),
		cmocka_unit_test(test_what_cannot_be_read_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
