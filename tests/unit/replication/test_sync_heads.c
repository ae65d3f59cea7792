/* SPDX-License-Identifier: Apache-2.0 */
/* Heads that cannot both be true (S2), heads of one's own that one does not know, cosignatures. */
#include "unit/replication/sync_write.h"

static void expect_note(const struct buf *note, unsigned number, uint64_t size)
{
	struct note parsed;
	struct checkpoint c;

	assert_int_equal(note_parse(buf_bytes(note), &parsed), 0);
	assert_int_equal(checkpoint_parse(parsed.text, &c), 0);
	assert_true(bytes_eq_text(c.origin, net_origins[number]));
	assert_int_equal(c.size, size);
}

/* mx holds eu's log, and hears of another history of the same size from us. */
static void conflict_at(struct net *net, uint64_t held, uint64_t size)
{
	struct buf note = {0};

	net_write(net, EU, (unsigned)held, true);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_run(net);
	net_fork_note(EU, size, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0); /* not the messenger's fault */
	buf_fini(&note);
}

static void expect_frozen(struct net *net, uint64_t size)
{
	unsigned asked = net_link_between(net, MX, EU)->n_fetches;

	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen);
	net_write(net, EU, 5, true);
	net_write(net, US, 4, true);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, size);
	assert_true(net_link_between(net, MX, EU)->n_fetches <= asked + 2 * 3); /* two other logs */
	expect_same(net, MX, US);						/* inv. 12 */
	assert_int_equal(net->node[MX].n_evidence, 1);
}

static void test_conflict_same_size(void **state)
{
	struct net *net = *state;

	conflict_at(net, 40, 40);
	expect_note(&net->node[MX].note_a, EU, 40);
	expect_note(&net->node[MX].note_b, EU, 40);
	assert_false(bytes_eq(buf_bytes(&net->node[MX].note_a), buf_bytes(&net->node[MX].note_b)));
	expect_frozen(net, 40);
}

static void test_conflict_below(void **state)
{
	struct net *net = *state;

	conflict_at(net, 300, 17);
	expect_note(&net->node[MX].note_a, EU, 300);
	expect_note(&net->node[MX].note_b, EU, 17);
	expect_frozen(net, 300);
}

/* A named head that is older than the newest: evidence is of one size, so that anyone can see it. */
static void test_conflict_with_named(void **state)
{
	struct net *net = *state;
	struct buf note = {0};

	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_write(net, EU, 20, true);
	net_write(net, EU, 20, false);
	net_run(net);
	net_fork_note(EU, 20, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), true), 0);
	expect_note(&net->node[MX].note_a, EU, 20);
	expect_note(&net->node[MX].note_b, EU, 20);
	buf_fini(&note);
	expect_frozen(net, 40);
}

/* Two histories of a size that nobody has fetched yet. */
static void test_conflict_of_targets(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct hash root;

	net_connect(net, US, MX);
	net_run(net);
	memset(&root, 1, sizeof(root));
	net_sign(EU, 900, &root, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	net_fork_note(EU, 900, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[MX].n_evidence, 1);
	expect_note(&net->node[MX].note_a, EU, 900);
	expect_note(&net->node[MX].note_b, EU, 900);
	buf_fini(&note);
}

/* A larger head whose entries prove another past: found by the left nodes of the first package. */
static void test_conflict_by_package(void **state)
{
	struct net *net = *state;

	net_write(net, EU, 600, true);
	net_connect(net, EU, MX);
	net_run(net);
	net_disconnect(net, EU, MX);
	expect_same(net, MX, EU);
	/* eu begins anew under the same name, with another history */
	sync_free(net->node[EU].sync);
	net->node[EU].logs[EU].n = 0;
	net_node_start(net, EU);
	for (unsigned i = 0; i < 2; i++) {
		struct msg_item it;
		struct hash leaf;

		net_item(net, EU, i, 'x', &it);
		merkle_leaf(it.entry, &leaf);
		net_keep(net, &net->node[EU].logs[EU], &it, &leaf);
		sync_published(net->node[EU].sync, i, &leaf, 1, BYTES_NONE, false, net->now);
	}
	net_write(net, EU, 766, true);
	net_connect(net, EU, MX);
	net_run(net);
	/* within the tile that mx holds a part of, the proof alone does not fit; so it asks no more */
	assert_int_equal(net->node[MX].logs[EU].n, 600);
	assert_true(net->node[MX].n_evidence + net->node[MX].n_misbehaved > 0);
	/* eu hears its own former head from mx: it is the one that is rolled back */
	assert_int_equal(net->node[EU].n_ahead, 1);
	assert_int_equal(net->node[EU].ahead_size, 600);
}

/* DESIGN section 6: a peer shows a head of mine that I do not contain. */
static void test_own_head_ahead(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct hash root;

	net_write(net, EU, 10, true);
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net->node[EU].n_ahead, 0);
	net_root(&net->node[EU], EU, 7, &root);
	net_sign(EU, 7, &root, &note);
	assert_int_equal(net_show(net, MX, EU, buf_bytes(&note), false), 0); /* an older one of mine */
	assert_int_equal(net->node[EU].n_ahead, 0);
	net_fork_note(EU, 7, &note);
	assert_int_equal(net_show(net, MX, EU, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[EU].n_ahead, 1);
	assert_int_equal(net->node[EU].n_evidence, 0);
	net_fork_note(EU, 11, &note);
	assert_int_equal(net_show(net, MX, EU, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[EU].n_ahead, 2);
	assert_int_equal(net->node[EU].ahead_size, 11);
	buf_fini(&note);
}

static void test_bad_signature(void **state)
{
	struct net *net = *state;
	struct buf note = {0};

	net_connect(net, US, MX);
	net_fork_note(EU, 5, &note);
	note.p[note.n - 10] ^= 1; /* in the signature */
	assert_true(net_show(net, US, MX, buf_bytes(&note), false) < 0);
	assert_int_equal(net_info(net, MX, EU).known_size, 0);
	net_fork_note(US, 5, &note); /* signed by us, not by eu */
	memcpy(note.p, "ims.example/eu/1", 16);
	assert_true(net_show(net, US, MX, buf_bytes(&note), false) < 0);
	assert_true(net_show(net, US, MX, BYTES_LIT("no note"), false) < 0);
	buf_fini(&note);
}

/* The text is known, the line below it is not what the origin signed: mx keeps and shows its own. */
static void test_known_text_with_bad_line(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct hash root;

	net_write(net, EU, 10, false);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_run(net);
	net_disconnect(net, EU, MX);
	net_root(&net->node[EU], EU, 10, &root);
	net_sign(EU, 10, &root, &note);
	note.p[note.n - 10] ^= 1;
	(void)!net_show(net, US, MX, buf_bytes(&note), true);
	net_disconnect(net, US, MX);
	net_connect(net, MX, US); /* its hello shows the head to us, who verifies it */
	net_pass(net, 2000);
	expect_same(net, US, EU);
	assert_int_equal(net->node[US].n_misbehaved, 0);
	buf_fini(&note);
}

/* A cosignature travels to those who did not make it. */
static void test_cosignatures_travel(void **state)
{
	struct net *net = *state;
	struct sync_log_info info;

	net_write(net, EU, 12, true);
	net_connect(net, EU, MX);
	net_connect(net, EU, US);
	net_pass(net, 3000);
	for (unsigned i = 0; i < NET_NODES; i++) {
		info = net_info(net, i, EU);
		assert_int_equal(info.n_cosigners, 2);
	}
	assert_int_equal(sync_replicated_count(net->node[EU].sync, 11), 2);
	assert_int_equal(net->node[US].n_cosignatures, 1); /* mx's */
	assert_string_equal(net->node[US].cosignature_region, "mx");
}

/* What is at rest stays silent: no head is told twice. */
static void test_gossip_rests(void **state)
{
	struct net *net = *state;
	unsigned before;

	net_write(net, EU, 12, true);
	net_connect(net, EU, MX);
	net_connect(net, MX, US);
	net_pass(net, 5000);
	before = net->delivered;
	net_pass(net, 10000);
	assert_int_equal(net->delivered, before);
}

/* What it was told before it took a newer roster it may not have been able to judge. */
static void test_who_takes_a_roster_is_told_again(void **state)
{
	struct net *net = *state;
	struct net_link *link = net_link_between(net, EU, MX);
	unsigned before;

	net_write(net, EU, 12, true);
	net_connect(net, EU, MX);
	net_pass(net, 5000);
	before = link->n_sent;
	for (int i = 0; i < 2; i++) { /* the second time it is no news */
		sync_peer_roster(net->node[EU].sync, link->peer, 2);
		net_pass(net, 5000);
		assert_int_equal(link->n_sent, before + 1);
	}
}

static void test_evidence_message(void **state)
{
	struct net *net = *state;
	struct buf a = {0}, b = {0};
	struct hash root;
	struct msg m = {.type = MSG_EVIDENCE};
	struct errtext why = {""};
	struct sync_peer *p;

	net_write(net, EU, 5, true);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_run(net);
	p = net_link_between(net, MX, US)->peer;
	memset(&root, 3, sizeof(root));
	net_sign(EU, 77, &root, &a);
	m.u.evidence =
		(struct msg_evidence){bytes_of(net_origins[EU]), buf_bytes(&a), buf_bytes(&a), BYTES_NONE};
	assert_int_equal(sync_on_message(net->node[MX].sync, p, &m, net->now, &why), IMS_E_PROOF);
	assert_int_equal(net->node[MX].n_evidence, 0);
	net_fork_note(EU, 77, &b);
	m.u.evidence.note_b = buf_bytes(&b);
	assert_int_equal(sync_on_message(net->node[MX].sync, p, &m, net->now, &why), 0);
	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen);
	buf_fini(&a);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_conflict_same_size, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_conflict_below, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_conflict_with_named, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_conflict_of_targets, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_conflict_by_package, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_own_head_ahead, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_bad_signature, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_known_text_with_bad_line, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_cosignatures_travel, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_who_takes_a_roster_is_told_again, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_gossip_rests, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_evidence_message, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
