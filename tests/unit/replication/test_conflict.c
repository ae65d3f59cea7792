/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence on its way: found by one node, it reaches those that saw one history only (S2). */
#include "unit/replication/sync_write.h"

/* A head of eu's log, signed by its key, of a tree that nobody holds. */
static void fork_note(uint64_t size, uint8_t word, struct buf *note)
{
	struct hash root;

	memset(&root, word, sizeof(root));
	net_sign(EU, size, &root, note);
}

/* mx alone is shown it, over its session with `from`. */
static void show(struct net *net, unsigned from, uint64_t size)
{
	struct buf note = {0};
	struct msg_head h = {.named = true};
	struct msg m = {.type = MSG_HEADS, .u.heads = {&h, 1}};
	struct errtext why = {""};

	fork_note(size, 0x5a, &note);
	h.note = buf_bytes(&note);
	assert_int_equal(sync_on_message(net->node[MX].sync, net_link_between(net, MX, from)->peer, &m,
					 net->now, &why),
			 0);
	buf_fini(&note);
}

static struct evidence evidence_of(struct net *net, unsigned number)
{
	struct net_node *n = &net->node[number];

	return (struct evidence){buf_bytes(&n->note_a), buf_bytes(&n->note_b), buf_bytes(&n->nodes)};
}

/* It has evidence that the roster alone verifies, and is done with eu's log. */
static void expect_proof(struct net *net, unsigned number, uint64_t size, uint64_t other_size)
{
	struct evidence e = evidence_of(net, number);
	struct evidence_verdict v;
	struct errtext why = {""};

	assert_int_equal(net->node[number].n_evidence, 1);
	if (evidence_verify(&e, net->roster, &v, &why))
		fail_msg("%s", why.text);
	assert_int_equal(v.smaller.size, size);
	assert_int_equal(v.larger.size, other_size);
	assert_true(net_info(net, number, EU).frozen);
	assert_int_equal(net->node[number].n_misbehaved, 0);
}

/* eu—mx—us: us holds eu's log by mx. */
static void in_a_row(struct net *net)
{
	net_write(net, EU, 300, true);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_pass(net, 2000);
	assert_int_equal(net->node[US].logs[EU].n, 300);
}

static void a_third_node_hears_of_two_sizes(void **state)
{
	struct net *net = *state;

	in_a_row(net);
	show(net, EU, 17);
	assert_int_equal(net->node[US].n_evidence, 0);
	net_pass(net, 1000);
	expect_proof(net, MX, 17, 300);
	expect_proof(net, US, 17, 300);
	expect_proof(net, EU, 17, 300); /* whose key it is: it stops, too */
}

static void a_third_node_hears_of_one_size(void **state)
{
	struct net *net = *state;

	in_a_row(net);
	show(net, EU, 300);
	net_pass(net, 1000);
	expect_proof(net, MX, 300, 300);
	expect_proof(net, US, 300, 300);
}

/* inv. 12: the other logs go on where one is frozen. */
static void other_logs_go_on(void **state)
{
	struct net *net = *state;

	in_a_row(net);
	show(net, EU, 17);
	net_pass(net, 1000);
	net_write(net, US, 5, true);
	net_write(net, MX, 7, true);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[US].n, 5);
	assert_int_equal(net->node[US].logs[MX].n, 7);
}

/* Once to each peer: evidence is no traffic. */
static void it_is_told_once(void **state)
{
	struct net *net = *state;
	struct net_link *to_us;
	unsigned sent;

	in_a_row(net);
	show(net, EU, 17);
	net_pass(net, 1000);
	to_us = net_link_between(net, MX, US);
	sent = to_us->n_evidence;
	net_connect(net, EU, US);
	net_pass(net, 10000);
	assert_int_equal(sent, 1);
	assert_int_equal(to_us->n_evidence, 1);
	assert_int_equal(net_link_between(net, US, MX)->n_evidence, 0); /* who told us knows it */
}

static void who_comes_later_is_told(void **state)
{
	struct net *net = *state;

	in_a_row(net);
	net_disconnect(net, US, MX);
	show(net, EU, 17);
	net_pass(net, 1000);
	assert_int_equal(net->node[US].n_evidence, 0);
	net_connect(net, US, MX);
	net_pass(net, 1000);
	expect_proof(net, US, 17, 300);
}

/* Begin anew with what the store kept. */
static void restart(struct net *net, unsigned number, struct evidence kept)
{
	struct net_node *n = &net->node[number];

	for (unsigned i = 0; i < NET_NODES; i++)
		if (i != number)
			net_disconnect(net, number, i);
	sync_free(n->sync);
	net_node_start(net, number);
	assert_int_equal(sync_start_log(n->sync, &(struct sync_start){.origin = net_origins[EU],
								      .frozen = true,
								      .evidence = kept}),
			 0);
}

static void stored_evidence_is_told_after_a_restart(void **state)
{
	struct net *net = *state;

	in_a_row(net);
	net_disconnect(net, US, MX);
	show(net, EU, 17);
	net_pass(net, 1000);
	restart(net, MX, evidence_of(net, MX));
	net_connect(net, US, MX);
	net_pass(net, 1000);
	expect_proof(net, US, 17, 300);
	assert_int_equal(net->node[MX].n_evidence, 1); /* kept as it was */
}

static int tell(struct net *net, unsigned from, unsigned to, const struct evidence *e)
{
	struct msg m = {.type = MSG_EVIDENCE};
	struct errtext why = {""};

	m.u.evidence = (struct msg_evidence){bytes_of(net_origins[EU]), e->note_a, e->note_b, e->nodes};
	return sync_on_message(net->node[to].sync, net_link_between(net, to, from)->peer, &m, net->now, &why);
}

/* A node that froze a log by what it stores alone takes what others can verify, once (inv. 11). */
static void portable_evidence_is_taken_after_what_is_not(void **state)
{
	struct net *net = *state;
	struct buf a = {0}, b = {0};
	struct evidence e;

	net_connect(net, US, MX);
	net_run(net);
	fork_note(900, 1, &a);
	fork_note(901, 2, &b);
	e = (struct evidence){buf_bytes(&a), buf_bytes(&b), BYTES_NONE};
	restart(net, MX, e);
	net_connect(net, US, MX);
	net_pass(net, 1000);
	assert_int_equal(net->node[US].n_evidence, 0); /* not portable: not told */
	assert_int_equal(tell(net, US, MX, &e), IMS_E_PROOF);
	fork_note(900, 2, &b);
	e.note_b = buf_bytes(&b);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(tell(net, US, MX, &e), 0);
	assert_int_equal(net->node[MX].n_evidence, 1);
	buf_fini(&a);
	buf_fini(&b);
}

#define T(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_third_node_hears_of_two_sizes),
		T(a_third_node_hears_of_one_size),
		T(other_logs_go_on),
		T(it_is_told_once),
		T(who_comes_later_is_told),
		T(stored_evidence_is_told_after_a_restart),
		T(portable_evidence_is_taken_after_what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
