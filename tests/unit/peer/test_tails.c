/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of logs that are in memory until the database has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "peer/tails.h"

#define EU "ims.example/eu/1"
#define MX "ims.example/mx/1"

static struct ledger_item items[4];

/* Entries [from, from + n) of a log, in this record of the commit log. */
static void add(struct tails *t, const char *origin, uint64_t from, size_t n, uint64_t ring_seq)
{
	char text[] = "entry 0";
	struct commit_package p = {
		.origin = origin, .from = from, .items = items, .n = n, .ret_ring_seq = ring_seq};

	for (size_t i = 0; i < n; i++) {
		text[6] = (char)('0' + from + i);
		items[i] = (struct ledger_item){.index = from + i, .entry = BYTES(text, 7)};
	}
	tails_add_package(t, &p);
	memset(text, 'x', 7); /* it has its own */
}

static void expect_entry(struct tails *t, const char *origin, uint64_t index, const char *text)
{
	const struct ledger_item *item = tails_item(t, origin, index);

	if (!text) {
		assert_null(item);
		return;
	}
	assert_non_null(item);
	assert_int_equal(item->index, index);
	assert_true(bytes_eq_text(item->entry, text));
}

static void packages_are_found_until_their_record_is_committed(void **state)
{
	struct tails *t = tails_new();
	uint64_t from, end;

	(void)state;
	assert_false(tails_has_packages(t));
	assert_false(tails_range(t, EU, &from, &end));
	add(t, EU, 5, 1, 2);
	add(t, MX, 1, 1, 2);
	add(t, EU, 6, 1, 3);
	assert_true(tails_has_packages(t));
	expect_entry(t, EU, 5, "entry 5");
	expect_entry(t, EU, 6, "entry 6");
	expect_entry(t, EU, 7, NULL);
	expect_entry(t, MX, 1, "entry 1");
	expect_entry(t, MX, 5, NULL);
	assert_true(tails_range(t, EU, &from, &end));
	assert_int_equal(from, 5);
	assert_int_equal(end, 7);
	tails_committed(t, "ims.example/us/1", 100, 2);
	expect_entry(t, EU, 5, NULL);
	expect_entry(t, MX, 1, NULL);
	expect_entry(t, EU, 6, "entry 6");
	tails_committed(t, "ims.example/us/1", 100, 3);
	assert_false(tails_has_packages(t));
	tails_free(t);
}

/* The news of a commit may come before that of a package that it has. */
static void what_is_committed_already_is_not_kept(void **state)
{
	struct tails *t = tails_new();

	(void)state;
	tails_committed(t, EU, 0, 7);
	add(t, MX, 1, 1, 7);
	assert_false(tails_has_packages(t));
	add(t, MX, 2, 1, 8);
	assert_true(tails_has_packages(t));
	tails_drop(t, EU);
	assert_true(tails_has_packages(t));
	tails_drop(t, MX);
	assert_false(tails_has_packages(t));
	tails_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_are_found_until_their_record_is_committed),
		cmocka_unit_test(what_is_committed_already_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
