/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and cosignatures of logs: what is kept, what goes, in which order it comes back. */
#include "unit/ledger/shelf.h"

#include "ledger/heads.h"
#include "ledger/meta.h"

#define OTHER "ims.example/eu/10"

static void put(struct store_txn *t, const char *origin, uint64_t size, bool named)
{
	char note[32];

	snprintf(note, sizeof(note), "note %llu", (unsigned long long)size);
	assert_int_equal(heads_put(t, origin, size, bytes_of(note), named), 0);
}

/* Sizes from the newest down, `*` after a named one. */
static void expect_heads(struct store_txn *t, const char *origin, const char *want)
{
	struct buf b = {0};
	struct head_row h;
	uint64_t at = UINT64_MAX;

	while (heads_newest(t, origin, at, &h) == 0) {
		buf_printf(&b, "%s%llu%s", b.n ? " " : "", (unsigned long long)h.size, h.named ? "*" : "");
		if (h.size == 0)
			break;
		at = h.size - 1;
	}
	assert_string_equal(buf_text(&b), want);
	buf_fini(&b);
}

static void test_newest(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct head_row h;

	assert_int_equal(heads_newest(t, SHELF_ORIGIN, UINT64_MAX, &h), IMS_E_NOT_FOUND);
	put(t, SHELF_ORIGIN, 10, true);
	put(t, SHELF_ORIGIN, 20, true);
	put(t, OTHER, 15, true);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 9, &h), IMS_E_NOT_FOUND);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 10, &h), 0);
	assert_int_equal(h.size, 10);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 19, &h), 0);
	assert_int_equal(h.size, 10);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, UINT64_MAX, &h), 0);
	assert_int_equal(h.size, 20);
	assert_bytes(h.note, "note 20");
	expect_heads(t, OTHER, "15*");
	store_abort(t);
}

static void test_unnamed_goes(void **state)
{
	struct store_txn *t = shelf_write(*state);

	put(t, SHELF_ORIGIN, 5, true);
	put(t, SHELF_ORIGIN, 6, false);
	expect_heads(t, SHELF_ORIGIN, "6 5*");
	put(t, SHELF_ORIGIN, 7, false);
	expect_heads(t, SHELF_ORIGIN, "7 5*");
	put(t, SHELF_ORIGIN, 8, true);
	expect_heads(t, SHELF_ORIGIN, "8* 5*");
	put(t, SHELF_ORIGIN, 8, false); /* once named, always */
	expect_heads(t, SHELF_ORIGIN, "8* 5*");
	put(t, SHELF_ORIGIN, 0, false);
	expect_heads(t, SHELF_ORIGIN, "8* 5* 0");
	store_abort(t);
}

/* What is shown stays while a larger head is the target, so that a restart on the way shows it. */
static void test_shown_head_stays_below_target(void **state)
{
	struct store_txn *t;

	shelf_fill(*state, 100);
	t = shelf_write(*state);
	put(t, SHELF_ORIGIN, 90, false);
	put(t, SHELF_ORIGIN, 100, false);
	expect_heads(t, SHELF_ORIGIN, "100 90");
	put(t, SHELF_ORIGIN, 500, false);
	expect_heads(t, SHELF_ORIGIN, "500 100");
	put(t, SHELF_ORIGIN, 600, false);
	expect_heads(t, SHELF_ORIGIN, "600 100");
	put(t, SHELF_ORIGIN, 700, true);
	expect_heads(t, SHELF_ORIGIN, "700* 100");
	store_abort(t);
}

static void test_named_are_bounded(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct head_row h;

	for (uint64_t i = 1; i <= LEDGER_HEADS_KEPT + 10; i++) {
		put(t, SHELF_ORIGIN, i, true);
		if (i == 10)
			assert_int_equal(cosigs_put(t, SHELF_ORIGIN, i, "mx", 1, BYTES_LIT("line\n")), 0);
	}
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 10, &h), IMS_E_NOT_FOUND);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 11, &h), 0);
	assert_int_equal(store_count(t, TABLE_HEADS), LEDGER_HEADS_KEPT);
	assert_int_equal(store_count(t, TABLE_COSIGS), 0); /* they go with their head */
	store_abort(t);
}

static void put_cosig(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	buf_printf(ctx, "%.*s@%llu ", (int)region.n, (const char *)region.p, (unsigned long long)time_s);
	buf_put(ctx, BYTES(line.p, line.n - 1));
	buf_put_text(ctx, ";");
}

static void test_cosignatures(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct buf b = {0};
	struct head_row h;

	put(t, SHELF_ORIGIN, 5, true);
	put(t, SHELF_ORIGIN, 7, true);
	assert_int_equal(cosigs_put(t, SHELF_ORIGIN, 5, "us", 50, BYTES_LIT("us-5\n")), 0);
	assert_int_equal(cosigs_put(t, SHELF_ORIGIN, 5, "mx", 51, BYTES_LIT("mx-5\n")), 0);
	assert_int_equal(cosigs_put(t, SHELF_ORIGIN, 7, "mx", 70, BYTES_LIT("mx-7\n")), 0);
	assert_int_equal(cosigs_put(t, OTHER, 9, "us", 90, BYTES_LIT("us-9\n")), 0);
	cosigs_each(t, SHELF_ORIGIN, 5, put_cosig, &b);
	assert_string_equal(buf_text(&b), "mx@51 mx-5;us@50 us-5;");
	assert_int_equal(cosigs_largest(t, SHELF_ORIGIN, "mx"), 7);
	assert_int_equal(cosigs_largest(t, SHELF_ORIGIN, "us"), 5);
	assert_int_equal(cosigs_largest(t, SHELF_ORIGIN, "eu"), 0);
	buf_clear(&b);
	assert_int_equal(heads_newest(t, SHELF_ORIGIN, 5, &h), 0);
	heads_put_note(t, SHELF_ORIGIN, &h, &b);
	assert_string_equal(buf_text(&b), "note 5mx-5\nus-5\n");
	buf_fini(&b);
	store_abort(t);
}

static void test_meta(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct bytes v;
	uint64_t n;

	assert_int_equal(meta_get_u64(t, META_TIME, &n), IMS_E_NOT_FOUND);
	assert_int_equal(meta_put_u64(t, META_TIME, UINT64_MAX), 0);
	assert_int_equal(meta_get_u64(t, META_TIME, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(meta_put(t, META_TIME, BYTES_LIT("seven b")), 0);
	assert_int_equal(meta_get_u64(t, META_TIME, &n), IMS_E_CORRUPT);
	assert_int_equal(meta_get(t, META_TIME, &v), 0);
	assert_bytes(v, "seven b");
	assert_int_equal(meta_del(t, META_TIME), 0);
	assert_int_equal(meta_del(t, META_TIME), 0);
	assert_int_equal(meta_get(t, META_TIME, &v), IMS_E_NOT_FOUND);
	store_abort(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newest, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_unnamed_goes, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_shown_head_stays_below_target, shelf_setup,
						shelf_teardown),
		cmocka_unit_test_setup_teardown(test_named_are_bounded, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_cosignatures, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_meta, shelf_setup, shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
