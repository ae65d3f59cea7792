/* SPDX-License-Identifier: Apache-2.0 */
/* Laying out: where lines break, how wide characters are, how many pages that makes. */
#include "programme/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static void put_line(void *ctx, struct bytes line)
{
	struct buf *out = ctx;

	buf_put(out, line);
	buf_put_u8(out, '|');
}

static void expect(unsigned columns, const char *title, const char *text, const char *laid_out)
{
	struct buf out = {0};
	struct pages p = {.columns = columns, .line = put_line, .ctx = &out};

	pages_section(&p, bytes_of(title), bytes_of(text));
	assert_string_equal(buf_text(&out), laid_out);
	buf_fini(&out);
}

static void test_words(void **state)
{
	(void)state;
	expect(10, "", "one two three four", "one two|three four|");
	expect(10, "", "exactly10c now", "exactly10c|now|");
	expect(10, "Title", "text", "Title|text|");
	expect(10, "", "", "");
	expect(10, "", "a  b", "a  b|");
	expect(10, "", "end of it     next", "end of it|next|");
}

static void test_long_words(void **state)
{
	(void)state;
	expect(10, "", "abcdefghijklmnopqrstuvwxyz", "abcdefghij|klmnopqrst|uvwxyz|");
	expect(10, "", "see abcdefghijklmno", "see|abcdefghij|klmno|");
}

static void test_line_breaks(void **state)
{
	(void)state;
	expect(10, "", "one\ntwo\n\nthree\n\n", "one|two||three|");
	expect(10, "", "one\r\ntwo", "one|two|");
}

/* East Asian characters take two cells, and a line may break between any two of them. */
static void test_wide(void **state)
{
	(void)state;
	expect(10, "", "製造業の未来を作る", "製造業の未|来を作る|");
	expect(10, "", "未来 AI 製造業界", "未来 AI 製|造業界|");
	assert_int_equal(pages_cells(0x88fd), 2);
	assert_int_equal(pages_cells(0xac00), 2);
	assert_int_equal(pages_cells('a'), 1);
	assert_int_equal(pages_cells(0xe9), 1);
	assert_int_equal(pages_cells(0x301), 0);
}

/* Whichever way an accent is written, the line is as long. */
static void test_combining(void **state)
{
	(void)state;
	expect(10, "",
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "eeeee x",
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "e\xcc\x81"
	       "eeeee|x|");
}

static void test_counting(void **state)
{
	struct pages p = {.columns = 10};

	(void)state;
	assert_int_equal(pages_count(&p, 5), 0);
	pages_section(&p, BYTES_LIT("One"), BYTES_LIT("text"));
	assert_int_equal(p.lines, 2);
	pages_section(&p, BYTES_LIT("Two"), BYTES_LIT("text")); /* and an empty line between them */
	assert_int_equal(p.lines, 5);
	assert_int_equal(pages_count(&p, 5), 1);
	pages_section(&p, BYTES_NONE, BYTES_LIT("x"));
	assert_int_equal(pages_count(&p, 5), 2);
}

/* No bytes, valid or not, are read past their end or never end. */
static void test_any_bytes(void **state)
{
	uint8_t text[64];
	uint64_t random = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct pages p = {.columns = 10};
		size_t n;

		for (size_t k = 0; k < sizeof(text); k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			text[k] = random & 1 ? (uint8_t)(random >> 8)
					     : (uint8_t) " \n\xe8\xa3\xbd"[(random >> 8) % 5];
		}
		n = (random >> 20) % (sizeof(text) + 1);
		uint8_t *copy = malloc(n ? n : 1);
		memcpy(copy, text, n);
		pages_section(&p, BYTES_NONE, BYTES(copy, n));
		assert_true(p.lines <= n);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	    cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_line_breaks), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_combining),   cmocka_unit_test(test_counting),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
