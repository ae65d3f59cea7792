/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bucket.h"

static struct mono at_ms(int64_t ms)
{
	return (struct mono){ms * 1000000};
}

static void burst_then_rate(void **state)
{
	struct bucket b = bucket_full(100, 500, at_ms(0));

	(void)state;
	bucket_take(&b, 499);
	assert_false(bucket_is_empty(&b));
	bucket_take(&b, 101);
	assert_true(bucket_is_empty(&b)); /* 100 in debt */
	bucket_fill(&b, at_ms(1000));
	assert_true(bucket_is_empty(&b));
	bucket_fill(&b, at_ms(1010));
	assert_false(bucket_is_empty(&b));
	bucket_fill(&b, at_ms(1000000));
	assert_int_equal(b.level, 500);
}

/* Looking often loses nothing, and time does not go back. */
static void looking_often_loses_nothing(void **state)
{
	struct bucket b = bucket_full(10, 10, at_ms(0));

	(void)state;
	bucket_take(&b, 10);
	for (int64_t ms = 1; ms <= 500; ms++)
		bucket_fill(&b, at_ms(ms));
	assert_int_equal(b.level, 5);
	bucket_fill(&b, at_ms(100));
	assert_int_equal(b.level, 5);
}

static void rate_0_is_no_limit(void **state)
{
	struct bucket b = bucket_full(0, 0, at_ms(0));

	(void)state;
	bucket_take(&b, INT64_MAX);
	assert_false(bucket_is_empty(&b));
	bucket_fill(&b, at_ms(1));
	assert_false(bucket_is_empty(&b));
}

static void large_numbers_do_not_overflow(void **state)
{
	struct bucket b = bucket_full((int64_t)1 << 40, (int64_t)1 << 46, at_ms(0));

	(void)state;
	bucket_take(&b, (int64_t)1 << 47);
	bucket_fill(&b, at_ms((int64_t)1000 * 86400 * 365 * 50));
	assert_int_equal(b.level, (int64_t)1 << 46);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_then_rate),
		cmocka_unit_test(looking_often_loses_nothing),
		cmocka_unit_test(rate_0_is_no_limit),
		cmocka_unit_test(large_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
