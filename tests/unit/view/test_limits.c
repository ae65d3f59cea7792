/* SPDX-License-Identifier: Apache-2.0 */
/* Full maps, full rings, large groups: what was acknowledged stays (C5), what is refused says why. */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

/* A letter that no other one foretells: the text is to take room, also packed. */
static uint8_t next_letter(uint32_t *seed)
{
	uint8_t c;

	*seed = *seed * 1664525 + 1013904223;
	c = (uint8_t)('(' + (*seed >> 16) % ('~' - '(' + 1));
	return c == '\\' ? '!' : c;
}

/* An initiative with so many bytes of text, told apart by `n`. */
static struct commit_job *big_job(unsigned n, unsigned bytes)
{
	struct buf json = {0};
	struct commit_job *j;
	uint32_t seed = n;

	buf_printf(&json, "{'title':[{'lang':'en','text':'No %u'}],'state':'draft','abstract':[", n);
	for (unsigned i = 0; bytes > 0; i++) {
		unsigned k = bytes < 16000 ? bytes : 16000;

		buf_printf(&json, "%s{'lang':'%c%c','text':'", i ? "," : "", 'd' + (char)i, 'e');
		for (unsigned x = 0; x < k; x++)
			buf_put_u8(&json, next_letter(&seed));
		buf_put_text(&json, "'}");
		bytes -= k;
	}
	buf_put_text(&json, "]}");
	j = put_job("initiative", buf_text(&json), NULL);
	buf_fini(&json);
	return j;
}

/* `count` of them in one turn. How many were taken. */
static unsigned put_big(struct node *n, unsigned count, unsigned bytes, int *ret_err)
{
	struct commit_job **j = mem_zalloc(count * sizeof(struct commit_job *));
	unsigned before = n->n_completed, taken = 0;

	*ret_err = 0;
	for (unsigned i = 0; i < count; i++)
		j[i] = big_job(i, bytes);
	commit_run(n->commit, j, count);
	assert_int_equal(n->n_completed, before + count);
	for (unsigned i = 0; i < count; i++) {
		taken += j[i]->err == 0;
		if (j[i]->err)
			*ret_err = j[i]->err;
		commit_job_free(j[i]);
	}
	free(j);
	return taken;
}

/* The log is what was acknowledged, after a crash as well. */
static void expect_kept(struct node *n, uint64_t size)
{
	assert_int_equal(n->fatal, 0);
	assert_int_equal(n->published_size, size);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), size);
}

/* One turn of more than GROUP_MAX_BYTES is several records, in order. */
static void test_large_turn(void **state)
{
	struct node *n = *state;
	int err;

	assert_int_equal(node_start(n), 0);
	assert_int_equal(put_big(n, 40, 60000, &err), 40);
	assert_int_equal(n->n_published, 2);
	expect_kept(n, 40);
}

/* A turn that is larger than the ring: the database is committed on the way. */
static void test_turn_larger_than_ring(void **state)
{
	struct node *n = *state;
	int err;

	n->ring_bytes = 1u << 20;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(put_big(n, 24, 60000, &err), 24);
	assert_int_equal(err, 0);
	expect_kept(n, 24);
}

/* The map grows between two transactions, however often a turn needs it. */
static void test_map_grows(void **state)
{
	struct node *n = *state;
	int err;

	n->map_bytes = 1u << 20;
	assert_int_equal(node_start(n), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(put_big(n, 5, 60000, &err), 5);
		node_sync(n);
	}
	expect_kept(n, 25);
}

/* One turn that needs the map to double more than once. */
static void test_map_grows_more_than_once(void **state)
{
	struct node *n = *state;
	int err;

	n->map_bytes = 1u << 20;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(put_big(n, 50, 60000, &err), 50);
	assert_int_equal(err, 0);
	node_sync(n);
	expect_kept(n, 50);
}

/* A start writes too, and folds a tail that has no room any more: the map grows there as well.
 * Found by killing a node while it was written to, until its map was full. */
static void test_map_grows_at_start(void **state)
{
	struct node *n = *state;
	int err;

	n->map_bytes = 1u << 20;
	for (unsigned round = 0; round < 40; round++) {
		assert_int_equal(node_start(n), 0);
		assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 2 * round);
		assert_int_equal(put_big(n, 2, 30000, &err), 2);
		node_crash(n);
	}
}

/* What makes room, or must not fail, is done whatever the state: a payload that is gone, a roster, evidence. */
static void expect_room_for_what_matters(struct node *n)
{
	struct foreign *f = foreign_new("mx");
	struct commit_job *j = foreign_job(f, COMMIT_PAYLOADS, 0, 0, false);
	struct ledger_item gone = {.index = 0, .payload_state = LEDGER_PAYLOAD_ERASED, .erased_by = 1};
	struct store_txn *t;
	struct store_key k;
	struct bytes value;

	assert_int_equal(n->state, COMMIT_READ_ONLY);
	/* an entry whose payload is here is erased, by the writer's own means */
	assert_int_equal(commit_ensure_txn(n->commit), 0);
	assert_int_equal(ledger_set_payload(n->commit->txn, n->commit->own->payloads, n->commit->own->slot, &gone), 0);
	n->commit->dirty = true;
	node_sync(n);
	t = look_begin(n);
	assert_int_equal(store_get(t, n->commit->own->payloads, store_key(&k, "L", (uint64_t)0), &value), 0);
	assert_int_equal(value.p[0], LEDGER_PAYLOAD_ERASED);
	store_abort(t);
	assert_int_equal(node_run(n, j), 0); /* nothing that takes room */
	j = commit_job_new(COMMIT_ROSTER);
	buf_put(&j->u.roster, BYTES(n->roster->note, n->roster->note_bytes));
	assert_int_equal(node_run(n, j), 0);
	j = commit_job_new(COMMIT_EVIDENCE);
	j->u.evidence.origin = mem_strdup(f->origin);
	buf_put_text(&j->u.evidence.note_a, "one");
	buf_put_text(&j->u.evidence.note_b, "another");
	assert_int_equal(node_run(n, j), 0);
	node_sync(n);
	assert_int_equal(n->fatal, 0);
	foreign_free(f);
}

/* The watermark turns the node read-only before the map is full; other regions' logs wait too. */
static void test_watermark(void **state)
{
	struct node *n = *state;
	struct commit_job *j;
	unsigned total = 0;
	int err;

	n->map_bytes = n->map_max_bytes = 2u << 20;
	n->map_low_percent = 50;
	assert_int_equal(node_start(n), 0);
	while (commit_state_of(n->commit) == COMMIT_READY && total < 100) {
		total += put_big(n, 2, 30000, &err);
		assert_int_equal(err, 0);
		node_sync(n);
		node_advance(n, 1500);
		commit_tick(n->commit);
	}
	assert_true(total < 40);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	assert_non_null(strstr(n->reason, "the database uses"));
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_READ_ONLY);
	j = commit_job_new(COMMIT_JOURNAL);
	arena_init(&j->u.rows.arena, 1024);
	assert_int_equal(node_run(n, j), 0);
	expect_room_for_what_matters(n);
	/* an operator gives it more room */
	node_stop(n);
	n->map_max_bytes = 8u << 20;
	assert_int_equal(node_start(n), 0);
	node_advance(n, 1500);
	commit_tick(n->commit);
	assert_int_equal(commit_state_of(n->commit), COMMIT_READY);
	assert_int_equal(node_run(n, org_job("Yes", "Bonn")), 0);
}

static void test_low_disk(void **state)
{
	struct node *n = *state;

	n->disk_low_bytes = UINT64_MAX;
	assert_int_equal(node_start(n), 0);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	assert_non_null(strstr(n->reason, "the disk has"));
	n->commit->o.disk_low_bytes = 0;
	commit_tick(n->commit); /* looked at once a second */
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	node_advance(n, 1000);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READY);
}

/* It comes back when there is clearly more room than is asked for, not at the first byte of it. */
static void test_it_does_not_flap(void **state)
{
	struct node *n = *state;
	struct store_usage u;
	unsigned states;

	n->disk_low_bytes = UINT64_MAX / 2;
	assert_int_equal(node_start(n), 0);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	states = n->n_states;
	assert_int_equal(store_usage(n->store, &u), 0);
	n->commit->o.disk_low_bytes = u.disk_free_bytes / 100 * 95;
	for (int i = 0; i < 5; i++) {
		node_advance(n, 1000);
		commit_tick(n->commit);
		assert_int_equal(n->state, COMMIT_READ_ONLY);
	}
	assert_true(n->n_states <= states + 1);
	n->commit->o.disk_low_bytes = u.disk_free_bytes / 2;
	node_advance(n, 1000);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READY);
}

/* A store that was full is asked again after a pause, which grows while it stays full. */
static void test_a_full_store_is_asked_ever_less_often(void **state)
{
	struct node *n = *state;
	int64_t began, pause[3];

	assert_int_equal(node_start(n), 0);
	for (int i = 0; i < 3; i++) {
		struct commit_job *j = org_job("Full", "Bonn");

		assert_int_equal(commit_ensure_txn(n->commit), 0);
		store_txn_fail(n->commit->txn, IMS_E_NO_SPACE);
		assert_int_equal(node_run(n, j), IMS_E_READ_ONLY);
		assert_non_null(strstr(n->reason, "no space left"));
		for (began = n->mono_ms; n->state != COMMIT_READY; node_advance(n, 500))
			commit_tick(n->commit);
		pause[i] = n->mono_ms - began;
	}
	assert_true(pause[0] < pause[1] && pause[1] < pause[2] && pause[2] < 10000);
	assert_int_equal(node_run(n, org_job("Room", "Bonn")), 0);
}

/* The map at its maximum without a watermark: refused, and what was acknowledged is there. */
static void test_map_full(void **state)
{
	struct node *n = *state;
	unsigned total = 0, taken = 0;
	int err = 0;

	n->map_bytes = n->map_max_bytes = 2u << 20;
	n->map_low_percent = 100;
	assert_int_equal(node_start(n), 0);
	while (err == 0 && total < 200) {
		taken = put_big(n, 3, 30000, &err);
		total += taken;
	}
	assert_int_equal(err, IMS_E_READ_ONLY);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_READ_ONLY);
	assert_int_equal(n->fatal, 0);
	assert_int_equal(n->published_size, total);
	node_crash(n);
	n->map_max_bytes = 16u << 20;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), total);
	assert_int_equal(put_big(n, 3, 30000, &err), 3);
}

/* One turn runs past the watermark into the end of the map: it is undone, and the room is kept. */
static void test_map_full_in_one_turn(void **state)
{
	struct node *n = *state;
	int err;

	n->map_bytes = n->map_max_bytes = 4u << 20;
	n->map_low_percent = 80;
	assert_int_equal(node_start(n), 0);
	assert_int_equal(put_big(n, 30, 30000, &err), 30);
	node_sync(n);
	assert_int_equal(n->state, COMMIT_READY);
	assert_true(put_big(n, 150, 30000, &err) < 150);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	expect_room_for_what_matters(n);
	assert_int_equal(node_run(n, org_job("No", "Bonn")), IMS_E_READ_ONLY);
}

/* A failure inside a rebuild's own commit is the store's: the turn is undone and runs again. */
static void test_rebuild_whose_commit_fails(void **state)
{
	struct node *n = *state;
	struct commit_job *j[2];

	assert_int_equal(node_start(n), 0);
	node_fill(n, 5, "Before");
	store_txn_fail(n->commit->txn, IMS_E_MAP_FULL);
	j[0] = commit_job_new(COMMIT_REBUILD);
	j[1] = org_job("After", "Bonn");
	commit_run(n->commit, j, 2);
	assert_int_equal(n->n_completed, 7);
	assert_int_equal(j[0]->err, 0);
	assert_int_equal(j[1]->err, 0);
	commit_job_free(j[0]);
	commit_job_free(j[1]);
	expect_kept(n, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_large_turn, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_turn_larger_than_ring, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_grows, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_grows_more_than_once, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_grows_at_start, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_watermark, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_low_disk, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_it_does_not_flap, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_a_full_store_is_asked_ever_less_often, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_full, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_map_full_in_one_turn, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_rebuild_whose_commit_fails, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
