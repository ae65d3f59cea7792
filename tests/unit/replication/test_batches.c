/* SPDX-License-Identifier: Apache-2.0 */
/* How what was verified goes to the store, and what a refusal does. */
#include "unit/replication/sync_write.h"

/* What MX's store is offered, and refuses before it is the net's. */
static struct watch {
	unsigned n_heads, n_packages, largest; /* of entries */
	unsigned refused;		       /* the how manieth package is refused; 0: none */
	bool refuses_heads;
} watch;

static int refusal(const struct net_log *l, const struct sync_batch *b)
{
	if (b->type == SYNC_HEAD)
		return watch.refuses_heads ? IMS_E_STALE : 0;
	if (watch.n_packages == watch.refused)
		return IMS_E_AGAIN;
	return watch.refused && b->from > l->n ? IMS_E_STALE : 0;
}

static void watched_store(void *ctx, struct sync_batch *b)
{
	struct net_node *n = ctx;
	int err;

	if (b->type == SYNC_PACKAGE) {
		watch.n_packages++;
		watch.largest = b->n > watch.largest ? (unsigned)b->n : watch.largest;
	}
	watch.n_heads += b->type == SYNC_HEAD;
	err = refusal(&n->logs[net_number(b->origin)], b);
	if (err)
		sync_stored(n->sync, b, err, 77, BYTES_NONE, n->net->now);
	else
		net_store(ctx, b);
}

static int setup(void **state)
{
	int err = net_setup(state);
	struct net *net = *state;

	watch = (struct watch){0};
	net->node[MX].sync->o.ops.store = watched_store;
	return err;
}

/* A package is one batch: the writer takes as much of it as is good. */
static void test_whole(void **state)
{
	struct net *net = *state;

	net_write(net, MX, 1, false);
	net->now = mono_plus_ms(net->now, 1001);
	net_write(net, EU, 1024, true);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
	assert_int_equal(watch.largest, 256);
	assert_int_equal(watch.n_packages, 4);
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
}

/* While somebody writes here, little comes at once: what is verified keeps news of others waiting. */
static void test_little_beside_others(void **state)
{
	struct net *net = *state;

	net_write(net, MX, 1, false);
	net_write(net, EU, 1024, true);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
	assert_in_range(watch.n_packages, 5, 12);
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
}

/* One in the middle is refused, and so are those behind it: all of it is fetched again from there. */
static void test_refused_in_the_middle(void **state)
{
	struct net *net = *state;
	struct sync_log *l;

	watch.refused = 3;
	net_write(net, EU, 1024, true);
	net_connect(net, EU, MX);
	net_pass(net, 200);
	l = sync_find(net->node[MX].sync, bytes_of(net_origins[EU]));
	assert_int_equal(net->node[MX].logs[EU].n, 2 * 256);
	assert_int_equal(l->edge->size, 2 * 256);
	assert_int_equal(l->n_batches, 0);
	assert_int_equal(l->quota.batch_bytes, 0);
	watch.refused = 0;
	net_pass(net, 1500);
	expect_same(net, MX, EU);
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
	assert_int_equal(net->node[MX].n_misbehaved + net->node[EU].n_misbehaved, 0);
}

/* A named head was on its way to the store behind a package: the log had grown past it, the store refused
 * it, and the log stood still for a second. */
static void test_a_head_that_comes_late_stops_nothing(void **state)
{
	struct net *net = *state;

	net_connect(net, EU, MX);
	net_write(net, EU, 3, false);
	net_run(net);
	watch.refuses_heads = true;
	net_write(net, EU, 0, true);
	net_pass(net, 200);
	assert_int_equal(watch.n_heads, 1);
	net_write(net, EU, 1, false);
	net_run(net);
	expect_same(net, MX, EU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_little_beside_others, setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_refused_in_the_middle, setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_a_head_that_comes_late_stops_nothing, setup,
						net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
