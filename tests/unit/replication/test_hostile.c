/* SPDX-License-Identifier: Apache-2.0 */
/* What a region with good keys and bad manners could do to the others' replication (inv. 11, 12). */
#include "unit/replication/liar.h"

#include "replication/sync_int.h"

#define SYNC_TEST_HEADS 300 /* more than logs */

static struct mono at_s(int64_t s)
{
	return (struct mono){s * 1000000000};
}

static struct sync_peer *another(struct liar *l, const char *region, uint64_t roster_version,
				 struct msg_head *head)
{
	struct sync_peer *p = sync_peer_up(l->sync, l, region, at_s(0));
	struct msg_hello hello = {
		.version = 1, .roster_version = roster_version, .heads = head, .n_heads = head ? 1 : 0};

	sync_on_hello(l->sync, p, &hello, at_s(0));
	return p;
}

/* A peer that claims to hold what nobody has was the source of every log from then on. */
static void a_fetch_from_the_end_of_time_makes_no_source(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 5, "true");
	struct sync_peer *us = another(l, "us", 1, NULL);
	struct msg m = {
		.type = MSG_FETCH,
		.u.fetch = {.id = 1, .origin = BYTES_LIT(LIAR_MX), .from = UINT64_MAX, .wait_ms = 60000}};

	assert_int_equal(sync_on_message(l->sync, us, &m, at_s(0), NULL), 0);
	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 5), 0);
	assert_int_equal(l->n_stored, 5);
}

/* Two that never answer took turns in being forgotten, and nobody else was ever asked. */
static void two_silent_sources_do_not_take_turns(void **state)
{
	struct liar *l = *state;
	struct liar_log *more = liar_log(l, 9, "true"), *log = liar_log(l, 5, "true");
	struct msg_head head = {liar_head(more, LIAR_MX, "mx/l1a"), true, false};
	struct msg_head mine = {liar_head(log, LIAR_MX, "mx/l1a"), true, false};
	struct msg shown = {.type = MSG_HEADS, .u.heads = {&mine, 1}};

	another(l, "us", 1, &head);
	another(l, "irs", 1, &head);
	for (int64_t s = 1; s < 46; s++) /* a message without heads moves time on */
		assert_int_equal(
			sync_on_message(l->sync, l->peer, &(struct msg){.type = MSG_HEADS}, at_s(s), NULL),
			0);
	assert_int_equal(sync_on_message(l->sync, l->peer, &shown, at_s(46), NULL), 0);
	assert_int_equal(liar_answer(l, log, 0, 5), 0);
	assert_int_equal(l->n_stored, 5);
}

/* Each was a journal row and a commit. */
static void payloads_that_nobody_asked_for_are_not_looked_at(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true");
	struct msg_item it = {.index = 1, .state = MSG_PAYLOAD_NOT_FOR_YOU};
	struct msg m = {.type = MSG_PAYLOADS,
			.u.payloads = {.id = 1, .origin = BYTES_LIT(LIAR_MX), .items = &it, .n_items = 1}};

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 3), 0);
	assert_int_equal(liar_say(l, &m), 0);
}

/* Thousands of good heads in one message held up the loop for seconds. */
static void heads_in_bulk_are_refused(void **state)
{
	static struct msg_head heads[SYNC_TEST_HEADS];
	struct liar *l = *state;
	struct msg m = {.type = MSG_HEADS, .u.heads = {heads, SYNC_TEST_HEADS}};
	struct msg_hello hello = {
		.version = 1, .roster_version = 1, .heads = heads, .n_heads = SYNC_TEST_HEADS};

	for (size_t i = 0; i < SYNC_TEST_HEADS; i++)
		heads[i].note = liar_head(liar_log(l, 1, "true"), LIAR_MX, "mx/l1a");
	assert_int_equal(liar_say(l, &m), IMS_E_TOO_MANY);
	sync_on_hello(l->sync, l->peer, &hello, at_s(0));
	assert_int_equal(l->misbehaved, IMS_E_TOO_MANY);
	assert_int_equal(liar_info(l, LIAR_MX).known_size, 0);
}

/* A node that may not cosign yet was made to store the same head as often as it was shown. */
static void a_head_shown_again_is_not_stored_again(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true");
	struct bytes note = liar_head(log, LIAR_MX, "mx/l1a");

	assert_int_equal(liar_show(l, note), 0);
	assert_int_equal(liar_answer(l, log, 0, 3), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(liar_show(l, note), 0);
	assert_int_equal(l->n_heads, 1);
	l->sync->now = at_s(2); /* but later once more: signing may be allowed by then */
	for (int i = 0; i < 3; i++)
		heads_tick(l->sync, sync_find(l->sync, BYTES_LIT(LIAR_MX)));
	assert_int_equal(l->n_heads, 2);
}

/* A peer that slept through a change of keys shows what is not valid any more, and has to be met to
 * learn why. */
static void an_older_roster_excuses_a_head(void **state)
{
	struct liar *l = *state;
	struct msg_head head = {liar_head(liar_log(l, 3, "true"), LIAR_MX, "us/l1a"), true, false};

	another(l, "us", 0, &head);
	assert_int_equal(l->misbehaved, 0);
	another(l, "irs", 1, &head);
	assert_int_equal(l->misbehaved, IMS_E_NO_KEY);
}

static int fallen_bit(void *ctx, const char *origin, unsigned level, uint64_t index, struct hash *ret)
{
	(void)ctx;
	(void)origin;
	memset(ret, (int)(level + index), sizeof(*ret));
	return 0;
}

/* A damaged tile of our own made a true head of theirs look like another history, for ever. */
static void own_damage_accuses_nobody(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 300, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 0, 256), 0);
	assert_int_equal(liar_answer(l, log, 256, 300), 0);
	l->sync->o.ops.node = fallen_bit;
	assert_int_equal(liar_show(l, liar_head(liar_log(l, 200, "true"), LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(l->n_evidence, 0);
	assert_false(liar_info(l, LIAR_MX).frozen);
}

/* DESIGN section 6: who knows nothing of a log cannot tell that its node is behind. An empty hello was
 * enough to let a node sign that had been restored from an old copy. */
static bool has_heard(struct liar *l, const char *region)
{
	struct sync_heard h;

	sync_heard(l->sync, &h);
	for (size_t i = 0; i < h.n_unheard; i++)
		if (strcmp(h.unheard[i], region) == 0)
			return false;
	return true;
}

static void an_empty_hello_lets_nobody_sign(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "mine");
	struct bytes note = liar_head(log, LIAR_EU, "eu/l1a");

	sync_published(l->sync, 0, log->leaf, 3, note, true, at_s(0));
	assert_false(has_heard(l, "mx"));
	another(l, "us", 1, NULL);
	assert_false(has_heard(l, "us"));
	assert_int_equal(liar_show(l, note), 0);
	assert_true(has_heard(l, "mx"));
	assert_false(has_heard(l, "us"));
	assert_int_equal(l->n_ahead, 0);
	sync_forget_heard(l->sync);
	assert_false(has_heard(l, "mx"));
}

/* As long as no head of the own log was ever shown, who has none of it has said so. */
static void of_a_new_log_silence_is_an_answer(void **state)
{
	struct liar *l = *state;

	assert_true(has_heard(l, "mx"));
	assert_false(has_heard(l, "us"));
	another(l, "us", 1, NULL);
	assert_true(has_heard(l, "us"));
}

/* Found by the simulator: a node did not sign after a start, since its peers had nothing of its log at first,
 * and a head that is not named is not shown. Whoever asks for what follows has said what it holds. */
static void who_fetches_on_has_shown_what_it_holds(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "mine");
	struct msg m = {.type = MSG_FETCH, .u.fetch = {.id = 1, .origin = BYTES_LIT(LIAR_EU), .budget_bytes = 1}};

	sync_published(l->sync, 0, log->leaf, 3, liar_head(log, LIAR_EU, "eu/l1a"), false, at_s(0));
	l->peer->blocked = true; /* nothing need be served here */
	assert_int_equal(liar_say(l, &m), 0); /* from nothing: it may have lost all */
	assert_false(has_heard(l, "mx"));
	m.u.fetch.id++;
	m.u.fetch.from = 4; /* nobody has more than there is, by his word alone */
	assert_int_equal(liar_say(l, &m), 0);
	assert_false(has_heard(l, "mx"));
	m.u.fetch.id++;
	m.u.fetch.from = 3;
	assert_int_equal(liar_say(l, &m), 0);
	assert_true(has_heard(l, "mx"));
}

/* Who has shown more of the own log than is here may go away: the log is not whole for that. */
static void what_was_shown_stays_shown(void **state)
{
	struct liar *l = *state;
	uint64_t size, known;

	assert_true(sync_own_is_whole(l->sync, &size, &known));
	assert_int_equal(liar_show(l, liar_head(liar_log(l, 3, "mine"), LIAR_EU, "eu/l1a")), 0);
	assert_int_equal(l->n_ahead, 1);
	assert_true(has_heard(l, "mx"));
	sync_peer_down(l->sync, l->peer);
	l->peer = NULL;
	assert_false(sync_own_is_whole(l->sync, &size, &known));
	assert_int_equal(size, 0);
	assert_int_equal(known, 3);
}

/* Found by the simulator: a source that answered from elsewhere was waited for until its time was up. */
static void an_answer_from_elsewhere_is_none(void **state)
{
	struct liar *l = *state;
	struct liar_log *log = liar_log(l, 3, "true");

	assert_int_equal(liar_show(l, liar_head(log, LIAR_MX, "mx/l1a")), 0);
	assert_int_equal(liar_answer(l, log, 1, 3), IMS_E_INDEX);
	assert_int_equal(liar_info(l, LIAR_MX).size, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, liar_setup, liar_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_fetch_from_the_end_of_time_makes_no_source),
		T(two_silent_sources_do_not_take_turns),
		T(payloads_that_nobody_asked_for_are_not_looked_at),
		T(heads_in_bulk_are_refused),
		T(a_head_shown_again_is_not_stored_again),
		T(an_older_roster_excuses_a_head),
		T(own_damage_accuses_nobody),
		T(an_empty_hello_lets_nobody_sign),
		T(of_a_new_log_silence_is_an_answer),
		T(who_fetches_on_has_shown_what_it_holds),
		T(what_was_shown_stays_shown),
		T(an_answer_from_elsewhere_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
