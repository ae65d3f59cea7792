/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

#include <stdlib.h>

#include "crypto/random.h"

static void test_draws_differ(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};

	(void)state;
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zero, sizeof(a));
	crypto_random(b, 0);
}

/* More than one piece: the end of the last has to be filled, and nothing behind it. */
static void test_large_draw(void **state)
{
	const size_t n = (1 << 20) + 40;
	uint8_t *p = calloc(1, n + 8), zero[32] = {0};

	(void)state;
	assert_non_null(p);
	crypto_random(p, n);
	assert_memory_not_equal(p + n - 32, zero, 32);
	assert_memory_equal(p + n, zero, 8);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_differ),
		cmocka_unit_test(test_large_draw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
