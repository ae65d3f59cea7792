/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of documents between nodes: who is asked, who is answered, what is believed (inv. 10, 12). */
#include "unit/replication/sync_net.h"

#define EU 0
#define MX 1
#define US 2
#define ALL 7u
#define DOC_BYTES (1000u << 10)

static struct bytes content(struct net *net, uint8_t seed, struct hash *ret)
{
	uint8_t *b = arena_alloc(&net->arena, DOC_BYTES);
	uint32_t x = seed + 1u;

	assert_non_null(b);
	for (size_t i = 0; i < DOC_BYTES; i++) {
		x = x * 1664525 + 1013904223;
		b[i] = (uint8_t)(x >> 24);
	}
	crypto_sha256(BYTES(b, DOC_BYTES), ret);
	return BYTES(b, DOC_BYTES);
}

/* Node `at` has it (all: its bytes), or wants it (BYTES_NONE). */
static struct net_blob *doc(struct net *net, unsigned at, const struct hash *h, unsigned audience,
			    struct bytes all)
{
	struct net_node *n = &net->node[at];
	struct net_blob *b = n->blobs;

	while (b->used)
		b++;
	*b = (struct net_blob){
		.used = true, .sha256 = *h, .audience = audience, .home = EU, .bytes = DOC_BYTES};
	b->b = arena_alloc(&net->arena, DOC_BYTES);
	assert_non_null(b->b);
	if (all.n) {
		memcpy(b->b, all.p, all.n);
		b->have = all.n;
		b->whole = true;
	}
	return b;
}

static void connect_all(struct net *net)
{
	net_connect(net, EU, MX);
	net_connect(net, EU, US);
	net_connect(net, MX, US);
	net_run(net);
}

static void test_fetched_of_the_home(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *mx;

	doc(net, EU, &h, ALL, all);
	mx = doc(net, MX, &h, ALL, BYTES_NONE);
	connect_all(net);
	net_pass(net, 3000);
	assert_true(mx->whole);
	assert_memory_equal(mx->b, all.p, all.n);
	/* once, by pieces that are bounded */
	assert_int_equal(net_link_between(net, EU, MX)->blob_bytes, DOC_BYTES);
	assert_int_equal(net->node[MX].n_blob_jobs, 4);
}

/* For eu and us: mx hears nothing of it, not even its hash, whatever it holds, and gets nothing for the
 * asking. */
static void test_only_in_the_audience(void **state)
{
	struct net *net = *state;
	struct msg_blob_fetch f = {.id = 1, .origin = bytes_of(net_origins[EU]), .budget_bytes = 1 << 20};
	struct bytes all = content(net, 1, &f.sha256);
	struct net_blob *us;

	doc(net, EU, &f.sha256, 1u << EU | 1u << US, all);
	doc(net, MX, &f.sha256, ALL, all)->home = MX; /* another document of the same bytes */
	us = doc(net, US, &f.sha256, 1u << EU | 1u << US, BYTES_NONE);
	net_connect(net, MX, US);
	net_run(net);
	net_pass(net, 5000); /* also when there is nobody else */
	net_connect(net, EU, MX);
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, 5000);
	assert_true(us->whole);
	assert_int_equal(net_link_between(net, US, MX)->n_blob_fetches, 0);
	assert_int_equal(blobs_on_fetch(net->node[EU].sync, net_link_between(net, EU, MX)->peer, &f), 0);
	net_run(net);
	f.origin = bytes_of(net_origins[MX]); /* whatever it calls it */
	assert_int_equal(blobs_on_fetch(net->node[EU].sync, net_link_between(net, EU, MX)->peer, &f), 0);
	f.origin = BYTES_LIT("ims.example/nobody/1");
	assert_int_equal(blobs_on_fetch(net->node[EU].sync, net_link_between(net, EU, MX)->peer, &f), 0);
	net_run(net);
	assert_int_equal(net_link_between(net, EU, MX)->blob_bytes, 0);
}

/* The home is away: whoever has it gives it; and what one gave before it went, another goes on with. */
static void test_goes_on_with_another(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *us;

	doc(net, MX, &h, ALL, all);
	us = doc(net, US, &h, ALL, BYTES_NONE);
	memcpy(us->b, all.p, 512u << 10); /* from eu, before */
	us->have = 512u << 10;
	memcpy(us->from, "eu", 3);
	net_connect(net, MX, US);
	net_run(net);
	net_pass(net, 3000);
	assert_true(us->whole && us->mixed);
	assert_memory_equal(us->b, all.p, all.n);
	assert_int_equal(net_link_between(net, MX, US)->blob_bytes, DOC_BYTES - (512u << 10));
}

/* Many that a region names and nobody has delay its own ones, not those of another one; nor is much asked at a
 * time for whom they are. */
static void test_logs_take_turns(void **state)
{
	struct net *net = *state;
	struct net_node *us = &net->node[US];
	struct net_blob *wanted;
	struct bytes all;
	struct hash h;

	for (unsigned i = 0; i < NET_BLOBS - 2; i++) {
		us->blobs[i] = (struct net_blob){.used = true, .audience = ALL, .home = MX, .bytes = DOC_BYTES};
		us->blobs[i].sha256.b[1] = (uint8_t)(i >> 8); /* before the other one's, in the order of hashes */
		us->blobs[i].sha256.b[2] = (uint8_t)i;
	}
	all = content(net, 1, &h);
	assert_true(h.b[0]);
	doc(net, EU, &h, ALL, all);
	wanted = doc(net, US, &h, ALL, BYTES_NONE);
	connect_all(net);
	net_pass(net, 2000);
	assert_true(wanted->whole);
	assert_in_range(us->n_questions, 2, 2000 / SYNC_BLOB_PAUSE_MS * 66);
}

/* What has no room is not asked for, and stands in no other's way. */
static void test_no_room(void **state)
{
	struct net *net = *state;
	struct net_blob *large, *small;
	struct bytes all;
	struct hash h;

	all = content(net, 1, &h);
	doc(net, EU, &h, ALL, all);
	large = doc(net, US, &h, ALL, BYTES_NONE);
	large->no_room = true;
	all = content(net, 2, &h);
	doc(net, EU, &h, ALL, all);
	small = doc(net, US, &h, ALL, BYTES_NONE);
	connect_all(net);
	net_pass(net, 3000);
	assert_true(small->whole && large->have == 0);
	large->no_room = false;
	net_pass(net, 10000);
	assert_true(large->whole);
}

static void flip(struct msg *m)
{
	if (m->type == MSG_BLOBS && m->u.blobs.data.n)
		*(uint8_t *)(uintptr_t)m->u.blobs.data.p ^= 1;
}

/* Wrong bytes cost who gave them its session and its turn; they are of no document. */
static void test_a_liar_is_left(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *us;

	doc(net, EU, &h, ALL, all);
	us = doc(net, US, &h, ALL, BYTES_NONE);
	net_link_between(net, EU, US)->tamper = flip;
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, 3000);
	assert_false(us->whole);
	assert_int_equal(us->have, 0);
	assert_int_equal(net->node[US].n_misbehaved, 1);
	assert_int_equal(net->node[US].closed_err, IMS_E_HASH);
	assert_int_equal(net_link_between(net, US, EU)->n_blob_fetches, 4); /* it is not asked again */
	doc(net, MX, &h, ALL, all);
	net_connect(net, MX, US);
	net_run(net);
	net_pass(net, 3000);
	assert_true(us->whole);
	assert_memory_equal(us->b, all.p, all.n);
}

/* Half of a liar, half of another: the store cannot tell, nobody is accused, and it comes of one alone. */
static void test_wrong_bytes_of_two(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *us;

	doc(net, MX, &h, ALL, all);
	us = doc(net, US, &h, ALL, BYTES_NONE);
	us->have = 512u << 10; /* zeros, "of eu" */
	memset(us->b, 0, DOC_BYTES);
	memcpy(us->from, "eu", 3);
	net_connect(net, MX, US);
	net_run(net);
	net_pass(net, 4000);
	assert_true(us->whole && us->pure && !us->mixed);
	assert_int_equal(net->node[US].n_misbehaved, 0);
	assert_memory_equal(us->b, all.p, all.n);
}

static unsigned n_dropped;

static void swallow(struct msg *m)
{
	if (m->type == MSG_BLOB_FETCH) {
		m->u.blob_fetch.sha256.b[0] ^= 1; /* it is answered for another one: no answer to us */
		m->u.blob_fetch.id += 1000;
		n_dropped++;
	}
}

/* Who never answers is waited for once, and another is asked. */
static void test_a_silent_one_is_left(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *us;

	n_dropped = 0;
	doc(net, EU, &h, ALL, all);
	us = doc(net, US, &h, ALL, BYTES_NONE);
	net_link_between(net, US, EU)->tamper = swallow;
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, SYNC_FETCH_TIMEOUT_MS + 10000);
	assert_int_equal(n_dropped, 1);
	doc(net, MX, &h, ALL, all);
	net_connect(net, MX, US);
	net_run(net);
	net_pass(net, 3000);
	assert_true(us->whole);
	assert_int_equal(n_dropped, 1);
}

static void grow(struct msg *m)
{
	if (m->type == MSG_BLOBS)
		m->u.blobs.bytes = 12u << 20;
}

/* It is longer than its documents say: not one byte of it is taken. */
static void test_no_more_than_the_document_says(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);

	doc(net, EU, &h, ALL, all);
	doc(net, US, &h, ALL, BYTES_NONE);
	net_link_between(net, EU, US)->tamper = grow;
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, 10000);
	assert_int_equal(net->node[US].n_blob_jobs, 0);
	assert_int_equal(net_link_between(net, US, EU)->n_blob_fetches, 1);
}

static void shift(struct msg *m)
{
	if (m->type == MSG_BLOBS)
		m->u.blobs.offset += NET_PART;
}

static void test_not_what_was_asked_for(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);

	doc(net, EU, &h, ALL, all);
	doc(net, US, &h, ALL, BYTES_NONE);
	net_link_between(net, EU, US)->tamper = shift;
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, 1000);
	assert_int_equal(net->node[US].n_blob_jobs, 0);
	assert_int_equal(net->node[US].closed_err, IMS_E_INVALID);
	assert_false(net_link_between(net, US, EU)->up);
}

/* A disk that refuses for a while costs nobody its good name. */
static void test_a_store_that_refuses(void **state)
{
	struct net *net = *state;
	struct hash h;
	struct bytes all = content(net, 1, &h);
	struct net_blob *us;

	doc(net, EU, &h, ALL, all);
	us = doc(net, US, &h, ALL, BYTES_NONE);
	net->node[US].store_err = IMS_E_READ_ONLY;
	net_connect(net, EU, US);
	net_run(net);
	net_pass(net, 3000);
	assert_true(us->have == 0 && net->node[US].n_misbehaved == 0);
	assert_true(net_link_between(net, US, EU)->n_blob_fetches == 1);
	net->node[US].store_err = 0;
	net_pass(net, SYNC_BLOB_RETRY_MS);
	assert_true(us->whole);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_fetched_of_the_home),
		CASE(test_only_in_the_audience),
		CASE(test_goes_on_with_another),
		CASE(test_logs_take_turns),
		CASE(test_no_room),
		CASE(test_a_liar_is_left),
		CASE(test_wrong_bytes_of_two),
		CASE(test_a_silent_one_is_left),
		CASE(test_no_more_than_the_document_says),
		CASE(test_not_what_was_asked_for),
		CASE(test_a_store_that_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
