/* SPDX-License-Identifier: Apache-2.0 */
/* How much of sessions is written down: journal rows and log lines (inv. 11). */
#include "unit/peer/bridge_world.h"

#include "loop/loop.h"
#include "peer/node_int.h"

#define BUDGET 200
#define ROW_MS 2000

struct noting {
	struct node node; /* as much of it as notes need */
	struct session stranger, other, friend;
};

static struct noting *noting_new(struct bridge_world *w)
{
	struct noting *n = mem_new(struct noting);

	world_start(w, 0);
	assert_int_equal(loop_new(&n->node.o.loop), 0);
	n->node.bridge = w->bridge;
	snprintf(n->node.dials[n->node.n_dials++].region, sizeof(n->node.dials[0].region), "mx");
	n->stranger.node = n->other.node = n->friend.node = &n->node;
	snprintf(n->friend.region, sizeof(n->friend.region), "mx");
	n->friend.kind = SESSION_NODE;
	return n;
}

static void noting_free(struct noting *n)
{
	loop_free(n->node.o.loop);
	free(n);
}

static void refuse(struct session *s)
{
	session_note(s, JOURNAL_REFUSED, "192.0.2.9", "", 0, IMS_E_CERT_PIN, "who is that");
}

/* Rows had a budget, log lines had none: whoever connects in a loop filled the disk. */
static void strangers_log_lines_end_with_the_budget(void **state)
{
	struct bridge_world *w = *state;
	struct noting *n = noting_new(w);

	for (unsigned i = 0; i < BUDGET; i++) {
		assert_true(session_may_say(&n->stranger));
		refuse(i % 2 ? &n->stranger : &n->other);
	}
	assert_int_equal(w->n_rows, BUDGET);
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(session_may_say(&n->stranger));
		assert_false(session_may_say(&n->other)); /* all strangers have one */
		refuse(&n->stranger);
	}
	assert_int_equal(w->n_rows, BUDGET);
	assert_true(session_may_say(&n->friend)); /* a region has its own */
	refuse(&n->friend);
	assert_int_equal(w->n_rows, BUDGET + 1);
	noting_free(n);
}

/* And begin again with it, with a word about how much was left out. */
static void strangers_log_lines_come_back(void **state)
{
	struct bridge_world *w = *state;
	struct noting *n = noting_new(w);
	struct note_budget *b = &n->node.stranger_notes;

	for (unsigned i = 0; i < BUDGET + 7; i++)
		refuse(&n->stranger);
	assert_false(session_may_say(&n->stranger));
	b->since.ns -= (int64_t)2 * ROW_MS * 1000000; /* as long ago */
	refuse(&n->stranger);
	assert_int_equal(w->n_rows, BUDGET + 1);
	assert_string_equal(w->row_detail, "who is that; and 7 rows before this one that were left out");
	assert_true(session_may_say(&n->stranger));
	noting_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strangers_log_lines_end_with_the_budget, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(strangers_log_lines_come_back, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
