/* SPDX-License-Identifier: Apache-2.0 */
/* Logs that the roster has closed (S6), and keys that it has retired (S2). */
#include "unit/replication/sync_write.h"

#define WRITTEN 300
#define KEPT 290

/* ---- rosters */

/* Version 2: eu's first incarnation and its keys are `lines`. */
static struct roster *roster_with(const char *lines)
{
	char *template = world_edit(
		NET_ROSTER,
		(struct world_edit[]){{"version 1\nprevious 0", "version 2\nprevious 1"},
				      {"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n", lines}},
		2);
	struct roster *r = world_roster(template, NULL);

	free(template);
	return r;
}

static struct roster *roster_closing(uint64_t size, const struct hash *root)
{
	char hex[HEX_HASH_BYTES];
	char *lines = mem_printf("incarnation 1 closed %llu %s\nlog-key 1 {eu/l1a} 0 -\n",
				 (unsigned long long)size, hex_hash(root, hex));
	struct roster *r = roster_with(lines);

	free(lines);
	return r;
}

static void set_roster(struct net *net, unsigned node, struct roster *r)
{
	net->node[node].logs[EU].frozen = false; /* as the writer does */
	sync_set_roster(net->node[node].sync, r);
	net_run(net);
}

/* eu has written, and mx holds all of it; what is kept. */
static struct roster *close_at(struct net *net, uint64_t kept)
{
	struct hash root;

	net_write(net, EU, WRITTEN, true);
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net->node[MX].logs[EU].n, WRITTEN);
	net_root(&net->node[EU], EU, kept, &root);
	return roster_closing(kept, &root);
}

static void expect_kept(struct net *net, unsigned node, uint64_t stored)
{
	struct sync_log_info info = net_info(net, node, EU);
	struct hash root;

	net_root(&net->node[node], EU, KEPT, &root);
	assert_true(info.closed && !info.incomplete && !info.frozen);
	assert_int_equal(info.size, KEPT);
	assert_int_equal(info.head_size, KEPT);
	assert_true(hash_eq(&info.head_root, &root));
	assert_int_equal(net->node[node].logs[EU].n, stored);
	assert_int_equal(net->node[node].n_misbehaved, 0);
}

/* ---- fetching what was kept */

/* From a node with an orphaned tail, at a size of which nobody has a signed head. */
static void test_newcomer_gets_what_was_kept(void **state)
{
	struct net *net = *state;
	struct roster *r = close_at(net, KEPT);

	for (unsigned i = 0; i < NET_NODES; i++)
		set_roster(net, i, r);
	net_disconnect(net, EU, MX);
	net_connect(net, MX, US);
	net_pass(net, 1000);
	expect_kept(net, MX, WRITTEN); /* the bytes stay */
	expect_kept(net, US, KEPT);
	assert_int_equal(count_missing(net, US, EU), 0);
	assert_int_equal(net->node[US].n_own_cosigned, 0); /* nobody has named that head */
	roster_unref(r);
}

/* An asker that knows of the closing and a server that does not, and the other way round. */
static void test_rosters_apart(void **state)
{
	struct net *net = *state;
	struct roster *r = close_at(net, KEPT);

	net_disconnect(net, EU, MX);
	set_roster(net, US, r);
	net_connect(net, MX, US);
	net_pass(net, 3000);
	assert_int_equal(net->node[US].logs[EU].n, 0);
	set_roster(net, MX, r);
	net_pass(net, 3000);
	expect_kept(net, US, KEPT);
	roster_unref(r);
}

static void test_rosters_apart_other_way(void **state)
{
	struct net *net = *state;
	struct roster *r = close_at(net, KEPT);

	net_disconnect(net, EU, MX);
	set_roster(net, MX, r);
	net_connect(net, MX, US);
	net_pass(net, 3000);
	assert_int_equal(net->node[US].logs[EU].n, 0); /* nothing that its roster vouches for */
	set_roster(net, US, r);
	net_pass(net, 3000);
	expect_kept(net, US, KEPT);
	roster_unref(r);
}

/* Who has a part only serves nothing, is no liar for it, and serves when it has the rest. */
static void test_server_behind(void **state)
{
	struct net *net = *state;
	struct hash root;
	struct roster *r;

	net_write(net, EU, 100, true);
	net_connect(net, EU, MX);
	net_run(net);
	net_disconnect(net, EU, MX);
	net_write(net, EU, WRITTEN - 100, true);
	net_root(&net->node[EU], EU, KEPT, &root);
	r = roster_closing(KEPT, &root);
	for (unsigned i = 0; i < NET_NODES; i++)
		set_roster(net, i, r);
	net_connect(net, MX, US);
	net_pass(net, 5000);
	assert_int_equal(net->node[US].logs[EU].n, 0);
	assert_true(net_info(net, MX, EU).incomplete);
	net_connect(net, EU, MX);
	net_pass(net, 3000);
	expect_kept(net, MX, KEPT);
	net_pass(net, 3000);
	expect_kept(net, US, KEPT);
	roster_unref(r);
}

static void test_closed_at_nothing(void **state)
{
	struct net *net = *state;
	struct hash empty;
	struct roster *r;

	merkle_empty_root(&empty);
	r = roster_closing(0, &empty);
	net_write(net, EU, 5, true);
	net_connect(net, EU, MX);
	net_run(net);
	set_roster(net, MX, r);
	net_pass(net, 1000);
	assert_true(net_info(net, MX, EU).closed && !net_info(net, MX, EU).incomplete);
	assert_int_equal(net_info(net, MX, EU).size, 0);
	assert_int_equal(net->node[MX].n_evidence, 0);
	roster_unref(r);
}

/* A signed head of exactly the end is kept for outsiders. */
static void test_signed_head_of_the_end(void **state)
{
	struct net *net = *state;
	struct roster *r = close_at(net, KEPT);
	struct buf note = {0};
	struct hash root;

	set_roster(net, MX, r);
	set_roster(net, US, r);
	net_connect(net, MX, US);
	net_pass(net, 1000);
	assert_int_equal(net->node[US].logs[EU].head_size, 0);
	net_root(&net->node[EU], EU, KEPT, &root);
	net_sign(EU, KEPT, &root, &note);
	assert_int_equal(net_show(net, MX, US, buf_bytes(&note), true), 0);
	assert_int_equal(net->node[US].logs[EU].head_size, KEPT);
	expect_kept(net, US, KEPT);
	buf_fini(&note);
	roster_unref(r);
}

/* ---- disputes */
static void test_frozen_then_closed(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct hash root;
	struct roster *r;

	net_write(net, EU, 100, true);
	net_connect(net, EU, MX);
	net_connect(net, US, MX);
	net_run(net);
	net_fork_note(EU, 100, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_true(net_info(net, MX, EU).frozen);
	net_write(net, EU, WRITTEN - 100, true);
	net_root(&net->node[EU], EU, KEPT, &root);
	r = roster_closing(KEPT, &root);
	for (unsigned i = 0; i < NET_NODES; i++)
		set_roster(net, i, r);
	net_pass(net, 3000);
	expect_kept(net, MX, KEPT);
	expect_kept(net, US, KEPT);
	buf_fini(&note);
	roster_unref(r);
}

/* All is decided: what comes now is recorded, once. */
static void test_conflict_after_the_end(void **state)
{
	struct net *net = *state;
	struct roster *r = close_at(net, KEPT);
	struct buf note = {0};

	set_roster(net, MX, r);
	net_connect(net, US, MX);
	net_fork_note(EU, 17, &note);
	for (int i = 0; i < 3; i++)
		assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	net_fork_note(EU, KEPT + 5, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[MX].n_recorded, 1);
	assert_int_equal(net->node[MX].n_evidence, 0);
	expect_kept(net, MX, WRITTEN);
	buf_fini(&note);
	roster_unref(r);
}

/* The roster keeps another history than the one that is stored everywhere. */
static struct roster *closed_with_another_root(struct net *net)
{
	struct hash root;

	roster_unref(close_at(net, KEPT));
	net_forged_root(&root);
	return roster_closing(KEPT, &root);
}

/* The roster kept another history than the one that is stored: that log stands still, others go on. */
static void test_not_what_was_kept(void **state)
{
	struct net *net = *state;
	struct roster *r = closed_with_another_root(net);

	set_roster(net, MX, r);
	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen && net_info(net, MX, EU).incomplete);
	net_connect(net, US, MX);
	net_write(net, US, 20, true);
	net_pass(net, 2000);
	expect_same(net, MX, US);
	assert_int_equal(net->node[US].logs[EU].n, 0); /* and nobody is served of it */
	assert_int_equal(net->node[MX].n_evidence, 1);
	roster_unref(r);
}

/* The own log: what was kept may be what it had published before it lost its files, and what is here be seen by
 * nobody. It makes room when the next incarnation begins. Found by the simulator. */
static void test_own_not_what_was_kept(void **state)
{
	struct net *net = *state;
	struct roster *r = closed_with_another_root(net);

	set_roster(net, EU, r);
	net_pass(net, 2000);
	assert_int_equal(net->node[EU].n_evidence, 0);
	assert_true(!net_info(net, EU, EU).frozen && net_info(net, EU, EU).incomplete);
	roster_unref(r);
}

/* Another's, found by the first package, when less is stored than was kept. */
static void test_not_the_beginning_of_what_was_kept(void **state)
{
	struct net *net = *state;
	struct hash root;
	struct roster *r;

	net_write(net, EU, 256, true);
	net_connect(net, EU, MX);
	net_run(net);
	net_disconnect(net, EU, MX);
	sync_free(net->node[EU].sync);
	net->node[EU].logs[EU].n = 0;
	net_node_start(net, EU);
	for (unsigned i = 0; i < KEPT; i++) {
		struct msg_item it;
		struct hash leaf;

		net_item(net, EU, i, 'x', &it);
		merkle_leaf(it.entry, &leaf);
		net_keep(net, &net->node[EU].logs[EU], &it, &leaf);
		sync_published(net->node[EU].sync, i, &leaf, 1, BYTES_NONE, false, net->now);
	}
	net_root(&net->node[EU], EU, KEPT, &root);
	r = roster_closing(KEPT, &root);
	set_roster(net, EU, r);
	set_roster(net, MX, r);
	net_connect(net, EU, MX);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen);
	assert_int_equal(net->node[MX].logs[EU].n, 256);
	assert_int_equal(net->node[MX].n_misbehaved, 0);
	roster_unref(r);
}

/* ---- retired keys */

/* eu's heads up to 40 may be of the old key, from 30 on of the new one. */
#define ROTATED "incarnation 1 open\nlog-key 1 {eu/l1a} 0 40\nlog-key 1 {eu/l1b} 30 -\n"

/* mx holds 30 entries, which both who count have cosigned, or not. */
static void cosigned_at_30(struct net *net, bool by_us)
{
	struct roster *r = roster_with(ROTATED);

	net->node[US].no_cosigning = !by_us;
	for (unsigned i = 0; i < NET_NODES; i++)
		for (unsigned k = 0; k < i; k++)
			net_connect(net, i, k);
	net_write(net, EU, 30, true);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, 30);
	for (unsigned i = 0; i < NET_NODES; i++)
		set_roster(net, i, r);
	roster_unref(r);
}

static void fork_by(const char *key, uint64_t size, struct buf *note)
{
	struct note_signer s = world_signer(bytes_of(key), false);
	struct buf text = {0};
	struct hash root;

	net_forged_root(&root);
	buf_clear(note);
	checkpoint_put(&text, bytes_of(net_origins[EU]), size, &root);
	assert_int_equal(note_sign(buf_bytes(&text), &s, note), 0);
	buf_fini(&text);
	note_signer_fini(&s);
}

static int evidence(struct net *net, struct bytes a, struct bytes b)
{
	struct msg m = {.type = MSG_EVIDENCE, .u.evidence = {bytes_of(net_origins[EU]), a, b, BYTES_NONE}};
	struct errtext why = {""};

	return sync_on_message(net->node[MX].sync, net_link_between(net, MX, US)->peer, &m, net->now, &why);
}

static void test_retired_key_freezes_nothing(void **state)
{
	static const uint64_t sizes[] = {1, 17, 29, 30};
	struct net *net = *state;
	struct buf note = {0}, mine = {0};
	struct hash root;

	cosigned_at_30(net, true);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fork_by("eu/l1a", sizes[i], &note);
		assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	}
	net_root(&net->node[EU], EU, 30, &root);
	net_sign(EU, 30, &root, &mine);
	assert_int_equal(evidence(net, buf_bytes(&mine), buf_bytes(&note)), 0);
	assert_int_equal(net->node[MX].n_recorded, 1);
	assert_int_equal(net->node[MX].n_evidence, 0);
	assert_false(net_info(net, MX, EU).frozen);
	fork_by("eu/l1b", 30, &note); /* but the key in force says what it says */
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen);
	buf_fini(&note);
	buf_fini(&mine);
}

/* Below no quorum it may be the truth. */
static void test_retired_key_without_quorum(void **state)
{
	struct net *net = *state;
	struct buf note = {0};

	cosigned_at_30(net, false);
	fork_by("eu/l1a", 17, &note);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_int_equal(net->node[MX].n_evidence, 1);
	assert_true(net_info(net, MX, EU).frozen);
	buf_fini(&note);
}

/* What a thief signs above the range that the roster left to the key is nobody's word. */
static void test_stolen_key_above_its_range(void **state)
{
	struct net *net = *state;
	struct buf note = {0}, other = {0};
	struct hash root;

	cosigned_at_30(net, true);
	memset(&root, 7, sizeof(root));
	fork_by("eu/l1a", 41, &note);
	net_sign(EU, 41, &root, &other);
	/* us says hello with version 1, by which it may be: no fault of us, and nothing else either */
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), false), 0);
	assert_int_equal(evidence(net, buf_bytes(&note), buf_bytes(&other)), 0);
	assert_int_equal(net->node[MX].n_evidence, 0);
	assert_int_equal(net->node[MX].n_recorded, 0);
	assert_int_equal(net_info(net, MX, EU).known_size, 30);
	assert_false(net_info(net, MX, EU).frozen);
	buf_fini(&note);
	buf_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newcomer_gets_what_was_kept, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_rosters_apart, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_rosters_apart_other_way, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_server_behind, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_closed_at_nothing, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_signed_head_of_the_end, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_frozen_then_closed, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_conflict_after_the_end, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_not_what_was_kept, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_own_not_what_was_kept, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_not_the_beginning_of_what_was_kept, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_retired_key_freezes_nothing, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_retired_key_without_quorum, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(test_stolen_key_above_its_range, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
