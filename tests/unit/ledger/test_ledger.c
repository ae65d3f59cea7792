/* SPDX-License-Identifier: Apache-2.0 */
/* One log in a real store: what is appended is what is read, on every way around a commit. */
#include "unit/ledger/shelf.h"

#include "crypto/hash.h"
#include "store/key.h"

/* The root from the leaves alone, by the definition of RFC 6962. */
static void naive_root(const struct hash *leaf, uint64_t n, struct hash *ret)
{
	struct hash left, right;
	uint64_t k = 1;

	if (n == 0) {
		crypto_sha256(BYTES_NONE, ret);
		return;
	}
	if (n == 1) {
		*ret = leaf[0];
		return;
	}
	while (k * 2 < n)
		k *= 2;
	naive_root(leaf, k, &left);
	naive_root(leaf + k, n - k, &right);
	merkle_node(&left, &right, ret);
}

static void check_root(struct ledger_reader *r, uint64_t size)
{
	struct hash *leaf = mem_zalloc((size + 1) * sizeof(*leaf));
	struct hash want, have;
	struct arena a;

	arena_init(&a, 16u << 20);
	for (uint64_t i = 0; i < size; i++)
		leaf[i] = shelf_item(i, &a).leaf;
	naive_root(leaf, size, &want);
	assert_int_equal(ledger_root(r, size, &have), 0);
	assert_true(hash_eq(&want, &have));
	if (size == r->size)
		assert_true(hash_eq(&want, &r->root));
	arena_fini(&a);
	free(leaf);
}

static void check_item(struct ledger_reader *r, uint64_t index)
{
	struct ledger_item want, have;
	struct arena a;

	arena_init(&a, 65536);
	want = shelf_item(index, &a);
	assert_int_equal(ledger_read_item(r, index, &a, &have), 0);
	assert_int_equal(have.index, index);
	assert_int_equal(have.payload_state, want.payload_state);
	assert_true(bytes_eq(have.entry, want.entry)); /* inv. 2 */
	assert_true(hash_eq(&have.leaf, &want.leaf));
	assert_true(bytes_eq(have.payload, want.payload));
	assert_true(bytes_eq(have.salt, want.salt));
	arena_fini(&a);
}

/* L2: whatever the size, a reader of the commit sees entries, payloads, tiles and root agree. */
static void test_sizes(void **state)
{
	static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 700};
	struct shelf *s = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct store_txn *t;
		struct ledger_reader r;

		shelf_fill(s, sizes[i]);
		t = shelf_read(s);
		assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
		assert_int_equal(r.size, sizes[i]);
		check_root(&r, sizes[i]);
		check_root(&r, sizes[i] / 2);
		assert_int_equal(ledger_root(&r, sizes[i] + 1, &r.root), IMS_E_RANGE);
		for (uint64_t k = sizes[i] > 40 ? sizes[i] - 40 : 0; k < sizes[i]; k++)
			check_item(&r, k);
		assert_int_equal(ledger_read_item(&r, sizes[i], NULL, &(struct ledger_item){0}), IMS_E_NOT_FOUND);
		store_abort(t);
	}
}

/* An abort and a reload lead back to the commit, and appending goes on from there. */
static void test_reload(void **state)
{
	struct shelf *s = *state;
	struct ledger_log *l;
	struct store_txn *t;
	struct ledger_reader r;

	shelf_fill(s, 300);
	t = shelf_write(s);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	assert_int_equal(ledger_size(l), 300);
	shelf_grow(t, l, 600);
	store_abort(t);
	t = shelf_write(s);
	assert_int_equal(ledger_reload(t, l), 0);
	assert_int_equal(ledger_size(l), 300);
	shelf_grow(t, l, 520);
	assert_int_equal(ledger_flush(t, l), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	check_root(&r, 520);
	check_item(&r, 299);
	check_item(&r, 300);
	check_item(&r, 511);
	store_abort(t);
}

/* L1: no gap, no second entry at an index. */
static void test_index_is_size(void **state)
{
	struct shelf *s = *state;
	struct store_txn *t = shelf_write(s);
	struct ledger_item it;
	struct ledger_log *l;
	struct arena a;

	arena_init(&a, 65536);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	shelf_grow(t, l, 2);
	it = shelf_item(3, &a); /* the gap first: the store refuses by itself only what is there */
	assert_int_equal(ledger_append(t, l, &it), IMS_E_BUG);
	it = shelf_item(1, &a);
	assert_int_equal(ledger_append(t, l, &it), IMS_E_BUG);
	assert_int_equal(store_txn_error(t), 0);
	assert_int_equal(ledger_size(l), 2);
	store_abort(t);
	ledger_close(l);
	arena_fini(&a);
}

static int collect(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct buf *b = ctx;

	buf_printf(b, "%s %u %llu\n", origin, slot, (unsigned long long)size);
	return 0;
}

/* Slots are given once, in order of appearance; listing is in order of origin. */
static void test_each(void **state)
{
	static const char *const origins[] = {"ims.example/us/1", "ims.example/eu/1", "ims.example/eu/10"};
	struct shelf *s = *state;
	struct ledger_log *l[3];
	struct store_txn *t = shelf_write(s);
	struct buf b = {0};
	char origin[161];

	for (int i = 0; i < 3; i++)
		assert_int_equal(ledger_open(t, origins[i], &l[i]), 0);
	assert_int_equal(ledger_each(t, collect, &b), 0);
	assert_string_equal(buf_text(&b),
			    "ims.example/eu/1 2 0\nims.example/eu/10 3 0\nims.example/us/1 1 0\n");
	assert_int_equal(ledger_origin_of(t, 3, origin), 0);
	assert_string_equal(origin, "ims.example/eu/10");
	assert_int_equal(ledger_origin_of(t, 4, origin), IMS_E_NOT_FOUND);
	store_abort(t);
	for (int i = 0; i < 3; i++)
		ledger_close(l[i]);
	buf_fini(&b);
}

static void test_unknown(void **state)
{
	struct shelf *s = *state;
	struct store_txn *t = shelf_read(s);
	struct ledger_reader r;
	char longest[200];

	memset(longest, 'a', sizeof(longest));
	longest[199] = '\0';
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), IMS_E_NOT_FOUND);
	assert_int_equal(ledger_read_open(t, longest, &r), IMS_E_NOT_FOUND);
	store_abort(t);
}

static void test_freeze(void **state)
{
	struct shelf *s = *state;
	struct ledger_log *l;
	struct ledger_reader r;
	struct store_txn *t;

	shelf_fill(s, 5);
	t = shelf_write(s);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	assert_false(l->frozen);
	assert_int_equal(ledger_freeze(t, l), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_true(r.frozen);
	assert_int_equal(r.size, 5);
	check_item(&r, 4);
	store_abort(t);
}

/* A wanted payload comes, is not for this node, or is erased: the list of wanted ones follows. */
static void test_set_payload(void **state)
{
	struct shelf *s = *state;
	struct store_txn *t;
	struct ledger_item it;
	struct ledger_log *l;
	struct ledger_reader r;
	struct bytes v;

	shelf_fill(s, 30);
	t = shelf_write(s);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	assert_int_equal(store_count(t, TABLE_WANTED), 4); /* 5, 10, 20, 25 */
	assert_int_equal(ledger_peek_payload(t, l, 5, NULL, &v), IMS_E_NOT_FOUND);
	it = (struct ledger_item){
		.index = 5,
		.payload_state = LEDGER_PAYLOAD_HERE,
		.salt = BYTES_LIT("\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5\5"),
		.payload = BYTES_LIT("payload of eu-o-6")};
	assert_int_equal(ledger_set_payload(t, l->payloads, l->slot, &it), 0);
	assert_int_equal(ledger_peek_payload(t, l, 5, NULL, &v), 0);
	assert_bytes(v, "payload of eu-o-6");
	it = (struct ledger_item){.index = 10, .payload_state = LEDGER_PAYLOAD_NOT_FOR_ME};
	assert_int_equal(ledger_set_payload(t, l->payloads, l->slot, &it), 0);
	it = (struct ledger_item){.index = 20, .payload_state = LEDGER_PAYLOAD_ERASED, .erased_by = 29};
	assert_int_equal(ledger_set_payload(t, l->payloads, l->slot, &it), 0);
	assert_int_equal(store_count(t, TABLE_WANTED), 1);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(ledger_read_item(&r, 5, NULL, &it), 0);
	assert_int_equal(it.payload_state, LEDGER_PAYLOAD_HERE);
	assert_int_equal(ledger_read_item(&r, 10, NULL, &it), 0);
	assert_int_equal(it.payload_state, LEDGER_PAYLOAD_NOT_FOR_ME);
	assert_int_equal(ledger_read_item(&r, 20, NULL, &it), 0);
	assert_int_equal(it.payload_state, LEDGER_PAYLOAD_ERASED);
	assert_int_equal(it.erased_by, 29);
	store_abort(t);
}

/* Row of a payload as it is stored. */
static struct bytes stored_row(struct ledger_reader *r, uint64_t index)
{
	struct store_key k;
	struct bytes v;

	assert_int_equal(store_get(r->txn, r->payloads, store_key(&k, "L", index), &v), 0);
	return v;
}

#define LONG 4 /* see shelf_is_long() */
#define ROW_PACKED 5 /* of store format 3 */
#define ROW_SUMMED 6
#define PACKED_AT (1 + SALT_BYTES + 4)

/* What is long is stored packed and read as it was; a row that was written before there was packing, or a sum, is
 * read as ever, and one that is written again is packed. */
static void test_packed_rows(void **state)
{
	struct shelf *s = *state;
	struct ledger_item want, have;
	struct ledger_reader r;
	struct store_txn *t;
	struct store_key k;
	struct buf old = {0}, packed = {0};
	struct arena a;

	arena_init(&a, 1u << 20);
	want = shelf_item(LONG, &a);
	assert_true(want.payload.n > 500);
	shelf_fill(s, 20);
	t = shelf_write(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(stored_row(&r, LONG).p[0], ROW_SUMMED);
	buf_put_u8(&packed, ROW_PACKED);
	buf_put(&packed, want.salt);
	buf_put(&packed, BYTES(stored_row(&r, LONG).p + PACKED_AT, stored_row(&r, LONG).n - PACKED_AT));
	assert_true(stored_row(&r, LONG).n < 1 + SALT_BYTES + want.payload.n / 2);
	assert_int_equal(stored_row(&r, 2).p[0], LEDGER_PAYLOAD_HERE);
	check_item(&r, LONG);
	buf_put_u8(&old, LEDGER_PAYLOAD_HERE);
	buf_put(&old, want.salt);
	buf_put(&old, want.payload);
	assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", (uint64_t)LONG), buf_bytes(&old)), 0);
	check_item(&r, LONG);
	assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", (uint64_t)LONG), buf_bytes(&packed)), 0);
	check_item(&r, LONG);
	assert_int_equal(ledger_set_payload(t, r.payloads, r.slot, &want), 0);
	assert_int_equal(stored_row(&r, LONG).p[0], ROW_SUMMED);
	check_item(&r, LONG);
	have = (struct ledger_item){.index = LONG, .payload_state = LEDGER_PAYLOAD_ERASED, .erased_by = 19};
	assert_int_equal(ledger_set_payload(t, r.payloads, r.slot, &have), 0);
	assert_int_equal(stored_row(&r, LONG).n, 9); /* nothing of it is left */
	store_abort(t);
	buf_fini(&old);
	buf_fini(&packed);
	arena_fini(&a);
}

/* A frame in which a letter is repeated, of two blocks: payload_pack() would make one. */
static void frame_of_two_blocks(struct bytes payload, struct buf *out)
{
	size_t less = payload.n - 256;

	buf_put(out, BYTES_LIT("\x28\xb5\x2f\xfd\x60"));
	buf_put_u8(out, (uint8_t)less);
	buf_put_u8(out, (uint8_t)(less >> 8));
	for (int last = 0; last < 2; last++) {
		size_t n = last ? payload.n - 100 : 100, block = n << 3 | 1u << 1 | (unsigned)last;

		buf_put_u8(out, (uint8_t)block);
		buf_put_u8(out, (uint8_t)(block >> 8));
		buf_put_u8(out, (uint8_t)(block >> 16));
		buf_put_u8(out, payload.p[0]);
	}
}

/* The item that LONG is, with another payload: n letters. */
static struct ledger_item with_letters(size_t n, struct arena *a)
{
	uint8_t *letters = arena_alloc(a, n);

	memset(letters, 'z', n);
	return shelf_item_with(LONG, BYTES(letters, n), a);
}

/* Who has packed it already spares the writer that: it is stored as it came. */
static void test_packed_elsewhere(void **state)
{
	struct shelf *s = *state;
	struct store_txn *t = shelf_write(s);
	struct ledger_item it, have;
	struct ledger_log *l;
	struct ledger_reader r;
	struct buf packed = {0};
	struct bytes v;
	struct arena a;

	arena_init(&a, 1u << 20);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	shelf_grow(t, l, LONG);
	it = with_letters(700, &a);
	frame_of_two_blocks(it.payload, &packed);
	it.packed = buf_bytes(&packed);
	assert_int_equal(ledger_append(t, l, &it), 0);
	assert_int_equal(ledger_flush(t, l), 0);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	v = stored_row(&r, LONG);
	assert_true(bytes_eq(BYTES(v.p + PACKED_AT, v.n - PACKED_AT), it.packed));
	assert_int_equal(ledger_read_item(&r, LONG, &a, &have), 0);
	assert_true(bytes_eq(have.payload, it.payload) && have.packed.n == 0);
	assert_int_equal(ledger_read_packed(&r, LONG, &a, &have), 0);
	assert_true(bytes_eq(have.packed, it.packed) && have.payload.n == 0 && bytes_eq(have.salt, it.salt));
	assert_int_equal(ledger_peek_payload(t, l, LONG, &a, &v), 0);
	assert_true(bytes_eq(v, it.payload));
	store_abort(t);
	ledger_close(l);
	buf_fini(&packed);
	arena_fini(&a);
}

/* The arena that a reader gives bounds what a row may cost. */
static void test_packed_past_the_budget(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct store_txn *t;
	struct arena a;

	shelf_fill(s, 20);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	arena_init(&a, 100);
	assert_int_equal(ledger_read_item(&r, LONG, &a, &(struct ledger_item){0}), IMS_E_LIMIT);
	arena_fini(&a);
	store_abort(t);
}

/* Before store format 5 a tile of leaves had all of its inner nodes: it is read as ever. */
static void test_tile_with_all_nodes(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct store_txn *t;
	struct store_key k;
	struct tile tile;
	struct hash all[TILE_WIDTH + TILE_INNER], want[8][TILE_WIDTH], have;

	shelf_fill(s, TILE_WIDTH + 10);
	t = shelf_write(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(ledger_tile(&r, 0, 0, &tile), 0);
	assert_true(tile.count == TILE_WIDTH && tile.inner && tile.lacks_lowest);
	memcpy(all, tile.hash, TILE_WIDTH * sizeof(*all));
	tile_inner(tile.hash, TILE_WIDTH, all + TILE_WIDTH);
	for (unsigned level = 0; level < 8; level++)
		for (unsigned i = 0; i < (unsigned)TILE_WIDTH >> level; i++)
			assert_int_equal(ledger_node(&r, level, i, &want[level][i]), 0);
	assert_int_equal(store_put(t, r.tiles, store_key(&k, "BL", 0, (uint64_t)0), BYTES(all, sizeof(all))), 0);
	assert_int_equal(ledger_tile(&r, 0, 0, &tile), 0);
	assert_true(tile.count == TILE_WIDTH && tile.inner && !tile.lacks_lowest);
	for (unsigned level = 0; level < 8; level++)
		for (unsigned i = 0; i < (unsigned)TILE_WIDTH >> level; i++) {
			assert_int_equal(ledger_node(&r, level, i, &have), 0);
			assert_true(hash_eq(&have, &want[level][i]));
		}
	assert_int_equal(store_put(t, r.tiles, store_key(&k, "BL", 0, (uint64_t)0),
				   BYTES(all, sizeof(all) - sizeof(*all))), 0);
	assert_int_equal(ledger_tile(&r, 0, 0, &tile), IMS_E_CORRUPT);
	store_abort(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_reload, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_index_is_size, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_each, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_freeze, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_set_payload, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_rows, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_elsewhere, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_past_the_budget, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_tile_with_all_nodes, shelf_setup, shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
