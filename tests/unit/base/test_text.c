/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/hex.h"

static void test_hex(void **state)
{
	uint8_t b[4], keep[4] = {1, 2, 3, 4};
	char text[9];

	(void)state;
	assert_string_equal(hex_put(text, BYTES_LIT("\x00\x7f\xab\xff")), "007fabff");
	assert_true(hex_get(BYTES_LIT("007fABff"), b, 4));
	assert_memory_equal(b, "\x00\x7f\xab\xff", 4);
	assert_string_equal(hex_put(text, BYTES_NONE), "");
	assert_false(hex_get(BYTES_LIT("007fabf"), keep, 4));
	assert_false(hex_get(BYTES_LIT("007fabff00"), keep, 4));
	assert_false(hex_get(BYTES_LIT("007fabfg"), keep, 4));
	assert_false(hex_get(BYTES_LIT("0x7fabff"), keep, 4));
}

/* RFC 4648 section 10. */
static void test_base64_vectors(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[BASE64_BYTES(6)];
		uint8_t b[6];
		size_t n = 99;

		assert_string_equal(base64_put(text, bytes_of(rows[i][0])), rows[i][1]);
		assert_true(base64_get(bytes_of(rows[i][1]), b, sizeof(b), &n));
		assert_bytes(BYTES(b, n), rows[i][0]);
	}
}

static void test_base64_has_one_form(void **state)
{
	static const char *const bad[] = {
		"Z",	  "Zg",	  "Zg=",   "Zg==Zg==", "Zh==", "Zm9=", "=",    "====",	 "Z===",
		"Zm9v\n", "Zm 9", "Zm9v=", "Z=9v",     "Zm-v", "Zm_v", "Zg=v", "\x80m9v"};
	uint8_t b[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64_get(bytes_of(bad[i]), b, sizeof(b), &n));
	assert_false(base64_get(BYTES_LIT("Zm9vYg=="), b, 3, &n)); /* does not fit */
	assert_true(base64_get(BYTES_LIT("Zm9vYg=="), b, 4, &n));
}

static void test_base64_all_bytes(void **state)
{
	uint8_t b[256], back[256];
	char text[BASE64_BYTES(256)];
	size_t n;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		b[i] = (uint8_t)(i * 167 + 5);
	for (size_t len = 0; len <= 256; len++) {
		base64_put(text, BYTES(b, len));
		assert_int_equal(strlen(text) + 1, BASE64_BYTES(len));
		assert_true(base64_get(bytes_of(text), back, len, &n));
		assert_int_equal(n, len);
		assert_memory_equal(back, b, len);
	}
}

static void test_utf8(void **state)
{
	static const char *const good[] = {"",
					   "a",
					   "\xc2\x80",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xc2",
					  "\xc2\x41",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xed\xbf\xbf",
					  "\xe2\x82",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xf0\x90\x80",
					  "\xff",
					  "a\xfe"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(utf8_valid(bytes_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_valid(bytes_of(bad[i])));
	assert_true(utf8_is_text(BYTES_LIT("line\n\ttab \xc3\xa8")));
	assert_false(utf8_is_text(BYTES_LIT("a\0b")));
	assert_false(utf8_is_text(BYTES_LIT("a\r\n")));
	assert_false(utf8_is_text(BYTES_LIT("\x7f")));
	assert_false(utf8_is_text(BYTES_LIT("\xff")));
}

/* Eight bytes are looked at together: any byte, anywhere among others, counts as it does alone. */
static void test_text_of_every_byte(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t n = 1; n <= 20; n++)
			for (size_t at = 0; at < n; at++) {
				bool want = (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n';
				uint8_t text[20];

				memset(text, "a ~"[c % 3], sizeof(text));
				text[at] = (uint8_t)c;
				assert_int_equal(utf8_is_text(BYTES(text, n)), want);
			}
	assert_true(utf8_is_text(BYTES_LIT("1234567\xc3\xa8 34567\xe2\x82\xac")));
	assert_false(utf8_is_text(BYTES_LIT("12345678\xe2\x82")));
}

static void test_decimal(void **state)
{
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "00",
					  "01",
					  "1x",
					  "18446744073709551616",
					  "99999999999999999999",
					  "100000000000000000000"};
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dec_get_u64(bytes_of(bad[i]), &v));
	assert_int_equal(v, 7);
	assert_true(dec_get_u64(BYTES_LIT("0"), &v) && v == 0);
	assert_true(dec_get_u64(BYTES_LIT("1000"), &v) && v == 1000);
	assert_true(dec_get_u64(BYTES_LIT("18446744073709551615"), &v) && v == UINT64_MAX);
}

static void test_split(void **state)
{
	struct bytes rest = BYTES_LIT("a,,bc,"), part;

	(void)state;
	assert_true(text_split(&rest, ',', &part));
	assert_bytes(part, "a");
	assert_true(text_split(&rest, ',', &part));
	assert_bytes(part, "");
	assert_true(text_split(&rest, ',', &part));
	assert_bytes(part, "bc");
	assert_true(text_split(&rest, ',', &part)); /* what follows the last separator */
	assert_bytes(part, "");
	assert_false(text_split(&rest, ',', &part));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64_vectors),
		cmocka_unit_test(test_base64_has_one_form),
		cmocka_unit_test(test_base64_all_bytes),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_text_of_every_byte),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
