/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

/* All rows as "line[a|b|c]" or "line!problem". */
static void expect_rows(const char *text, char delimiter, const char *want)
{
	struct csv c;
	struct buf got;

	buf_init(&got, 0);
	csv_init(&c, bytes_of(text), delimiter);
	while (csv_next(&c)) {
		buf_printf(&got, "%u%s", c.line, c.problem ? "!" : "[");
		buf_put_text(&got, c.problem ? c.problem : "");
		for (size_t i = 0; i < c.n; i++) {
			buf_put_text(&got, i ? "|" : "");
			buf_put(&got, c.field[i]);
		}
		buf_put_text(&got, c.problem ? " " : "]");
	}
	assert_string_equal(buf_text(&got), want);
	csv_fini(&c);
	buf_fini(&got);
}

static void test_rows(void **state)
{
	(void)state;
	expect_rows("", 0, "");
	expect_rows("\n\r\n\n", 0, "");
	expect_rows("a", 0, "1[a]");
	expect_rows("a,b\nc,d", 0, "1[a|b]2[c|d]");
	expect_rows("a,b\r\n\r\nc,\r\n", 0, "1[a|b]3[c|]");
	expect_rows("\xef\xbb\xbf"
		    "a;b\n",
		    0, "1[a|b]");
	expect_rows("\"a\",\"b\"\"c\",\"\"\n,\n", 0, "1[a|b\"c|]2[|]");
	expect_rows("a,\"x\ny\r\nz,\"\nb\n", ',', "1[a|x\ny\r\nz,]4[b]");
	expect_rows("a \"q\" b,c\n", ',', "1[a \"q\" b|c]");
	expect_rows("a\rb,c\n", ',', "1[a\rb|c]"); /* a lone CR ends nothing */
}

static void test_delimiter(void **state)
{
	(void)state;
	expect_rows("a;b,c;d\n1;2\n", 0, "1[a|b,c|d]2[1|2]");
	expect_rows("\"a;;;\",b,c\n", 0, "1[a;;;|b|c]");
	expect_rows("a\tb\n", 0, "1[a|b]");
	expect_rows("a;b\n", ',', "1[a;b]");
}

/* One stray quote costs one row, wherever it stands. */
static void test_malformed(void **state)
{
	(void)state;
	expect_rows("a,\"b\nc,d\ne,f\n", ',', "1!a quote is not closed 2[c|d]3[e|f]");
	expect_rows("\"a\"b,c\nd,e\n", ',', "1!text after a closing quote 2[d|e]");
	expect_rows("a,\"b\nc,\"d\"\n", ',', "1!text after a closing quote 2[c|d]");
	expect_rows("x\n\"", ',', "1[x]2!a quote is not closed ");
}

static void test_limits(void **state)
{
	char *text = malloc(2 * CSV_FIELDS_MAX + 8);
	struct csv c;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	while (n < CSV_FIELDS_MAX)
		text[n++] = ',';
	memcpy(text + n, "\na,b\n", 6);
	csv_init(&c, bytes_of(text), ',');
	assert_true(csv_next(&c));
	assert_string_equal(c.problem, "too many fields");
	assert_int_equal(c.n, 0);
	assert_true(csv_next(&c));
	assert_null(c.problem);
	assert_int_equal(c.n, 2);
	csv_fini(&c);
	free(text);
}

static void test_header(void **state)
{
	struct csv c;

	(void)state;
	csv_init(&c, BYTES_LIT(" id ,name\n 1 ,\"\t x y \"\n2\n"), 0);
	assert_true(csv_header(&c));
	assert_int_equal(csv_column(&c, "id"), 0);
	assert_int_equal(csv_column(&c, "name"), 1);
	assert_int_equal(csv_column(&c, "Name"), CSV_NO_COLUMN);
	assert_true(csv_next(&c));
	assert_true(bytes_eq_text(csv_field(&c, 0), "1"));
	assert_true(bytes_eq_text(csv_field(&c, 1), "x y"));
	assert_int_equal(csv_field(&c, CSV_NO_COLUMN).n, 0);
	assert_true(csv_next(&c));
	assert_int_equal(csv_field(&c, 1).n, 0); /* a short row */
	assert_false(csv_next(&c));
	csv_fini(&c);
	csv_init(&c, BYTES_LIT("\"open"), 0);
	assert_false(csv_header(&c));
	assert_int_equal(csv_column(&c, "id"), CSV_NO_COLUMN);
	csv_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_delimiter),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
