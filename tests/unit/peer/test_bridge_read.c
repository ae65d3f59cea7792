/* SPDX-License-Identifier: Apache-2.0 */
/* What the bridge reads for peers: from the database, from memory, and what is damaged in between. */
#include "unit/peer/bridge_world.h"

#include "replication/package.h"
#include "store/key.h"
#include "wire/pack.h"

#define OLD 300	 /* entries in the database */
#define NEW 1300 /* entries in the ring, in two groups */
#define PART 700 /* where the second begins */
#define PICKED 4 /* has a payload that is here, and packed */
#define PACKED_AT (1 + SALT_BYTES + 4) /* in the row: state, salt, sum */

/* ---- proofs */
static int reference_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
	struct hash right, *leaves = ctx;

	if (level == 0) {
		*ret = leaves[index];
		return 0;
	}
	reference_node(ctx, level - 1, 2 * index, ret);
	reference_node(ctx, level - 1, 2 * index + 1, &right);
	merkle_node(ret, &right, ret);
	return 0;
}

static void begin(struct bridge_world *w)
{
	shelf_fill(&w->shelf, OLD);
	world_start(w, OLD);
	world_publish(w, PART);
	world_publish(w, NEW);
}

static void expect_all_nodes(struct bridge_world *w, struct hash *leaves)
{
	struct hash want, got;
	unsigned level;

	for (level = 0; NEW >> level; level++) {
		for (uint64_t i = 0; (i + 1) << level <= NEW; i++) {
			reference_node(leaves, level, i, &want);
			assert_int_equal(bridge_node(w->bridge, SHELF_ORIGIN, level, i, &got), 0);
			assert_true(hash_eq(&got, &want));
		}
		/* the next one is not perfect yet */
		assert_int_equal(bridge_node(w->bridge, SHELF_ORIGIN, level, NEW >> level, &got),
				 IMS_E_NOT_FOUND);
	}
	assert_int_equal(bridge_node(w->bridge, SHELF_ORIGIN, level, 0, &got), IMS_E_NOT_FOUND);
}

/* Nodes that lie in the database, in memory, and across both; also when half of the ring is committed, and
 * when the database is ahead of the news of it. */
static void nodes_are_found_wherever_their_leaves_are(void **state)
{
	struct bridge_world *w = *state;
	struct hash *leaves = mem_zalloc(NEW * sizeof(*leaves)), root;

	begin(w);
	for (uint64_t i = 0; i < NEW; i++)
		leaves[i] = shelf_item(i, &w->arena).leaf;
	expect_all_nodes(w, leaves);
	shelf_fill(&w->shelf, PART);
	expect_all_nodes(w, leaves);
	bridge_committed(w->bridge, PART, 0);
	expect_all_nodes(w, leaves);
	shelf_fill(&w->shelf, NEW);
	bridge_committed(w->bridge, NEW, 0);
	expect_all_nodes(w, leaves);
	assert_int_equal(bridge_node(w->bridge, "ims.example/mx/1", 0, 0, &root), IMS_E_NOT_FOUND);
	free(leaves);
}

/* A replica that has `size` entries takes the whole answer. */
static void expect_taken(struct bridge_world *w, uint64_t size)
{
	struct tile_edge edge;
	struct hash root, published, leaf[TILE_WIDTH];

	tile_edge_init(&edge);
	for (uint64_t i = 0; i < size; i++)
		assert_int_equal(tile_edge_append(&edge, &(struct hash[]){shelf_item(i, &w->arena).leaf}[0],
						  NULL, NULL),
				 0);
	for (size_t i = 0; i < w->n_entries; i++) {
		struct msg_entries e = world_answer(w, i);
		struct checkpoint c;
		struct note n;

		assert_int_equal(e.from, edge.size);
		assert_int_equal(roster_verify_checkpoint(w->roster, e.checkpoint, &n, &c), 0);
		assert_int_equal(package_verify(&edge, &e, &c, leaf), 0);
		for (size_t k = 0; k < e.n_items; k++)
			assert_int_equal(tile_edge_append(&edge, &leaf[k], NULL, NULL), 0);
	}
	tile_edge_root(&edge, &root);
	assert_int_equal(edge.size, NEW);
	tile_edge_root(&w->edge, &published);
	assert_true(hash_eq(&root, &published));
}

/* Under load a peer that fell behind was told "nothing" for as long as the database did not catch up: the
 * head was shown, but the proof to it needed tiles that only the ring had (inv. 4). */
static void a_proof_to_a_head_that_only_the_ring_has_is_made(void **state)
{
	struct bridge_world *w = *state;

	begin(w);
	assert_int_equal(bridge_durable_size(w->bridge), NEW);
	assert_int_equal(bridge_committed_size(w->bridge, SHELF_ORIGIN, UINT64_MAX), OLD);
	world_ask(w, 0, 400); /* up to within a tile, part of which is in the database */
	world_ask(w, 400, 600);
	world_ask(w, 600, 0);
	expect_taken(w, 0);
	assert_int_equal(w->n_alarms, 0);
}

/* ---- damage */
static void flip(struct bridge_world *w, bool payload, uint64_t index, size_t byte)
{
	struct store_txn *t = shelf_write(&w->shelf);
	struct ledger_reader r;
	struct store_key k;
	struct bytes v;
	uint8_t *copy;

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_get(t, payload ? r.payloads : r.entries, store_key(&k, "L", index), &v), 0);
	assert_true(byte < v.n);
	copy = mem_dup(v.p, v.n);
	copy[byte] ^= 1;
	assert_int_equal(
		store_put(t, payload ? r.payloads : r.entries, store_key(&k, "L", index), BYTES(copy, v.n)),
		0);
	free(copy);
	assert_int_equal(store_commit(t), 0);
}

/* The damaged payload is missing in the answer, everything else is there. */
static void expect_absent(struct bridge_world *w, uint64_t index)
{
	struct msg_entries e = world_answer(w, w->n_entries - 1);

	assert_int_equal(e.n_items, 20);
	for (uint64_t i = 0; i < e.n_items; i++) {
		enum ledger_payload here = shelf_state(i);

		assert_int_equal(e.items[i].state, i == index			 ? MSG_PAYLOAD_ABSENT
						   : here == LEDGER_PAYLOAD_NONE ? MSG_PAYLOAD_NONE
						   : here == LEDGER_PAYLOAD_HERE ? MSG_PAYLOAD_HERE
										 : MSG_PAYLOAD_ABSENT);
		assert_true(bytes_eq(e.items[i].entry, shelf_item(i, &w->arena).entry));
	}
	assert_int_equal(e.items[index].payload.n + e.items[index].salt.n, 0);
}

static void damage_payload(struct bridge_world *w, size_t byte, int err)
{
	shelf_fill(&w->shelf, 20);
	flip(w, true, PICKED, byte);
	world_start(w, 20);
	world_publish(w, 20);
	world_ask(w, 0, 0);
	assert_int_equal(w->n_entries, 1);
	expect_absent(w, PICKED);
	assert_int_equal(w->n_alarms, 1);
	assert_int_equal(w->alarm_err, err);
	assert_non_null(strstr(w->alarm_text, "entry 4 "));
}

/* Nobody could replicate a log beyond an entry whose payload had rotted at home (inv. 12). */
static void a_damaged_payload_does_not_stop_its_entry(void **state)
{
	struct bridge_world *w = *state;

	damage_payload(w, 40, IMS_E_COMMITMENT);
	world_ask(w, 0, 0); /* somebody has heard of it: not again for each peer that asks */
	expect_absent(w, PICKED);
	assert_int_equal(w->n_alarms, 1);
	w->now = mono_plus_ms(w->now, DAMAGE_TOLD_MS + 1);
	world_ask(w, 0, 0);
	assert_int_equal(w->n_alarms, 2);
}

/* Where nothing is unpacked on its way out, the sum of the row tells (inv. 12): of the salt here, so that the frame
 * unpacks as ever. */
static void a_damaged_packed_payload_does_not_stop_its_entry(void **state)
{
	struct bridge_world *w = *state;

	w->takes_packed = true;
	damage_payload(w, 1 + 7, IMS_E_COMMITMENT);
}

static void a_damaged_frame_does_not_stop_its_entry(void **state)
{
	struct bridge_world *w = *state;

	w->takes_packed = true;
	damage_payload(w, PACKED_AT + 20, IMS_E_COMMITMENT);
}

/* The byte that says what is known of it. */
static void a_damaged_payload_state_does_not_stop_its_entry(void **state)
{
	damage_payload(*state, 0, IMS_E_CORRUPT);
}

/* ---- packed */
static struct buf stored_row(struct bridge_world *w, uint64_t index)
{
	struct store_txn *t = shelf_read(&w->shelf);
	struct ledger_reader r;
	struct store_key k;
	struct buf ret = {0};
	struct bytes v;

	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_get(t, r.payloads, store_key(&k, "L", index), &v), 0);
	buf_put(&ret, v);
	store_abort(t);
	return ret;
}

static struct msg_item answered_item(struct bridge_world *w, uint64_t index)
{
	struct msg_entries e;

	world_ask(w, index, index + 1);
	e = world_answer(w, w->n_entries - 1);
	assert_int_equal(e.n_items, 1);
	assert_int_equal(e.items[0].state, MSG_PAYLOAD_HERE);
	assert_int_equal(w->n_alarms, 0);
	return e.items[0];
}

static void expect_packed(struct bridge_world *w, uint64_t index, struct bytes packed)
{
	struct msg_item it = answered_item(w, index);
	struct bytes payload;

	assert_int_equal(it.payload.n, 0);
	assert_true(bytes_eq(it.packed, packed));
	assert_int_equal(payload_unpack(it.packed, &w->arena, &payload), 0);
	assert_true(bytes_eq(payload, shelf_item(index, &w->arena).payload));
}

static void expect_unpacked(struct bridge_world *w, uint64_t index)
{
	struct msg_item it = answered_item(w, index);

	assert_int_equal(it.packed.n, 0);
	assert_true(bytes_eq(it.payload, shelf_item(index, &w->arena).payload));
}

/* As it lies; what is short lies as it is, and goes so. */
static void who_takes_packed_payloads_is_sent_them_as_they_lie(void **state)
{
	struct bridge_world *w = *state;
	struct buf row;

	shelf_fill(&w->shelf, 20);
	w->takes_packed = true;
	world_start(w, 20);
	world_publish(w, 20);
	row = stored_row(w, PICKED);
	expect_packed(w, PICKED, BYTES(row.p + PACKED_AT, row.n - PACKED_AT));
	expect_unpacked(w, PICKED + 3);
	buf_fini(&row);
}

static void who_takes_none_is_sent_no_packed_payload(void **state)
{
	struct bridge_world *w = *state;

	w->packs = true;
	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	world_publish(w, 40);
	expect_unpacked(w, PICKED);
	expect_unpacked(w, PICKED + 28); /* of memory */
}

/* Before the database has it, as the writer was given it. */
static void what_is_in_memory_goes_packed_too(void **state)
{
	struct bridge_world *w = *state;
	struct buf packed = {0};

	w->packs = w->takes_packed = true;
	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	world_publish(w, 40);
	assert_true(payload_pack(shelf_item(PICKED + 28, &w->arena).payload, &packed));
	expect_packed(w, PICKED + 28, buf_bytes(&packed));
	buf_fini(&packed);
}

/* A row of store format 3 has no sum: it is unpacked and hashed, and goes so. */
static void what_has_no_sum_goes_unpacked(void **state)
{
	struct bridge_world *w = *state;
	struct buf row, old = {0};
	struct store_txn *t;
	struct ledger_reader r;
	struct store_key k;

	shelf_fill(&w->shelf, 20);
	row = stored_row(w, PICKED);
	buf_put_u8(&old, 5);
	buf_put(&old, BYTES(row.p + 1, SALT_BYTES));
	buf_put(&old, BYTES(row.p + PACKED_AT, row.n - PACKED_AT));
	t = shelf_write(&w->shelf);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", (uint64_t)PICKED), buf_bytes(&old)), 0);
	assert_int_equal(store_commit(t), 0);
	w->takes_packed = true;
	world_start(w, 20);
	world_publish(w, 20);
	expect_unpacked(w, PICKED);
	buf_fini(&row);
	buf_fini(&old);
}

/* The row of another entry, sum and all, as a disk that writes astray leaves it. */
static void the_row_of_another_entry_is_damage(void **state)
{
	struct bridge_world *w = *state;
	struct buf row;
	struct store_txn *t;
	struct ledger_reader r;
	struct store_key k;

	shelf_fill(&w->shelf, 20);
	row = stored_row(w, 11);
	assert_int_equal(row.p[0], 6);
	t = shelf_write(&w->shelf);
	assert_int_equal(ledger_read_open(t, SHELF_ORIGIN, &r), 0);
	assert_int_equal(store_put(t, r.payloads, store_key(&k, "L", (uint64_t)PICKED), buf_bytes(&row)), 0);
	assert_int_equal(store_commit(t), 0);
	w->takes_packed = true;
	world_start(w, 20);
	world_publish(w, 20);
	world_ask(w, 0, 0);
	expect_absent(w, PICKED);
	assert_int_equal(w->alarm_err, IMS_E_COMMITMENT);
	buf_fini(&row);
}

/* inv. 4: of a damaged entry nothing is served, and the alarm says which it is. */
static void a_damaged_entry_is_not_served(void **state)
{
	struct bridge_world *w = *state;
	struct msg_entries e;

	shelf_fill(&w->shelf, 20);
	flip(w, false, PICKED, 7);
	world_start(w, 20);
	world_publish(w, 20);
	world_ask(w, PICKED, 0);
	assert_int_equal(w->n_entries, 1);
	e = world_answer(w, 0);
	assert_int_equal(e.n_items, 0);
	assert_int_equal(w->n_alarms, 1);
	assert_int_equal(w->alarm_err, IMS_E_LEAF);
	assert_non_null(strstr(w->alarm_text, "entry 4 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nodes_are_found_wherever_their_leaves_are, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_proof_to_a_head_that_only_the_ring_has_is_made, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_payload_does_not_stop_its_entry, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_payload_state_does_not_stop_its_entry, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_packed_payload_does_not_stop_its_entry, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_frame_does_not_stop_its_entry, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(who_takes_packed_payloads_is_sent_them_as_they_lie, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(who_takes_none_is_sent_no_packed_payload, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_is_in_memory_goes_packed_too, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(what_has_no_sum_goes_unpacked, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(the_row_of_another_entry_is_damage, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_entry_is_not_served, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
