/* SPDX-License-Identifier: Apache-2.0 */
/* The own log in the eyes of peers: what they show of it, and what recovering waits for (inv. 5). */
#include "unit/replication/sync_write.h"

#include "replication/own.h"

#define EMPTY_ROOT "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void forget_entries(struct net *net, unsigned number)
{
	for (unsigned lv = 0; lv < 13; lv++) {
		free(net->node[number].logs[number].level[lv]);
		net->node[number].logs[number].level[lv] = NULL;
	}
	net->node[number].logs[number].n = 0;
}

/* What a store has after the disk is gone: nothing. */
static void lose_disk(struct net *net, unsigned number)
{
	for (unsigned i = 0; i < NET_NODES; i++)
		net_disconnect(net, number, i);
	forget_entries(net, number);
	sync_free(net->node[number].sync);
	net_node_start(net, number);
}

/* A head that mx has verified and never reached was not shown to eu, which came back without its disk and
 * could sign another one of that size: a fork by honest parties (inv. 5). */
static void test_a_head_never_reached_is_shown_to_its_origin(void **state)
{
	struct net *net = *state;
	struct sync_heard heard;
	uint64_t size, known;

	net_write(net, EU, 10, true);
	net_connect(net, EU, MX); /* mx has its hello, and no entry */
	lose_disk(net, EU);
	net_connect(net, US, MX);
	net_run(net);
	assert_int_equal(net_info(net, US, EU).known_size, 0); /* inv. 4: nobody else is shown it */
	net_connect(net, EU, US);
	net_connect(net, EU, MX);
	assert_int_equal(net->node[EU].n_ahead, 1);
	assert_int_equal(net->node[EU].ahead_size, 10);
	sync_heard(net->node[EU].sync, &heard);
	assert_int_equal(heard.n_unheard, 0);
	assert_false(sync_own_is_whole(net->node[EU].sync, &size, &known));
	assert_int_equal(known, 10);
	/* mx has shown what it knows, not what it has: it is not asked for it as if it lied */
	assert_int_equal(sync_peer_log(net->node[EU].sync, net_link_between(net, EU, MX)->peer,
				       net->node[EU].sync->logs[EU])->head_size,
			 0);
}

/* Recovering waited for ever for what a head covered and no peer had, also where it had all been set aside
 * here; found by the simulator. */
static void test_what_nobody_has_is_not_waited_for(void **state)
{
	struct net *net = *state;
	struct sync *eu;
	uint64_t size, known;

	net_write(net, EU, 10, true);
	net_connect(net, EU, MX);
	lose_disk(net, EU);
	eu = net->node[EU].sync;
	net_connect(net, EU, MX);
	assert_false(sync_own_lacks_what_nobody_has(eu));
	assert_int_equal(sync_restart_own(eu, &(struct sync_start){.origin = net_origins[EU]}, true), 0);
	assert_false(sync_own_lacks_what_nobody_has(eu)); /* the head is not stored yet */
	net->node[EU].store_err = IMS_E_MAP_FULL;
	net_pass(net, 3000);
	assert_false(sync_own_lacks_what_nobody_has(eu));
	net->node[EU].store_err = 0;
	net_pass(net, 3000);
	assert_true(sync_own_lacks_what_nobody_has(eu));
	assert_false(sync_own_is_whole(eu, &size, &known));
}

/* It reaches that head later, and nobody has named it: its origin was not told, and gave up what was there. Found by
 * the simulator. */
static void test_a_head_reached_since_is_told_to_its_origin(void **state)
{
	struct net *net = *state;
	struct sync *eu;

	net_write(net, EU, 10, false);
	net_connect(net, EU, US);
	net_run(net);
	net_connect(net, EU, MX);
	lose_disk(net, EU);
	eu = net->node[EU].sync;
	net_connect(net, EU, MX);
	assert_int_equal(sync_peer_log(eu, net_link_between(net, EU, MX)->peer, eu->logs[EU])->head_size, 0);
	net_connect(net, MX, US);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, 10);
	assert_int_equal(sync_peer_log(eu, net_link_between(net, EU, MX)->peer, eu->logs[EU])->head_size, 10);
}

/* eu's newest heads went with a transaction, its entries did not. mx had none of them when it said hello; the
 * first it fetched from eu, the rest from us, and nobody had named a head: eu, which may not sign before it
 * has heard every region, was not told of any, and waited for ever. Found by the simulator. */
static void test_the_first_head_after_an_empty_hello_is_told_to_its_origin(void **state)
{
	struct net *net = *state;
	struct sync_start older = {.origin = net_origins[EU]};
	struct buf note = {0};
	struct sync_heard heard;
	struct hash root;

	net_write(net, EU, 10, false);
	net_connect(net, EU, US);
	net_run(net);
	net_disconnect(net, EU, US);
	sync_free(net->node[EU].sync);
	net_node_start(net, EU);
	net_root(&net->node[EU], EU, 2, &root);
	net_sign(EU, 2, &root, &note);
	older.head_note = buf_bytes(&note);
	assert_int_equal(sync_start_log(net->node[EU].sync, &older), 0);
	net_connect(net, MX, EU);
	net_connect(net, MX, US);
	sync_heard(net->node[EU].sync, &heard);
	assert_int_equal(heard.n_unheard, 2);
	net_pass(net, 3000);
	assert_int_equal(net->node[MX].logs[EU].n, 10);
	sync_heard(net->node[EU].sync, &heard);
	assert_int_equal(heard.n_unheard, 1);
	assert_string_equal(heard.unheard[0], "us");
	buf_fini(&note);
}

/* eu came back without its disk and said hello to mx, which had nothing of its log; then us showed mx a head
 * of that, and lost its disk, too: eu was not told, and signed another one of that size (inv. 5). Found by
 * the simulator. */
static void test_a_head_shown_since_the_hello_is_told_to_its_origin(void **state)
{
	struct net *net = *state;
	struct sync_heard heard;

	net_write(net, EU, 10, true);
	net_connect(net, EU, US);
	net_run(net);
	lose_disk(net, EU);
	net_connect(net, EU, MX);
	net_run(net);
	assert_int_equal(net->node[EU].n_ahead, 0);
	net_connect(net, MX, US); /* mx has the hello of us, and no entry */
	net_disconnect(net, MX, US);
	net_run(net);
	assert_int_equal(net->node[MX].logs[EU].n, 0);
	assert_int_equal(net->node[EU].n_ahead, 1);
	assert_int_equal(net->node[EU].ahead_size, 10);
	sync_heard(net->node[EU].sync, &heard);
	assert_int_equal(heard.n_unheard, 1);
}

/* The roster has closed the log at what was told as not reached, and that end needs no note: one was told all the
 * same, of cosignatures alone or of nothing, and an honest peer was at fault. Found by the simulator. */
static void test_a_head_without_a_note_is_told_to_nobody(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct sync_log *l;
	unsigned before;

	net_write(net, EU, 10, true);
	net_connect(net, EU, MX);
	net_pass(net, 3000);
	l = sync_find(net->node[MX].sync, bytes_of(net_origins[EU]));
	before = net_link_between(net, MX, EU)->n_sent;
	assert_int_equal(l->head.size, 10);
	assert_true(l->head.n_cosigs > 0);
	buf_clear(&l->head.note);
	l->told_unreached = 10;
	heads_tell_origin(net->node[MX].sync, l);
	assert_int_equal(net_link_between(net, MX, EU)->n_sent, before);
	assert_int_equal(l->told_unreached, 0);
	head_put_note(&l->head, &note);
	assert_int_equal(note.n, 0);
}

/* A peer had entries under a head that it never reached, so that it could serve none of them, and had asked for
 * what follows them: recovering waited for ever for it to give them. Found by the simulator. */
static void test_what_a_peer_cannot_serve_is_not_waited_for(void **state)
{
	struct net *net = *state;
	struct sync *eu = net->node[EU].sync;
	struct msg m = {.type = MSG_FETCH, .u.fetch = {.id = 1, .origin = bytes_of(net_origins[EU]), .from = 4}};
	struct msg_head head = {.unreached = true};
	struct sync_peer *mx;
	struct buf note = {0};
	struct errtext why;
	struct hash root;

	net_write(net, EU, 10, true);
	net_root(&net->node[EU], EU, 10, &root);
	net_sign(EU, 10, &root, &note);
	head.note = buf_bytes(&note);
	net_connect(net, EU, MX);
	mx = net_link_between(net, EU, MX)->peer;
	assert_int_equal(sync_on_message(eu, mx, &m, net->now, &why), 0);
	forget_entries(net, EU);
	assert_int_equal(heads_take(eu, mx, &head, NULL), 0);
	assert_int_equal(sync_restart_own(eu, &(struct sync_start){.origin = net_origins[EU]}, true), 0);
	net_pass(net, 3000);
	assert_true(sync_own_lacks_what_nobody_has(eu));
	buf_fini(&note);
}

/* The store kept it with its first entries: mx showed it no more after a start of its own. */
static void test_a_stored_target_is_known_after_a_start(void **state)
{
	struct net *net = *state;
	struct buf note = {0};
	struct hash root;
	struct sync_start st = {.origin = net_origins[EU]};
	struct msg_hello hello;

	net_write(net, EU, 10, true);
	net_root(&net->node[EU], EU, 10, &root);
	net_sign(EU, 10, &root, &note);
	st.target_note = buf_bytes(&note);
	assert_int_equal(sync_start_log(net->node[MX].sync, &st), 0);
	sync_hello(net->node[MX].sync, "eu", &net->arena, &hello);
	assert_int_equal(hello.n_heads, 1);
	assert_true(hello.heads[0].unreached);
	sync_hello(net->node[MX].sync, "us", &net->arena, &hello);
	assert_int_equal(hello.n_heads, 0);
	buf_fini(&note);
}

/* Version 2 has `to` in the place of `from`. */
static struct roster *version_two(const struct net *net, const char *from, const char *to, const char *signers)
{
	char previous[HEX_HASH_BYTES];
	char *text = world_edit(NET_ROSTER,
				(struct world_edit[]){{"version 1", "version 2"},
						      {WORLD_ZEROS, hex_hash(&net->roster->hash, previous)},
						      {from, to}},
				3);
	struct roster *ret = world_roster(text, signers);

	free(text);
	return ret;
}

/* mx shows a head of eu's log before eu has the roster by which it can be judged. */
static void expect_heard_later(struct net *net, const char *origin, const char *key, struct roster *next)
{
	struct net_node *eu = &net->node[EU];
	struct net_link *link = net_link_between(net, EU, MX);
	struct note_signer s = world_signer(bytes_of(key), false);
	struct msg_head head = {.named = true};
	struct msg_hello hello = {.version = 1, .roster_version = 2, .heads = &head, .n_heads = 1};
	struct buf text = {0}, note = {0};
	struct hash root = {{7}};
	struct sync_heard heard;

	checkpoint_put(&text, bytes_of(origin), 10, &root);
	assert_int_equal(note_sign(buf_bytes(&text), &s, &note), 0);
	head.note = buf_bytes(&note);
	link->up = true;
	link->peer = sync_peer_up(eu->sync, link, "mx", net->now);
	sync_on_hello(eu->sync, link->peer, &hello, net->now);
	assert_int_equal(eu->n_misbehaved, 0);
	sync_heard(eu->sync, &heard);
	assert_int_equal(heard.n_unheard, 2);
	assert_int_equal(eu->n_ahead, 0);
	sync_set_roster(eu->sync, next);
	assert_int_equal(eu->n_ahead, 1);
	assert_int_equal(eu->ahead_size, 10);
	sync_heard(eu->sync, &heard);
	assert_int_equal(heard.n_unheard, 1);
	link->up = false;
	sync_peer_down(eu->sync, link->peer);
	roster_unref(next);
	note_signer_fini(&s);
	buf_fini(&text);
	buf_fini(&note);
}

/* A region that has lost its disk begins with the first roster: a head of its log by a later key was left
 * alone, its peer counted as one that shows none, and it signed another of that size (inv. 5). Found by the
 * simulator. */
static void test_an_own_head_by_a_later_key_is_heard(void **state)
{
	struct net *net = *state;

	expect_heard_later(net, net_origins[EU], "eu/l1b",
			   version_two(net, "log-key 1 {eu/l1a} 0 -\n",
				       "log-key 1 {eu/l1a} 0 -\nlog-key 1 {eu/l1b} 0 -\n",
				       "eu/da mx/da us/da eu/l1b"));
}

/* The same with the key of an incarnation that the first roster does not name: it hung up on every peer that
 * had some of that, and never came back. Found by the simulator. */
static void test_an_own_head_of_a_later_incarnation_is_heard(void **state)
{
	struct net *net = *state;

	net->node[EU].own_origin = "ims.example/eu/2";
	lose_disk(net, EU);
	expect_heard_later(net, net->node[EU].own_origin, "eu/l2a",
			   version_two(net, "incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n",
				       "incarnation 1 closed 0 " EMPTY_ROOT "\nincarnation 2 open\n"
				       "log-key 1 {eu/l1a} 0 -\nlog-key 2 {eu/l2a} 0 -\n",
				       "eu/da mx/da us/da eu/l2a"));
}

/* My own cosignature on what I do not hold says the same. */
static void test_own_cosignature_ahead(void **state)
{
	struct net *net = *state;
	struct note_signer s = world_signer(BYTES_LIT("mx/ca"), false);
	struct buf note = {0}, text = {0};
	struct hash root;

	net_write(net, EU, 10, true);
	net_connect(net, US, MX);
	net_run(net);
	net_root(&net->node[EU], EU, 10, &root);
	net_sign(EU, 10, &root, &note);
	checkpoint_put(&text, bytes_of(net_origins[EU]), 10, &root);
	assert_int_equal(note_sign_line(buf_bytes(&text), &s, 77, &note), 0);
	assert_int_equal(net_show(net, US, MX, buf_bytes(&note), true), 0);
	assert_int_equal(net->node[MX].n_ahead, 1);
	assert_int_equal(net->node[MX].ahead_size, 10);
	note_signer_fini(&s);
	buf_fini(&note);
	buf_fini(&text);
}

/* It waited for that for ever, also after the roster had closed the log below. */
static void test_own_word_on_a_closed_log(void **state)
{
	struct net *net = *state;
	struct sync *mx = net->node[MX].sync;
	char hex[HEX_HASH_BYTES], *closed;
	struct roster *next;
	struct hash empty;
	uint64_t size, known;

	test_own_cosignature_ahead(state);
	assert_false(sync_own_is_whole(mx, &size, &known));
	merkle_empty_root(&empty);
	closed = mem_printf("incarnation 1 closed 0 %s\nlog-key 1 {eu/l1a} 0 -\n", hex_hash(&empty, hex));
	next = version_two(net, "incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n", closed, "eu/da mx/da us/da");
	sync_set_roster(mx, next);
	assert_true(sync_own_is_whole(mx, &size, &known));
	roster_unref(next);
	free(closed);
}

#define T(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_head_never_reached_is_shown_to_its_origin),
		T(test_what_nobody_has_is_not_waited_for),
		T(test_a_head_reached_since_is_told_to_its_origin),
		T(test_the_first_head_after_an_empty_hello_is_told_to_its_origin),
		T(test_a_head_shown_since_the_hello_is_told_to_its_origin),
		T(test_a_head_without_a_note_is_told_to_nobody),
		T(test_what_a_peer_cannot_serve_is_not_waited_for),
		T(test_a_stored_target_is_known_after_a_start),
		T(test_an_own_head_by_a_later_key_is_heard),
		T(test_an_own_head_of_a_later_incarnation_is_heard),
		T(test_own_cosignature_ahead),
		T(test_own_word_on_a_closed_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
