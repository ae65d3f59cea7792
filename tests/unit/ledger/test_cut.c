/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of payloads that are cut to fill their pages: read as they were, replaced and taken back whole, and
 * damage to a part is damage to the row. */
#include "unit/ledger/shelf.h"

#include "ledger/verify.h"
#include "store/key.h"

#define ENTRIES 400

/* Noise does not pack, so that rows are as long as this: some of a few bytes, most of a quarter of a page,
 * some of several pages, and one that has pages of its own. */
static size_t payload_bytes(uint64_t i)
{
	return i % 50 == 49 ? 20000 : i % 10 == 9 ? 7000 : i % 7 == 6 ? 30 : 700 + i * 37 % 900;
}

static struct ledger_item noise_of(uint64_t i, struct arena *a)
{
	size_t n = payload_bytes(i);
	uint8_t *p = arena_alloc(a, n);
	uint32_t x = (uint32_t)i * 2654435761u + 1;

	for (size_t k = 0; k < n; k++) {
		x = x * 1664525u + 1013904223u;
		p[k] = (uint8_t)(x >> 24);
	}
	return shelf_item_with(i, BYTES(p, n), a);
}

static void fill(struct shelf *s)
{
	struct store_txn *t = shelf_write(s);
	struct ledger_log *l;
	struct arena a;

	arena_init(&a, 4u << 20);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct ledger_item it = noise_of(i, &a);

		assert_int_equal(ledger_append(t, l, &it), 0);
	}
	assert_int_equal(ledger_flush(t, l), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
	arena_fini(&a);
}

static void expect_item(struct ledger_reader *r, uint64_t i)
{
	struct ledger_item want, have;
	struct arena a;

	arena_init(&a, 2 * LEDGER_ITEM_BYTES);
	want = noise_of(i, &a);
	assert_int_equal(ledger_read_item(r, i, &a, &have), 0);
	assert_true(bytes_eq(have.payload, want.payload) && bytes_eq(have.salt, want.salt));
	assert_int_equal(ledger_read_packed(r, i, &a, &have), 0);
	assert_true(bytes_eq(have.payload, want.payload) && have.packed.n == 0);
	arena_fini(&a);
}

static struct store_txn *reader(struct shelf *s, bool write, struct ledger_reader *ret)
{
	struct store_txn *t = write ? shelf_write(s) : shelf_read(s);

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, ret), 0);
	return t;
}

/* The index of an entry of a page or less whose row is in two parts. */
static uint64_t cut_one(struct ledger_reader *r)
{
	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct store_key k;
		struct bytes part;

		if (payload_bytes(i) < 2000 &&
		    store_get(r->txn, r->payloads, store_key(&k, "LB", i, 1), &part) == 0)
			return i;
	}
	fail_msg("no row is cut");
	return 0;
}

static void what_was_cut_is_read_whole(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct store_txn *t;
	uint64_t bytes = 0;

	fill(s);
	t = reader(s, false, &r);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		expect_item(&r, i);
		bytes += payload_bytes(i) > LEDGER_ROW_BYTES ? 6 * 4096 : payload_bytes(i) + 1 + SALT_BYTES;
	}
	assert_true(store_count(t, r.payloads) > ENTRIES);
	assert_true(store_table_bytes(t, r.payloads) < bytes / 100 * 106); /* pages are full */
	store_abort(t);
}

static void count_findings(void *ctx, const char *object, int err, const char *detail)
{
	(void)object, (void)err, (void)detail;
	++*(unsigned *)ctx;
}

static int no_note(void *ctx, const char *origin, uint64_t size, const struct hash *root, struct bytes note,
		   const char *region, struct bytes line)
{
	(void)ctx, (void)origin, (void)size, (void)root, (void)note, (void)region, (void)line;
	return 0;
}

static void expect_findings(struct store_txn *t, unsigned want)
{
	struct verify_counts counts;
	unsigned found = 0;

	assert_int_equal(verify_log(t, SHELF_ORIGIN, true, count_findings, no_note, &found, &counts), 0);
	assert_int_equal(found, want);
}

/* A row in parts gives way to whatever takes its place. */
static void a_row_is_replaced_with_its_parts(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct store_txn *t;
	struct ledger_item it;
	struct arena a;
	uint64_t i, rows;

	arena_init(&a, 1u << 20);
	fill(s);
	t = reader(s, true, &r);
	expect_findings(t, 0);
	i = cut_one(&r);
	rows = store_count(t, r.payloads);
	it = noise_of(i, &a);
	assert_int_equal(ledger_set_payload(t, r.payloads, r.slot, &it), 0);
	assert_int_equal(store_count(t, r.payloads), rows - 1);
	expect_item(&r, i);
	i = cut_one(&r);
	it = (struct ledger_item){.index = i, .payload_state = LEDGER_PAYLOAD_ERASED, .erased_by = i + 1};
	assert_int_equal(ledger_set_payload(t, r.payloads, r.slot, &it), 0);
	assert_int_equal(store_count(t, r.payloads), rows - 2);
	assert_int_equal(ledger_read_item(&r, i, &a, &it), 0);
	assert_int_equal(it.payload_state, LEDGER_PAYLOAD_ERASED);
	store_abort(t);
	arena_fini(&a);
}

static void parts_above_the_size_are_taken_back(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct ledger_log *l;
	struct store_txn *t;
	struct store_cursor c;
	struct hash root;
	struct store_key k;
	uint64_t i;

	fill(s);
	t = reader(s, true, &r);
	i = cut_one(&r);
	assert_int_equal(ledger_root(&r, i, &root), 0);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	assert_int_equal(ledger_truncate(t, l, i, &root), 0);
	store_seek(&c, t, r.payloads, BYTES_NONE, store_key(&k, "L", i), false);
	assert_false(store_cursor_ok(&c));
	store_cursor_fini(&c);
	store_abort(t);
	ledger_close(l);
}

/* A part that is gone, one that is too many, too long, or of the next row: the row cannot be read, others
 * can, and what takes its place is whole again. */
static void damage_to_a_part_is_damage_to_the_row(void **state)
{
	static const uint8_t much[LEDGER_ROW_BYTES];
	struct shelf *s = *state;
	struct ledger_reader r;
	struct store_txn *t;
	struct store_key k;
	struct ledger_item it;
	struct arena a;

	fill(s);
	for (int how = 0; how < 5; how++) {
		uint64_t i;
		struct bytes first;

		arena_init(&a, 1u << 20);
		t = reader(s, true, &r);
		i = cut_one(&r);
		assert_int_equal(store_get(t, r.payloads, store_key(&k, "L", i), &first), 0);
		if (how == 0)
			assert_int_equal(store_del(t, r.payloads, store_key(&k, "LB", i, 1)), 0);
		if (how == 1)
			assert_int_equal(
				store_put(t, r.payloads, store_key(&k, "LB", i, 2), BYTES_LIT("more")), 0);
		if (how == 2)
			assert_int_equal(store_put(t, r.payloads, store_key(&k, "LB", i, 1),
						   BYTES(much, sizeof(much))),
					 0);
		if (how == 3)
			assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", i), BYTES_LIT("\x80")),
					 0);
		if (how == 4)
			assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", i), BYTES(first.p, 20)),
					 0);
		assert_int_not_equal(ledger_read_item(&r, i, &a, &it), 0);
		expect_findings(t, 1);
		expect_item(&r, i + 1);
		it = noise_of(i, &a);
		assert_int_equal(ledger_set_payload(t, r.payloads, r.slot, &it), 0);
		expect_item(&r, i);
		store_abort(t);
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_cut_is_read_whole, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(a_row_is_replaced_with_its_parts, shelf_setup,
						shelf_teardown),
		cmocka_unit_test_setup_teardown(parts_above_the_size_are_taken_back, shelf_setup,
						shelf_teardown),
		cmocka_unit_test_setup_teardown(damage_to_a_part_is_damage_to_the_row, shelf_setup,
						shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
