/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L3 (inv. 4): a byte that rots on the disk is found by the read that would have let it out.
 * Rows are damaged through the store itself, which has no checksums either.
 */
#include "unit/ledger/shelf.h"

#include "store/key.h"

#define SIZE 300
#define PICKED 299 /* has a payload that is here, in the partial tile */
#define PACKED 298 /* has one that is packed */
#define PACKED_AT (1 + SALT_BYTES + 4)

struct rot {
	enum { ROT_ENTRY, ROT_PAYLOAD, ROT_TILE } table;
	uint64_t n;  /* index, or number of the tile */
	size_t byte; /* xor 1 here */
	int cut;     /* take so many bytes off the end */
	int err;     /* of ledger_read_item(read) */
	uint64_t read;
};

static store_table table_of(const struct ledger_reader *r, const struct rot *w)
{
	return w->table == ROT_ENTRY ? r->entries : w->table == ROT_PAYLOAD ? r->payloads : r->tiles;
}

static void rot_apply(struct shelf *s, const struct rot *w)
{
	struct store_txn *t = shelf_write(s);
	struct ledger_reader r;
	struct store_key k;
	struct bytes key = w->table == ROT_TILE ? store_key(&k, "BL", 0, w->n) : store_key(&k, "L", w->n), v;
	uint8_t *copy;

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_get(t, table_of(&r, w), key, &v), 0);
	assert_true(v.n > w->byte && v.n > (size_t)w->cut);
	copy = mem_dup(v.p, v.n);
	copy[w->byte] ^= w->cut ? 0 : 1;
	assert_int_equal(store_put(t, table_of(&r, w), key, BYTES(copy, v.n - (size_t)w->cut)), 0);
	free(copy);
	assert_int_equal(store_commit(t), 0);
}

static void rot_test(struct shelf *s, const struct rot *w)
{
	struct ledger_item it;
	struct ledger_reader r;
	struct store_txn *t;
	struct arena a;

	shelf_fill(s, SIZE);
	rot_apply(s, w);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_read_item(&r, w->read, &a, &it), w->err);
	assert_int_equal(ledger_read_item(&r, 1, &a, &it), 0); /* the others are as good as before */
	arena_fini(&a);
	store_abort(t);
}

static void test_entry(void **state)
{
	rot_test(*state, &(struct rot){ROT_ENTRY, PICKED, 7, 0, IMS_E_LEAF, PICKED});
}

static void test_entry_cut(void **state)
{
	rot_test(*state, &(struct rot){ROT_ENTRY, PICKED, 0, 1, IMS_E_LEAF, PICKED});
}

static void test_salt(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PICKED, 3, 0, IMS_E_COMMITMENT, PICKED});
}

static void test_payload(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PICKED, 40, 0, IMS_E_COMMITMENT, PICKED});
}

static void test_payload_cut(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PICKED, 0, 2, IMS_E_COMMITMENT, PICKED});
}

/* As of one that is not packed: nothing of it goes out, whether it still unpacks or not. */
static void test_packed_magic(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PACKED, PACKED_AT, 0, IMS_E_COMMITMENT, PACKED});
}

static void test_packed(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PACKED, PACKED_AT + 20, 0, IMS_E_COMMITMENT, PACKED});
}

static void test_packed_cut(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PACKED, 0, 1, IMS_E_COMMITMENT, PACKED});
}

/* With a sum (6) becomes one that is of no row (7). */
static void test_packed_state(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PACKED, 0, 0, IMS_E_CORRUPT, PACKED});
}

/* The writer, who looks at the payload before, goes on without it: it is one that this node lacks. */
static void test_packed_peek(void **state)
{
	struct shelf *s = *state;
	struct ledger_log *l;
	struct store_txn *t;
	struct bytes v;
	struct arena a;

	shelf_fill(s, SIZE);
	rot_apply(s, &(struct rot){ROT_PAYLOAD, PACKED, 0, 1, 0, 0});
	t = shelf_write(s);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	arena_init(&a, LEDGER_ITEM_BYTES);
	assert_int_equal(ledger_peek_payload(t, l, PACKED, &a, &v), IMS_E_NOT_FOUND);
	arena_fini(&a);
	ledger_close(l);
	store_abort(t);
}

/* HERE (1) becomes NONE (0), which is never stored. */
static void test_payload_state(void **state)
{
	rot_test(*state, &(struct rot){ROT_PAYLOAD, PICKED, 0, 0, IMS_E_CORRUPT, PICKED});
}

static void test_tile(void **state)
{
	rot_test(*state, &(struct rot){ROT_TILE, 1, (PICKED % 256) * 32 + 5, 0, IMS_E_LEAF, PICKED});
}

static void test_tile_cut(void **state)
{
	rot_test(*state, &(struct rot){ROT_TILE, 1, 0, 32, IMS_E_CORRUPT, PICKED});
}

static void test_tile_ragged(void **state)
{
	rot_test(*state, &(struct rot){ROT_TILE, 1, 0, 5, IMS_E_CORRUPT, PICKED});
}

/* The root of the row is not believed either: it is computed again from tiles. */
static void test_tile_changes_root(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct hash root;
	struct store_txn *t;

	shelf_fill(s, SIZE);
	rot_apply(s, &(struct rot){ROT_TILE, 1, 9, 0, 0, 0});
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(ledger_root(&r, SIZE, &root), 0);
	assert_false(hash_eq(&root, &r.root));
	store_abort(t);
}

/* A row that is gone. */
static void remove_row(struct shelf *s, bool payload, int err)
{
	struct store_txn *t;
	struct ledger_reader r;
	struct store_key k;

	shelf_fill(s, SIZE);
	t = shelf_write(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_del(t, payload ? r.payloads : r.entries, store_key(&k, "L", (uint64_t)PICKED)),
			 0);
	assert_int_equal(store_commit(t), 0);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(ledger_read_item(&r, PICKED, NULL, &(struct ledger_item){0}), err);
	store_abort(t);
}

static void test_entry_gone(void **state)
{
	remove_row(*state, false, IMS_E_CORRUPT);
}

static void test_payload_gone(void **state)
{
	remove_row(*state, true, IMS_E_CORRUPT);
}

/* A payload beside an entry that commits to none. */
static void test_payload_from_nowhere(void **state)
{
	struct shelf *s = *state;
	struct ledger_item it = {.index = 3, .payload_state = LEDGER_PAYLOAD_HERE};
	uint8_t salt[SALT_BYTES] = {0};
	struct ledger_reader r;
	struct ledger_log *l;
	struct store_txn *t;

	shelf_fill(s, 10);
	t = shelf_write(s);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	it.salt = BYTES(salt, sizeof(salt));
	it.payload = BYTES_LIT("x");
	assert_int_equal(ledger_set_payload(t, l->payloads, l->slot, &it), 0);
	assert_int_equal(store_commit(t), 0);
	ledger_close(l);
	t = shelf_read(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(ledger_read_item(&r, 3, NULL, &it), IMS_E_COMMITMENT);
	store_abort(t);
}

/* A tile that is gone is grown anew from the entries, which have to give the root. */
static void test_open_without_tile(void **state)
{
	struct shelf *s = *state;
	struct ledger_reader r;
	struct ledger_log *l;
	struct store_txn *t;
	struct store_key k;
	struct hash root;

	shelf_fill(s, SIZE);
	t = shelf_write(s);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_del(t, r.tiles, store_key(&k, "BL", 0, (uint64_t)1)), 0);
	assert_int_equal(ledger_open(t, SHELF_ORIGIN, &l), 0);
	tile_edge_root(&l->edge, &root);
	assert_true(hash_eq(&root, &r.root));
	ledger_close(l);
	store_abort(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entry, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_entry_cut, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_salt, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload_cut, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_magic, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_cut, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_state, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_packed_peek, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload_state, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_tile, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_tile_cut, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_tile_ragged, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_tile_changes_root, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_entry_gone, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload_gone, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload_from_nowhere, shelf_setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_open_without_tile, shelf_setup, shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
