/* SPDX-License-Identifier: Apache-2.0 */
/* Days, months, and money by a dated list. */
#include "programme/days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "programme/steps.h"
#include "unit/registry/payload.h"

static void test_numbers(void **state)
{
	char text[DAY_BYTES];

	(void)state;
	assert_int_equal(day_number("1970-01-01"), 0);
	assert_int_equal(day_number("2000-02-29"), 11016);
	assert_int_equal(day_number("1969-12-31"), -1);
	assert_true(day_number("2023-02-29") == INT64_MIN);
	assert_true(day_number("2023-13-01") == INT64_MIN);
	assert_true(day_number("2023-1-01") == INT64_MIN);
	assert_true(day_number("") == INT64_MIN);
	assert_int_equal(day_of_ms(86399999), 0);
	assert_int_equal(day_of_ms(-1), -1);
	for (int64_t n = -30000; n < 60000; n++) /* there and back */
		assert_int_equal(day_number(day_text(n, text)), n);
}

static void test_months(void **state)
{
	(void)state;
	assert_int_equal(day_months("2026-01-01", "2027-12-31"), 24);
	assert_int_equal(day_months("2026-01-01", "2027-12-30"), 23);
	assert_int_equal(day_months("2026-01-15", "2028-01-14"), 24);
	assert_int_equal(day_months("2026-01-15", "2026-01-15"), 0);
	assert_int_equal(day_months("2026-02-01", "2026-02-28"), 1);
	assert_true(day_months("2026-02-02", "2026-02-01") < 0);
	assert_true(day_months("", "2026-02-01") < 0);
}

static void test_money(void **state)
{
	char dir[] = "/tmp/rates.XXXXXX", path[64];
	struct reference *ref;
	const char *rate;
	struct arena a;
	int64_t usd;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/exchange-rates.csv", dir);
	f = fopen(path, "w");
	fputs("id,currency,date,units_per_usd\nEUR-2020-07-01,EUR,2020-07-01,0.8\nEUR-2022-07-01,EUR,2022-07-"
	      "01,1\n"
	      "JPY-2020-07-01,JPY,2020-07-01,100\n",
	      f);
	fclose(f);
	assert_int_equal(reference_load(dir, &ref, NULL), 0);
	arena_init(&a, 65536);
	assert_int_equal(money_in_usd(ref, 80000000, "EUR", "2021-01-01", &a, &usd, &rate), 0);
	assert_int_equal(usd, 100000000);
	assert_string_equal(rate, "1 USD = 0.8 EUR on 2020-07-01");
	assert_int_equal(money_in_usd(ref, 100, "EUR", "2022-07-01", &a, &usd, &rate), 0);
	assert_int_equal(usd, 100);
	assert_int_equal(money_in_usd(ref, 100, "EUR", "2020-06-30", &a, &usd, &rate), IMS_E_NOT_FOUND);
	assert_int_equal(money_in_usd(ref, 100, "GBP", "2022-07-01", &a, &usd, &rate), IMS_E_NOT_FOUND);
	assert_int_equal(money_in_usd(NULL, 100, "EUR", "2022-07-01", &a, &usd, &rate), IMS_E_NOT_FOUND);
	assert_int_equal(money_in_usd(NULL, 100, "USD", "", &a, &usd, &rate), 0);
	assert_int_equal(money_in_usd(ref, INT64_MAX, "JPY", "2023-01-01", &a, &usd, &rate), 0);
	assert_int_equal(money_in_usd(ref, INT64_MAX, "EUR", "2021-01-01", &a, &usd, &rate), IMS_E_RANGE);
	arena_fini(&a);
	reference_free(ref);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_money),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
