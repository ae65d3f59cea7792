/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/human.h"
#include "cli/table.h"

#define NOW_MS INT64_C(1795339448123) /* 2026-11-22T09:24:08.123Z */

static void numbers_read_well(void **state)
{
	char t[HUMAN_BYTES];

	(void)state;
	assert_string_equal(human_count(0, t), "0");
	assert_string_equal(human_count(999, t), "999");
	assert_string_equal(human_count(18204, t), "18,204");
	assert_string_equal(human_count(UINT64_MAX, t), "18,446,744,073,709,551,615");
	assert_string_equal(human_size(512, t), "512 B");
	assert_string_equal(human_size(1023 * 1024, t), "1023 KiB");
	assert_string_equal(human_size(UINT64_C(1288490189), t), "1.2 GiB");
	assert_string_equal(human_span(-1, t), "-");
	assert_string_equal(human_span(12, t), "12 ms");
	assert_string_equal(human_span(4200, t), "4.2 s");
	assert_string_equal(human_span(130 * 60000, t), "2h 10m");
	assert_string_equal(human_span(INT64_C(292) * 3600000, t), "12d 4h");
	assert_string_equal(human_time(NOW_MS, t), "2026-11-22 09:24:08Z");
	assert_string_equal(human_time(0, t), "-");
}

static int64_t when(const char *text)
{
	int64_t ms = -1;
	struct errtext e;

	return human_time_parse(text, (struct wall){NOW_MS}, &ms, &e) ? -1 : ms;
}

static void times_are_read(void **state)
{
	(void)state;
	assert_int_equal(when("now"), NOW_MS);
	assert_int_equal(when("2026-11-22T09:24:08.123Z"), NOW_MS);
	assert_int_equal(when("2026-11-22T09:24:08.1239Z"), NOW_MS);
	assert_int_equal(when("2026-11-22T10:24:08.123+01:00"), NOW_MS);
	assert_int_equal(when("2026-11-22 04:54:08.123-04:30"), NOW_MS);
	assert_int_equal(when("2026-11-22"), NOW_MS - (9 * 3600 + 24 * 60 + 8) * INT64_C(1000) - 123);
	assert_int_equal(when("today"), when("2026-11-22"));
	assert_int_equal(when("yesterday"), when("2026-11-21"));
	assert_int_equal(when("-2h"), NOW_MS - 7200000);
	assert_int_equal(when("-90s"), NOW_MS - 90000);
	assert_int_equal(when("-3d"), NOW_MS - INT64_C(3) * 86400000);
	assert_int_equal(when("1795339448123"), NOW_MS);
	assert_int_equal(when("0"), 0);
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const wrong[] = {"",
					    "-",
					    "-h",
					    "-2",
					    "-2y",
					    "2h",
					    "tomorrow",
					    "2026-13-01",
					    "2026-02-30",
					    "2026-11-22T",
					    "2026-11-22T09:24",
					    "2026-11-22T24:00:00Z",
					    "2026-11-22T09:24:08",
					    "2026-11-22T09:24:08.Z",
					    "2026-11-22T09:24:08Zx",
					    "2026-1-1",
					    "-99999999999h",
					    "1e3"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(when(wrong[i]), -1);
}

static void widths_count_letters_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("Universität"), 11);
	assert_int_equal(text_columns("e\xcc\x81"), 1);
}

/* Nobody's data drives our terminal. */
static void control_characters_are_tamed(void **state)
{
	char text[] = "a\x1b[31mb\nc\x7f\xc2\x9bZ";

	(void)state;
	text_tame(text);
	assert_string_equal(text, "a?[31mb?c???Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_read_well),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(widths_count_letters_not_bytes),
		cmocka_unit_test(control_characters_are_tamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
