/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

#include "base/arena.h"

/* Pieces of all sizes, each filled to its end: none overlaps another, all are aligned. */
static void test_pieces_are_apart(void **state)
{
	uint8_t *piece[300];
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < 300; i++) {
		piece[i] = arena_alloc(&a, i * 11);
		assert_non_null(piece[i]);
		assert_int_equal((uintptr_t)piece[i] % 16, 0);
		memset(piece[i], (int)i, i * 11);
	}
	for (size_t i = 0; i < 300; i++)
		for (size_t k = 0; k < i * 11; k++)
			assert_int_equal(piece[i][k], i & 0xff);
	assert_false(arena_failed(&a));
	arena_fini(&a);
}

/* inv. 11: a stranger's message costs at most its budget. */
static void test_budget(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1000);
	assert_non_null(arena_alloc(&a, 900));
	assert_null(arena_alloc(&a, 200));
	assert_true(arena_failed(&a));
	arena_fini(&a);
	arena_init(&a, 1000);
	assert_null(arena_array(&a, SIZE_MAX / 2, 4)); /* the product overflows */
	assert_true(arena_failed(&a));
	arena_fini(&a);
	arena_fini(&a);
}

/* A size near SIZE_MAX must not wrap into a small piece, even with a budget that allows it. */
static void test_absurd_sizes_fail(void **state)
{
	static const size_t absurd[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 31,
					SIZE_MAX / 2 + 1};
	struct arena a;

	(void)state;
	for (size_t i = 0; i < sizeof(absurd) / sizeof(*absurd); i++) {
		arena_init(&a, SIZE_MAX);
		assert_null(arena_alloc(&a, absurd[i]));
		assert_true(arena_failed(&a));
		assert_non_null(arena_alloc(&a, 1)); /* the next piece is whole: nothing was booked */
		assert_true(a.budget_bytes >= SIZE_MAX - 16);
		arena_fini(&a);
	}
}

static void test_copies(void **state)
{
	char from[] = "abc";
	struct bytes b;
	uint32_t *zeroes;
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	b = arena_dup(&a, BYTES(from, 3));
	from[0] = 'x';
	assert_bytes(b, "abc");
	assert_int_equal(arena_dup(&a, BYTES_NONE).n, 0);
	assert_string_equal(arena_text(&a, BYTES(from, 2)), "xb");
	assert_string_equal(arena_text(&a, BYTES_NONE), "");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, from), "7-xbc");
	zeroes = arena_array(&a, 10, sizeof(*zeroes));
	for (int i = 0; i < 10; i++)
		assert_int_equal(zeroes[i], 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_absurd_sizes_fail),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
