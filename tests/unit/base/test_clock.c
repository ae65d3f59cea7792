/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks: the wall's, which people move, and one that only runs. All timers are of the second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { DAY_S = 86400, DAY_MS = DAY_S * 1000 };

static long moved_s; /* by which the wall clock is wrong */

/* Stands before libc's. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);

	if (r == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += moved_s;
	return r;
}

static void a_moved_wall_clock_moves_no_timer(void **state)
{
	static const long days[] = {1, -1, 3650, -3};

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		struct wall wall;
		struct mono mono;
		int64_t ran_ms;

		moved_s = 0;
		wall = clock_wall();
		mono = clock_mono();
		moved_s = days[i] * DAY_S;
		ran_ms = mono_ms_between(mono, clock_mono());
		assert_true(ran_ms >= 0 && ran_ms < DAY_MS / 2);
		assert_true(llabs(clock_wall().ms - wall.ms - days[i] * DAY_MS) < DAY_MS / 2);
	}
	moved_s = 0;
}

static void a_time_has_one_text(void **state)
{
	char text[CLOCK_TEXT_BYTES];

	(void)state;
	assert_string_equal(clock_wall_text((struct wall){0}, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_wall_text((struct wall){1763803448123}, text), "2025-11-22T09:24:08.123Z");
	assert_string_equal(clock_wall_text((struct wall){INT64_MAX}, text), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_wall_clock_moves_no_timer),
		cmocka_unit_test(a_time_has_one_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
