/* SPDX-License-Identifier: Apache-2.0 */
/* Entries and journal rows: leaves are encoded once and decoded by everyone (inv. 2, 6). */
#include "wire/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/wire/sample.h"
#include "wire/codec.h"

static void assert_span(struct bytes a, struct bytes b)
{
	assert_true(bytes_eq(a, b));
}

static void assert_entry(const struct entry *a, const struct entry *b)
{
	assert_span(a->origin, b->origin);
	assert_span(a->kind, b->kind);
	assert_span(a->record, b->record);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->time_ms, b->time_ms);
	assert_int_equal(a->roster_version, b->roster_version);
	assert_int_equal(a->revision, b->revision);
	assert_int_equal(a->operation, b->operation);
	assert_int_equal(a->audience, b->audience);
	assert_int_equal(a->has_commitment, b->has_commitment);
	if (a->has_commitment)
		assert_true(hash_eq(&a->commitment, &b->commitment));
}

static void test_entry_round_trip(void **state)
{
	struct entry all[3] = {sample_entry(), sample_entry(), {.index = 0}}, back;
	struct arena a;
	struct buf b;

	(void)state;
	all[1].has_commitment = false;
	all[1].time_ms = INT64_MIN;
	all[1].operation = INT32_MAX; /* of the future: kept as it came */
	all[1].audience = INT32_MIN;
	buf_init(&b, 0);
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&b);
		arena_init(&a, codec_budget(ENTRY_MAX_BYTES));
		assert_int_equal(entry_encode(&all[i], &b), 0);
		assert_int_equal(entry_decode(buf_bytes(&b), &a, &back, NULL), 0);
		assert_entry(&all[i], &back);
		arena_fini(&a);
	}
	buf_fini(&b);
}

static void test_journal_row_round_trip(void **state)
{
	struct journal_row row = sample_journal_row(), back;
	struct arena a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	arena_init(&a, codec_budget(ENTRY_MAX_BYTES));
	assert_int_equal(journal_row_encode(&row, &b), 0);
	assert_int_equal(journal_row_decode(buf_bytes(&b), &a, &back, NULL), 0);
	assert_int_equal(row.index, back.index);
	assert_int_equal(row.time_ms, back.time_ms);
	assert_span(row.event, back.event);
	assert_span(row.peer, back.peer);
	assert_span(row.origin, back.origin);
	assert_int_equal(row.from, back.from);
	assert_int_equal(row.to, back.to);
	assert_int_equal(row.bytes, back.bytes);
	assert_int_equal(row.outcome, back.outcome);
	assert_span(row.detail, back.detail);
	assert_span(row.session, back.session);
	arena_fini(&a);
	buf_fini(&b);
}

static int decode(struct bytes wire)
{
	struct entry en;
	struct arena a;
	int r;

	arena_init(&a, codec_budget(ENTRY_MAX_BYTES));
	r = entry_decode(wire, &a, &en, NULL);
	arena_fini(&a);
	return r;
}

static void test_refused(void **state)
{
	static uint8_t big[ENTRY_MAX_BYTES + 1];

	(void)state;
	assert_int_equal(decode(BYTES_LIT("\x08\x01")), 0);
	assert_int_equal(decode(BYTES_NONE), IMS_E_UNSUPPORTED);
	assert_int_equal(decode(BYTES_LIT("\x08\x02")), IMS_E_UNSUPPORTED);
	assert_int_equal(decode(BYTES_LIT("\x08\x01\x5a\x01x")), IMS_E_INVALID);
	assert_int_equal(decode(BYTES_LIT("\x08\x01\x12\x01\xff")), IMS_E_UTF8);
	assert_int_equal(decode(BYTES_LIT("\x08\x01\x08\x01")), IMS_E_DUPLICATE);
	assert_int_equal(decode(BYTES_LIT("\x08\x01\x12\x05x")), IMS_E_TRUNCATED);
	assert_int_equal(decode(BYTES(big, sizeof(big))), IMS_E_LIMIT);
	/* a field of the future */
	assert_int_equal(decode(BYTES_LIT("\x08\x01\xa2\x06\x01z")), 0);
}

static void test_cut_at_every_byte(void **state)
{
	struct entry en = sample_entry();
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(entry_encode(&en, &b), 0);
	for (size_t n = 0; n < b.n; n++) {
		int r = decode(BYTES(b.p, n));

		assert_true(r == 0 || r == IMS_E_TRUNCATED || (n == 0 && r == IMS_E_UNSUPPORTED));
	}
	buf_fini(&b);
}

/* What would be refused by everyone is not written; what stood in the buffer stays. */
static void test_not_encoded(void **state)
{
	static char big[ENTRY_MAX_BYTES];
	struct journal_row row = sample_journal_row();
	struct entry en = sample_entry();
	struct buf b;

	(void)state;
	memset(big, 'r', sizeof(big));
	buf_init(&b, 0);
	buf_put_text(&b, "before");
	en.record = BYTES_LIT("a\0b");
	assert_int_equal(entry_encode(&en, &b), IMS_E_UTF8);
	en.record = BYTES(big, sizeof(big));
	assert_int_equal(entry_encode(&en, &b), IMS_E_LIMIT);
	en.record.n = sizeof(big) - 60; /* the text alone would fit */
	assert_int_equal(entry_encode(&en, &b), IMS_E_LIMIT);
	row.detail = BYTES(big, sizeof(big));
	assert_int_equal(journal_row_encode(&row, &b), IMS_E_LIMIT);
	row.detail = BYTES_LIT("\xff");
	assert_int_equal(journal_row_encode(&row, &b), IMS_E_UTF8);
	assert_int_equal(b.n, 6);
	assert_false(b.failed);
	buf_fini(&b);
	buf_init(&b, 16);
	buf_put_text(&b, "before");
	en = sample_entry();
	assert_int_equal(entry_encode(&en, &b), IMS_E_NOMEM);
	assert_int_equal(b.n, 6);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_round_trip), cmocka_unit_test(test_journal_row_round_trip),
		cmocka_unit_test(test_refused),		 cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_not_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
