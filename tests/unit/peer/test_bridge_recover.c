/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's part of coming back (DESIGN section 6): when the writer is told that the own log is whole. */
#include "unit/peer/bridge_world.h"

#include "replication/own.h"

/* The writer was faster than the loop: what it wrote after recovering was read with the own log anew, and is
 * then told as published, too. It ended the process. */
static void a_group_that_the_restart_has_read_is_passed_over(void **state)
{
	struct bridge_world *w = *state;
	struct hash have, want;

	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	bridge_set_state(w->bridge, COMMIT_RECOVERING);
	shelf_fill(&w->shelf, 22);
	bridge_set_state(w->bridge, COMMIT_READY);
	assert_int_equal(bridge_durable_size(w->bridge), 22);
	for (uint64_t size = 21; size <= 24; size++) {
		world_publish(w, size);
		assert_int_equal(bridge_durable_size(w->bridge), size > 22 ? size : 22);
	}
	tile_edge_root(&w->edge, &want);
	tile_edge_root(sync_find(bridge_sync(w->bridge), BYTES_LIT(SHELF_ORIGIN))->edge, &have);
	assert_true(hash_eq(&have, &want));
}

static void one_shows(struct bridge_world *w, const char *code, uint64_t size)
{
	struct sync *s = bridge_sync(w->bridge);

	own_note_shown(s, sync_find(s, BYTES_LIT(SHELF_ORIGIN)), code, size);
}

/* Every region but eu itself has shown a head of eu's log at this size. */
static void everybody_shows(struct bridge_world *w, uint64_t size)
{
	for (size_t i = 0; i < w->roster->n_regions; i++)
		one_shows(w, w->roster->regions[i].code, size);
}

static void all_but_the_suspended_show(struct bridge_world *w, uint64_t size)
{
	for (size_t i = 0; i < w->roster->n_regions; i++)
		if (!w->roster->regions[i].suspended)
			one_shows(w, w->roster->regions[i].code, size);
}

/* Ticks as the loop makes them. */
static void pass(struct bridge_world *w, int seconds)
{
	for (int i = 0; i < seconds * 10; i++) {
		w->now = mono_plus_ms(w->now, 100);
		bridge_recover_tick(w->bridge);
	}
}

/* What the store refuses is asked for ever later: it was at every tick, with a line in the log each time. */
static void finishing_that_fails_is_tried_ever_later(void **state)
{
	struct bridge_world *w = *state;

	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	bridge_set_state(w->bridge, COMMIT_RECOVERING);
	pass(w, 10);
	assert_int_equal(w->n_recovered, 0); /* not everybody was heard */
	everybody_shows(w, 20);
	w->recovered_err = IMS_E_MAP_FULL;
	pass(w, 60);
	assert_in_range(w->n_recovered, 4, 8);
	assert_int_equal(w->n_alarms, w->n_recovered);
	w->recovered_err = 0;
	w->n_recovered = 0;
	pass(w, 60);
	assert_true(w->n_recovered > 0);
}

/* The roster closes the own log below what peers have shown while it is fetched back: what was kept is all
 * there is to wait for. It waited for ever for the rest. */
static void a_log_closed_while_it_is_fetched_back_is_whole(void **state)
{
	struct bridge_world *w = *state;
	char root[HEX_HASH_BYTES], previous[HEX_HASH_BYTES], *closed, *text;
	struct roster *next;
	struct hash h;

	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	bridge_set_state(w->bridge, COMMIT_RECOVERING);
	everybody_shows(w, 30);
	pass(w, 10);
	assert_int_equal(w->n_recovered, 0);
	tile_edge_root(&w->edge, &h);
	closed = mem_printf("incarnation 1 closed 20 %s\nlog-key 1 {eu/l1a} 0 -\n", hex_hash(&h, root));
	text = world_edit(WORLD,
			  (struct world_edit[]){{"version 1", "version 2"},
						{WORLD_ZEROS, hex_hash(&w->roster->hash, previous)},
						{"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n", closed}},
			  3);
	next = world_roster(text, "eu/da mx/da us/da");
	sync_set_roster(bridge_sync(w->bridge), next);
	sync_forget_heard(bridge_sync(w->bridge)); /* whoever shows nothing of it any more */
	pass(w, 1);
	assert_true(w->n_recovered > 0);
	roster_unref(next);
	free(text);
	free(closed);
}

/* What only a suspended region held of the own log was a second history. Found by the simulator. */
static void a_suspended_region_is_waited_for_where_all_are(void **state)
{
	struct bridge_world *w = *state;
	struct bridge_recovery r;

	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	bridge_set_state(w->bridge, COMMIT_RECOVERING);
	all_but_the_suspended_show(w, 20);
	pass(w, 10);
	bridge_recovery(w->bridge, &r);
	assert_int_equal(r.heard.n_unheard, 1);
	assert_int_equal(r.heard.n_suspended, 1);
	assert_string_equal(r.heard.unheard[0], "jp");
	assert_int_equal(w->n_recovered, 0);
	one_shows(w, "jp", 20);
	pass(w, 1);
	assert_true(w->n_recovered > 0);
}

static void a_suspended_region_is_not_waited_for_where_some_will_do(void **state)
{
	struct bridge_world *w = *state;
	struct bridge_recovery r;

	shelf_fill(&w->shelf, 20);
	world_start(w, 20);
	all_but_the_suspended_show(w, 20);
	bridge_recover_tick(w->bridge);
	bridge_recovery(w->bridge, &r);
	assert_true(r.signing);
	assert_int_equal(r.heard.n_suspended, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_that_the_restart_has_read_is_passed_over),
		T(finishing_that_fails_is_tried_ever_later),
		T(a_log_closed_while_it_is_fetched_back_is_whole),
		T(a_suspended_region_is_waited_for_where_all_are),
		T(a_suspended_region_is_not_waited_for_where_some_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
