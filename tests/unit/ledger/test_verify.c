/* SPDX-License-Identifier: Apache-2.0 */
/* verify_log(): everything that rots is named, by kind and place, and nothing else is. */
#include "unit/ledger/shelf.h"

#include "ledger/heads.h"
#include "ledger/verify.h"
#include "store/key.h"

#define SIZE 600

struct seen {
	char text[512];
	bool bad_notes;
};

static void on_finding(void *ctx, const char *object, int err, const char *detail)
{
	struct seen *s = ctx;
	size_t at = strlen(s->text);

	(void)detail;
	snprintf(s->text + at, sizeof(s->text) - at, "%s %s;", object, ims_error(err)->name);
}

/* A note says its size and root, as the test wrote them. */
static int on_note(void *ctx, const char *origin, uint64_t size, const struct hash *root, struct bytes note,
		   const char *region, struct bytes cosignature)
{
	struct seen *s = ctx;
	char want[100], hex[HEX_HASH_BYTES];

	assert_string_equal(origin, SHELF_ORIGIN);
	if (*region)
		return s->bad_notes || !bytes_eq_text(cosignature, "line\n") ? IMS_E_SIGNATURE : 0;
	if (!root)
		return 0;
	snprintf(want, sizeof(want), "%llu %s", (unsigned long long)size, hex_hash(root, hex));
	return bytes_eq_text(note, want) ? 0 : IMS_E_ROOT;
}

static void verify(struct shelf *s, struct seen *seen, struct verify_counts *c)
{
	struct store_txn *t = shelf_read(s);

	assert_int_equal(verify_log(t, SHELF_ORIGIN, true, on_finding, on_note, seen, c), 0);
	store_abort(t);
}

static void put_head(struct shelf *s, uint64_t size)
{
	struct store_txn *t = shelf_write(s);
	struct ledger_reader r;
	struct hash root;
	char note[100], hex[HEX_HASH_BYTES];

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	if (size <= r.size)
		assert_int_equal(ledger_root(&r, size, &root), 0);
	else
		memset(&root, 0, sizeof(root));
	snprintf(note, sizeof(note), "%llu %s", (unsigned long long)size, hex_hash(&root, hex));
	assert_int_equal(heads_put(t, SHELF_ORIGIN, size, bytes_of(note), true), 0);
	assert_int_equal(cosigs_put(t, SHELF_ORIGIN, size, "mx", 1, BYTES_LIT("line\n")), 0);
	assert_int_equal(store_commit(t), 0);
}

static int setup(void **state)
{
	shelf_setup(state);
	shelf_fill(*state, SIZE);
	put_head(*state, 256);
	put_head(*state, 300);
	put_head(*state, SIZE);
	put_head(*state, SIZE + 100); /* the target of a transfer */
	return 0;
}

static void test_sound(void **state)
{
	struct seen seen = {.bad_notes = false};
	struct verify_counts c;
	struct ledger_reader r;
	struct store_txn *t;

	verify(*state, &seen, &c);
	assert_string_equal(seen.text, "");
	assert_int_equal(c.size, SIZE);
	assert_int_equal(c.entries, SIZE);
	assert_int_equal(c.payloads, SIZE * 2 / 3);
	assert_int_equal(c.tiles, 4); /* two full ones, a partial one, one above them */
	assert_int_equal(c.checkpoints, 4);
	assert_int_equal(c.cosignatures, 4);
	assert_int_equal(c.findings, 0);
	t = shelf_read(*state);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_true(hash_eq(&c.root, &r.root));
	store_abort(t);
}

enum rot {
	ROT_ENTRY,
	ROT_PAYLOAD,
	ROT_LEAF_TILE,
	ROT_INNER_NODE,
	ROT_UPPER_TILE,
	ROT_ROW,
	ROT_HEAD,
	GONE_PAYLOAD,
	GONE_TILE
};

static void rot(struct shelf *s, enum rot what)
{
	struct store_txn *t = shelf_write(s);
	struct ledger_reader r;
	struct store_key k;
	struct bytes key, v;
	store_table table;
	uint8_t *copy;

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	table = what == ROT_ENTRY			      ? r.entries
		: what == ROT_PAYLOAD || what == GONE_PAYLOAD ? r.payloads
		: what == ROT_ROW			      ? (store_table)TABLE_LOGS
		: what == ROT_HEAD			      ? (store_table)TABLE_HEADS
							      : r.tiles;
	key = what <= ROT_PAYLOAD || what == GONE_PAYLOAD ? store_key(&k, "L", (uint64_t)17)
	      : what == ROT_ROW				  ? store_key(&k, "S", bytes_of(SHELF_ORIGIN))
	      : what == ROT_HEAD ? store_key(&k, "SL", bytes_of(SHELF_ORIGIN), (uint64_t)300)
				 : store_key(&k, "BL", what == ROT_UPPER_TILE ? 1 : 0, (uint64_t)0);
	if (what >= GONE_PAYLOAD) {
		assert_int_equal(store_del(t, table, key), 0);
	} else {
		assert_int_equal(store_get(t, table, key, &v), 0);
		copy = mem_dup(v.p, v.n);
		copy[what == ROT_LEAF_TILE ? 17 * 32 : what == ROT_INNER_NODE ? v.n - 32 : v.n / 2] ^= 1;
		assert_int_equal(store_put(t, table, key, BYTES(copy, v.n)), 0);
		free(copy);
	}
	assert_int_equal(store_commit(t), 0);
}

static void expect_found(struct shelf *s, enum rot what, const char *text)
{
	struct seen seen = {.bad_notes = false};
	struct verify_counts c;

	rot(s, what);
	verify(s, &seen, &c);
	assert_string_equal(seen.text, text);
	assert_true(c.findings > 0);
}

static void test_entry(void **state)
{
	expect_found(*state, ROT_ENTRY, "entry 17 LEAF;");
}

static void test_payload(void **state)
{
	expect_found(*state, ROT_PAYLOAD, "payload 17 COMMITMENT;");
}

static void test_payload_gone(void **state)
{
	expect_found(*state, GONE_PAYLOAD, "payload 17 MISSING;");
}

static void test_upper_tile(void **state)
{
	expect_found(*state, ROT_UPPER_TILE, "tile 1/0 CORRUPT;");
}

static void test_row(void **state)
{
	expect_found(*state, ROT_ROW, "root of size 600 ROOT;");
}

static void test_head(void **state)
{
	expect_found(*state, ROT_HEAD, "checkpoint 300 ROOT;");
}

/* A leaf hash that rots is the tile's damage: the entry still hashes to what stands above. */
static void test_leaf_tile(void **state)
{
	expect_found(*state, ROT_LEAF_TILE, "tile 0/0 CORRUPT;");
}

/* It would spoil proofs. */
static void test_inner_node(void **state)
{
	expect_found(*state, ROT_INNER_NODE, "tile 0/0 CORRUPT;");
}

static void test_cosignature(void **state)
{
	struct seen seen = {.bad_notes = true};
	struct verify_counts c;

	verify(*state, &seen, &c);
	assert_string_equal(seen.text,
			    "cosignature of checkpoint 256 SIGNATURE;cosignature of checkpoint 300 "
			    "SIGNATURE;cosignature of checkpoint 600 SIGNATURE;cosignature of checkpoint "
			    "700 SIGNATURE;");
	assert_int_equal(c.findings, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sound, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_entry, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_payload_gone, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_upper_tile, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_row, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_head, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_leaf_tile, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_inner_node, setup, shelf_teardown),
		cmocka_unit_test_setup_teardown(test_cosignature, setup, shelf_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
