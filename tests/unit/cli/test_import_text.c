/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/import_int.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void test_line(void **state)
{
	(void)state;
	assert_string_equal(import_line(&arena, BYTES_LIT("  a \t\r\n b\x01"
							  "c\x7f ")),
			    "a b c");
	assert_string_equal(import_line(&arena, BYTES_LIT("\xc3\xa9")), "\xc3\xa9");
	assert_string_equal(import_line(&arena, BYTES_NONE), "");
	assert_string_equal(import_line(&arena, BYTES_LIT(" \n")), "");
	assert_null(import_line(&arena, BYTES_LIT("a\xff")));
}

static void test_lines(void **state)
{
	(void)state;
	assert_string_equal(import_lines(&arena, BYTES_LIT("\n\n a  b \r\nc\n\n\n\nd\x02 \n \n")),
			    "a  b\nc\n\nd");
	assert_string_equal(import_lines(&arena, BYTES_NONE), "");
	assert_null(import_lines(&arena, BYTES_LIT("\xc3")));
}

static void expect_unescaped(const char *text, const char *want)
{
	struct bytes got = import_unescape(&arena, bytes_of(text));

	assert_true(bytes_eq_text(got, want));
}

static void test_unescape(void **state)
{
	(void)state;
	expect_unescaped("a<br/>b<BR>c< br>d<b>e<br", "a\nb\nc< br>d<b>e<br");
	expect_unescaped("&amp;&lt;&gt;&quot;&apos;&nbsp;|&nope;&;&", "&<>\"' |&nope;&;&");
	expect_unescaped("&#65;&#x42;&#8195;&#x1F600;", "AB\xe2\x80\x83\xf0\x9f\x98\x80");
	expect_unescaped("&#0;&#xD800;&#x110000;&#x;&#;&#1z;", "&#0;&#xD800;&#x110000;&#x;&#;&#1z;");
	expect_unescaped("", "");
}

static void test_money(void **state)
{
	static const struct {
		const char *text;
		int64_t hundredths;
	} good[] = {{"0", 0},		{"7266740.0", 726674000},
		    {"1234,5", 123450}, {"1.994", 199},
		    {"1.995", 200},	{"0.999", 100},
		    {"007", 700},	{"9999999999999999", 999999999999999900}};
	static const char *const bad[] = {
		"", ".", ",5", "5.", "-1", "1e5", "1 000", "1.000,5", "12345678901234567"};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(import_money(bytes_of(good[i].text), &v));
		assert_int_equal(v, good[i].hundredths);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(import_money(bytes_of(bad[i]), &v));
}

static void test_intern(void **state)
{
	struct intern in;
	bool is_new;
	char text[16];

	(void)state;
	intern_init(&in, &arena);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < 1000; i++) {
			snprintf(text, sizeof(text), "t%zu", i);
			assert_int_equal(intern_put(&in, bytes_of(text), &is_new), i);
			assert_int_equal(is_new, round == 0);
		}
	assert_int_equal(in.n, 1000);
	intern_fini(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),  cmocka_unit_test(test_lines),  cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_money), cmocka_unit_test(test_intern),
	};

	return cmocka_run_group_tests_name("import_text", tests, setup, teardown);
}
