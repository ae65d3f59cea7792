/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_record_id(void **state)
{
	static const char *const bad[] = {"",
					  "eu-i",
					  "eu-i-",
					  "eu-i-0",
					  "eu-i-01",
					  "eu-i-1-2",
					  "e-i-1",
					  "EU-i-1",
					  "eu--1",
					  "eu-I-1",
					  "eu-i-1 ",
					  "eu-i-+1",
					  "1eu-i-1",
					  "journal-i-1",
					  "eu-iiiii-1",
					  "-i-1",
					  "eu-i-18446744073709551616",
					  "abcdefghijklm-i-1"};
	struct record_id id;

	(void)state;
	assert_int_equal(record_id_parse(BYTES_LIT("eu-i-1042"), &id), 0);
	assert_true(bytes_eq_text(id.region, "eu") && bytes_eq_text(id.letter, "i"));
	assert_int_equal(id.number, 1042);
	assert_int_equal(record_id_parse(BYTES_LIT("irs-moa-18446744073709551615"), &id), 0);
	assert_true(bytes_eq_text(id.region, "irs") && id.number == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(record_id_parse(bytes_of(bad[i]), &id), IMS_E_SYNTAX);
}

static void test_region_code(void **state)
{
	(void)state;
	assert_true(region_code_is_valid(BYTES_LIT("eu"), false));
	assert_true(region_code_is_valid(BYTES_LIT("a23456789012"), false));
	assert_true(region_code_is_valid(BYTES_LIT("irs"), true));
	assert_false(region_code_is_valid(BYTES_LIT("irs"), false));
	assert_false(region_code_is_valid(BYTES_LIT("journal"), true));
	assert_false(region_code_is_valid(BYTES_LIT("a234567890123"), true));
	assert_false(region_code_is_valid(BYTES_LIT("a"), true));
	assert_false(region_code_is_valid(BYTES_LIT("e-u"), true));
	assert_false(region_code_is_valid(BYTES_NONE, true));
}

static void test_origin(void **state)
{
	static const char *const bad[] = {"",
					  "ims.example",
					  "ims.example/eu",
					  "ims.example/eu/0",
					  "ims.example/eu/01",
					  "ims.example/eu/1/",
					  "/eu/1",
					  "ims example/eu/1",
					  "ims.example/eu/journal/1",
					  "ims.example/journal/1",
					  "ims.example//1",
					  "Ims/eu/1"};
	struct origin_parts o;

	(void)state;
	assert_int_equal(origin_parse(BYTES_LIT("ims.example/irs/12"), &o), 0);
	assert_true(bytes_eq_text(o.federation, "ims.example") && bytes_eq_text(o.region, "irs"));
	assert_int_equal(o.incarnation, 12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(origin_parse(bytes_of(bad[i]), &o), IMS_E_SYNTAX);
}

static void test_kinds(void **state)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	(void)state;
	assert_true(n >= 3);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(kind_by_name(bytes_of(k[i].name)), &k[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(k[i].letter, k[j].letter);
		assert_true(k[i].max_bytes <= PAYLOAD_MAX_BYTES);
	}
	assert_null(kind_by_name(BYTES_LIT("sealed")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record_id),
		cmocka_unit_test(test_region_code),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
