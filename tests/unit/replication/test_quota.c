/* SPDX-License-Identifier: Apache-2.0 */
/* What a region's log may grow elsewhere (inv. 11, S7): fetched later, never lost, others go on. */
#include "unit/replication/sync_write.h"

#include "replication/sync_int.h"

static unsigned n_told;
static enum sync_over told;

static void net_on_over(void *ctx, const char *origin, enum sync_over over)
{
	(void)ctx;
	(void)origin;
	n_told++;
	told = over;
}

static void set_quota(struct net *net, unsigned number, struct sync_quota q)
{
	struct sync *s = net->node[number].sync;

	n_told = 0;
	s->o.quota = q;
	s->o.ops.over = net_on_over;
	for (size_t i = 0; i < s->n_logs; i++)
		quota_start(s, s->logs[i]);
}

static void grow(struct net *net, unsigned number, unsigned seconds, unsigned per_second)
{
	for (unsigned i = 0; i < seconds; i++) {
		net_write(net, number, per_second, true);
		net_pass(net, 1000);
	}
}

/* Whoever floods is taken at the quota's rate after its burst; a quiet log is there at once. */
static void a_flood_is_fetched_at_the_rate_of_its_quota(void **state)
{
	struct net *net = *state;
	struct sync_log_info at_eu;

	set_quota(net, EU, (struct sync_quota){.entries_per_s = 50, .entries_burst = 600});
	net->node[EU].sync->o.window_bytes = 16u << 10;
	net_connect(net, EU, MX);
	net_connect(net, EU, US);
	for (unsigned i = 0; i < 10; i++) {
		grow(net, MX, 1, 300);
		net_write(net, US, 10, true);
		net_run(net);
		expect_same(net, EU, US);
	}
	at_eu = net_info(net, EU, MX);
	/* the burst, what came since, and the fetches that were on their way */
	assert_in_range(at_eu.size, 600, 600 + 10 * 50 + 4 * 256);
	assert_int_equal(at_eu.over, SYNC_OVER_RATE);
	assert_true(at_eu.n_over >= 1);
	assert_int_equal(n_told, 1); /* not at each turn */
	assert_int_equal(told, SYNC_OVER_RATE);
	assert_int_equal(net_info(net, EU, US).over, SYNC_WITHIN);
	/* it ends, and all of it comes */
	net_pass(net, 60000);
	expect_same(net, EU, MX);
	assert_int_equal(net_info(net, EU, MX).over, SYNC_WITHIN);
	assert_int_equal(net->node[EU].n_misbehaved + net->node[MX].n_misbehaved, 0);
}

/* A catch-up within the burst is not slowed at all. */
static void a_burst_is_fetched_at_once(void **state)
{
	struct net *net = *state;

	set_quota(net, EU,
		  (struct sync_quota){.entries_per_s = 1,
				      .entries_burst = 4000,
				      .bytes_per_s = 1,
				      .bytes_burst = 64 << 20});
	net_write(net, MX, 3000, true);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, EU, MX);
}

static void bytes_have_a_quota_of_their_own(void **state)
{
	struct net *net = *state;

	set_quota(net, EU, (struct sync_quota){.bytes_per_s = 10000, .bytes_burst = 20000});
	net_write(net, MX, 3000, true);
	net_connect(net, EU, MX);
	net_run(net);
	assert_true(net_info(net, EU, MX).size < 3000);
	assert_int_equal(net_info(net, EU, MX).over, SYNC_OVER_RATE);
	net_pass(net, 90000);
	expect_same(net, EU, MX);
}

/* A log that fills its share of the disk stays as it is until there is more of it. */
static void a_full_share_of_the_disk_stops_that_log_only(void **state)
{
	struct net *net = *state;

	set_quota(net, EU, (struct sync_quota){.disk_bytes = 1000000});
	net_connect(net, EU, MX);
	net_connect(net, EU, US);
	grow(net, MX, 2, 100);
	sync_note_disk(net->node[EU].sync, net_origins[MX], 1000000);
	grow(net, MX, 3, 100);
	grow(net, US, 1, 100);
	assert_in_range(net_info(net, EU, MX).size, 200, 300); /* one fetch was waiting already */
	assert_int_equal(net_info(net, EU, MX).over, SYNC_OVER_DISK);
	assert_int_equal(told, SYNC_OVER_DISK);
	expect_same(net, EU, US);
	net->node[EU].sync->o.quota.disk_bytes = 2000000;
	net_pass(net, 1000);
	expect_same(net, EU, MX);
}

/* The store is slow: what waits for it is bounded, whatever the log has. */
static void what_waits_for_the_store_is_bounded(void **state)
{
	struct net *net = *state;
	struct sync *s = net->node[EU].sync;
	struct sync_log *l = sync_find(s, bytes_of(net_origins[MX]));

	l->quota.batch_bytes = 64u << 20;
	net_write(net, MX, 3000, true);
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net_info(net, EU, MX).size, 0);
	assert_int_equal(l->n_in_flight, 0);
	l->quota.batch_bytes = 0;
	net_pass(net, 200);
	expect_same(net, EU, MX);
	assert_int_equal(l->quota.batch_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flood_is_fetched_at_the_rate_of_its_quota, net_setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(a_burst_is_fetched_at_once, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(bytes_have_a_quota_of_their_own, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(a_full_share_of_the_disk_stops_that_log_only, net_setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(what_waits_for_the_store_is_bounded, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
