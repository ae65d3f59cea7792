/* SPDX-License-Identifier: Apache-2.0 */
/* base/sched.h: a shorter slice where the kernel knows it, and nothing else of the thread changes. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sched.h"

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

static struct attributes attributes_now(void)
{
	struct attributes a = {0};

	assert_int_equal(syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0), 0);
	return a;
}

/* Slices came with Linux 6.12. */
static bool kernel_knows(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	return uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 12));
}

static void short_and_usual_again(void **state)
{
	struct attributes before = attributes_now(), after;

	(void)state;
	if (before.policy != SCHED_OTHER)
		skip();
	sched_ask_slice(SCHED_SHORT);
	after = attributes_now();
	assert_int_equal(after.policy, before.policy);
	assert_int_equal(after.nice, before.nice);
	assert_int_equal(after.priority, before.priority);
	if (kernel_knows())
		assert_true(after.runtime_ns > 0 && after.runtime_ns < 1000000);
	sched_ask_slice(SCHED_USUAL);
	after = attributes_now();
	assert_int_equal(after.nice, before.nice);
	if (kernel_knows())
		assert_true(after.runtime_ns == 0 || after.runtime_ns >= 500000);
}

/* Who runs when nobody else wants to keeps to that. */
static void another_policy_stays(void **state)
{
	struct sched_param none = {0};

	(void)state;
	assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &none), 0);
	sched_ask_slice(SCHED_SHORT);
	assert_int_equal(attributes_now().policy, SCHED_BATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_and_usual_again),
		cmocka_unit_test(another_policy_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
