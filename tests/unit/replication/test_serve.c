/* SPDX-License-Identifier: Apache-2.0 */
/* Answering fetches: in which order packages of several fetches go out to one peer. */
#include "unit/replication/sync_write.h"

#define LONG_COUNT (8 * TILE_WIDTH) /* entries: so many full packages */

/* A session of eu with mx over which nobody has said hello: mx asks for what the test asks. */
static struct sync_peer *session_up(struct net *net)
{
	struct net_link *em = net_link_between(net, EU, MX), *me = net_link_between(net, MX, EU);

	em->up = me->up = true;
	em->peer = sync_peer_up(net->node[EU].sync, em, "mx", net->now);
	me->peer = sync_peer_up(net->node[MX].sync, me, "eu", net->now);
	return em->peer;
}

/* eu has much of its own log, and holds as much of us's. */
static struct sync_peer *begin(struct net *net)
{
	net_write(net, EU, LONG_COUNT, true);
	net_write(net, US, LONG_COUNT, true);
	net_connect(net, EU, US);
	net_run(net);
	expect_same(net, EU, US);
	net_disconnect(net, EU, US);
	return session_up(net);
}

/* mx asks for [from, to) of a log; `to` 0: for all there is and will be. */
static void ask(struct net *net, unsigned log, uint64_t id, uint64_t from, uint64_t to)
{
	struct msg m = {.type = MSG_FETCH};
	struct errtext why = {""};

	m.u.fetch = (struct msg_fetch){.id = id,
				       .origin = bytes_of(net_origins[log]),
				       .from = from,
				       .to = to,
				       .budget_bytes = 64u << 20,
				       .wait_ms = 20000};
	assert_int_equal(
		sync_on_message(net->node[EU].sync, net_link_between(net, EU, MX)->peer, &m, net->now, &why),
		0);
}

/* The next package on its way to mx: of which fetch, and from where. Taken out of the queue. */
static bool next_answer(struct net *net, uint64_t *ret_id, uint64_t *ret_from)
{
	while (net->first) {
		struct net_frame *f = net->first;
		bool found;
		struct arena a;
		struct msg m;

		net->first = f->next;
		if (!net->first)
			net->last = &net->first;
		arena_init(&a, codec_budget(f->bytes.n));
		assert_int_equal(
			msg_decode(f->bytes.p[4], BYTES(f->bytes.p + 5, f->bytes.n - 5), &a, &m, NULL), 0);
		found = m.type == MSG_ENTRIES;
		if (found) {
			*ret_id = m.u.entries.id;
			*ret_from = m.u.entries.from;
		}
		arena_fini(&a);
		buf_fini(&f->bytes);
		free(f);
		if (found)
			return true;
	}
	return false;
}

static void expect_answer(struct net *net, uint64_t id, uint64_t from)
{
	uint64_t got_id = 0, got_from = 0;

	assert_true(next_answer(net, &got_id, &got_from));
	assert_int_equal(got_id, id);
	assert_int_equal(got_from, from);
}

static void expect_silence(struct net *net)
{
	uint64_t id, from;

	assert_false(next_answer(net, &id, &from));
}

/* Packages of a log's fetches took turns. The asker can use the entries of a log in order only: it threw
 * away what came early and asked again, and received 16 times what it stored. */
static void fetches_of_one_log_are_answered_in_the_order_asked(void **state)
{
	struct net *net = *state;
	struct sync_peer *p = begin(net);
	const uint64_t part = LONG_COUNT / SYNC_IN_FLIGHT;

	p->blocked = true; /* its output is full while it asks */
	for (uint64_t i = 0; i < SYNC_IN_FLIGHT; i++)
		ask(net, EU, i + 1, i * part, (i + 1) * part);
	expect_silence(net);
	sync_peer_drained(net->node[EU].sync, p);
	for (uint64_t from = 0; from < LONG_COUNT; from += TILE_WIDTH)
		expect_answer(net, from / part + 1, from);
	expect_silence(net);
	assert_int_equal(p->n_serves, 0);
}

/* A long log does not keep another one waiting. */
static void logs_take_turns(void **state)
{
	struct net *net = *state;
	struct sync_peer *p = begin(net);
	uint64_t id, from, next[3] = {0};
	unsigned in_a_row = 0, last = 0, most = 0;

	p->blocked = true;
	ask(net, EU, 1, 0, LONG_COUNT / 2);
	ask(net, EU, 1, LONG_COUNT / 2, LONG_COUNT);
	ask(net, US, 2, 0, LONG_COUNT);
	sync_peer_drained(net->node[EU].sync, p);
	while (next_answer(net, &id, &from)) {
		assert_int_equal(from, next[id]);
		next[id] += TILE_WIDTH;
		in_a_row = id == last ? in_a_row + 1 : 1;
		last = (unsigned)id;
		most = in_a_row > most ? in_a_row : most;
		if (next[1] == LONG_COUNT || next[2] == LONG_COUNT)
			break; /* the other has the line for itself */
	}
	assert_true(most <= 2);
	while (next_answer(net, &id, &from))
		next[id] += TILE_WIDTH;
	assert_int_equal(next[1], LONG_COUNT);
	assert_int_equal(next[2], LONG_COUNT);
}

/* A fetch that waits at the end of the log is no reason to hold back a later one. */
static void a_fetch_that_waits_holds_nobody_up(void **state)
{
	struct net *net = *state;
	struct sync_peer *p = begin(net);

	ask(net, EU, 1, LONG_COUNT, 0);
	expect_silence(net);
	ask(net, EU, 2, 0, TILE_WIDTH);
	expect_answer(net, 2, 0);
	expect_silence(net);
	assert_int_equal(p->n_serves, 1);
	net_write(net, EU, 1, true);
	expect_answer(net, 1, LONG_COUNT);
	expect_silence(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fetches_of_one_log_are_answered_in_the_order_asked, net_setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(logs_take_turns, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(a_fetch_that_waits_holds_nobody_up, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
