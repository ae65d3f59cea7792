/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that lie, are damaged, slow or incomplete: reported, left, and nothing wrong is kept. */
#include "unit/replication/sync_write.h"

static void flip(struct bytes b, size_t at)
{
	((uint8_t *)(uintptr_t)b.p)[at] ^= 1;
}

static void wrong_entry(struct msg *m)
{
	if (m->type == MSG_ENTRIES && m->u.entries.n_items)
		flip(m->u.entries.items[m->u.entries.n_items / 2].entry, 20);
}

static void wrong_proof(struct msg *m)
{
	if (m->type == MSG_ENTRIES && m->u.entries.proof.n)
		flip(m->u.entries.proof, 3);
}

static void wrong_payload(struct msg *m)
{
	if (m->type == MSG_ENTRIES && m->u.entries.n_items)
		flip(m->u.entries.items[0].payload, 0);
}

static void wrong_checkpoint(struct msg *m)
{
	if (m->type == MSG_ENTRIES && m->u.entries.checkpoint.n)
		flip(m->u.entries.checkpoint, 30); /* in the root */
}

static void no_checkpoint(struct msg *m)
{
	if (m->type == MSG_ENTRIES)
		m->u.entries.checkpoint = BYTES_NONE;
}

static void too_many(struct msg *m)
{
	if (m->type == MSG_ENTRIES && m->u.entries.n_items > 1)
		m->u.entries.n_items--;
}

/* inv. 4: us holds all and lies to mx; nothing of it is kept; mx takes it from eu, and does not
 * ask us for this log again when it comes back. */
static void liar(struct net *net, void (*tamper)(struct msg *m), int err, bool closes)
{
	struct net_link *asked = net_link_between(net, MX, US);

	net_write(net, EU, 600, true);
	net_connect(net, EU, US);
	net_run(net);
	expect_same(net, US, EU);
	net_disconnect(net, EU, US);
	net_link_between(net, US, MX)->tamper = tamper;
	net_connect(net, US, MX);
	net_run(net);
	assert_int_equal(net->node[MX].n_misbehaved, closes);
	if (err)
		assert_int_equal(net->node[MX].closed_err, err);
	assert_int_equal(asked->up, !closes);
	assert_int_equal(net->node[MX].logs[EU].n, 0);
	net_link_between(net, US, MX)->tamper = NULL;
	if (closes)
		net_connect(net, US, MX);
	asked->max_from = 0;
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, 0); /* for a while */
	net_connect(net, EU, MX);
	net_pass(net, 2000);
	expect_same(net, MX, EU);
	assert_int_equal(count_missing(net, MX, EU), 0);
	assert_int_equal(net->node[MX].n_misbehaved, closes);
	assert_int_equal(net->node[MX].n_evidence, 0);
}

static void test_wrong_entry(void **state)
{
	liar(*state, wrong_entry, IMS_E_PROOF, true);
}

static void test_wrong_proof(void **state)
{
	liar(*state, wrong_proof, IMS_E_PROOF, true);
}

static void test_wrong_payload(void **state)
{
	liar(*state, wrong_payload, IMS_E_COMMITMENT, true);
}

static void test_wrong_checkpoint(void **state)
{
	liar(*state, wrong_checkpoint, 0, true);
}

static void test_no_checkpoint(void **state)
{
	liar(*state, no_checkpoint, 0, false); /* its roster may have closed the log, ours not yet */
}

static void test_entry_left_out(void **state)
{
	liar(*state, too_many, IMS_E_PROOF, true);
}

/* After the time of distrust it is asked again: nobody is banned for one bad packet. */
static void test_distrust_ends(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 100, true);
	net_link_between(net, EU, MX)->tamper = wrong_entry;
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net->node[MX].n_misbehaved, 1);
	net_link_between(net, EU, MX)->tamper = NULL;
	net_connect(net, EU, MX);
	net_pass(net, SYNC_DISTRUST_MS + 3000);
	expect_same(net, MX, EU);
}

/* A source whose store is damaged serves nothing wrong, and does not hold the asker up for ever. */
static void test_damaged_source(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 600, true);
	net_connect(net, EU, US);
	net_run(net);
	net->node[EU].unreadable = true;
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_pass(net, 5000);
	expect_same(net, MX, EU);
	assert_int_equal(net->node[MX].n_misbehaved, 0);
}

static void swallow_entries(struct msg *m)
{
	if (m->type == MSG_ENTRIES)
		*m = (struct msg){.type = MSG_HEADS};
}

/* inv. 12: a source that never answers is left for another one. */
static void test_silent_source(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 600, true);
	net_connect(net, EU, US);
	net_run(net);
	net_link_between(net, EU, MX)->tamper = swallow_entries;
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_pass(net, SYNC_FETCH_TIMEOUT_MS + 3000);
	expect_same(net, MX, EU);
}

static bool closed_pipe;

static int send_slowly(void *ctx, void *session, const struct msg *m)
{
	int err = net_send(ctx, session, m);

	return err == 0 && closed_pipe && m->type == MSG_ENTRIES ? IMS_E_AGAIN : err;
}

/* A slow line is no fault: who still gets a fair amount does not give up its source. */
static void test_slow_source(void **state)
{
	struct net *net = *state;
	struct net_link *to_mx = net_link_between(net, EU, MX);

	closed_pipe = true;
	net->node[EU].sync->o.ops.send = send_slowly;
	net_write(net, EU, 4000, true);
	net_connect(net, EU, MX);
	net_run(net);
	for (unsigned i = 0; i < 5 && net->node[MX].logs[EU].n < 4000; i++) {
		net_pass(net, 15000);
		for (unsigned k = 0; k < 4; k++) {
			sync_peer_drained(net->node[EU].sync, to_mx->peer);
			net_run(net);
		}
	}
	expect_same(net, MX, EU);
	closed_pipe = false;
}

/* A peer that claims to hold more than anybody has signed attracts nobody's questions. */
static void test_boaster(void **state)
{
	struct net *net = *state;
	struct msg m = {.type = MSG_FETCH};
	struct errtext why = {""};

	net_connect(net, US, MX);
	m.u.fetch = (struct msg_fetch){.id = 1,
				       .origin = bytes_of(net_origins[EU]),
				       .from = 1ull << 60,
				       .budget_bytes = 1000,
				       .wait_ms = 60000};
	assert_int_equal(
		sync_on_message(net->node[MX].sync, net_link_between(net, MX, US)->peer, &m, net->now, &why),
		0);
	net_write(net, EU, 300, true);
	net_connect(net, EU, MX);
	net_pass(net, 1000);
	expect_same(net, MX, EU);
	net_write(net, EU, 1, true);
	net_run(net);
	expect_same(net, MX, EU);
	assert_true(net_link_between(net, MX, US)->n_fetches < 10);
}

static void test_too_many_fetches(void **state)
{
	struct net *net = *state;
	struct msg m = {.type = MSG_FETCH};
	struct errtext why = {""};
	int err = 0;
	unsigned n = 0;

	net_connect(net, US, MX);
	net_run(net);
	m.u.fetch = (struct msg_fetch){
		.origin = bytes_of(net_origins[EU]), .budget_bytes = 1000, .wait_ms = 60000};
	while (!err && n < 2 * SYNC_SERVES_MAX) {
		m.u.fetch.id = 1000 + n++;
		err = sync_on_message(net->node[MX].sync, net_link_between(net, MX, US)->peer, &m, net->now,
				      &why);
	}
	assert_int_equal(err, IMS_E_LIMIT); /* inv. 11 */
	assert_in_range(n, SYNC_SERVES_MAX / 2, SYNC_SERVES_MAX + 1);
}

/* ---- payloads: what a relay lacks is wanted elsewhere */
static void test_wanted_from_third(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 100, true);
	net_connect(net, EU, US);
	net_run(net);
	net_disconnect(net, EU, US);
	net->node[US].lacks_payloads = true;
	net_connect(net, US, MX);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, 100);
	assert_int_equal(count_missing(net, MX, EU), 100);
	net_connect(net, EU, MX);
	net_pass(net, 30000);
	assert_int_equal(count_missing(net, MX, EU), 0);
	for (uint64_t i = 0; i < 100; i++)
		assert_true(bytes_eq(net->node[MX].logs[EU].item[i].payload,
				     net->node[EU].logs[EU].item[i].payload));
	assert_int_equal(net->node[MX].n_misbehaved, 0);
}

static void wrong_wanted(struct msg *m)
{
	if (m->type == MSG_PAYLOADS && m->u.payloads.n_items)
		flip(m->u.payloads.items[0].payload, 4);
}

static void test_wrong_wanted_payload(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 10, true);
	net_connect(net, EU, US);
	net_run(net);
	net_disconnect(net, EU, US);
	net->node[US].lacks_payloads = true;
	net_connect(net, US, MX);
	net_run(net);
	net->node[US].lacks_payloads = false;
	net_link_between(net, US, MX)->tamper = wrong_wanted;
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].closed_err, IMS_E_COMMITMENT);
	assert_int_equal(count_missing(net, MX, EU), 10);
	net_connect(net, EU, MX);
	net_pass(net, 3000);
	assert_int_equal(count_missing(net, MX, EU), 0);
}

/* Payloads that nobody wants, or of entries that are not there, change nothing. */
static void test_unasked_payloads(void **state)
{
	struct net *net = *state;
	struct msg_item it = {.index = 3, .state = MSG_PAYLOAD_NOT_FOR_YOU};
	struct msg m = {.type = MSG_PAYLOADS};
	struct errtext why = {""};

	net_write(net, EU, 10, true);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_run(net);
	m.u.payloads = (struct msg_payloads){.origin = bytes_of(net_origins[EU]), .items = &it, .n_items = 1};
	assert_int_equal(
		sync_on_message(net->node[MX].sync, net_link_between(net, MX, US)->peer, &m, net->now, &why),
		0);
	assert_int_equal(count_missing(net, MX, EU), 0);
	it.index = 10;
	assert_int_equal(
		sync_on_message(net->node[MX].sync, net_link_between(net, MX, US)->peer, &m, net->now, &why),
		0);
	assert_int_equal(net->node[MX].logs[EU].n, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wrong_entry, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_proof, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_payload, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_checkpoint, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_no_checkpoint, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_entry_left_out, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_distrust_ends, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_damaged_source, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_silent_source, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_slow_source, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_boaster, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_too_many_fetches, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_wanted_from_third, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_wanted_payload, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_unasked_payloads, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
