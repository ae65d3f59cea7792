/* SPDX-License-Identifier: Apache-2.0 */
/* Words of any script and any bytes; what a stem and a term are. */
#include "unit/hex.h"

#include "base/buf.h"
#include "search/terms.h"

static void put(void *ctx, const struct word *w)
{
	char text[WORDS_BYTES_MAX + 1];

	word_text(w, WORDS_CHARS_MAX, text);
	buf_printf(ctx, "%s|", text);
}

static void assert_words(const char *text, const char *expected)
{
	struct buf b = {0};

	words_each(bytes_of(text), put, &b);
	assert_string_equal(buf_text(&b), expected);
	buf_fini(&b);
}

static void test_words_are_folded(void **state)
{
	(void)state;
	assert_words("Micro-Plastics, IN SOILS (5G)!", "micro|plastics|soils|5g|");
	assert_words("Über Größe, señal, naïve Ångström", "grose|senal|naive|angstrom|");
	assert_words("Ελλάδα Москва", "ελλάδα|москва|");
	assert_words("a I x", ""); /* a letter alone says nothing */
}

/* Scripts without spaces: every two characters. */
static void test_pairs(void **state)
{
	(void)state;
	assert_words("中国制造 AI", "中国|国制|制造|ai|");
}

static void test_stop_words_of_every_language_are_left_out(void **state)
{
	(void)state;
	assert_true(words_stops_are_sorted());
	assert_true(word_is_stop(BYTES_LIT("und")));
	assert_false(word_is_stop(BYTES_LIT("soil")));
	assert_words("die Böden und das Wasser", "boden|wasser|");
}

/* Whatever is no UTF-8 stands between words; no byte is read past the end. */
static void test_any_bytes(void **state)
{
	static const char broken[] = "soil\xc3";

	(void)state;
	assert_words("soil\xff\xfewater\xc3(x\xe2\x82", "soil|water|");
	assert_words(broken, "soil|");
	assert_words("\xc0\xaf\xed\xa0\x80zz", "zz|"); /* overlong, and a surrogate */
}

static void first_stem(void *ctx, const struct word *w)
{
	*(uint32_t *)ctx = terms_stem(w);
}

static uint32_t stem_of(const char *text)
{
	uint32_t stem = 0;

	words_each(bytes_of(text), first_stem, &stem);
	return stem;
}

static void test_stems_meet(void **state)
{
	(void)state;
	assert_int_equal(stem_of("recycling"), stem_of("Recyclable"));
	assert_int_not_equal(stem_of("recycling"), stem_of("resilience"));
}

static void test_terms_are_counted_with_their_weight(void **state)
{
	struct terms_builder b;
	struct terms t;

	(void)state;
	terms_begin(&b);
	terms_add(&b, BYTES_LIT("plastics"), 2);
	terms_add(&b, BYTES_LIT("plastic soils, plastic"), 1);
	terms_end(&b, &t);
	assert_int_equal(t.n[TERMS_STEMS], 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(
			t.of[TERMS_STEMS][i].number == stem_of("plastic")
				? (t.of[TERMS_STEMS][i].often > 1.99f && t.of[TERMS_STEMS][i].often < 2.01f)
				: (t.of[TERMS_STEMS][i].often > 0.99f && t.of[TERMS_STEMS][i].often < 1.01f));
	for (uint32_t i = 1; i < t.n[TERMS_PIECES]; i++)
		assert_true(t.of[TERMS_PIECES][i - 1].number < t.of[TERMS_PIECES][i].number);
	terms_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_folded),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_stop_words_of_every_language_are_left_out),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_stems_meet),
		cmocka_unit_test(test_terms_are_counted_with_their_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
