/* SPDX-License-Identifier: Apache-2.0 */
/* Catching up, staying in sync, and who serves whom. */
#include "unit/replication/sync_write.h"

static void test_catch_up(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 3000, true);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
	assert_int_equal(count_missing(net, MX, EU), 0);
	/* packages of 256, and none sent in vain */
	assert_true(net_link_between(net, EU, MX)->n_entries <= 3000 / 256 + 4);
	assert_int_equal(net->node[MX].n_misbehaved + net->node[EU].n_misbehaved, 0);
	/* the named head was cosigned when it was reached, and the cosignature came back */
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
	assert_int_equal(net->node[EU].n_cosignatures, 1);
	assert_int_equal(net->node[EU].cosignature_size, 3000);
	assert_string_equal(net->node[EU].cosignature_region, "mx");
	assert_int_equal(sync_replicated_count(net->node[EU].sync, 2999), 1);
	assert_int_equal(sync_replicated_count(net->node[EU].sync, 3000), 0);
}

/* Packages do not cross a named head: it is reached, although a newer one is known (S5). */
static void test_named_head_on_the_way(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 300, true);
	net_write(net, EU, 500, false);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
	assert_int_equal(net->node[EU].cosignature_size, 300);
	assert_int_equal(net_info(net, MX, EU).head_size, 800);
}

/* In sync, a fetch waits at the origin: a write needs no timer and no second question. */
static void test_live_tail(void **state)
{
	struct net *net = *state;
	struct net_link *to_mx = net_link_between(net, EU, MX);
	unsigned before;

	net_connect(net, EU, MX);
	net_run(net);
	for (unsigned i = 0; i < 20; i++) {
		before = to_mx->n_sent;
		net_write(net, EU, 1, i % 4 == 0);
		net_run(net);
		expect_same(net, MX, EU);
		assert_int_equal(to_mx->n_sent, before + 1);
		net->now = mono_plus_ms(net->now, 50);
	}
	assert_int_equal(net->node[MX].n_own_cosigned, 5);
	assert_int_equal(net->node[EU].cosignature_size, 17);
}

/* A head that is named after its entries were fetched is cosigned, too. */
static void test_named_later(void **state)
{
	struct net *net = *state;

	net_connect(net, EU, MX);
	net_write(net, EU, 3, false);
	net_run(net);
	assert_int_equal(net->node[MX].n_own_cosigned, 0);
	net_write(net, EU, 0, true);
	net_pass(net, 2000);
	assert_int_equal(net->node[MX].n_own_cosigned, 1);
	assert_int_equal(sync_replicated_count(net->node[EU].sync, 2), 1);
}

/* What a region wrote is served by those who hold it when the region is gone. */
static void test_third_party(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 700, true);
	net_connect(net, EU, MX);
	net_run(net);
	net_disconnect(net, EU, MX);
	net_connect(net, MX, US);
	net_run(net);
	expect_same(net, US, EU);
	assert_int_equal(count_missing(net, US, EU), 0);
	/* and when it comes back it hears who has cosigned, from either of them */
	net_connect(net, EU, US);
	net_pass(net, 3000);
	assert_int_equal(sync_replicated_count(net->node[EU].sync, 699), 2);
}

/* All three write at once, in a ring of sessions. */
static void test_everybody_writes(void **state)
{
	struct net *net = *state;

	net_connect(net, EU, MX);
	net_connect(net, MX, US);
	for (unsigned i = 0; i < 30; i++) {
		net_write(net, i % 3, 1 + i * 7 % 40, i % 5 == 0);
		net_run(net);
		net_pass(net, 100);
	}
	net_pass(net, 3000);
	for (unsigned a = 0; a < NET_NODES; a++)
		for (unsigned b = 0; b < NET_NODES; b++)
			expect_same(net, a, b);
}

/* A session that breaks in the middle: the next goes on where the store stands. */
static void test_broken_off(void **state)
{
	struct net *net = *state;
	uint64_t after_first;

	net_write(net, EU, 2000, true);
	net_connect(net, EU, MX);
	for (unsigned i = 0; i < 9; i++) {
		struct net_frame *f = net->first;

		assert_non_null(f);
		net->first = f->next;
		if (!net->first)
			net->last = &net->first;
		net_deliver(net, f);
	}
	net_disconnect(net, EU, MX);
	net_run(net);
	after_first = net->node[MX].logs[EU].n;
	assert_true(after_first > 0 && after_first < 2000);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
}

/* The store refuses for a while: what was verified is fetched again. */
static void test_store_refuses(void **state)
{
	struct net *net = *state;

	net->node[MX].store_err = IMS_E_READ_ONLY;
	net_write(net, EU, 600, true);
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net->node[MX].logs[EU].n, 0);
	net_pass(net, 2500);
	assert_int_equal(net->node[MX].logs[EU].n, 0);
	assert_int_equal(net->node[EU].n_misbehaved, 0);
	net->node[MX].store_err = 0;
	net_pass(net, 1500);
	expect_same(net, MX, EU);
}

/* A fetch waits twenty seconds, is answered with nothing, and asked again: no one is distrusted. */
static void test_long_silence(void **state)
{
	struct net *net = *state;
	struct net_link *to_eu = net_link_between(net, MX, EU);

	net_write(net, EU, 5, true);
	net_connect(net, EU, MX);
	net_pass(net, 120000);
	assert_in_range(to_eu->n_fetches, 5, 40);
	net_write(net, EU, 1, false);
	net_run(net);
	expect_same(net, MX, EU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_catch_up, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_named_head_on_the_way, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_live_tail, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_named_later, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_third_party, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_everybody_writes, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_broken_off, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_store_refuses, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_long_silence, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
