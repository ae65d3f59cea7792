/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/crc32c.h"

/* RFC 3720, B.4 (its values are in the byte order of the wire), and the usual check value. */
static void published_values(void **state)
{
	uint8_t b[32] = {0};

	(void)state;
	assert_int_equal(crc32c(0, BYTES_LIT("123456789")), 0xe3069283);
	assert_int_equal(crc32c(0, BYTES(b, 32)), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	assert_int_equal(crc32c(0, BYTES(b, 32)), 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		b[i] = i;
	assert_int_equal(crc32c(0, BYTES(b, 32)), 0x46dd794e);
	assert_int_equal(crc32c(0, BYTES_NONE), 0);
}

static void both_bodies_agree_in_any_pieces(void **state)
{
	uint8_t b[300];

	(void)state;
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 167 + i / 7);
	for (size_t n = 0; n < sizeof(b); n += 3) {
		uint32_t whole = crc32c(0, BYTES(b, n));

		assert_int_equal(crc32c_portable(0, BYTES(b, n)), whole);
		assert_int_equal(crc32c(crc32c(0, BYTES(b, n / 3)), BYTES(b + n / 3, n - n / 3)), whole);
		assert_int_equal(crc32c_portable(crc32c(0, BYTES(b, n / 2)), BYTES(b + n / 2, n - n / 2)),
				 whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values),
		cmocka_unit_test(both_bodies_agree_in_any_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
