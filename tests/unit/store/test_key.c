/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/key.h"

static void assert_bytes(struct bytes got, struct bytes want)
{
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.p, want.p, want.n);
}

static void every_letter_has_its_bytes(void **state)
{
	struct store_key k;

	(void)state;
	assert_bytes(store_key(&k, "BHILSD", 0x01u, 0x0203u, (uint32_t)0x04050607,
			       (uint64_t)0x08090a0b0c0d0e0f, bytes_of("eu"), BYTES_LIT("a\0b")),
		     BYTES_LIT("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
			       "eu\0a\0b"));
}

static void a_key_is_taken_apart_again(void **state)
{
	struct store_key k;
	struct bytes text, rest;
	uint8_t b;
	uint16_t h;
	uint32_t i;
	uint64_t l;

	(void)state;
	store_key(&k, "SBHILD", bytes_of("origin"), 7u, 65535u, UINT32_MAX, UINT64_MAX, BYTES_LIT("tail"));
	assert_int_equal(store_key_parse(BYTES(k.b, k.n), "SBHILD", &text, &b, &h, &i, &l, &rest), 0);
	assert_bytes(text, bytes_of("origin"));
	assert_int_equal(b, 7);
	assert_int_equal(h, 65535);
	assert_true(i == UINT32_MAX && l == UINT64_MAX);
	assert_bytes(rest, bytes_of("tail"));
	store_key(&k, "SD", BYTES_NONE, BYTES_NONE);
	assert_int_equal(store_key_parse(BYTES(k.b, k.n), "SD", &text, &rest), 0);
	assert_true(text.n == 0 && rest.n == 0);
}

static void a_key_of_another_form_is_corrupt(void **state)
{
	struct bytes text;
	uint64_t l;
	uint8_t b;

	(void)state;
	assert_int_equal(store_key_parse(BYTES_LIT("1234567"), "L", &l), IMS_E_CORRUPT);
	assert_int_equal(store_key_parse(BYTES_LIT("123456789"), "L", &l), IMS_E_CORRUPT);
	assert_int_equal(store_key_parse(BYTES_LIT("no end"), "S", &text), IMS_E_CORRUPT);
	assert_int_equal(store_key_parse(BYTES_NONE, "S", &text), IMS_E_CORRUPT);
	assert_int_equal(store_key_parse(BYTES_NONE, "B", &b), IMS_E_CORRUPT);
	assert_int_equal(store_key_parse(BYTES_NONE, ""), 0);
}

static void byte_order_is_number_order(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, 65535, 1ull << 32, UINT64_MAX};
	struct store_key a, b;

	(void)state;
	for (size_t i = 1; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_true(bytes_cmp(store_key(&a, "L", numbers[i - 1]), store_key(&b, "L", numbers[i])) <
			    0);
	/* a text is before every text it begins: the closing 0 sorts first */
	assert_true(bytes_cmp(store_key(&a, "SL", bytes_of("eu"), UINT64_MAX),
			      store_key(&b, "SL", bytes_of("eu1"), (uint64_t)0)) < 0);
}

static void the_key_after_a_prefix(void **state)
{
	struct store_key k;

	(void)state;
	assert_true(store_key_after_prefix(&k, BYTES_LIT("ab")));
	assert_bytes(BYTES(k.b, k.n), BYTES_LIT("ac"));
	assert_true(store_key_after_prefix(&k, BYTES_LIT("a\xff\xff")));
	assert_bytes(BYTES(k.b, k.n), BYTES_LIT("b"));
	assert_false(store_key_after_prefix(&k, BYTES_LIT("\xff\xff")));
	assert_false(store_key_after_prefix(&k, BYTES_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_letter_has_its_bytes),
		cmocka_unit_test(a_key_is_taken_apart_again),
		cmocka_unit_test(a_key_of_another_form_is_corrupt),
		cmocka_unit_test(byte_order_is_number_order),
		cmocka_unit_test(the_key_after_a_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
