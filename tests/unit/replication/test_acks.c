/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a write of eu `replicated` (inv. 3): cosignatures of its log, in time and late. */
#include "unit/replication/sync_write.h"

#define ACKS_ROSTER                                                                                          \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 2 mx us\n" WORLD_REGION("eu", "participant", "") WORLD_REGION("mx", "participant", "")   \
		WORLD_REGION("us", "participant", "")
#define MX_KEY "cosigner-key {mx/ca} current\n"

/* The federation again, with edits of mx's keys. */
static int setup_with(void **state, const char *mx_keys)
{
	struct world_edit edit = {MX_KEY, mx_keys};
	char *text = world_edit(ACKS_ROSTER, &edit, 1);
	struct net *net;

	net_setup(state);
	net = *state;
	for (unsigned i = 0; i < NET_NODES; i++)
		sync_free(net->node[i].sync);
	roster_unref(net->roster);
	net->roster = world_roster(text, "eu/da mx/da us/da");
	for (unsigned i = 0; i < NET_NODES; i++)
		net_node_start(net, i);
	free(text);
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, MX_KEY);
}

/* mx/cb is retired, and counts for eu's log up to 5 entries. */
static int setup_retired(void **state)
{
	return setup_with(state,
			  MX_KEY "cosigner-key {mx/cb} retired\nretired {#mx/cb} ims.example/eu/1 5\n");
}

/* A cosignature of eu's log comes to eu from mx, made with a key ("mx/ca") over a size and root. */
static void cosign(struct net *net, const char *key, uint64_t size, const struct hash *root)
{
	struct note_signer s = world_signer(bytes_of(key), false);
	struct buf note = {0};
	struct note parsed;
	struct msg m = {.type = MSG_COSIGN};
	struct errtext why = {""};

	net_sign(EU, size, root, &note);
	assert_int_equal(note_parse(buf_bytes(&note), &parsed), 0);
	parsed.text = arena_dup(&net->arena, parsed.text);
	assert_int_equal(note_sign_line(parsed.text, &s, 77, &note), 0);
	m.u.cosign.note = buf_bytes(&note);
	assert_int_equal(
		sync_on_message(net->node[EU].sync, net_link_between(net, EU, MX)->peer, &m, net->now, &why),
		0);
	buf_fini(&note);
	note_signer_fini(&s);
}

/* eu's log at 5 entries was named, then it went on to 9 and 12, and nobody has said a word yet. */
static void begin(struct net *net, struct hash *ret_at_5)
{
	net->node[MX].no_cosigning = net->node[US].no_cosigning = true;
	net_write(net, EU, 5, true);
	net_root(&net->node[EU], EU, 5, ret_at_5);
	net_write(net, EU, 4, true);
	net_write(net, EU, 3, true);
	net_connect(net, EU, MX);
	net_run(net);
	expect_same(net, MX, EU);
}

static void expect_replicated_up_to(struct net *net, uint64_t size)
{
	for (uint64_t i = 0; i < 12; i++)
		assert_int_equal(sync_replicated_count(net->node[EU].sync, i), i < size);
}

/* Writes under load were never replicated: the log had always moved on when its cosignature came. */
static void a_cosignature_of_a_head_that_has_moved_on_counts(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	expect_replicated_up_to(net, 0);
	cosign(net, "mx/ca", 5, &root);
	expect_replicated_up_to(net, 5);
	net_root(&net->node[EU], EU, 12, &root);
	cosign(net, "mx/ca", 12, &root);
	expect_replicated_up_to(net, 12);
	net_root(&net->node[EU], EU, 9, &root);
	cosign(net, "mx/ca", 9, &root); /* one that comes later still takes nothing back */
	expect_replicated_up_to(net, 12);
	assert_int_equal(net->node[EU].n_misbehaved, 0);
}

static void a_cosignature_of_another_history_does_not_count(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	root.b[0] ^= 1;
	cosign(net, "mx/ca", 5, &root);
	expect_replicated_up_to(net, 0);
}

/* Of more than there is: the signature is good, but there is nothing to compare it with. */
static void a_cosignature_beyond_the_log_does_not_count(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	cosign(net, "mx/ca", 13, &root);
	expect_replicated_up_to(net, 0);
}

static void a_cosignature_by_a_key_that_nobody_has_does_not_count(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	cosign(net, "mx/cx", 5, &root);
	cosign(net, "zz/ca", 5, &root);
	expect_replicated_up_to(net, 0);
}

/* As elsewhere, a retired key counts up to the size that the roster names for the log. */
static void a_retired_key_counts_up_to_its_size(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	net_root(&net->node[EU], EU, 9, &root);
	cosign(net, "mx/cb", 9, &root);
	expect_replicated_up_to(net, 0);
	net_root(&net->node[EU], EU, 5, &root);
	cosign(net, "mx/cb", 5, &root);
	expect_replicated_up_to(net, 5);
}

/* eu's own, and of a region that the roster does not wait for. */
static void only_regions_that_replicate_count(void **state)
{
	struct net *net = *state;
	struct hash root;

	begin(net, &root);
	cosign(net, "eu/ca", 5, &root);
	expect_replicated_up_to(net, 0);
	cosign(net, "us/ca", 5, &root); /* mx has passed it on */
	expect_replicated_up_to(net, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_cosignature_of_a_head_that_has_moved_on_counts, setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(a_cosignature_of_another_history_does_not_count, setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(a_cosignature_beyond_the_log_does_not_count, setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(a_cosignature_by_a_key_that_nobody_has_does_not_count, setup,
						net_teardown),
		cmocka_unit_test_setup_teardown(a_retired_key_counts_up_to_its_size, setup_retired,
						net_teardown),
		cmocka_unit_test_setup_teardown(only_regions_that_replicate_count, setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
