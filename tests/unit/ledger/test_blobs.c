/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of documents in the store: what comes, what is believed of it, what goes. */
#include "unit/ledger/shelf.h"

#include "crypto/hash.h"
#include "ledger/blobs.h"

#define DOC_BYTES (3 * BLOB_PART_BYTES + 17)

#define SLOT 3

/* Its bytes, of a seed, and their hash, for one log. */
static struct bytes document(uint8_t seed, struct blob_ref *ret)
{
	static uint8_t b[4][DOC_BYTES];
	uint32_t x = seed + 1u;

	for (size_t i = 0; i < DOC_BYTES; i++) {
		x = x * 1664525 + 1013904223;
		b[seed][i] = (uint8_t)(x >> 24);
	}
	crypto_sha256(BYTES(b[seed], DOC_BYTES), &ret->sha256);
	ret->slot = SLOT;
	return BYTES(b[seed], DOC_BYTES);
}

static int give_of(struct store_txn *t, const struct blob_ref *h, struct bytes all, uint64_t offset, size_t n,
		   const char *from, enum blob_outcome *ret, struct blob *ret_row)
{
	const struct blob_piece p = {*h, offset, all.n, BYTES(all.p + offset, n), from, 1000};

	return blob_append(t, &p, ret, ret_row);
}

static enum blob_outcome give(struct store_txn *t, const struct blob_ref *h, struct bytes all, uint64_t offset,
			      size_t n, const char *from)
{
	enum blob_outcome ret;
	struct blob row;

	assert_int_equal(give_of(t, h, all, offset, n, from, &ret, &row), 0);
	return ret;
}

static void expect_row(struct store_txn *t, const struct blob_ref *h, enum blob_state state, uint64_t have)
{
	struct blob b;

	assert_int_equal(blob_find(t, h, &b), 0);
	assert_int_equal(b.state, state);
	assert_int_equal(b.have, have);
}

static void expect_bytes(struct store_txn *t, const struct blob_ref *h, struct bytes all)
{
	struct bytes part;

	for (size_t n = 0; n * BLOB_PART_BYTES < all.n; n++) {
		size_t from = n * BLOB_PART_BYTES, size = all.n - from;

		assert_int_equal(blob_part(t, h, n, &part), 0);
		assert_int_equal(part.n, size < BLOB_PART_BYTES ? size : BLOB_PART_BYTES);
		assert_memory_equal(part.p, all.p + from, part.n);
	}
	assert_int_equal(blob_part(t, h, 4, &part), IMS_E_NOT_FOUND);
	assert_int_equal(blob_verify(t, h), 0);
}

static void test_uploaded_then_cited(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h;
	struct bytes all = document(0, &h), part;

	assert_int_equal(give(t, &h, all, 0, BLOB_PART_BYTES, ""), BLOB_MORE);
	/* what was there already is no fault, and a gap neither: it says where to go on */
	assert_int_equal(give(t, &h, all, 2 * BLOB_PART_BYTES, BLOB_PART_BYTES, ""), BLOB_MORE);
	expect_row(t, &h, BLOB_UPLOADED, BLOB_PART_BYTES);
	assert_int_equal(give(t, &h, all, BLOB_PART_BYTES, DOC_BYTES - BLOB_PART_BYTES, ""), BLOB_WHOLE);
	expect_row(t, &h, BLOB_UPLOADED, DOC_BYTES);
	assert_int_equal(blob_part(t, &h, 0, &part), IMS_E_NOT_FOUND); /* nobody cites it */
	assert_int_equal(blob_cite(t, &h, all.n), 0);
	expect_row(t, &h, BLOB_HERE, DOC_BYTES);
	expect_bytes(t, &h, all);
	assert_int_equal(blob_bytes_of(t, SLOT), DOC_BYTES);
	assert_int_equal(give(t, &h, all, 0, BLOB_PART_BYTES, ""), BLOB_WHOLE);
	assert_int_equal(blob_release(t, &h), 0);
	assert_int_equal(blob_bytes_of(t, SLOT), 0);
	assert_int_equal(blob_find(t, &h, &(struct blob){0}), IMS_E_NOT_FOUND);
	assert_int_equal(store_count(t, TABLE_PARTS), 0);
	store_abort(t);
}

static void test_wanted_of_peers(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h;
	struct bytes all = document(1, &h), part;
	enum blob_outcome out;
	struct blob row;

	assert_int_equal(give_of(t, &h, all, 0, BLOB_PART_BYTES, "mx", &out, &row), IMS_E_NOT_FOUND);
	assert_int_equal(blob_cite(t, &h, all.n), 0);
	assert_int_equal(give(t, &h, all, 0, BLOB_PART_BYTES, "mx"), BLOB_MORE);
	assert_int_equal(blob_part(t, &h, 0, &part), IMS_E_NOT_FOUND); /* not before all of it is right */
	assert_int_equal(blob_bytes_of(t, SLOT), BLOB_PART_BYTES);
	assert_int_equal(give(t, &h, all, BLOB_PART_BYTES, DOC_BYTES - BLOB_PART_BYTES, "us"), BLOB_WHOLE);
	expect_row(t, &h, BLOB_HERE, DOC_BYTES);
	expect_bytes(t, &h, all);
	store_abort(t);
}

/* Wrong bytes of two: nobody can tell whose, so from then on they are of one; of one it can be told. */
static void test_wrong_bytes(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h, other;
	struct bytes all = document(2, &h), lie = document(3, &other);
	enum blob_outcome out;
	struct blob row;

	assert_int_equal(blob_cite(t, &h, all.n), 0);
	assert_int_equal(give(t, &h, lie, 0, BLOB_PART_BYTES, "mx"), BLOB_MORE);
	assert_int_equal(give_of(t, &h, all, BLOB_PART_BYTES, DOC_BYTES - BLOB_PART_BYTES, "us", &out, &row),
			 0);
	assert_true(out == BLOB_WRONG && row.mixed);
	assert_int_equal(blob_find(t, &h, &row), 0);
	assert_true(row.state == BLOB_WANTED && row.have == 0 && row.pure && !row.mixed);
	assert_int_equal(store_count(t, TABLE_PARTS), 0);
	assert_int_equal(blob_bytes_of(t, SLOT), 0);
	assert_int_equal(give(t, &h, lie, 0, BLOB_PART_BYTES, "mx"), BLOB_MORE);
	assert_int_equal(give(t, &h, all, BLOB_PART_BYTES, BLOB_PART_BYTES, "us"), BLOB_MORE);
	expect_row(t, &h, BLOB_WANTED, BLOB_PART_BYTES); /* not taken */
	assert_int_equal(give(t, &h, all, 0, DOC_BYTES, "us"), BLOB_WHOLE);
	expect_bytes(t, &h, all);

	assert_int_equal(give_of(t, &other, all, 0, DOC_BYTES, "", &out, &row), 0);
	assert_true(out == BLOB_WRONG && !row.mixed);
	assert_int_equal(blob_find(t, &other, &row), IMS_E_NOT_FOUND);
	store_abort(t);
}

static int count(void *ctx, const struct blob_ref *h, const struct blob *b)
{
	(void)h;
	(void)b;
	++*(unsigned *)ctx;
	return 0;
}

/* B3: what another log's documents say of the same bytes neither shows nor takes them. */
static void test_each_log_by_itself(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h, other;
	struct bytes all = document(0, &h), part;
	unsigned n = 0;

	other = (struct blob_ref){SLOT + 1, h.sha256};
	assert_int_equal(blob_cite(t, &other, all.n), 0);
	assert_int_equal(give(t, &h, all, 0, all.n, ""), BLOB_WHOLE);
	assert_int_equal(blob_cite(t, &h, all.n), 0);
	expect_row(t, &other, BLOB_WANTED, 0);
	assert_int_equal(blob_part(t, &other, 0, &part), IMS_E_NOT_FOUND);
	assert_int_equal(give(t, &other, all, 0, all.n, "mx"), BLOB_WHOLE);
	assert_int_equal(blob_each(t, BLOB_HERE, 0, NULL, count, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(blob_release(t, &other), 0);
	expect_bytes(t, &h, all);
	assert_int_equal(blob_bytes_of(t, SLOT), DOC_BYTES);
	assert_int_equal(blob_bytes_of(t, SLOT + 1), 0);
	store_abort(t);
}

static void test_no_pieces(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h;
	struct bytes all = document(0, &h);
	const struct blob_piece bad[] = {
		{h, 0, all.n, BYTES_NONE, "", 0},		       /* nothing */
		{h, 0, all.n, BYTES(all.p, 100), "", 0},	       /* no whole part, not the end */
		{h, 100, all.n, BYTES(all.p, BLOB_PART_BYTES), "", 0}, /* not where one begins */
		{h, 0, 100, BYTES(all.p, 200), "", 0},		       /* past the end */
		{h, 0, BLOB_MAX_BYTES + 1, BYTES(all.p, BLOB_PART_BYTES), "", 0},
		{h, BLOB_PART_BYTES * 4, all.n, BYTES(all.p, 1), "", 0},
	};
	enum blob_outcome out;
	struct blob row;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(blob_append(t, &bad[i], &out, &row), IMS_E_INVALID);
	/* more than the document says */
	assert_int_equal(blob_cite(t, &h, 100), 0);
	assert_int_equal(give_of(t, &h, all, 0, BLOB_PART_BYTES, "mx", &out, &row), IMS_E_INVALID);
	assert_int_equal(store_count(t, TABLE_PARTS), 0);
	store_abort(t);
}

static void test_damage_and_lists(void **state)
{
	struct store_txn *t = shelf_write(*state);
	struct blob_ref h[3];
	struct store_cursor c;
	struct bytes all, part;
	unsigned n = 0;
	uint8_t row[32 + 17], key[40] = {0, 0, 0, SLOT};

	for (uint8_t i = 0; i < 3; i++) {
		all = document(i, &h[i]);
		assert_int_equal(give(t, &h[i], all, 0, all.n, ""), BLOB_WHOLE);
		assert_int_equal(blob_cite(t, &h[i], all.n), 0);
	}
	assert_int_equal(blob_each(t, BLOB_HERE, SLOT, NULL, count, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(blob_set_loose(t, &h[0]), 0);
	expect_row(t, &h[0], BLOB_UPLOADED, DOC_BYTES);
	n = 0;
	assert_int_equal(blob_each(t, BLOB_HERE, SLOT, NULL, count, &n), 0);
	assert_int_equal(n, 2);
	/* one bit of the last part of the second */
	memcpy(key + 4, h[1].sha256.b, 32);
	memcpy(key + 36, "\0\0\0\3", 4);
	store_seek(&c, t, TABLE_PARTS, BYTES(key, 40), BYTES_NONE, false);
	assert_true(store_cursor_ok(&c));
	assert_int_equal(c.value.n, sizeof(row));
	memcpy(row, c.value.p, sizeof(row));
	store_cursor_fini(&c);
	row[40] ^= 1;
	assert_int_equal(store_put(t, TABLE_PARTS, BYTES(key, 40), BYTES(row, sizeof(row))), 0);
	assert_int_equal(blob_part(t, &h[1], 2, &part), 0);
	assert_int_equal(blob_part(t, &h[1], 3, &part), IMS_E_CORRUPT);
	assert_int_equal(blob_verify(t, &h[1]), IMS_E_CORRUPT);
	assert_int_equal(blob_verify(t, &h[2]), 0);
	store_abort(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_uploaded_then_cited, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_wanted_of_peers, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_bytes, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_each_log_by_itself, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_no_pieces, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_damage_and_lists, shelf_setup, shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
